//! Where a visitor's values go, and where they cannot.

use super::errand::{Errand, call, run, scene_with};
use serde_json::{Value, json};
use sigmic_shared::ToolCallStatus;
use sigmic_tests::{
    installation::Installation,
    mcp::{Behavior, LocalServer, Protocol, Reached, RemoteServer},
};

async fn http() -> RemoteServer {
    RemoteServer::start(Protocol::Http, Behavior::default()).await
}

/// What a server was reached with, as one of its tools tells.
async fn reached(config: Value, env: Value) -> Reached {
    let scene = scene_with(json!({ "s": config })).await;
    let (status, output) = call(&scene.visitor("u1", env, json!({})).await, "s__reached", json!({})).await;
    assert_eq!(status, ToolCallStatus::Success, "{output}");
    serde_json::from_str(&output).unwrap()
}

/// A run with one server that these values keep from being contacted.
async fn refused(config: Value, env: Value) -> Errand {
    let scene = scene_with(json!({ "s": config })).await;
    let errand = run(&scene.visitor("u1", env, json!({})).await, json!([["s__echo", { "text": "x" }]])).await;
    assert_eq!(errand.expect_done().unavailable().len(), 1, "{:#?}", errand.events);
    errand
}

#[tokio::test]
async fn a_missing_key_costs_its_server_and_is_named() {
    let (remote, sse, healthy) =
        (http().await, RemoteServer::start(Protocol::Sse, Behavior::default()).await, http().await);
    let local = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({
        "remote": remote.config(json!({ "A": "{{mcp.GIVEN}}", "B": "{{mcp.MISSING}}" })),
        "sse": sse.config(json!({ "B": "{{mcp.MISSING}}" })),
        "local": local.config(json!({ "C": "{{mcp.ALSO_MISSING}}" })),
        "healthy": healthy.config(json!({ "D": "{{mcp.EMPTY}}" })),
    }))
    .await;
    let user = scene.visitor("u1", json!({ "EMPTY": "" }), json!({ "GIVEN": "a value of its own" })).await;
    let errand = run(&user, json!([["healthy__echo", { "text": "here" }]])).await;
    assert_eq!(errand.expect_done().results()[0].output, "here");
    assert_eq!(healthy.journal.calls("echo")[0].reached.headers.get("d").map(String::as_str), Some(""));
    let mut said = errand.unavailable();
    said.sort_unstable();
    assert_eq!(said.len(), 3, "{said:?}");
    for (sentence, (server, key)) in
        said.iter().zip([("local", "ALSO_MISSING"), ("remote", "MISSING"), ("sse", "MISSING")])
    {
        assert!(sentence.contains(&format!("\"{server}\"")) && sentence.contains(key), "{sentence}");
        assert!(!sentence.contains("a value of its own"), "{sentence}");
    }
    assert_eq!((remote.connections(), sse.connections(), local.processes().len()), (0, 0, 0));
}

#[tokio::test]
async fn values_are_put_in_once_and_nothing_else_is_looked_up() {
    let literal = "${HOME} $HOME {{mcp.OTHER}} {{ mcp.A }} %41 `id`";
    let env = json!({ "A": literal, "OTHER": "other" });
    let local = LocalServer::new(Behavior::default());
    let config = local.config(json!({ "PUT_IN": "<{{mcp.A}}{{ mcp.OTHER }}>", "FIXED": "${HOME}" }));
    let seen = reached(config, env.clone()).await.env;
    assert_eq!((&*seen["PUT_IN"], &*seen["FIXED"]), (&*format!("<{literal}other>"), "${HOME}"));
    let remote = http().await;
    let seen = reached(remote.config(json!({ "X-A": "{{mcp.A}}", "X-B": "${HOME}" })), env).await;
    assert_eq!((seen.header("x-a"), seen.header("x-b")), (literal, "${HOME}"));
}

#[tokio::test]
async fn a_local_server_gets_nothing_of_the_servers_own() {
    let local = LocalServer::new(Behavior::default());
    let installation = Installation::new().set_env("OPENAI_API_KEY", "sk-own").set_env("OTHER", "own");
    let fields = json!({ "mcpServers": { "s": local.config(json!({ "MINE": "1" })) } });
    let scene = super::errand::scene_on(installation, fields).await;
    run(&scene.user("u1").await, json!([["s__echo", { "text": "x" }]])).await.expect_done();
    let process = &local.processes()[0].reached;
    let names: Vec<&str> = process.env.keys().map(String::as_str).collect();
    assert!(names.iter().all(|name| ["PATH", "HOME", "LANG", "TMPDIR", "MINE", "PWD"].contains(name)), "{names:?}");
    assert!(names.contains(&"PATH") && names.contains(&"MINE"), "{names:?}");
    assert_ne!(process.cwd, scene.installation.folder().display().to_string());
    assert_eq!(process.cwd, process.env["TMPDIR"]);
    assert_eq!(process.args.len(), 3, "no shell in between: {:?}", process.args);
}

