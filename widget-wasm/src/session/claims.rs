//! What a token says about itself. Nothing here is verified: that is the server's part.

use serde::Deserialize;

/// Whom a token speaks for: an end user of an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The widget app.
    #[serde(rename = "appId")]
    pub app_id: String,
    /// The end user.
    pub sub: String,
}

/// The claims the widget looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whom it speaks for.
    pub identity: Identity,
    /// When it was issued, in milliseconds since 1970 by the server's clock.
    pub iat_ms: u64,
    /// When it expires, in milliseconds since 1970 by the server's clock.
    pub exp_ms: u64,
}

impl Claims {
    /// Reads the payload of a JWT, or `None` if it is none or lacks a claim.
    pub fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload: Payload =
            sigmic_shared::json::from_str(std::str::from_utf8(&decode_base64url(payload)?).ok()?).ok()?;
        Some(Self {
            identity: Identity { app_id: payload.app_id, sub: payload.sub },
            iat_ms: payload.iat.saturating_mul(1000),
            exp_ms: payload.exp.saturating_mul(1000),
        })
    }

    /// How long it lives from the moment it is issued, in milliseconds.
    pub fn life_ms(&self) -> u64 {
        self.exp_ms.saturating_sub(self.iat_ms)
    }

    /// Whether it speaks for the same end user as `other` and was issued later.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.identity == other.identity && (self.iat_ms, self.exp_ms) > (other.iat_ms, other.exp_ms)
    }
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "appId")]
    app_id: String,
    sub: String,
    iat: u64,
    exp: u64,
}

fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A token as the server would issue it, times in seconds.
    pub fn token(sub: &str, iat: u64, exp: u64) -> String {
        let payload = format!(r#"{{"appId":"wapp_1","sub":"{sub}","allowedOrigins":[],"iat":{iat},"exp":{exp}}}"#);
        format!("eyJhbGciOiJIUzI1NiJ9.{}.c2ln", encode_base64url(payload.as_bytes()))
    }

    fn encode_base64url(bytes: &[u8]) -> String {
        const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let mut held = [0_u8; 4];
            held[1..=chunk.len()].copy_from_slice(chunk);
            let held = u32::from_be_bytes(held);
            for symbol in 0..=chunk.len() {
                text.push(char::from(SYMBOLS[(held >> (18 - 6 * symbol)) as usize & 63]));
            }
        }
        text
    }

    #[test]
    fn claims_are_read_from_the_payload() {
        for sub in ["u", "u1", "u12", "ключ?>~"] {
            let claims = Claims::parse(&token(sub, 1_700_000_000, 1_700_003_600)).unwrap();
            assert_eq!(claims.identity, Identity { app_id: "wapp_1".into(), sub: sub.into() });
            assert_eq!((claims.iat_ms, claims.exp_ms), (1_700_000_000_000, 1_700_003_600_000));
            assert_eq!(claims.life_ms(), 3_600_000);
        }
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        let good = token("u", 1, 2);
        for text in ["", "abc", "a.b", "..", "a.!!!.c", "eyJ.e30.x", &format!("{good}.x"), "sigmic_0123"] {
            assert_eq!(Claims::parse(text), None, "{text}");
        }
    }
}
