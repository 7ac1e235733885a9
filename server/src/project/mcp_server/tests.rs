use super::*;
use serde_json::json;

fn read(value: Value) -> Result<McpServer, Problem> {
    McpServer::read("mcpServers.orders", "orders", &value)
}

#[test]
fn both_kinds_are_read() {
    let server = read(json!({
        "url": "https://mcp.example.com/{{mcp.TENANT}}?key={{ mcp.KEY }}",
        "type": "sse",
        "headers": { "Authorization": "Bearer {{mcp.API_TOKEN}}", "X-Empty": "" },
        "timeout": 1500,
        "enabled": false,
        "includeTools": ["a"],
        "excludeTools": ["b"],
    }))
    .unwrap();
    assert_eq!((server.timeout, server.enabled), (Some(Duration::from_millis(1500)), false));
    assert_eq!((server.include_tools.unwrap(), server.exclude_tools), (vec!["a".to_owned()], vec!["b".to_owned()]));
    let Transport::Remote(remote) = server.transport else { panic!("not remote") };
    assert_eq!(remote.protocol, Protocol::Sse);
    assert_eq!(remote.url.keys().collect::<Vec<_>>(), ["TENANT", "KEY"]);
    assert_eq!(remote.headers["Authorization"].keys().collect::<Vec<_>>(), ["API_TOKEN"]);

    let server = read(json!({
        "type": "stdio",
        "command": "npx",
        "args": ["-y", "server", "--format={{.Names}}"],
        "env": { "API_KEY": "{{mcp.API_KEY}}" },
        "cwd": "/workspace",
    }))
    .unwrap();
    assert_eq!((server.enabled, server.timeout, server.include_tools), (true, None, None));
    let Transport::Local(local) = server.transport else { panic!("not local") };
    assert_eq!((local.command.as_str(), local.args.len(), local.cwd.as_deref()), ("npx", 3, Some("/workspace")));
    assert_eq!(local.env["API_KEY"].keys().collect::<Vec<_>>(), ["API_KEY"]);
}

#[test]
fn what_cannot_be_used_is_refused_and_named() {
    for (value, place, problem) in [
        (json!("npx"), "", "expected an object"),
        (json!({}), "", "either `url` or `command`"),
        (json!({ "url": "https://a.com", "command": "npx" }), "", "either `url` or `command`"),
        (json!({ "url": 1 }), ".url", "expected a string"),
        (json!({ "url": "a.com/mcp" }), ".url", "an http or https URL"),
        (json!({ "url": "ftp://a.com" }), ".url", "an http or https URL"),
        (json!({ "url": "https://a.com/{{mcp.}}" }), ".url", "must begin a template"),
        (json!({ "url": "https://a.com/{{env.HOME}}" }), ".url", "must begin a template"),
        (json!({ "url": "https://a.com", "type": "stdio" }), ".type", "\"http\" or \"sse\""),
        (json!({ "url": "https://a.com", "type": "websocket" }), ".type", "\"http\" or \"sse\""),
        (json!({ "url": "https://a.com", "args": [] }), ".args", "other kind"),
        (json!({ "url": "https://a.com", "headers": [] }), ".headers", "expected an object"),
        (json!({ "url": "https://a.com", "headers": { "A": 1 } }), ".headers.A", "expected a string"),
        (json!({ "url": "https://a.com", "headers": { "A": "x\r\nB: y" } }), ".headers.A", "cannot hold"),
        (json!({ "url": "https://a.com", "headers": { "A": "{{mcp.K" } }), ".headers.A", "must begin a template"),
        (json!({ "url": "https://a.com", "headers": { "{{mcp.K}}": "x" } }), ".headers", "a name no header can have"),
        (json!({ "url": "https://a.com", "headers": { "": "x" } }), ".headers", "a name no header can have"),
        (json!({ "url": "https://a.com", "timeout": 0 }), ".timeout", "whole number from 1"),
        (json!({ "url": "https://a.com", "timeout": 1.5 }), ".timeout", "whole number from 1"),
        (json!({ "url": "https://a.com", "timeout": "10s" }), ".timeout", "whole number from 1"),
        (json!({ "url": "https://a.com", "enabled": "yes" }), ".enabled", "true or false"),
        (json!({ "url": "https://a.com", "includeTools": "a" }), ".includeTools", "a list of strings"),
        (json!({ "url": "https://a.com", "excludeTools": ["{{mcp.K}}"] }), ".excludeTools", "no template"),
        (json!({ "url": "https://a.com", "allowTemplatedHost": 1 }), ".allowTemplatedHost", "true or false"),
        (json!({ "command": " " }), ".command", "expected a program"),
        (json!({ "command": "{{mcp.K}}" }), ".command", "no template"),
        (json!({ "command": "npx", "type": "http" }), ".type", "\"stdio\""),
        (json!({ "command": "npx", "headers": {} }), ".headers", "other kind"),
        (json!({ "command": "npx", "allowPrivate": true }), ".allowPrivate", "other kind"),
        (json!({ "command": "npx", "args": ["--token={{ mcp.K }}"] }), ".args", "no template"),
        (json!({ "command": "npx", "args": ["{{mcp."] }), ".args", "no template"),
        (json!({ "command": "npx", "args": ["a\u{0}"] }), ".args", "NUL"),
        (json!({ "command": "npx", "args": [1] }), ".args", "a list of strings"),
        (json!({ "command": "npx", "cwd": "/{{mcp.K}}" }), ".cwd", "no template"),
        (json!({ "command": "npx", "env": { "A-B": "x" } }), ".env", "a name no variable can have"),
        (json!({ "command": "npx", "env": { "{{mcp.K}}": "x" } }), ".env", "a name no variable can have"),
        (json!({ "command": "npx", "env": { "A": "{{mcp.1}}" } }), ".env.A", "must begin a template"),
        (json!({ "command": "npx", "env": { "A": "\u{0}" } }), ".env.A", "cannot hold"),
    ] {
        let error = read(value.clone()).unwrap_err();
        assert_eq!(error.place, format!("mcpServers.orders{place}"), "{value}: {error}");
        assert!(error.problem.contains(problem), "{value}: {error}");
    }
}

