//! Where secrets never turn up.

use crate::scene::{Scene, ask, token_request};
use serde_json::json;
use sigmic_shared::routes;
use sigmic_tests::{
    eventually,
    installation::{ENCRYPTION_KEY, Installation, JWT_SECRET},
    jwt,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, path::Path};

const SECRETS: [&str; 5] = [
    "env-value-4711",
    "secret-value-4712",
    "secret-in-the-wrong-field-4713",
    "wrong-app-secret-4714",
    "oversized-4715",
];

/// The files below a folder that hold one of the texts.
fn files_with(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
            continue;
        }
        let bytes = fs::read(&path).expect("the file can be read");
        let held = texts.iter().filter(|text| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        found.extend(held.map(|text| format!("{text} in {}", path.display())));
    }
    found
}

/// Does everything that touches a secret, right and wrong.
async fn use_secrets(scene: &Scene) -> Vec<String> {
    let client = scene.anonymous();
    let mut said = Vec::new();
    for fields in [
        json!({ "env": { "A": SECRETS[0] }, "secrets": { "B": SECRETS[1] } }),
        json!({ "secrets": { "B": [SECRETS[1]] } }),
        json!({ "secrets": { SECRETS[1]: "x" } }),
        json!({ "secrets": { "B": format!("{}{}", SECRETS[4], "x".repeat(9000)) } }),
        json!({ "expiresIn": SECRETS[2] }),
        json!({ "env": SECRETS[2] }),
        json!({ "appId": SECRETS[2] }),
        json!({ "appSecret": SECRETS[3] }),
    ] {
        said.push(client.exchange(token_request(&scene.app, fields)).await.text);
    }
    let not_json =
        client.request(http::Method::POST, sigmic_shared::routes::TOKEN).header("content-type", "application/json");
    said.push(sigmic_tests::client::send(not_json.body(format!("{{\"appSecret\":\"{}\"", SECRETS[3]))).await.text);
    let token = client.token_with(&scene.app, "u1", json!({ "secrets": { "B": SECRETS[1] } })).await;
    let (header, claims) = jwt::read(&token);
    said.push(format!("{header}{claims}"));
    ask(&client.clone().with_bearer(&token), "hello").await;
    client.with_bearer(&format!("{token}x")).get("/api/v1/tasks").await;
    let program = scene.program();
    let reply = program
        .post("/api/v1/tasks", json!({ "message": "m", "env": { "A": "shown" }, "secrets": { "B": SECRETS[1] } }))
        .await;
    said.push(reply.text.clone());
    said.push(program.get(&format!("/api/v1/tasks/{}", reply.data()["id"].as_str().unwrap())).await.text);
    said.push(client_metrics(scene).await);
    said
}

async fn client_metrics(scene: &Scene) -> String {
    scene.anonymous().get("/metrics").await.text
}

#[tokio::test]
async fn secrets_stay_out_of_logs_files_answers_and_tokens() {
    for format in ["json", "pretty"] {
        let scene = Scene::on(Installation::new().set("LOG", "trace").set("LOG_FORMAT", format)).await;
        let said = use_secrets(&scene).await;
        for secret in SECRETS.iter().copied().chain([&*scene.app.app_secret]) {
            for answer in &said {
                assert!(!answer.contains(secret), "{secret} in {answer}");
            }
        }
        let hidden = [&SECRETS[..], &[&scene.app.app_secret, JWT_SECRET, ENCRYPTION_KEY, "sk-scripted"]].concat();
        let (installation, app) = (scene.installation.clone(), scene.app.clone());
        // Before the server stops, so that what waits in the database's log is seen, and after.
        assert_eq!(files_with(&installation.data_dir(), &hidden), Vec::<String>::new());
        let (_, log) = scene.server.stop().await;
        assert!(log.contains("TRACE") && log.contains("/api/v1/auth/token"), "the log is no trace:\n{log}");
        for secret in hidden.iter().copied().chain(["eyJ"]) {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} was logged for {}", app.app_id);
        }
        assert_eq!(files_with(&installation.data_dir(), &hidden), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_context_is_gone_once_its_token_has_expired() {
    let scene = Scene::start().await;
    let client = scene.anonymous();
    let secrets = json!({ "A": "b" });
    let short = client.token_with(&scene.app, "u1", json!({ "expiresIn": "1s", "secrets": secrets })).await;
    let long = client.token_with(&scene.app, "u1", json!({ "secrets": secrets })).await;
    let user = client.with_bearer(&short);
    eventually("the short token expires", async || (user.get(routes::TASKS).await.status == 401).then_some(())).await;
    let database = scene.installation.data_dir().join("sigmic.db");
    // The erasing is done every minute, and first when a server starts.
    let scene = scene.crash_and_restart().await;
    let (_, claims) = jwt::read(&long);
    let left = vec![claims["jti"].as_str().unwrap().to_owned()];
    eventually("only the long token's context is left", async || (contexts(&database).await == left).then_some(()))
        .await;
    drop(scene);
}

/// The ids of the tokens whose contexts a database holds.
async fn contexts(database: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("the database can be read");
    sqlx::query_scalar("SELECT jti FROM contexts").fetch_all(&mut connection).await.expect("it holds contexts")
}