#[tokio::test]
async fn a_value_cannot_leave_its_place_in_a_url() {
    let remote = http().await;
    let with_url = |rest: &str| json!({ "url": format!("{}{rest}", remote.origin()) });
    let env = json!({ "A": "a/b?c=d&e#f ž%2F" });
    let seen = reached(with_url("/t/{{mcp.A}}/mcp?q={{mcp.A}}&z=1"), env).await;
    let encoded = "a%2Fb%3Fc%3Dd%26e%23f%20%C5%BE%252F";
    assert_eq!(seen.url, format!("/t/{encoded}/mcp?q={encoded}&z=1"));
    for value in ["..", "."] {
        let before = remote.connections();
        refused(with_url("/t/{{mcp.A}}/mcp"), json!({ "A": value })).await;
        assert_eq!(remote.connections(), before, "{value:?}");
    }
}

#[tokio::test]
async fn a_header_cannot_hold_a_second_one() {
    let remote = http().await;
    for value in ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\tb", "a\u{0}b", "a\u{7f}"] {
        let errand = refused(remote.config(json!({ "X-A": "{{mcp.A}}" })), json!({ "A": value })).await;
        assert!(!errand.unavailable()[0].contains(value), "{errand:?}");
    }
    assert_eq!(remote.connections(), 0);
}

#[tokio::test]
async fn a_templated_host_needs_permission_and_a_public_address() {
    let remote = http().await;
    let port = remote.origin().rsplit(':').next().unwrap().to_owned();
    let url = format!("http://{{{{mcp.HOST}}}}:{port}/mcp");
    let installation = Installation::new();
    let declare = |config: Value| json!({ "projects": [{ "name": "p", "mcpServers": { "s": config } }] }).to_string();
    let saved = installation.run_with_input(&["apply", "-"], &declare(json!({ "url": url }))).await;
    assert!(saved.status == Some(1) && saved.stderr.contains("mcpServers.s.url"), "{saved:?}");

    let allowed = json!({ "url": url, "allowTemplatedHost": true });
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fc00::1]",
        "0.0.0.0",
        "[::]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
    ] {
        let errand = refused(allowed.clone(), json!({ "HOST": host })).await;
        assert!(!errand.unavailable()[0].contains(host), "{errand:?}");
        assert_eq!(remote.connections(), 0, "{host}");
    }
    for host in ["127.0.0.1/x?", "a@127.0.0.1", "127.0.0.1#", "127.0.0.1\\", "127.0.0.1:1/"] {
        let private = json!({ "url": url, "allowTemplatedHost": true, "allowPrivate": true });
        refused(private, json!({ "HOST": host })).await;
        assert_eq!(remote.connections(), 0, "{host}");
    }
    let private = json!({ "url": url, "allowTemplatedHost": true, "allowPrivate": true });
    assert_eq!(reached(private, json!({ "HOST": "127.0.0.1" })).await.url, "/mcp");
}

#[tokio::test]
async fn a_redirect_leads_to_no_other_origin() {
    for protocol in [Protocol::Http, Protocol::Sse] {
        let target = RemoteServer::start(protocol, Behavior::default()).await;
        let behavior = Behavior { redirect_to: Some(target.url()), ..Behavior::default() };
        let redirecting = RemoteServer::start(protocol, behavior).await;
        refused(redirecting.config(json!({ "Authorization": "Bearer {{mcp.A}}" })), json!({ "A": "t" })).await;
        assert!(redirecting.connections() > 0);
        assert_eq!(target.connections(), 0, "{protocol:?}");
    }
}

#[tokio::test]
async fn a_template_where_it_would_show_is_refused_when_saved() {
    for (config, place) in [
        (json!({ "command": "x{{mcp.A}}" }), "command"),
        (json!({ "command": "x", "args": ["{{mcp.A}}"] }), "args"),
        (json!({ "command": "x", "cwd": "/{{mcp.A}}" }), "cwd"),
        (json!({ "url": "http://{{mcp.A}}@h/" }), "url"),
        (json!({ "url": "http://h/", "headers": { "A": "{{mcp.1}}" } }), "headers.A"),
        (json!({ "url": "http://h/", "type": "websocket" }), "type"),
    ] {
        let declared = json!({ "projects": [{ "name": "p", "mcpServers": { "s": config } }] }).to_string();
        let saved = Installation::new().run_with_input(&["apply", "-"], &declared).await;
        assert!(saved.status == Some(1) && saved.stderr.contains(&format!("mcpServers.s.{place}")), "{saved:?}");
    }
}
