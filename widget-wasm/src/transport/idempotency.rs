//! Keys that let a request be repeated without running anything twice.

/// A new key: 128 random bits in hexadecimal.
pub fn new_idempotency_key() -> String {
    let mut bytes = [0_u8; 16];
    for byte in &mut bytes {
        *byte = (js_sys::Math::random() * 256.0) as u8;
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
