//! What a token's claims must say, besides having been signed by this server.

use super::expires_in;
use sigmic_shared::token::Claims;

/// How far the clocks of two nodes may be apart, in seconds.
const CLOCK_SKEW_SECONDS: u64 = 60;

/// Why a token does not count. For the log; callers are told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenError {
    /// Not a JWT with the claims of this server.
    #[error("malformed, or a claim is missing or of the wrong type")]
    Malformed,
    /// Not HS256, or a header that this server does not write.
    #[error("its header asks for something else than HS256")]
    Header,
    /// Not signed with a listed secret.
    #[error("its signature is by no listed secret")]
    Signature,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// A time that no token of this server has.
    #[error("its times make no sense")]
    Times,
}

/// Checks the times of a token and that it names somebody. `now` is in seconds since 1970.
pub(super) fn check(claims: &Claims, now: u64) -> Result<(), TokenError> {
    if claims.sub.trim().is_empty() || claims.app_id.is_empty() {
        return Err(TokenError::Malformed);
    }
    // At `exp` itself a token is over: RFC 7519, section 4.1.4.
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    let latest = now.saturating_add(expires_in::MAX_SECONDS).saturating_add(CLOCK_SKEW_SECONDS);
    if claims.exp > latest || claims.iat > claims.exp { Err(TokenError::Times) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(iat: u64, exp: u64) -> Claims {
        Claims { app_id: "wapp_1".into(), sub: "u".into(), allowed_origins: vec![], iat, exp, jti: None }
    }

    #[test]
    fn times_are_checked_without_leeway() {
        const NOW: u64 = 1_769_860_800;
        let longest = NOW + expires_in::MAX_SECONDS;
        for (iat, exp, outcome) in [
            (NOW, NOW + 1, Ok(())),
            (NOW, longest, Ok(())),
            (NOW + 30, longest + 30, Ok(())),
            (NOW - 10, NOW, Err(TokenError::Expired)),
            (NOW - 10, NOW - 1, Err(TokenError::Expired)),
            (0, 0, Err(TokenError::Expired)),
            (NOW, longest + 61, Err(TokenError::Times)),
            (NOW, u64::MAX, Err(TokenError::Times)),
            (u64::MAX, NOW + 1, Err(TokenError::Times)),
            (NOW + 2, NOW + 1, Err(TokenError::Times)),
        ] {
            assert_eq!(check(&claims(iat, exp), NOW), outcome, "{iat} {exp}");
        }
    }

    #[test]
    fn a_token_names_an_app_and_a_user() {
        for (app_id, sub) in [("", "u"), ("wapp_1", ""), ("wapp_1", " \t")] {
            let claims = Claims { app_id: app_id.into(), sub: sub.into(), ..claims(0, 10) };
            assert_eq!(check(&claims, 5), Err(TokenError::Malformed), "{app_id:?} {sub:?}");
        }
    }
}
