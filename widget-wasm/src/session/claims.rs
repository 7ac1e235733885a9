//! What a token says about itself. Nothing here is verified: the server does that.

/// Whom a token speaks for: an end user of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The widget app.
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
        let _ = token;
        None
    }
}
