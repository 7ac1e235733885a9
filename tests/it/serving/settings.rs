//! Settings: where they come from, and which stop the start.

use crate::scene::Scene;
use serde_json::json;
use sigmic_tests::{client::Client, installation::Installation, server::Server};
use std::fs;

#[tokio::test]
async fn a_bad_setting_stops_the_start_with_one_line() {
    let base64_of = |bytes: usize| "AAAA".repeat(bytes / 3);
    for (name, value) in [
        ("LISTEN", "nowhere"),
        ("LISTEN", "127.0.0.1"),
        ("LISTEN", "127.0.0.1:99999"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/x"),
        ("DATABASE_URL", "hunter2"),
        ("PUBLIC_URL", "chat.example.com"),
        ("PUBLIC_URL", "https://chat.example.com/path"),
        ("PUBLIC_URL", "ftp://chat.example.com"),
        ("JWT_SECRET", "hunter2"),
        ("JWT_SECRET", "a signing secret for tests of 32 bytes or more,hunter2"),
        ("ENCRYPTION_KEY", "hunter2"),
        ("ENCRYPTION_KEY", &base64_of(30)),
        ("ENCRYPTION_KEY", &base64_of(33)),
        ("LOG_FORMAT", "xml"),
        ("SHUTDOWN_GRACE", "soon"),
        ("SHUTDOWN_GRACE", "-1s"),
        ("RATE_LIMIT_TOKENS", "-1"),
        ("RATE_LIMIT_MESSAGES", "many"),
        ("DEMO", "maybe"),
    ] {
        let output = Server::refuse_to_start(&Installation::new().set(name, value)).await;
        assert_eq!((output.stderr.lines().count(), &*output.stdout), (1, ""), "{name}={value}: {output:?}");
        assert!(output.stderr.contains(&format!("SIGMIC_{name}")), "{name}={value}: {output:?}");
        assert!(output.stderr.contains("expected"), "{name}={value}: {output:?}");
        assert!(!output.stderr.contains("hunter2"), "{name}: {output:?}");
    }
    let output = Server::refuse_to_start(&Installation::new().unset("ENCRYPTION_KEY")).await;
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    assert!(output.stderr.contains("ENCRYPTION_KEY"), "{output:?}");
}

#[tokio::test]
async fn what_cannot_be_used_stops_the_start_too() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = Installation::new();
    fs::write(file.data_dir(), "no folder").unwrap();
    let nobody = Installation::new().set("DATABASE_URL", "postgres://root:hunter2@127.0.0.1:1/x");
    for (installation, named) in [
        (Installation::new().set("LISTEN", &address), &*address),
        (file, "DATA_DIR"),
        (nobody, "DATABASE_URL: the database at 127.0.0.1:1/x"),
    ] {
        let output = Server::refuse_to_start(&installation).await;
        assert!(output.stderr.contains(named), "{named}: {output:?}");
        assert!(!output.stderr.contains("hunter2") && !output.stderr.contains("panicked"), "{output:?}");
    }
}

#[tokio::test]
async fn flags_win_over_the_environment_and_that_over_the_file() {
    let installation = Installation::new().unset("LOG_FORMAT");
    fs::write(installation.folder().join("sigmic.toml"), "log_format = \"from the file\"\n").unwrap();
    let output = Server::refuse_to_start(&installation).await;
    assert!(output.stderr.contains("log_format in sigmic.toml"), "{output:?}");
    let installation = installation.set("LOG_FORMAT", "from the environment");
    let output = Server::refuse_to_start(&installation).await;
    assert!(output.stderr.contains("SIGMIC_LOG_FORMAT"), "{output:?}");
    let server = Server::start_with(&installation, &["--log-format", "json"]).await;
    assert!(server.log().lines().all(|line| line.starts_with('{')), "{}", server.log());
    let unknown = Installation::new();
    fs::write(unknown.folder().join("sigmic.toml"), "listenn = \"127.0.0.1:0\"\n").unwrap();
    let output = Server::refuse_to_start(&unknown).await;
    assert!(output.stderr.contains("listenn in sigmic.toml"), "{output:?}");
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_server() {
    let scene = Scene::start().await;
    let output = Server::refuse_to_start(&scene.installation).await;
    assert!(output.stderr.contains("DATA_DIR") && output.stderr.contains("in use"), "{output:?}");
    scene.user("u1").await.create_task("the first one goes on").await;
    let (scene, ..) = scene.restart().await;
    scene.anonymous().get("/readyz").await;
}

#[tokio::test]
async fn what_init_writes_is_all_a_server_needs() {
    let mut installation = Installation::new();
    for name in ["DATA_DIR", "JWT_SECRET", "ENCRYPTION_KEY", "LOG_FORMAT", "DEMO"] {
        installation = installation.unset(name);
    }
    let file = installation.folder().join("sigmic.toml");
    assert_eq!(installation.run(&["init"]).await.status, Some(0));
    let written = fs::read_to_string(&file).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let again = installation.run(&["init"]).await;
    assert_ne!(again.status, Some(0), "{again:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written, "an existing one stays as it is");
    installation.apply(json!({ "projects": [{ "name": "first", "provider": "demo", "model": "demo" }] })).await;
    let app = installation.create_app("first", &[]).await;
    let server = installation.start().await;
    let user = Client::end_user(&server, &app, "u1").await;
    let events = user.create_task_streaming("hello").await.rest().await;
    assert!(!sigmic_tests::stream::done(&events).final_response.is_empty());
    for line in written.lines().filter(|line| line.starts_with("jwt_secret") || line.starts_with("encryption_key")) {
        let secret = line.split('"').nth(1).unwrap();
        assert!(secret.len() >= 32 && !server.log().contains(secret));
    }
}

#[tokio::test]
async fn keys_can_be_rotated() {
    let scene = Scene::start().await;
    let old_token = scene.anonymous().token(&scene.app, "u1").await;
    let (new_jwt, new_key) =
        ("a newer signing secret of 32 bytes or more", "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0=");
    let Scene { installation, server, app, model, .. } = scene;
    server.stop().await;
    let installation = installation
        .set("JWT_SECRET", format!("{new_jwt},{}", sigmic_tests::installation::JWT_SECRET))
        .set("ENCRYPTION_KEY", format!("{new_key},{}", sigmic_tests::installation::ENCRYPTION_KEY));
    let server = installation.start().await;
    let old_user = Client::anonymous(&server).with_bearer(&old_token);
    old_user.get("/api/v1/tasks").await.data();
    // The model's key was sealed with the old key.
    let events = old_user.create_task_streaming("hi").await.rest().await;
    assert_eq!(sigmic_tests::stream::done(&events).final_response, "echo: hi");
    assert_eq!(model.request(0).await.headers["authorization"], "Bearer sk-scripted");
    server.stop().await;
    // The server has sealed everything anew, so that the old keys can go.
    let installation = installation.set("JWT_SECRET", new_jwt).set("ENCRYPTION_KEY", new_key);
    let server = installation.start().await;
    Client::anonymous(&server)
        .with_bearer(&old_token)
        .get("/api/v1/tasks")
        .await
        .expect_error(sigmic_shared::ErrorCode::InvalidToken);
    let user = Client::end_user(&server, &app, "u1").await;
    let events = user.create_task_streaming("again").await.rest().await;
    assert_eq!(sigmic_tests::stream::done(&events).final_response, "echo: again");
}
