//! A stream that breaks off anywhere and is taken up again loses nothing and says nothing twice.

use crate::scene::{Scene, messages, task_id};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sigmic_shared::{StreamEvent, TaskId};
use sigmic_tests::{
    client::Client,
    model::{Gate, Script},
    stream::EventStream,
};
use std::fmt::Write;

/// A client as simple as one can be: it keeps the text of the run and the last id.
#[derive(Default)]
struct Reader {
    text: String,
    last_id: Option<String>,
    final_response: Option<String>,
    events: String,
}

impl Reader {
    /// Reads up to `limit` events, or to the end. Whether the stream ended.
    async fn read(&mut self, stream: &mut EventStream, limit: usize) -> bool {
        for _ in 0..limit {
            let Some(received) = stream.next().await else { return true };
            writeln!(self.events, "{received:?}").unwrap();
            match received.event {
                // Whoever is told everything begins again.
                StreamEvent::HistoryDone(done) => {
                    self.text.clear();
                    self.last_id = None;
                    if !done.is_streaming {
                        return true;
                    }
                }
                StreamEvent::HistoryMessage(message) if message.role == sigmic_shared::Role::Assistant => {
                    self.final_response = Some(message.content);
                }
                StreamEvent::Content(content) => self.text.push_str(&content.text),
                StreamEvent::Done(done) => {
                    assert_eq!(self.text, done.final_response, "{}", self.events);
                    self.final_response = Some(done.final_response);
                }
                _ => {}
            }
            self.last_id = received.id.or(self.last_id.take());
        }
        false
    }
}

/// Watches a task with a cut after every few events until the run is over.
async fn watch_with_cuts(user: &Client, task: &TaskId, seed: u64, with_ids: bool) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let mut reader = Reader::default();
    loop {
        if !with_ids {
            reader.text.clear();
            reader.last_id = None;
        }
        let mut stream = user.stream_from(task, reader.last_id.as_deref()).await;
        let limit = random.random_range(1..12);
        if reader.read(&mut stream, limit).await
            && let Some(text) = reader.final_response.clone()
        {
            return text;
        }
    }
}

fn long_answer(gates: &[Gate]) -> (Script, String) {
    let mut script = Script::new();
    let mut expected = String::new();
    for (part, gate) in gates.iter().enumerate() {
        for word in 0..40 {
            let text = format!("w{part}.{word} žluťoučký 😀\n");
            script = script.text(&text);
            expected.push_str(&text);
        }
        script = script.gate(gate);
    }
    (script.finish("stop").in_pieces_of(17), expected)
}

async fn holds(scene: Scene) {
    let user = scene.user("u1").await;
    for round in 0..3 {
        let gates: Vec<Gate> = (0..6).map(|_| Gate::new()).collect();
        let (script, expected) = long_answer(&gates);
        scene.model.script(script);
        let task = user.create_task("go").await;
        let opening = async {
            for gate in &gates {
                gate.reached().await;
                // A few requests' time in which readers come and go while the model is silent.
                for _ in 0..5 {
                    user.get("/healthz").await;
                }
                gate.open();
            }
        };
        let readers = (0..8).map(|number| watch_with_cuts(&user, &task, round * 100 + number, number % 2 == 0));
        let (texts, ()) = tokio::join!(futures::future::join_all(readers), opening);
        for text in texts {
            assert_eq!(text, expected);
        }
        assert_eq!(messages(&user, &task).await[1].1, expected);
    }
    assert_eq!(scene.model.requests().len(), 3);
}

#[tokio::test]
async fn a_stream_cut_at_random_points_on_sqlite() {
    holds(Scene::start().await).await;
}

#[tokio::test]
async fn a_stream_cut_at_random_points_on_postgres() {
    holds(Scene::start_on_postgres().await).await;
}

#[tokio::test]
async fn a_stream_cut_after_any_event_goes_on_there() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let words: String = (0..60).map(|word| format!("word-{word} ")).collect();
    scene.model.script(Script::answer(&words).in_pieces_of(50));
    let events = user.create_task_streaming("go").await.rest().await;
    let task = task_id(&events);
    let all: Vec<_> = events.iter().skip(1).collect();
    for cut in 0..all.len() {
        let rest = user.stream_from(&task, all[cut].id.as_deref()).await.rest().await;
        assert!(rest.iter().eq(all[cut + 1..].iter().copied()), "after event {cut}: {rest:#?}");
    }
}
