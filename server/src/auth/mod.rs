//! Who is asking, and may they: tokens, keys, origins. No HTTP and no SQL in here.
