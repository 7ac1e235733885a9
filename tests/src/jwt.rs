//! Tokens as they are on the wire: read, forged, and spoiled.

use crate::installation::JWT_SECRET;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The header of an honest token.
pub fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

/// The claims of a token that is good for an hour.
pub fn claims(app_id: &str, user: &str) -> Value {
    let now = now_seconds();
    json!({ "appId": app_id, "sub": user, "allowedOrigins": [], "iat": now, "exp": now + 3600 })
}

/// A token with any header and claims, signed as the test servers sign theirs.
pub fn sign(header: &Value, claims: &Value) -> String {
    sign_with(Algorithm::HS256, JWT_SECRET, header, claims)
}

/// A token with any header and claims, signed with any secret.
pub fn sign_with(algorithm: Algorithm, secret: &str, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).expect("HMAC takes any key");
    format!("{message}.{signature}")
}

/// The header and the claims of a token, whoever signed it.
pub fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64.decode(part).unwrap_or_else(|error| panic!("{error} in {token}"));
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    });
    let (header, claims) = (parts.next(), parts.next());
    (header.expect("splitting gives a part"), claims.unwrap_or_else(|| panic!("no claims in {token}")))
}

/// One part of a token.
pub fn encode(part: &Value) -> String {
    BASE64.encode(part.to_string())
}

/// Now, in seconds since 1970.
pub fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs()
}