#[test]
fn values_decide_path_and_query_only() {
    for url in [
        "https://{{mcp.H}}/mcp",
        "https://{{mcp.H}}.example.com/mcp",
        "https://example{{mcp.H}}/mcp",
        "https://example.com{{mcp.H}}/mcp",
        "https://example.com:{{mcp.P}}/mcp",
        "https://example.com:8{{mcp.P}}/mcp",
        "https:///{{mcp.H}}/mcp",
        "https:\\\\{{mcp.H}}/mcp",
        "https:{{mcp.H}}/mcp",
    ] {
        let error = read(json!({ "url": url })).unwrap_err();
        assert!(error.problem.contains("must be literal"), "{url}: {error}");
        assert!(read(json!({ "url": url, "allowTemplatedHost": true })).is_ok(), "{url}");
    }
    for url in [
        "{{mcp.U}}",
        "{{mcp.S}}://example.com",
        "http{{mcp.S}}://example.com",
        "https://{{mcp.U}}@example.com/",
        "https://user:{{mcp.P}}@example.com/",
        "https://user{{mcp.U}}:pass@{{mcp.H}}/",
    ] {
        assert!(read(json!({ "url": url, "allowTemplatedHost": true })).is_err(), "{url}");
    }
    for url in [
        "https://example.com/{{mcp.T}}",
        "https://example.com/a/{{mcp.T}}/b?x={{mcp.X}}&y={{mcp.Y}}",
        "https://example.com?x={{mcp.X}}",
        "https://example.com/@{{mcp.X}}",
        "http://127.0.0.1:3000/{{mcp.T}}",
        "http://user:pass@localhost/mcp",
    ] {
        assert!(read(json!({ "url": url })).is_ok(), "{url}");
    }
}

#[test]
fn names_fit_in_front_of_a_tools() {
    let value = json!({ "command": "npx" });
    for (name, fits) in [
        ("orders", true),
        ("orders-v2_x", true),
        ("A1", true),
        (&"x".repeat(40), true),
        (&"x".repeat(41), false),
        ("", false),
        ("a__b", false),
        ("a b", false),
        ("a.b", false),
        ("{{mcp.K}}", false),
        ("ü", false),
    ] {
        assert_eq!(McpServer::read("place", name, &value).is_ok(), fits, "{name}");
    }
}

#[test]
fn fields_of_other_clients_are_told_apart() {
    let value = json!({ "command": "npx", "disabled": false, "args": [], "autoApprove": [] });
    let mut unknown = McpServer::unknown_fields("s", &value);
    unknown.sort();
    assert_eq!(unknown, ["s.autoApprove", "s.disabled"]);
}
