//! Whether a request that changes something comes from a page of the Console itself.

use axum::http::{HeaderMap, HeaderName, header};
use url::Url;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether it does. The browser's own word counts; one that does not give it (it does so over https and on localhost)
/// has to say by `Origin` that the page's address is the one it sends to, or the configured one. Whoever says nothing
/// is refused.
pub fn is_own_page(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    if headers.contains_key(SEC_FETCH_SITE) {
        return one(headers, SEC_FETCH_SITE) == Some("same-origin");
    }
    let Some(origin) = one(headers, header::ORIGIN) else { return false };
    let Some((_, authority)) = origin.split_once("://") else { return false };
    let is_host = one(headers, header::HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority));
    is_host || public_origin == Some(origin)
}

/// Whether somebody followed a link from another website. Their browser held the session's cookie back.
pub fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    matches!(one(headers, SEC_FETCH_SITE), Some("cross-site" | "same-site"))
}

/// The Console's own address as the browser sees it: as configured, else as it was asked for.
pub fn own_origin(headers: &HeaderMap, public_origin: Option<&str>) -> String {
    if let Some(origin) = public_origin {
        return origin.to_owned();
    }
    // It is shown in snippets that people paste, so it has to be an address and nothing else.
    let host = one(headers, header::HOST).unwrap_or_default();
    let url = Url::parse(&format!("http://{host}")).ok().filter(|url| url.path() == "/" && url.username().is_empty());
    url.map_or_else(|| "http://localhost".to_owned(), |url| url.origin().ascii_serialization())
}

/// A header's value, if it is there once and is text.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_its_own_changes_anything() {
        for (headers, own) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://console:1")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "http://console:1")], true),
            (&[("origin", "http://CONSOLE:1")], true),
            (&[("origin", "https://chat.example.com")], true),
            (&[("origin", "http://console:2")], false),
            (&[("origin", "https://console")], false),
            (&[("origin", "http://console:1.evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "http://console:1"), ("origin", "http://console:1")], false),
            (&[], false),
        ] {
            let mut map = HeaderMap::new();
            map.append("host", "console:1".parse().unwrap());
            for (name, value) in headers {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(is_own_page(&map, Some("https://chat.example.com")), own, "{headers:?}");
        }
    }
}
