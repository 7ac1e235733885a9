//! Who shares a connection, and how long one is kept.

use super::*;
use futures::future::join_all;

async fn pid(tools: &Toolset) -> String {
    ask(tools, "pid").await.unwrap()
}

#[tokio::test]
async fn only_the_same_context_shares_a_connection() {
    let bench = Bench::new();
    let config = bench.local(json!({ "env": { "KEY": "{{mcp.A}}" } }));
    let first = pid(&bench.open(&config, "u", &[("A", "one")]).await).await;
    assert_eq!(pid(&bench.open(&config, "u", &[("A", "one")]).await).await, first);
    let mut pids = vec![first];
    for (user, value) in [("u", "two"), ("v", "one"), ("v", "two")] {
        pids.push(pid(&bench.open(&config, user, &[("A", value)]).await).await);
    }
    let mut other_project = request(&[("s", &config)], "u", &[("A", "one")]);
    other_project.project_id = "other".into();
    pids.push(pid(&bench.pool.open(other_project).await).await);
    let mut task = request(&[("s", &config)], "u", &[("A", "one")]);
    task.principal = Principal::Task("u".into());
    pids.push(pid(&bench.pool.open(task).await).await);
    pids.push(pid(&bench.open(&config, "u", &[("A", "one"), ("UNUSED", "masked")]).await).await);
    pids.sort();
    pids.dedup();
    assert_eq!(pids.len(), 7);
    bench.pool.close().await;
    assert!(!pids.iter().any(|pid| is_running(pid)));
}

#[tokio::test]
async fn those_who_come_at_once_share_one_start() {
    let bench = Bench::new();
    let config = bench.local(json!({}));
    let tools = join_all((0..8).map(|_| bench.open(&config, "u", &[]))).await;
    let pids = join_all(tools.iter().map(pid)).await;
    assert!(pids.iter().all(|pid| *pid == pids[0]));
    assert_eq!(bench.notes(), ["started"]);
    bench.pool.close().await;
}

#[tokio::test]
async fn a_failed_start_is_shared_too() {
    let bench = Bench::new();
    let config = json!({ "command": "sleep", "args": ["60"], "timeout": 300 });
    let tools = join_all((0..8).map(|_| bench.open(&config, "u", &[]))).await;
    assert!(tools.iter().all(|tools| reasons(tools) == ["The MCP server \"s\" did not answer within 300ms."]));
    bench.pool.close().await;
}

#[tokio::test]
async fn an_idle_connection_ends_and_one_in_use_does_not() {
    let bench = Bench::with(|limits| limits.idle = Duration::from_millis(100));
    let config = bench.local(json!({}));
    let tools = bench.open(&config, "u", &[]).await;
    let used = pid(&tools).await;
    let idle = pid(&bench.open(&config, "v", &[]).await).await;
    until("gone", || !is_running(&idle)).await;
    assert_eq!(pid(&tools).await, used);
    drop(tools);
    until("gone", || !is_running(&used) && bench.private_folders() == 0).await;
}

#[tokio::test]
async fn an_expired_context_ends_its_connection() {
    let bench = Bench::with(|limits| limits.idle = Duration::from_secs(4));
    let config = bench.local(json!({}));
    let until_then = |expires_at_ms| OpenRequest { expires_at_ms, ..request(&[("s", &config)], "u", &[]) };
    let tools = bench.pool.open(until_then(Some(NOW_MS + 10))).await;
    let running = pid(&tools).await;
    // A newer token with the same values keeps it.
    drop(bench.pool.open(until_then(Some(NOW_MS + 1000))).await);
    bench.hand.advance(Duration::from_millis(999));
    assert_eq!(pid(&tools).await, running);
    bench.hand.advance(Duration::from_millis(1));
    drop(tools);
    until("gone", || !is_running(&running)).await;
}

#[tokio::test]
async fn a_changed_configuration_ends_what_it_replaces() {
    let bench = Bench::new();
    let old = bench.open(&bench.local(json!({})), "u", &[]).await;
    let old_pid = pid(&old).await;
    let new = bench.open(&bench.local(json!({ "env": { "NEW": "1" } })), "u", &[]).await;
    assert_ne!(pid(&new).await, old_pid);
    assert_eq!(pid(&old).await, old_pid);
    drop(old);
    until("gone", || !is_running(&old_pid)).await;
    bench.pool.close().await;
}

#[tokio::test]
async fn the_one_used_least_recently_makes_room() {
    let bench = Bench::with(|limits| limits.connections = 2);
    let config = bench.local(json!({}));
    let a = bench.open(&config, "a", &[]).await;
    let (a_pid, b_pid) = (pid(&a).await, pid(&bench.open(&config, "b", &[]).await).await);
    let c = bench.open(&config, "c", &[]).await;
    until("gone", || !is_running(&b_pid)).await;
    assert_eq!(pid(&a).await, a_pid);
    let d = bench.open(&config, "d", &[]).await;
    assert_eq!(reasons(&d), ["The MCP server \"s\" was not contacted: too many connections are in use."]);
    drop(c);
    assert!(ask(&bench.open(&config, "d", &[]).await, "pid").await.is_ok());
    bench.pool.close().await;
}

#[tokio::test]
async fn a_closed_pool_starts_nothing() {
    let bench = Bench::new();
    let config = bench.local(json!({}));
    let tools = bench.open(&config, "u", &[]).await;
    bench.pool.close().await;
    let refused = ask(&tools, "pid").await.unwrap_err();
    assert!(refused.contains("shutting down"), "{refused}");
    assert_eq!(reasons(&bench.open(&config, "v", &[]).await).len(), 1);
    assert_eq!(bench.notes(), ["started", "closed"]);
}
