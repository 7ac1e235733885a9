//! Signs and verifies tokens. The only file that knows the JWT library.
//!
//! The library's own checks are not enough: it reads the system's clock, gives a minute of leeway,
//! and takes any `crit`.

use super::claims::{self, TokenError};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use secrecy::{ExposeSecret, SecretString};
use sigmic_shared::token::Claims;

/// Longer tokens are refused unread; ours stay well below.
pub(super) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Signs with the newest secret and verifies with all.
pub(super) struct Signer {
    header: Header,
    newest: EncodingKey,
    listed: Vec<DecodingKey>,
    validation: Validation,
}

impl Signer {
    /// A signer with these secrets, newest first; none without any.
    pub(super) fn new(secrets: &[SecretString]) -> Option<Self> {
        let newest = EncodingKey::from_secret(secrets.first()?.expose_secret().as_bytes());
        let listed = secrets.iter().map(|secret| DecodingKey::from_secret(secret.expose_secret().as_bytes())).collect();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        validation.leeway = 0;
        validation.validate_nbf = true;
        // Ours reads the injected clock.
        validation.validate_exp = false;
        Some(Self { header: Header::new(Algorithm::HS256), newest, listed, validation })
    }

    /// The token with these claims. Fails with the library's reason.
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, String> {
        jsonwebtoken::encode(&self.header, claims, &self.newest).map_err(|error| error.to_string())
    }

    /// The claims of a token that counts at `now`, in seconds since 1970.
    pub(super) fn verify(&self, token: &str, now: u64) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        for secret in &self.listed {
            match jsonwebtoken::decode::<Claims>(token, secret, &self.validation) {
                Ok(token) => {
                    check_header(&token.header)?;
                    claims::check(&token.claims, now)?;
                    return Ok(token.claims);
                }
                Err(error) => match error.kind() {
                    ErrorKind::InvalidSignature => {}
                    ErrorKind::InvalidAlgorithm => return Err(TokenError::Header),
                    _ => return Err(TokenError::Malformed),
                },
            }
        }
        Err(TokenError::Signature)
    }
}

/// Refuses what RFC 7515 says must not be ignored, and what makes the payload something else.
fn check_header(header: &Header) -> Result<(), TokenError> {
    let is_jwt = header.typ.as_ref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    let plain = header.crit.is_none() && header.cty.is_none() && header.enc.is_none() && header.zip.is_none();
    if is_jwt && plain { Ok(()) } else { Err(TokenError::Header) }
}

#[cfg(test)]
mod tests;
