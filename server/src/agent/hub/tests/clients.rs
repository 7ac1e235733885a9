//! Clients that come, are cut off and come back, in any order.

use super::*;

/// A client as it should be: it forgets what it has when it has to begin again, and goes on when it has not.
#[derive(Default)]
struct Client {
    watch: Option<Watch>,
    decoder: Decoder,
    last_id: Option<u64>,
    text: String,
    events: Vec<(String, String)>,
    began_again: bool,
    is_done: bool,
}

impl Client {
    fn connect(&mut self, hub: &Hub) {
        self.decoder = Decoder::new();
        match hub.watch(&task(), self.last_id) {
            Some(Watching::Resumed(watch)) => self.watch = Some(watch),
            Some(Watching::Fresh { watch, .. }) => {
                let began_again = self.began_again || self.last_id.is_some() || !self.events.is_empty();
                *self = Self { watch: Some(watch), began_again, ..Self::default() };
                self.began_again = true;
            }
            None => self.watch = None,
        }
    }

    /// Reads all that waits, of which only the first `most` bytes arrive before the connection is cut.
    fn read(&mut self, most: usize) {
        let mut left = most;
        while let Some(bytes) = self.watch.as_mut().and_then(poll) {
            let Some(bytes) = bytes else {
                self.watch = None;
                return;
            };
            let arrived = &bytes[..left.min(bytes.len())];
            left -= arrived.len();
            let mut frames = Vec::new();
            self.decoder.feed(arrived, |frame| frames.push(frame));
            frames.into_iter().for_each(|frame| self.take(frame));
            if left == 0 {
                self.watch = None;
                return;
            }
        }
    }

    fn take(&mut self, frame: Frame) {
        if let Some(id) = &frame.id {
            self.last_id = Some(id.parse().unwrap());
        }
        match StreamEvent::from_parts(&frame.event, &frame.data).unwrap().unwrap() {
            StreamEvent::Content(piece) => self.text.push_str(&piece.text),
            StreamEvent::Done(done) => {
                assert_eq!(self.text, done.final_response);
                self.is_done = true;
            }
            _ => {}
        }
        self.events.push((frame.event, frame.data));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Publish(Vec<u8>),
    Connect(usize),
    Read(usize),
    Cut(usize, usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..4).prop_map(Step::Publish),
        2 => (0..3_usize).prop_map(Step::Connect),
        3 => (0..3_usize).prop_map(Step::Read),
        2 => (0..3_usize, 0..400_usize).prop_map(|(client, bytes)| Step::Cut(client, bytes)),
    ]
}

fn any_event(number: u8) -> StreamEvent {
    match number % 5 {
        0 => StreamEvent::Thought(Thought { subject: String::new(), description: number.to_string() }),
        1 => StreamEvent::Content(Content { text: format!("[{number}]"), is_partial: false }),
        _ => content(&format!("({number})")),
    }
}

proptest! {
    #[test]
    fn every_client_ends_with_the_same_conversation(
        steps in prop::collection::vec(any_step(), 0..60),
        resume_bytes in 0..1500_usize,
        lag_bytes in 300..2500_usize,
    ) {
        let hub = limited(HubLimits { resume_bytes, lag_bytes, ..HubLimits::default() });
        let (mut publisher, first, _control) = hub.open(task(), 1, "answer".into());
        let mut clients = [Client { watch: Some(first), ..Client::default() }, Client::default(), Client::default()];
        clients[1].connect(&hub);
        let (mut text, mut published) = (String::new(), Vec::new());
        for step in steps {
            match step {
                Step::Publish(numbers) => {
                    let mut events: Vec<_> = numbers.into_iter().map(any_event).collect();
                    for event in &events {
                        if let StreamEvent::Content(piece) = event {
                            text.push_str(&piece.text);
                        }
                        published.push((event.name().to_owned(), serde_json::to_string(event).unwrap()));
                    }
                    publisher.publish(&mut events);
                }
                Step::Connect(client) => clients[client].connect(&hub),
                Step::Read(client) => clients[client].read(usize::MAX),
                Step::Cut(client, bytes) => clients[client].read(bytes),
            }
        }
        for client in &mut clients {
            while client.watch.is_none() {
                client.connect(&hub);
                client.read(usize::MAX);
            }
        }
        let end = done(&text);
        published.push(("done".into(), serde_json::to_string(&end).unwrap()));
        for client in &mut clients {
            client.read(usize::MAX);
        }
        for client in &mut clients {
            // One that lagged too far behind comes back once more.
            if client.watch.is_none() {
                client.connect(&hub);
                client.read(usize::MAX);
            }
        }
        publisher.finish(None, end);
        for client in &mut clients {
            client.read(usize::MAX);
            prop_assert!(client.is_done);
            prop_assert_eq!(&client.text, &text);
            if !client.began_again {
                prop_assert_eq!(&client.events, &published);
            }
        }
    }
}
