//! Keys that let a request be repeated without running anything twice.

use std::fmt::Write;

/// A new key: 128 random bits in hexadecimal.
pub fn new_idempotency_key() -> String {
    let mut bytes = [0_u8; 16];
    // Unlike `crypto.randomUUID`, this is there on pages without TLS too.
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // It fails for more than 65,536 bytes only.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().fold(String::with_capacity(32), |mut key, byte| {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
        key
    })
}
