//! Looking after an instance: the overview, conversations, the audit log, health.

use crate::scene::{PROJECT, Scene, ask, held_task};
use serde_json::{Value, json};
use sigmic_shared::TaskId;
use sigmic_tests::{client::Reply, console::Visitor, model::Script};

/// What a visitor, a model or a tool may write.
const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} \u{202e}**bold**";

async fn member(scene: &Scene, role: &str) -> Visitor {
    let email = format!("{role}@example.com");
    scene.installation.create_account(&email, role).await;
    Visitor::signed_in(&scene.server, &email).await
}

/// What every page keeps to.
fn assert_sound(reply: &Reply) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.text.len() < 100_000, "{} bytes", reply.text.len());
    for inline in [" style=", "<style", " onclick", "<script>", "javascript:", "<img"] {
        assert!(!reply.text.contains(inline), "{inline} in {}", reply.text);
    }
}

fn path(task: &TaskId, action: &str) -> String {
    format!("/console/conversations/{task}{action}")
}

#[tokio::test]
async fn the_overview_counts_what_happened() {
    let scene = Scene::start().await;
    let viewer = member(&scene, "viewer").await;
    assert!(!viewer.get("/console").await.text.contains("<svg viewBox=\"0 0 720"), "nothing to draw yet");
    let ada = scene.user("ada").await;
    scene.model.script(Script::new().text("Hello").usage(1200, 34).finish("stop"));
    ask(&ada, "Hi").await;
    scene.model.script(Script::error(401, "invalid_api_key", "no"));
    ask(&ada, "Hi again").await;
    let page = viewer.get("/console/overview").await;
    assert_sound(&page);
    for part in [
        "1 failed, 50.0 %",
        "1.2k read, 34 written",
        "Why runs failed",
        "role=\"img\"",
        "Messages as a table",
        "30 days",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let other = scene.create_app(&[]).await;
    let page = viewer.get(&format!("/console/overview?days=7&app={}", other.app_id)).await;
    assert_sound(&page);
    assert!(page.text.contains("Nobody wrote in these 7 days"), "{}", page.text);
    for query in ["days=0", "days=-1", "days=x&app=%00&app=y", "%ff", "app='%20OR%201=1"] {
        assert_sound(&viewer.get(&format!("/console/overview?{query}")).await);
    }
}

#[tokio::test]
async fn conversations_are_found_by_whose_they_are_and_what_was_said() {
    let scene = Scene::start().await;
    let viewer = member(&scene, "viewer").await;
    assert!(viewer.get("/console/conversations").await.text.contains("No conversation yet"));
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let delivery = ask(&ada, "Where is my parcel?").await;
    let refund = ask(&bob, "I want 100% of it back").await;
    let program = ask(&scene.program(), "A nightly report").await;
    let app = &scene.app.app_id;
    for (query, found) in [
        (String::new(), vec![&delivery, &refund, &program]),
        (format!("app={app}"), vec![&delivery, &refund]),
        ("user=ada".to_owned(), vec![&delivery]),
        (format!("app={app}&user=bob&q="), vec![&refund]),
        ("q=PARCEL".to_owned(), vec![&delivery]),
        ("q=echo%3A+I+want".to_owned(), vec![&refund]),
        ("q=100%25".to_owned(), vec![&refund]),
        ("q=%25%25%25".to_owned(), vec![]),
        ("user=ada&q=nightly".to_owned(), vec![]),
        ("after=nonsense".to_owned(), vec![&delivery, &refund, &program]),
        ("after=1.x".to_owned(), vec![]),
    ] {
        let page = viewer.get(&format!("/console/conversations?{query}")).await;
        assert_sound(&page);
        for task in [&delivery, &refund, &program] {
            let is_listed = page.text.contains(&format!("href=\"{}\"", path(task, "")));
            assert_eq!(is_listed, found.contains(&task), "{query}");
        }
    }
}

#[tokio::test]
async fn a_transcript_is_read_and_nothing_in_it_runs() {
    let scene = Scene::start().await;
    let viewer = member(&scene, "viewer").await;
    let mallory = scene.user(HOSTILE).await.with_header("x-request-id", "asked-for-this-1");
    scene.model.script(
        Script::new()
            .reasoning(HOSTILE)
            .text(HOSTILE)
            .tool_call("call-1", "shop__<b>", "{\"a\":\"<script>\"}")
            .finish("tool_calls"),
    );
    scene.model.script(Script::error(401, "invalid_api_key", HOSTILE));
    let task = ask(&mallory, HOSTILE).await;
    let page = viewer.get(&path(&task, "")).await;
    assert_sound(&page);
    for part in ["asked-for-this-1", "Arguments", "Thoughts", "&#60;script&#62;", "**bold**", "failed"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("/erase"), "a viewer is not shown what only others may do");
    for page in ["/console/conversations", "/console/conversations?q=script", "/console/overview", "/console/health"] {
        assert_sound(&viewer.get(page).await);
    }
    for id in ["nowhere", "%00", "..%2f..", "%3Cscript%3E"] {
        let reply = viewer.get(&format!("/console/conversations/{id}")).await;
        assert!(reply.status == 404 && !reply.text.contains("<script>"), "{id}: {}", reply.status);
    }
}

#[tokio::test]
async fn a_long_conversation_stays_a_small_page_and_is_exported_whole() {
    let scene = Scene::start().await;
    let viewer = member(&scene, "viewer").await;
    let ada = scene.user("ada").await;
    let long = "<\"&'> ".repeat(16_000);
    let task = ask(&ada, &long).await;
    for number in 0..20 {
        ada.follow_up_streaming(&task, &format!("number {number}")).await.rest().await;
    }
    let page = viewer.get(&path(&task, "")).await;
    assert_sound(&page);
    assert!(page.text.contains("number 19") && page.text.contains("Earlier messages"));
    let earlier = page.text.split("?before=").nth(1).unwrap().split('"').next().unwrap();
    let page = viewer.get(&path(&task, &format!("?before={earlier}"))).await;
    assert_sound(&page);
    assert!(page.text.contains("more characters, in the export") && page.text.contains("Newest messages"));

    let export = viewer.get(&path(&task, "/export")).await;
    assert_eq!(export.header("content-type"), Some("application/json"));
    let name = format!("attachment; filename=\"conversation-{task}.json\"");
    assert_eq!(export.header("content-disposition"), Some(name.as_str()));
    let exported: Value = serde_json::from_str(&export.text).unwrap();
    assert_eq!(exported["messages"].as_array().unwrap().len(), 42);
    assert_eq!(exported["messages"][0]["content"], json!(long));
    assert_eq!((&exported["endUserId"], exported["runs"].as_array().unwrap().len()), (&json!("ada"), 21));
    assert_eq!(exported["runs"][20]["status"], "completed");
}

#[tokio::test]
async fn erasing_takes_an_editor_and_the_name() {
    let scene = Scene::start().await;
    let (viewer, editor) = (member(&scene, "viewer").await, member(&scene, "editor").await);
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let (first, second) = (ask(&ada, "one").await, ask(&ada, "two").await);
    let bobs = ask(&bob, "three").await;
    let (running, mut stream, _gate) = held_task(&scene, &ada, "Let me see").await;
    let right = [("name", "ada")];
    for action in ["/erase", "/erase-all"] {
        assert_eq!(viewer.get(&path(&first, action)).await.status, 403);
        assert_eq!(viewer.post(&path(&first, action), &right).await.status, 403);
        assert_sound(&editor.get(&path(&first, action)).await);
        for name in ["", "bob", "ADA"] {
            let reply = editor.post(&path(&first, action), &[("name", name)]).await;
            assert!(reply.status == 400 && reply.text.contains("name-error"), "{name}: {}", reply.text);
        }
    }
    assert_eq!(viewer.get(&path(&first, "")).await.status, 200);
    assert_eq!(editor.post(&path(&first, "/erase"), &right).await.status, 303);
    assert_eq!(editor.get(&path(&first, "")).await.status, 404);
    assert_eq!(editor.get(&path(&second, "")).await.status, 200);
    assert_eq!(editor.post(&path(&second, "/erase-all"), &right).await.status, 303);
    stream.rest().await;
    for task in [&second, &running] {
        assert_eq!(editor.get(&path(task, "")).await.status, 404, "the one under way, too");
    }
    assert_eq!(editor.get(&path(&bobs, "")).await.status, 200);
    let log = editor.get("/console/audit?kind=end_user").await.text;
    assert!(log.contains("erased everything of an end user") && log.contains("2 conversations"), "{log}");
    assert!(!log.contains("ada<") && !log.contains("one<"), "nothing of who is gone is kept");
}

#[tokio::test]
async fn the_log_tells_who_did_what_to_editors_only() {
    let scene = Scene::start().await;
    let (viewer, editor) = (member(&scene, "viewer").await, member(&scene, "editor").await);
    assert_eq!(viewer.get("/console/audit").await.status, 403);
    assert!(!viewer.get("/console/health").await.text.contains("href=\"/console/audit\""));
    let page = editor.get("/console/audit").await;
    assert_sound(&page);
    for part in ["made the app", "made the API key", "command line", "editor@example.com", "signed in as"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains(&scene.app.app_secret));
    for (query, has, has_not) in [
        ("kind=app", "made the app", "made the API key"),
        ("who=editor%40example.com", "signed in as", "made the app"),
        ("who=nobody", "Nothing found", "made the app"),
        ("kind=%25", "made the app", "Nothing found"),
        ("before=0", "Nothing found", "made the app"),
        ("subject=%3Cscript%3E", "Nothing found", "<script>"),
    ] {
        let page = editor.get(&format!("/console/audit?{query}")).await;
        assert_sound(&page);
        assert!(page.text.contains(has) && !page.text.contains(has_not), "{query}: {}", page.text);
    }
    for number in 0..60 {
        scene.installation.create_app(PROJECT, &[&format!("https://{number}.example")]).await;
    }
    let page = editor.get("/console/audit?kind=app").await;
    assert!(page.text.contains("https://59.example") && !page.text.contains("https://5.example"));
    let older = page.text.split("before=").nth(1).unwrap().split('"').next().unwrap();
    let page = editor.get(&format!("/console/audit?kind=app&before={older}")).await;
    assert!(page.text.contains("https://5.example") && !page.text.contains("https://59.example"));
}

#[tokio::test]
async fn health_names_the_node_the_database_and_what_will_end() {
    let scene = Scene::start().await;
    let viewer = member(&scene, "viewer").await;
    let page = viewer.get("/console/health").await;
    assert_sound(&page);
    for part in
        ["SQLite 3.", env!("CARGO_PKG_VERSION"), "No run is under way", "No former secret counts", "None within"]
    {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let app = &scene.app.app_id;
    scene.installation.run_json(&["app", "rotate-secret", app]).await;
    let servers = json!({ "projects": [{ "name": PROJECT, "mcpServers": { "far": {
        "url": "http://127.0.0.1:9/mcp", "headers": { "Authorization": "Bearer {{mcp.TOKEN}}" } } } }] });
    scene.installation.apply(servers).await;
    let ada = scene.user("ada").await;
    let (_, mut stream, gate) = held_task(&scene, &ada, "Let me see").await;
    let page = viewer.get("/console/health").await;
    for part in ["this node", "1 run, lease until", "left"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    gate.open();
    stream.rest().await;
    sigmic_tests::eventually("the server knows its MCP server", async || {
        ask(&ada, "Hi").await;
        viewer.get("/console/health").await.text.contains("The MCP server &#34;far&#34;").then_some(())
    })
    .await;
}
