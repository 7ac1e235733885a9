//! The token exchange, `POST /api/v1/auth/token`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a customer's backend sends. The server does not read it as this type: it checks field by
/// field, in a documented order, so that each mistake gets its own code.
#[derive(Clone, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// The widget app's id.
    pub app_id: String,
    /// The widget app's secret.
    pub app_secret: String,
    /// The visitor, as the customer's own system calls them: at most 256 bytes.
    pub end_user_id: String,
    /// `30s`, `15m`, `1h`, `7d`; at most 30 days, `1h` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<String>,
    /// Values for `{{mcp.KEY}}`. At most 64 keys together with `secrets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Values for `{{mcp.KEY}}` that must never be seen. On a key in both, this one wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, String>>,
}

/// What the exchange answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenResponse {
    /// A JWT for the browser.
    pub token: String,
    /// When it expires: the same moment as its `exp`.
    pub expires_at: Timestamp,
}

/// The claims of a widget token, exactly these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The widget app the token was issued for.
    pub app_id: String,
    /// The end user.
    pub sub: String,
    /// Origins allowed to use it when it was issued.
    pub allowed_origins: Vec<String>,
    /// Issued at, in seconds since 1970.
    pub iat: u64,
    /// Expires at, in seconds since 1970.
    pub exp: u64,
    /// Names the stored env and secrets; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// Whether `key` can name a variable of env or secrets: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_variable_name(key: &str) -> bool {
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && key.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_variable_name;

    #[test]
    fn variables_have_plain_names() {
        for key in ["A", "_", "_1", "aZ_09"] {
            assert!(is_variable_name(key), "{key:?}");
        }
        for key in ["", "1A", "A-B", "A.B", "A B", "A\n", "Ä", "A\0"] {
            assert!(!is_variable_name(key), "{key:?}");
        }
    }
}
