//! A quiet stream says that it is still there.

use crate::scene::{Scene, held_task};
use sigmic_tests::stream::done;

/// The one test that has to wait as long as a heartbeat takes: 15 seconds.
#[tokio::test]
async fn a_quiet_stream_beats() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (_task, mut stream, gate) = held_task(&scene, &user, "Half").await;
    let before = stream.raw().len();
    stream.wait_for_bytes(b":heartbeat\n\n").await;
    assert_eq!(&stream.raw()[before..], b":heartbeat\n\n");
    gate.open();
    assert_eq!(done(&stream.rest().await).final_response, "Half end.");
}
