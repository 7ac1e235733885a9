//! A visitor's secret reaches the tool servers it was meant for, and nobody else.

use super::errand::{run_steps, scene_on};
use crate::scene::get_task;
use serde_json::json;
use sigmic_shared::{ToolCallStatus, routes};
use sigmic_tests::{
    installation::Installation,
    mcp::{Behavior, Fault, LocalServer, Protocol, RemoteServer},
};
use std::{fs, path::Path};

/// With everything that is written differently in JSON, in a URL, or both.
const CANARY: &str = "canary-7f3a \"quoted\" ž&=%";
/// A part of it that is written the same everywhere.
const PART: &str = "canary-7f3a";

fn assert_absent(place: &str, text: &str) {
    if let Some(at) = text.find(PART) {
        let around: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("the canary is in {place}, after {around:?}");
    }
}

fn assert_absent_from_files(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = fs::read(entry.path()) {
                assert_absent(&entry.path().display().to_string(), &String::from_utf8_lossy(&bytes));
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no file was looked at");
}

fn assert_absent_from_command_lines() {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    assert!(lines.map(|line| assert_absent("a command line", &String::from_utf8_lossy(&line))).count() > 0);
}

#[tokio::test]
async fn a_secret_is_nowhere_but_where_it_belongs() {
    let remote = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let sse = RemoteServer::start(Protocol::Sse, Behavior::default()).await;
    let broken =
        RemoteServer::start(Protocol::Http, Behavior { on_list: Some(Fault::Garbage), ..Behavior::default() }).await;
    let (local, crashing) = (
        LocalServer::new(Behavior::default()),
        LocalServer::new(Behavior { on_connect: Some(Fault::Crash), ..Behavior::default() }),
    );
    let headers = json!({ "Authorization": "Bearer {{mcp.TOKEN}}" });
    let mut in_url = remote.config(headers.clone());
    in_url["url"] = json!(format!("{}/{{{{mcp.SECRET}}}}/mcp?key={{{{mcp.SECRET}}}}", remote.origin()));
    let mut servers = json!({
            "remote": in_url, "sse": sse.config(headers.clone()), "broken": broken.config(headers),
            "local": local.config(json!({ "SECRET": "{{mcp.SECRET}}" })),
            "crashing": crashing.config(json!({ "SECRET": "{{mcp.SECRET}}" })),
            "gone": { "url": "http://127.0.0.1:9/{{mcp.SECRET}}" },
            "odd": { "url": "http://127.0.0.1:9/", "headers": { "X": "{{mcp.UNFIT}}" } },
    });
    for config in servers.as_object_mut().expect("just made").values_mut() {
        config["timeout"] = json!(2000);
    }
    let scene = scene_on(Installation::new().set("LOG", "trace"), json!({ "mcpServers": servers })).await;
    let secrets = json!({ "SECRET": CANARY, "TOKEN": "canary-7f3a-token", "UNFIT": "canary-7f3a\r\n" });
    let user = scene.visitor("u1", json!({}), secrets).await;
    let every = ["reached", "fail", "refuse", "crash", "garbage"];
    let step = |tool: &str| json!(["remote", "sse", "local"].map(|server| json!([format!("{server}__{tool}"), {}])));
    let errand = run_steps(&user, json!(every.map(step))).await;
    errand.expect_done();
    for number in 0..3 {
        let id = format!("call-1-{number}");
        let result =
            errand.results().into_iter().find(|result| result.call_id.0 == id).expect("each call has a result");
        let is_masked = result.status == ToolCallStatus::Success && result.output.contains("[secret]");
        assert!(is_masked, "{result:?}");
    }
    assert_eq!(remote.journal.calls("reached")[0].reached.header("authorization"), "Bearer canary-7f3a-token");
    assert_eq!(local.journal.calls("reached")[0].reached.env["SECRET"], CANARY);
    assert_eq!(errand.unavailable().len(), 4, "{:#?}", errand.unavailable());

    for request in scene.model.requests() {
        assert_absent("a request to the model", &request.body.to_string());
    }
    assert_absent("the events", &format!("{:?}", errand.events));
    assert_absent("the stream", &String::from_utf8_lossy(user.stream(&errand.task).await.raw()));
    assert_absent("the replayed stream", &format!("{:?}", user.finished(&errand.task).await));
    assert_absent("the task", &get_task(&user, &errand.task).await.text);
    assert_absent("the history", &user.get(&routes::history(errand.task.as_str())).await.text);
    assert_absent("the metrics", &scene.anonymous().get("/metrics").await.text);
    assert_absent_from_command_lines();
    assert_absent_from_files(&scene.installation.folder());
    let (folder, (_, log)) = (scene.installation.clone(), scene.server.stop().await);
    assert!(log.contains("TRACE"), "the log is not as talkative as it should be");
    assert_absent("the log", &log);
    assert_absent_from_files(&folder.folder());
}
