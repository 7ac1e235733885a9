//! Local servers: what they get, what they may do, and that nothing is left of them.

use super::*;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_local_server_gets_a_clean_environment() {
    let bench = Bench::new();
    let config = bench.local(json!({ "env": { "KEY": "{{mcp.A}}", "LITERAL": "${HOME}" } }));
    let tools = bench.open(&config, "u", &[("A", "{{mcp.B}}"), ("UNUSED", "x")]).await;
    assert_eq!(reasons(&tools), [""; 0]);
    let said: Value =
        serde_json::from_str(&ask(&tools, "env").await.unwrap().replace("[secret]", "{{mcp.B}}")).unwrap();
    let env = said["env"].as_object().unwrap();
    // Python adds LC_CTYPE when it finds the C locale.
    let names: Vec<_> = env.keys().filter(|name| *name != "LC_CTYPE").map(String::as_str).collect();
    assert_eq!(names, ["HOME", "KEY", "LANG", "LITERAL", "NOTES", "PATH", "TMPDIR"]);
    assert_eq!((env["KEY"].as_str(), env["LITERAL"].as_str()), (Some("{{mcp.B}}"), Some("${HOME}")));
    assert_eq!(said["cwd"], env["TMPDIR"]);
    assert_eq!(said["group"], said["pid"]);
    assert_eq!(bench.private_folders(), 1);
    bench.pool.close().await;
    assert_eq!((bench.private_folders(), is_running(&said["pid"].to_string())), (0, false));
    assert_eq!(bench.notes().last().unwrap(), "closed");
}

#[tokio::test]
async fn all_pages_are_listed_and_calls_answered() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({ "excludeTools": ["crash"] })), "u", &[]).await;
    assert_eq!(names(&tools).len(), 11);
    assert!(names(&tools).contains(&"s__say".to_owned()) && !names(&tools).contains(&"s__crash".to_owned()));
    assert_eq!(call(&tools, "s__say", json!({ "text": "hé" })).await, Ok("hé".to_owned()));
    assert_eq!(ask(&tools, "crash").await, Err("There is no tool named s__crash.".to_owned()));
    assert_eq!(ask(&tools, "garbage").await, Ok("after garbage".to_owned()));
    bench.pool.close().await;
}

#[tokio::test]
async fn no_secret_leaves() {
    let bench = Bench::new();
    let config = bench.local(json!({ "env": { "KEY": "{{mcp.A}}" } }));
    let tools = bench.open(&config, "u", &[("A", "hunter22"), ("B", "unused-secret")]).await;
    assert!(tools.tools().iter().all(|tool| tool.description == "knows [secret]"));
    assert_eq!(ask(&tools, "fail").await, Err("it failed with [secret]".to_owned()));
    assert_eq!(ask(&tools, "refuse").await, Err("The MCP server \"s\" refused: not with [secret].".to_owned()));
    assert_eq!(call(&tools, "s__say", json!({ "text": "unused-secret" })).await, Ok("[secret]".to_owned()));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let heard = reports.clone();
    let progress = move |done, of, message| heard.lock().unwrap().push((done, of, message));
    assert_eq!(tools.call("s__progress", Map::new(), progress).await, Ok("done".to_owned()));
    let reports = reports.lock().unwrap().clone();
    assert!(!reports.is_empty());
    assert!(
        reports.iter().all(|report| report.1 == Some(3.0) && report.2.as_deref() == Some("[secret]!")),
        "{reports:?}"
    );
    assert!(reports.is_sorted_by(|one, other| one.0 < other.0), "{reports:?}");
    bench.pool.close().await;
}

#[tokio::test]
async fn a_missing_key_contacts_nothing() {
    let bench = Bench::new();
    let config = bench.local(json!({ "env": { "KEY": "{{mcp.API_TOKEN}}" } }));
    let tools = bench.open(&config, "u", &[("OTHER", "x")]).await;
    assert_eq!(reasons(&tools), ["The MCP server \"s\" needs API_TOKEN, which was not given."]);
    assert_eq!((names(&tools).len(), bench.notes().len(), bench.private_folders()), (0, 0, 0));
}

#[tokio::test]
async fn one_that_cannot_start_costs_its_own_tools_only() {
    let bench = Bench::new();
    let missing = json!({ "command": "/no/such/program" });
    let silent = json!({ "command": "sleep", "args": ["60"], "timeout": 200 });
    let ends = json!({ "command": "true" });
    let off = json!({ "command": "/no/such/program", "enabled": false });
    let good = bench.local(json!({}));
    let servers = [("s", &good), ("missing", &missing), ("silent", &silent), ("ends", &ends), ("off", &off)];
    let tools = bench.pool.open(request(&servers, "u", &[])).await;
    assert_eq!(
        reasons(&tools),
        [
            "The MCP server \"ends\" ended unexpectedly.",
            "The MCP server \"missing\" could not be started: its program or its folder is not there.",
            "The MCP server \"silent\" did not answer within 200ms.",
        ]
    );
    assert!(ask(&tools, "pid").await.is_ok());
    bench.pool.close().await;
    assert_eq!(bench.private_folders(), 0);
}

