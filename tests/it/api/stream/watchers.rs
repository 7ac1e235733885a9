//! Any number of tabs see the same.

use crate::scene::{Scene, held_task, messages, task_id};
use sigmic_shared::StreamEvent;
use sigmic_tests::{
    client::Client,
    model::{Gate, Script},
    stream::{done, joined_text},
};

#[tokio::test]
async fn everybody_who_watches_sees_the_same() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, posted, gate) = held_task(&scene, &user, "Half").await;
    // Another token of the same user, and the project's program, count as any other tab.
    let clients = [user.clone(), user.clone(), scene.user("u1").await, scene.program()];
    let mut streams = vec![posted];
    for client in &clients {
        let mut stream = client.stream(&task).await;
        assert_eq!(joined_text(&stream.until_text("Half").await), "Half");
        streams.push(stream);
    }
    gate.open();
    let mut endings = Vec::new();
    for stream in &mut streams {
        endings.push(stream.rest().await);
    }
    assert!(endings.iter().all(|ending| ending == &endings[0]), "{endings:#?}");
    assert_eq!(joined_text(&endings[0]), " end.");
    assert_eq!(done(&endings[0]).final_response, "Half end.");
}

#[tokio::test]
async fn somebody_who_does_not_read_keeps_nobody_waiting() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    // More than the connection's buffers hold, at the pace of one who reads.
    let (word, gates) = ("x".repeat(10_000), (0..12).map(|_| Gate::new()).collect::<Vec<_>>());
    let mut script = Script::new().text("start");
    for (part, gate) in gates.iter().enumerate() {
        script = (0..50).fold(script.gate(gate), |script, _| script.text(&word)).text(&format!(" part {part}."));
    }
    scene.model.script(script.finish("stop"));
    let mut active = user.create_task_streaming("hi").await;
    let task = task_id(&active.until_text("start").await);
    let mut idle = user.stream(&task).await;
    idle.until_text("start").await;
    let mut expected = "start".to_owned();
    for (part, gate) in gates.iter().enumerate() {
        gate.open();
        let end = format!(" part {part}.");
        active.until(|event| matches!(event, StreamEvent::Content(content) if content.text.contains(&end))).await;
        expected.push_str(&word.repeat(50));
        expected.push_str(&end);
    }
    assert!(done(&active.rest().await).final_response == expected);
    // Whoever did not read may have been cut off for that, and finds everything when it comes back.
    let mut late = idle.rest().await;
    if late.last().is_none_or(|received| received.event.name() != "done") {
        late = user.stream(&task).await.rest().await;
        assert_eq!(late.last().map(|received| received.event.name()), Some("history_done"));
    }
    assert!(messages(&user, &task).await[1].1 == expected);
}

#[tokio::test]
async fn many_tasks_run_beside_each_other() {
    let scene = Scene::start().await;
    let gates: Vec<Gate> = (0..20).map(|_| Gate::new()).collect();
    let held = gates.clone();
    scene.model.otherwise(move |request| {
        let number: usize = request.last_text().parse().expect("the tests send numbers");
        Script::new().text(&format!("answer {number}")).gate(&held[number]).text(".").finish("stop")
    });
    let mut running: Vec<(Client, _)> = Vec::new();
    for number in 0..gates.len() {
        let user = scene.user(&format!("u{}", number % 5)).await;
        let stream = user.create_task_streaming(&number.to_string()).await;
        running.push((user, stream));
    }
    for (number, (_, stream)) in running.iter_mut().enumerate() {
        stream.until_text(&format!("answer {number}")).await;
    }
    for (number, (_, stream)) in running.iter_mut().enumerate().rev() {
        gates[number].open();
        assert_eq!(done(&stream.rest().await).final_response, format!("answer {number}."));
    }
}
