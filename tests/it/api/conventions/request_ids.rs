//! Every answer names its request, and the log does too.

use crate::scene::Scene;
use sigmic_shared::routes;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_sane_id_is_kept_and_any_other_replaced() {
    let scene = Scene::start().await;
    let long = "x".repeat(10_000);
    for (id, kept) in [
        ("a", true),
        ("01J8-x_y.z:1", true),
        ("0af7651916cd43dd8448eb211c80319c", true),
        ("", false),
        ("two words", false),
        ("<script>alert(1)</script>", false),
        ("a\tb", false),
        ("{\"a\":1}", false),
        (&*long, false),
    ] {
        for path in ["/healthz", routes::TASKS, "/nope"] {
            let reply = scene.anonymous().with_header("x-request-id", id).get(path).await;
            let answered = reply.header("x-request-id").unwrap_or_else(|| panic!("{path}: {:?}", reply.headers));
            assert_eq!(answered == id, kept, "{id:.40} became {answered}");
            assert!((1..=128).contains(&answered.len()), "{answered}");
        }
    }
}

#[tokio::test]
async fn a_new_id_is_new_and_stands_in_the_log() {
    let scene = Scene::start().await;
    let mut ids = BTreeSet::new();
    for path in ["/nope", routes::TASKS, "/nope", routes::TASKS] {
        let reply = scene.anonymous().get(path).await;
        let id = reply.header("x-request-id").unwrap().to_owned();
        scene.server.logged(&id).await;
        ids.insert(id);
    }
    assert_eq!(ids.len(), 4);
    let stream = scene.user("u1").await.create_task_streaming("hi").await;
    let id = stream.headers()["x-request-id"].to_str().unwrap().to_owned();
    scene.server.logged(&id).await;
}
