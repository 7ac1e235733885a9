use super::*;

#[test]
fn entries_are_kept_as_browsers_write_origins() {
    for (entry, origin) in [
        ("*", "*"),
        ("https://mysite.com", "https://mysite.com"),
        ("https://mysite.com/", "https://mysite.com"),
        (" https://mysite.com\n", "https://mysite.com"),
        ("https://mysite.com:443", "https://mysite.com"),
        ("http://mysite.com:80", "http://mysite.com"),
        ("https://mysite.com:80", "https://mysite.com:80"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("HTTPS://MySite.COM", "https://mysite.com"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example:8443", "https://xn--bcher-kva.example:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
    ] {
        assert_eq!(serialise(entry).as_deref(), Ok(origin), "{entry}");
    }
}

#[test]
fn what_is_no_origin_is_refused() {
    for entry in [
        "",
        "null",
        "mysite.com",
        "//mysite.com",
        "https:mysite.com",
        "https:/mysite.com",
        "https:///mysite.com",
        "https://",
        "https:\\\\mysite.com",
        "https://mysite.com\\",
        "https://mysite.com/path",
        "https://mysite.com//",
        "https://mysite.com?",
        "https://mysite.com?q=1",
        "https://mysite.com#",
        "https://user@mysite.com",
        "https://user:pass@mysite.com",
        "https://@mysite.com",
        "https://my site.com",
        "https://my\nsite.com",
        "https://my\tsite.com",
        "https://mysite.com:99999",
        "https://mysite.com:x",
        "ftp://mysite.com",
        "file:///etc",
        "javascript://x",
        "data:text/html,x",
        "https://a.com,https://b.com",
        "https://a.com https://b.com",
    ] {
        assert!(
            matches!(serialise(entry), Err(OriginEntryError::NotAnOrigin(_))),
            "{entry:?} gives {:?}",
            serialise(entry)
        );
    }
    for entry in ["**", "https://*.mysite.com", "https://*", "*.mysite.com", "https://mysite.com:*"] {
        assert!(matches!(serialise(entry), Err(OriginEntryError::Pattern(_))), "{entry:?}");
    }
}

#[test]
fn a_list_holds_nothing_twice_and_fits_into_a_token() {
    let list = serialise_list(["https://a.com", "https://A.com:443", "https://b.com"]).unwrap();
    assert_eq!(list, ["https://a.com", "https://b.com"]);
    assert_eq!(serialise_list::<&str>([]), Ok(Vec::new()));
    let many: Vec<_> = (0..300).map(|n| format!("https://{n}.example.com")).collect();
    assert_eq!(serialise_list(&many), Err(OriginEntryError::TooLong));
}

/// A request with these headers, checked against one list on both sides.
fn allowed(list: &[&str], headers: &[(&str, &str)]) -> bool {
    allowed_by(list, list, Method::POST, headers, Some("https://api.example.com"))
}

fn allowed_by(in_token: &[&str], in_app: &[&str], method: Method, headers: &[(&str, &str)], own: Option<&str>) -> bool {
    let list = |entries: &[&str]| entries.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            http::HeaderName::try_from(*name).unwrap(),
            http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    check(&list(in_token), &list(in_app), &OriginHeaders::read(&method, &map, own)).is_ok()
}

#[test]
fn an_origin_must_equal_an_entry_exactly() {
    let list = &["https://mysite.com", "http://localhost:3000", "https://xn--bcher-kva.example"];
    for (origin, expected) in [
        ("https://mysite.com", true),
        ("http://localhost:3000", true),
        ("https://xn--bcher-kva.example", true),
        ("https://bücher.example", false),
        ("http://mysite.com", false),
        ("https://www.mysite.com", false),
        ("https://mysite.com:443", false),
        ("https://mysite.com:8443", false),
        ("https://mysite.com.evil.example", false),
        ("https://evilmysite.com", false),
        ("https://mysite.co", false),
        ("https://mysite.com/", false),
        ("https://MYSITE.com", false),
        ("HTTPS://mysite.com", false),
        ("https://mysite.com https://evil.example", false),
        ("https://user@mysite.com", false),
        ("http://localhost:3001", false),
        ("http://localhost", false),
        ("http://127.0.0.1:3000", false),
        ("null", false),
        ("*", false),
        ("", false),
    ] {
        assert_eq!(allowed(list, &[("origin", origin)]), expected, "{origin:?}");
    }
}

#[test]
fn an_empty_list_and_a_star_let_everything_pass() {
    for list in [&[][..], &["*"], &["https://mysite.com", "*"]] {
        for headers in [
            &[][..],
            &[("origin", "https://any.example")],
            &[("origin", "null")],
            &[("origin", "https://a.example"), ("origin", "https://b.example")],
        ] {
            assert!(allowed(list, headers), "{list:?} {headers:?}");
        }
    }
}

#[test]
fn none_or_several_origins_are_refused() {
    let list = &["https://mysite.com"];
    assert!(!allowed(list, &[]));
    assert!(!allowed(list, &[("origin", "https://mysite.com"), ("origin", "https://mysite.com")]));
    assert!(!allowed(list, &[("referer", "https://mysite.com/page")]));
}

#[test]
fn the_token_and_the_app_must_both_allow_it() {
    let page = &[("origin", "https://a.com")];
    for (in_token, in_app, expected) in [
        (&["https://a.com"][..], &["https://a.com"][..], true),
        (&["https://a.com"], &["https://b.com"], false),
        (&["https://b.com"], &["https://a.com"], false),
        (&[], &["https://a.com"], true),
        (&[], &["https://b.com"], false),
        (&["https://a.com"], &[], true),
        (&["https://b.com"], &[], false),
        (&["*"], &["https://b.com"], false),
        (&["*"], &["https://a.com"], true),
        (&["https://b.com"], &["*"], false),
    ] {
        assert_eq!(allowed_by(in_token, in_app, Method::GET, page, None), expected, "{in_token:?} {in_app:?}");
    }
}

#[test]
fn a_page_of_the_server_itself_needs_no_origin_to_get() {
    let own = &["https://api.example.com"];
    let other = &["https://mysite.com"];
    let same = ("sec-fetch-site", "same-origin");
    let host = ("host", "api.example.com");
    for (list, method, headers, public_url, expected) in [
        (own, Method::GET, &[same][..], Some("https://api.example.com"), true),
        (own, Method::GET, &[same, host], None, true),
        (own, Method::GET, &[same, ("host", "API.example.com")], None, true),
        (own, Method::GET, &[same, ("host", "api.example.com:8443")], None, false),
        (own, Method::GET, &[same, ("host", "evil.example")], Some("https://api.example.com"), true),
        (own, Method::GET, &[same, host, ("host", "evil.example")], None, false),
        (own, Method::GET, &[same], None, false),
        (other, Method::GET, &[same, host], Some("https://api.example.com"), false),
        (own, Method::POST, &[same, host], None, false),
        (own, Method::HEAD, &[same, host], None, false),
        (own, Method::DELETE, &[same, host], None, false),
        (own, Method::GET, &[host], None, false),
        (own, Method::GET, &[("sec-fetch-site", "same-site"), host], None, false),
        (own, Method::GET, &[("sec-fetch-site", "cross-site"), host], None, false),
        (own, Method::GET, &[("sec-fetch-site", "none"), host], None, false),
        (own, Method::GET, &[same, ("sec-fetch-site", "cross-site"), host], None, false),
        (own, Method::GET, &[same, host, ("origin", "null")], None, false),
        (own, Method::GET, &[same, host, ("origin", "https://evil.example")], None, false),
    ] {
        assert_eq!(
            allowed_by(list, list, method.clone(), headers, public_url),
            expected,
            "{list:?} {method} {headers:?}"
        );
    }
}

#[test]
fn a_refusal_names_the_origin_only_if_it_is_one() {
    for (origin, named) in [
        ("https://a.com", true),
        ("http://localhost:3000", true),
        ("https://a.com/<script>", false),
        ("null", false),
        ("*", false),
        ("some text", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        let list = ["https://b.com".to_owned()];
        let error = check(&list, &list, &OriginHeaders::read(&Method::GET, &headers, None)).unwrap_err();
        assert_eq!(error.code(), sigmic_shared::ErrorCode::OriginNotAllowed);
        assert_eq!(error.to_string().contains(&format!("origin {origin} is not")), named, "{error}");
    }
}
