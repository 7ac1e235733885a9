//! Coming back with `Last-Event-ID`.

use crate::scene::{Scene, ask, held_task};
use sigmic_tests::stream::{Received, done, joined_text, names};

fn last_id(events: &[Received]) -> String {
    events.iter().rev().find_map(|received| received.id.clone()).unwrap_or_else(|| panic!("no id in {events:#?}"))
}

#[tokio::test]
async fn only_what_came_after_is_sent() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, stream, gate) = held_task(&scene, &user, "Half").await;
    let mut before = user.stream(&task).await;
    let seen = before.until_text("Half").await;
    drop((before, stream));
    let mut after = user.stream_from(&task, Some(&last_id(&seen))).await;
    gate.open();
    let rest = after.rest().await;
    assert!(
        rest.iter().all(|received| received.id.is_some()) && !names(&rest).contains(&"history_message"),
        "{rest:#?}"
    );
    assert_eq!(joined_text(&seen) + &joined_text(&rest), "Half end.");
    assert_eq!(done(&rest).final_response, "Half end.");
}

#[tokio::test]
async fn a_run_that_ended_meanwhile_is_told_to_its_end() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, gate) = held_task(&scene, &user, "Half").await;
    let mut before = user.stream(&task).await;
    let seen = before.until_text("Half").await;
    gate.open();
    stream.rest().await;
    let rest = user.stream_from(&task, Some(&last_id(&seen))).await.rest().await;
    assert_eq!(joined_text(&seen) + &joined_text(&rest), "Half end.");
    assert_eq!(done(&rest).final_response, "Half end.");
    // And who has seen everything gets nothing but the end.
    let nothing = user.stream_from(&task, Some(&last_id(&rest))).await.rest().await;
    assert_eq!(joined_text(&nothing), "");
}

#[tokio::test]
async fn an_id_that_says_nothing_gets_everything() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, _stream, gate) = held_task(&scene, &user, "Half").await;
    let other = ask(&scene.user("u2").await, "other").await;
    let of_other = last_id(&scene.user("u2").await.follow_up_streaming(&other, "x").await.rest().await);
    for id in [
        "",
        "0",
        "x",
        "-1",
        "1.5",
        " ",
        "18446744073709551615",
        "99999999999999999999999",
        "9223372036854775807",
        &of_other,
    ] {
        let mut stream = user.stream_from(&task, Some(id)).await;
        let events = stream.until_text("Half").await;
        assert_eq!(names(&events)[0], "history_message", "{id}: {events:#?}");
        assert_eq!(joined_text(&events), "Half", "{id}");
    }
    gate.open();
}

#[tokio::test]
async fn an_id_of_an_earlier_run_gets_everything() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let first = user.create_task_streaming("one").await.rest().await;
    let task = crate::scene::task_id(&first);
    for id in [last_id(&first), first[1].id.clone().unwrap()] {
        // While its run is remembered, it is continued; after the next one it is history.
        let again = user.stream_from(&task, Some(&id)).await.rest().await;
        assert!(!names(&again).contains(&"history_message"), "{again:#?}");
    }
    user.follow_up_streaming(&task, "two").await.rest().await;
    let events = user.stream_from(&task, Some(&first[1].id.clone().unwrap())).await.rest().await;
    assert_eq!(
        names(&events),
        ["history_message", "history_message", "history_message", "history_message", "history_done"]
    );
}

#[tokio::test]
async fn after_a_restart_everything_is_history() {
    let scene = Scene::start().await;
    let events = scene.user("u1").await.create_task_streaming("one").await.rest().await;
    let task = crate::scene::task_id(&events);
    let scene = scene.crash_and_restart().await;
    let after = scene.user("u1").await.stream_from(&task, Some(&last_id(&events))).await.rest().await;
    assert_eq!(names(&after), ["history_message", "history_message", "history_done"]);
}
