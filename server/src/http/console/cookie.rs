//! The Console's two cookies: the session, and which colours somebody likes.

use crate::auth;
use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

/// `__Host-`: browsers take it only with Secure, for this host alone and for all of it.
const SESSION: &str = "__Host-sigmic";
const THEME: &str = "sigmic-theme";

/// What the session's cookie holds, if it can be a session at all.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    find(headers, SESSION).filter(|token| token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Which colours were chosen; none: as the system says.
pub fn theme(headers: &HeaderMap) -> &'static str {
    match find(headers, THEME) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
}

/// Sets the session's cookie.
pub fn keep_session(token: &SecretString) -> HeaderValue {
    let seconds = auth::LONGEST_SESSION.as_secs();
    let text =
        format!("{SESSION}={}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict", token.expose_secret());
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| forget_session());
    value.set_sensitive(true);
    value
}

/// Takes the session's cookie away.
pub fn forget_session() -> HeaderValue {
    HeaderValue::from_static("__Host-sigmic=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// A cookie's value. One that is sent twice was not set by us alone, and counts for nothing.
fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = values.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    let first = found.next()?;
    if found.next().is_some() { None } else { Some(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_from_its_cookie_only() {
        let token = "0123456789abcdef".repeat(4);
        for (cookies, expected) in [
            (format!("__Host-sigmic={token}"), true),
            (format!("a=b; __Host-sigmic={token}; c=d"), true),
            (format!("sigmic={token}"), false),
            (format!("__Host-sigmic={token}; __Host-sigmic={token}"), false),
            (format!("__Host-sigmic={token}0"), false),
            (format!("__Host-sigmic={}", "g".repeat(64)), false),
            ("__Host-sigmic".to_owned(), false),
            (String::new(), false),
        ] {
            let headers = [(header::COOKIE, cookies.parse().unwrap())].into_iter().collect();
            assert_eq!(session(&headers), expected.then_some(token.as_str()), "{cookies}");
        }
    }

    #[test]
    fn the_cookie_is_as_strict_as_can_be() {
        let token = SecretString::from("0".repeat(64));
        for value in [keep_session(&token), forget_session()] {
            let text = value.to_str().unwrap();
            assert!(text.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict") && text.starts_with("__Host-"));
        }
        assert!(keep_session(&token).is_sensitive());
    }
}
