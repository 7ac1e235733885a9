//! History, then what happens.

use crate::scene::{Scene, ask, held_task, messages};
use sigmic_shared::{
    StreamEvent, TaskStatus,
    stream::{Content, HistoryDone},
};
use sigmic_tests::{
    model::{Gate, Script},
    stream::{Received, done, joined_text, names},
};

fn history_done(events: &[Received]) -> (usize, &HistoryDone) {
    let found = events.iter().enumerate().find_map(|(index, received)| match &received.event {
        StreamEvent::HistoryDone(done) => Some((index, done)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no history_done: {events:#?}"))
}

#[tokio::test]
async fn history_comes_first_then_what_happened_then_what_happens() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    let gate = Gate::new();
    scene.model.script(
        Script::new()
            .reasoning("**Plan**\n\nThink.\n\n")
            .text("So")
            .text(" far")
            .gate(&gate)
            .text(" and on.")
            .finish("stop"),
    );
    let mut posted = user.follow_up_streaming(&task, "two").await;
    posted.until_text("So far").await;

    let mut stream = user.stream(&task).await;
    let mut events = stream.until_text("So far").await;
    let (end_of_history, told) = history_done(&events);
    assert_eq!(names(&events[..end_of_history]), ["history_message"; 3]);
    assert_eq!(told, &HistoryDone { message_count: 3, is_streaming: true });
    let contents = events[end_of_history + 1..].iter().filter(|received| received.event.name() == "content");
    assert_eq!(contents.count(), 1, "one `content` with the text so far: {events:#?}");
    assert!(names(&events[end_of_history + 1..]).contains(&"thought"), "{events:#?}");
    gate.open();
    events.extend(stream.rest().await);
    assert_eq!((&*joined_text(&events), &*done(&events).final_response), ("So far and on.", "So far and on."));
    assert_eq!(messages(&user, &task).await[3].1, "So far and on.");
}

#[tokio::test]
async fn what_is_said_in_pieces_is_one_text_everywhere() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for text in
        ["", " ", "a", "ž😀 \n\n```\ncode\n```\n", " leading and trailing \n", "\u{0}NUL", &"wörd ".repeat(5_000)]
    {
        for size in [1, 3, 1000] {
            if size == 1 && text.len() > 10_000 {
                continue;
            }
            let script = text.split_inclusive(' ').fold(Script::new(), Script::text).finish("stop").in_pieces_of(size);
            scene.model.script(script);
            let events = user.create_task_streaming("hi").await.rest().await;
            let expected = text.replace('\0', "\u{fffd}");
            assert_eq!(joined_text(&events), expected, "{size}");
            assert_eq!(done(&events).final_response, expected);
            let task = crate::scene::task_id(&events);
            assert_eq!(messages(&user, &task).await[1].1, expected);
            let last = events.iter().rev().find_map(|received| match &received.event {
                StreamEvent::Content(Content { is_partial, .. }) => Some(*is_partial),
                _ => None,
            });
            assert!(last.is_none_or(|is_partial| !is_partial), "the last piece of a passage says so");
        }
    }
}

#[tokio::test]
async fn statuses_tell_how_far_a_run_is() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.model.script(Script::answer("Hi").hold_reply(&gate));
    let user = scene.user("u1").await;
    let mut stream = user.create_task_streaming("hi").await;
    let opening = stream.until(|event| event.name() == "status").await;
    gate.open();
    let events = [opening, stream.rest().await].concat();
    let phases: Vec<String> = events
        .iter()
        .filter(|received| received.event.name() == "status")
        .map(|received| serde_json::to_string(&received.event).unwrap())
        .collect();
    assert_eq!(phases, [r#"{"status":"connecting"}"#, r#"{"status":"processing"}"#]);
}

#[tokio::test]
async fn closing_the_stream_does_not_stop_the_run() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, stream, gate) = held_task(&scene, &user, "Half").await;
    drop(stream);
    // Its connection is gone: a run that minded would have been abandoned by now.
    let mut other = user.stream(&task).await;
    other.until_text("Half").await;
    drop(other);
    user.get("/api/v1/tasks").await.data();
    gate.open();
    let events = user.finished(&task).await;
    assert_eq!(messages(&user, &task).await[1].1, "Half end.", "{events:#?}");
    assert!(scene.model.request(0).await.was_served());
}

#[tokio::test]
async fn nobody_has_to_watch_at_all() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let gate = Gate::new();
    scene.model.script(Script::new().text("Half").gate(&gate).text(" end.").finish("stop"));
    let task = user.create_task("hi").await;
    gate.reached().await;
    gate.open();
    sigmic_tests::eventually("the run ends", async || {
        (crate::scene::get_task(&user, &task).await.data()["status"] == "completed").then_some(())
    })
    .await;
    assert_eq!(messages(&user, &task).await[1].1, "Half end.");
}

#[tokio::test]
async fn an_answer_at_the_token_limit_is_an_answer() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    scene.model.script(Script::new().text("As much as fits").finish("length"));
    let events = user.create_task_streaming("hi").await.rest().await;
    assert_eq!((&*done(&events).final_response, done(&events).status), ("As much as fits", TaskStatus::Completed));
}
