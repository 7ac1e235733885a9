use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn server(value: Value) -> McpServer {
    McpServer::read("mcpServers.s", "s", &value).unwrap()
}

fn context(values: &[(&str, &str)]) -> Context {
    let secrets = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    Context { secrets, ..Context::default() }
}

fn remote(config: Value, values: &[(&str, &str)]) -> Result<RemoteEndpoint, ResolveError> {
    match resolve(&server(config), &context(values))? {
        Endpoint::Remote(remote) => Ok(remote),
        Endpoint::Local(_) => panic!("local"),
    }
}

fn url(template: &str, value: &str) -> Result<String, ResolveError> {
    remote(json!({ "url": template }), &[("A", value)]).map(|remote| remote.url.expose().to_owned())
}

#[test]
fn values_go_into_path_and_query_encoded() {
    for (template, value, expected) in [
        ("https://h.example/mcp", "", "https://h.example/mcp"),
        ("https://h.example/{{mcp.A}}/mcp", "acme", "https://h.example/acme/mcp"),
        ("https://h.example/{{mcp.A}}", "a/b?c#d", "https://h.example/a%2Fb%3Fc%23d"),
        ("https://h.example/{{mcp.A}}", "@evil.example/", "https://h.example/%40evil.example%2F"),
        ("https://h.example/?t={{mcp.A}}&u=1", "x&u=2", "https://h.example/?t=x%26u%3D2&u=1"),
        ("https://h.example/?t={{mcp.A}}", "é +%41", "https://h.example/?t=%C3%A9%20%2B%2541"),
        ("https://h.example/?t={{mcp.A}}", "a-b._~", "https://h.example/?t=a-b._~"),
        ("https://h.example/?t={{mcp.A}}", "${HOME}", "https://h.example/?t=%24%7BHOME%7D"),
        ("https://h.example/?t={{mcp.A}}", "{{mcp.A}}", "https://h.example/?t=%7B%7Bmcp.A%7D%7D"),
        ("https://h.example?t={{mcp.A}}", "..", "https://h.example/?t=.."),
        ("https://h.example/a/{{mcp.A}}/b", "", "https://h.example/a//b"),
        ("http://127.0.0.1:9/{{mcp.A}}", "x", "http://127.0.0.1:9/x"),
        ("http://localhost/{{mcp.A}}", "x", "http://localhost/x"),
        ("https://u:p@h.example/{{mcp.A}}", "x", "https://u:p@h.example/x"),
    ] {
        assert_eq!(url(template, value).as_deref(), Ok(expected), "{template} {value}");
    }
}

#[test]
fn steps_in_a_path_are_refused() {
    for value in ["..", "."] {
        assert_eq!(url("https://h.example/a/{{mcp.A}}/b", value), Err(ResolveError::Path), "{value}");
        assert_eq!(url("https://h.example/a/{{mcp.A}}", value), Err(ResolveError::Path), "{value}");
    }
    assert_eq!(url("https://h.example/a/.{{mcp.A}}/b", "."), Err(ResolveError::Path));
    assert_eq!(url("https://h.example/a/{{mcp.A}}/b", "%2e%2e").unwrap(), "https://h.example/a/%252e%252e/b");
}

#[test]
fn a_templated_host_is_public_unless_it_may_be_private() {
    let with = |host: &str, private: bool| {
        let config = json!({ "url": "http://{{mcp.A}}/mcp", "allowTemplatedHost": true, "allowPrivate": private });
        remote(config, &[("A", host)]).map(|remote| (remote.url.expose().to_owned(), remote.public_only))
    };
    for (host, refused) in [
        ("tenant.example.com", None),
        ("tenant.example.com:8080", None),
        ("1.1.1.1", None),
        ("[2606:4700:4700::1111]:80", None),
        ("10.0.0.1", Some(ResolveError::PrivateAddress)),
        ("127.0.0.1:80", Some(ResolveError::PrivateAddress)),
        ("0x7f.1", Some(ResolveError::PrivateAddress)),
        ("2130706433", Some(ResolveError::PrivateAddress)),
        ("0", Some(ResolveError::PrivateAddress)),
        ("169.254.169.254", Some(ResolveError::PrivateAddress)),
        ("[::1]", Some(ResolveError::PrivateAddress)),
        ("[::ffff:10.0.0.1]", Some(ResolveError::PrivateAddress)),
        ("[64:ff9b::a00:1]", Some(ResolveError::PrivateAddress)),
        ("", Some(ResolveError::Url)),
        ("a:b", Some(ResolveError::Url)),
        ("evil.example/x", Some(ResolveError::Host)),
        ("evil.example?", Some(ResolveError::Host)),
        ("evil.example#", Some(ResolveError::Host)),
        ("evil.example\\", Some(ResolveError::Host)),
        ("user@evil.example", Some(ResolveError::Host)),
        ("evil.example%2f", Some(ResolveError::Host)),
        ("evil.example\n", Some(ResolveError::Host)),
    ] {
        assert_eq!(with(host, false).err(), refused, "{host}");
    }
    assert_eq!(with("tenant.example.com", false).unwrap(), ("http://tenant.example.com/mcp".to_owned(), true));
    assert_eq!(with("10.0.0.1", true).unwrap(), ("http://10.0.0.1/mcp".to_owned(), false));
    // A host that no value decides is the operator's choice.
    let literal = json!({ "url": "http://10.0.0.1/{{mcp.A}}", "allowTemplatedHost": true });
    assert!(!remote(literal, &[("A", "x")]).unwrap().public_only);
}