#[tokio::test]
async fn a_crashed_server_is_started_again_but_not_for_ever() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    for _ in 0..5 {
        assert_eq!(ask(&tools, "crash").await, Err("The MCP server \"s\" ended unexpectedly.".to_owned()));
    }
    let refused = ask(&tools, "pid").await.unwrap_err();
    assert!(refused.contains("was started too often"), "{refused}");
    assert_eq!(bench.notes().iter().filter(|note| *note == "started").count(), 5);
    bench.pool.close().await;
}

#[tokio::test]
async fn a_call_that_hangs_ends_in_time_and_the_next_one_is_answered() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({ "timeout": 1000 })), "u", &[]).await;
    let before = ask(&tools, "pid").await.unwrap();
    assert_eq!(ask(&tools, "hang").await, Err("The MCP server \"s\" did not answer within 1s.".to_owned()));
    assert_ne!(ask(&tools, "pid").await.unwrap(), before);
    until("gone", || !is_running(&before)).await;
    assert!(bench.notes().contains(&"cancelled".to_owned()));
    bench.pool.close().await;
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    let listener = Arc::new(());
    let heard = listener.clone();
    let hanging = tokio::spawn(tools.call("s__hang", Map::new(), move |_, _, _| drop(heard.clone())));
    until("hanging", || bench.notes().contains(&"hanging".to_owned())).await;
    hanging.abort();
    until("cancelled", || bench.notes().contains(&"cancelled".to_owned())).await;
    until("forgotten", || Arc::strong_count(&listener) == 1).await;
    assert!(ask(&tools, "pid").await.is_ok());
    bench.pool.close().await;
}

#[tokio::test]
async fn a_flood_ends_the_server_and_not_the_memory() {
    let bench = Bench::with(|limits| limits.message_bytes = 256 * 1024);
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    assert_eq!(ask(&tools, "flood").await, Err("The MCP server \"s\" sent more at once than is allowed.".to_owned()));
    assert!(ask(&tools, "pid").await.is_ok());
    bench.pool.close().await;
}

#[tokio::test]
async fn a_long_result_is_cut() {
    let bench = Bench::with(|limits| limits.result_bytes = 10);
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    let said = call(&tools, "s__say", json!({ "text": "ééééééééé" })).await.unwrap();
    assert_eq!(said, "ééééé\n[This result was cut: it has 18 bytes, and these are the first 10.]");
    bench.pool.close().await;
}

#[tokio::test]
async fn grandchildren_go_with_their_server() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    let (closed, crashed) = (ask(&tools, "breed").await.unwrap(), ask(&tools, "breed").await.unwrap());
    assert!(is_running(&closed) && is_running(&crashed));
    assert!(ask(&tools, "crash").await.is_err());
    until("gone", || !is_running(&crashed) && !is_running(&closed)).await;
    let closed = ask(&tools, "breed").await.unwrap();
    bench.pool.close().await;
    until("gone", || !is_running(&closed)).await;
    assert_eq!(bench.private_folders(), 0);
}

#[tokio::test]
async fn a_stubborn_server_is_killed() {
    let bench = Bench::new();
    let script = "trap '' TERM; echo $$ > \"$PID_FILE\"; exec 3<&0; python3 \"$SCRIPT\" <&3 & wait; sleep 100";
    let mut config = bench.local(json!({ "env": { "PID_FILE": bench.folder.path().join("pid") } }));
    config["env"]["SCRIPT"] = config["args"][0].clone();
    config["command"] = json!("sh");
    config["args"] = json!(["-c", script]);
    let tools = bench.open(&config, "u", &[]).await;
    assert_eq!(reasons(&tools), [""; 0]);
    let pid = std::fs::read_to_string(bench.folder.path().join("pid")).unwrap().trim().to_owned();
    assert!(is_running(&pid));
    bench.pool.close().await;
    assert!(!is_running(&pid));
}

#[tokio::test]
async fn tools_that_come_later_are_offered() {
    let bench = Bench::new();
    let tools = bench.open(&bench.local(json!({})), "u", &[]).await;
    assert!(!names(&tools).contains(&"s__grown".to_owned()));
    assert!(ask(&tools, "grow").await.is_ok());
    until("offered", || names(&tools).contains(&"s__grown".to_owned())).await;
    bench.pool.close().await;
}
