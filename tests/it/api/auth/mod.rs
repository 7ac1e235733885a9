//! Who may call: tokens, API keys, origins.

mod api_keys;
mod origins;
mod tokens;
