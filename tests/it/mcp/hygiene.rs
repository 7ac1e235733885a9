//! Nothing is left of a local server: no process, no file descriptor, no folder.

use super::errand::{call, run_steps, scene_with};
use serde_json::json;
use sigmic_shared::ToolCallStatus;
use sigmic_tests::{
    eventually,
    mcp::{Behavior, Fault, LocalServer, Protocol, RemoteServer},
};
use std::{fs, path::Path};

fn is_alive(pid: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie is dead; who has to bury it is another matter.
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

async fn gone(pids: &[u32]) {
    eventually("the processes are gone", async || pids.iter().all(|&pid| !is_alive(pid)).then_some(())).await;
}

fn numbers(output: &str) -> Vec<u32> {
    serde_json::from_str(output).unwrap_or_else(|_| panic!("no list of processes: {output}"))
}

#[tokio::test]
async fn a_shutdown_ends_servers_that_do_not_want_to_end_and_their_children() {
    let local = LocalServer::new(Behavior { lingers: true, ..Behavior::default() });
    let scene = scene_with(json!({ "s": local.config(json!({})) })).await;
    let user = scene.user("u1").await;
    let (status, bred) = call(&user, "s__breed", json!({ "count": 3 })).await;
    assert_eq!(status, ToolCallStatus::Success, "{bred}");
    let bred = numbers(&bred);
    assert!(bred.len() == 3 && bred.iter().all(|&pid| is_alive(pid)));
    let data = scene.installation.data_dir();
    let (status, log) = scene.server.stop().await;
    assert_eq!(status.code(), Some(0), "{log}");
    local.processes()[0].ended().await;
    gone(&bred).await;
    let left = fs::read_dir(data.join("mcp")).map(|entries| entries.count()).unwrap_or(0);
    assert_eq!(left, 0, "folders of local servers are left");
}

#[tokio::test]
async fn a_server_that_crashes_takes_its_children_along() {
    let local = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": local.config(json!({})) })).await;
    let user = scene.user("u1").await;
    let bred = numbers(&call(&user, "s__breed", json!({ "count": 2 })).await.1);
    call(&user, "s__crash", json!({})).await;
    gone(&bred).await;
}

#[tokio::test]
async fn a_killed_server_leaves_no_process_that_listens_to_its_input() {
    let local = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": local.config(json!({})) })).await;
    let user = scene.user("u1").await;
    call(&user, "s__echo", json!({ "text": "x" })).await;
    scene.server.kill().await;
    local.processes()[0].ended().await;
}

#[tokio::test]
async fn no_file_descriptor_is_left_open() {
    let crashing = LocalServer::new(Behavior { on_connect: Some(Fault::Crash), ..Behavior::default() });
    let hanging = LocalServer::new(Behavior { on_list: Some(Fault::Hang), lingers: true, ..Behavior::default() });
    let garbage =
        RemoteServer::start(Protocol::Http, Behavior { on_list: Some(Fault::Garbage), ..Behavior::default() }).await;
    let mut impatient = hanging.config(json!({}));
    impatient["timeout"] = json!(200);
    let scene = scene_with(json!({
        "crashing": crashing.config(json!({})), "hanging": impatient, "garbage": garbage.config(json!({})),
    }))
    .await;
    let user = scene.user("u1").await;
    let open = |server: u32| fs::read_dir(Path::new("/proc").join(server.to_string()).join("fd")).unwrap().count();
    run_steps(&user, json!([])).await;
    let pid = scene.server.pid();
    let settled = async || {
        for process in hanging.processes().iter().chain(&crashing.processes()) {
            process.ended().await;
        }
    };
    settled().await;
    let at_first = open(pid);
    for _ in 0..4 {
        run_steps(&user, json!([])).await;
    }
    settled().await;
    // Connections of databases and clients come and go; four runs that leak would leave many more.
    eventually("the descriptors are closed", async || (open(pid) <= at_first + 3).then_some(())).await;
}