#[test]
fn headers_take_values_as_they_are() {
    let header = |value: &str| {
        let config = json!({ "url": "https://h.example/", "headers": { "X-Key": "Bearer {{ mcp.A }}" } });
        remote(config, &[("A", value)]).map(|remote| remote.headers[0].1.expose().to_owned())
    };
    for value in ["token", "", "${HOME}", "{{mcp.A}}", "a b", "ü"] {
        assert_eq!(header(value).unwrap(), format!("Bearer {value}"));
    }
    for value in ["a\r\nX-Evil: 1", "a\n", "\r", "\0", "a\tb", "\u{7f}", "\u{85}"] {
        assert_eq!(header(value), Err(ResolveError::Header("X-Key".into())), "{value:?}");
    }
}

#[test]
fn a_process_gets_its_variables() {
    let config = json!({ "command": "x", "args": ["${HOME}"], "env": { "K": "v={{mcp.A}}" } });
    let local = |value: &str| match resolve(&server(config.clone()), &context(&[("A", value)])) {
        Ok(Endpoint::Local(local)) => Ok((local.args[0].clone(), local.env["K"].expose().to_owned())),
        Ok(Endpoint::Remote(_)) => panic!("remote"),
        Err(error) => Err(error),
    };
    for value in ["1", "", "${HOME}", "{{mcp.A}}", "a\nb"] {
        assert_eq!(local(value), Ok(("${HOME}".to_owned(), format!("v={value}"))));
    }
    assert_eq!(local("\0"), Err(ResolveError::Variable("K".into())));
}

#[test]
fn a_missing_key_is_named() {
    for config in [
        json!({ "url": "https://h.example/{{mcp.NEEDED}}" }),
        json!({ "url": "https://h.example/", "headers": { "A": "{{mcp.NEEDED}}" } }),
        json!({ "command": "x", "env": { "A": "{{mcp.NEEDED}}" } }),
    ] {
        let error = resolve(&server(config), &context(&[("OTHER", "hunter2")])).unwrap_err();
        assert_eq!(error, ResolveError::MissingKey("NEEDED".into()));
        assert_eq!(error.to_string(), "needs NEEDED, which was not given");
    }
}

#[test]
fn printing_shows_no_value() {
    let config = json!({ "url": "https://h.example/{{mcp.A}}", "headers": { "X": "{{mcp.A}}" } });
    let endpoint = resolve(&server(config), &context(&[("A", "hunter2")])).unwrap();
    assert!(!format!("{endpoint:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn no_value_changes_where_a_request_goes(value in ".{0,12}", query in ".{0,12}") {
        let config = json!({ "url": "https://h.example:8443/v1/{{mcp.A}}/mcp?q={{mcp.B}}&z=1" });
        match remote(config, &[("A", &value), ("B", &query)]) {
            Ok(remote) => {
                let url = Url::parse(remote.url.expose()).unwrap();
                prop_assert_eq!(url.origin().ascii_serialization(), "https://h.example:8443");
                prop_assert_eq!(url.path_segments().unwrap().count(), 3);
                let decoded = percent_encoding::percent_decode_str(url.path_segments().unwrap().nth(1).unwrap());
                prop_assert_eq!(decoded.decode_utf8().unwrap(), value);
                let pairs: Vec<_> = url.query_pairs().into_owned().collect();
                prop_assert_eq!(pairs, vec![("q".to_owned(), query), ("z".to_owned(), "1".to_owned())]);
                prop_assert!(url.fragment().is_none());
            }
            Err(error) => {
                prop_assert_eq!(error, ResolveError::Path);
                prop_assert!(value == "." || value == "..");
            }
        }
    }

    #[test]
    fn no_value_of_a_templated_host_reaches_a_private_address(value in "[0-9a-fx.:\\[\\]@/#?%]{0,16}") {
        let config = json!({ "url": "http://{{mcp.A}}/mcp", "allowTemplatedHost": true });
        if let Ok(remote) = remote(config, &[("A", &value)]) {
            let url = Url::parse(remote.url.expose()).unwrap();
            prop_assert!(remote.public_only);
            prop_assert_eq!(url.path(), "/mcp");
            prop_assert!(url.username().is_empty() && url.password().is_none());
            match url.host() {
                Some(Host::Ipv4(address)) => prop_assert!(!address::is_private(address.into())),
                Some(Host::Ipv6(address)) => prop_assert!(!address::is_private(address.into())),
                Some(Host::Domain(_)) => {}
                None => prop_assert!(false),
            }
        }
    }

    #[test]
    fn a_header_that_is_taken_can_be_sent(value in any::<String>()) {
        let config = json!({ "url": "https://h.example/", "headers": { "X": "{{mcp.A}}" } });
        if let Ok(remote) = remote(config, &[("A", &value)]) {
            prop_assert_eq!(remote.headers[0].1.expose(), value.as_str());
            prop_assert!(!value.chars().any(char::is_control));
        }
    }
}
