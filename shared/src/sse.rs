//! Server-sent events: encoding, and decoding piece by piece as bytes arrive.

use crate::StreamEvent;

/// The comment that keeps a quiet connection open.
pub const HEARTBEAT: &str = ":heartbeat\n\n";

/// Appends `event` to `out`: the event line, the data line, then the id line if there is an id.
///
/// The data is JSON on one line: serde_json escapes line breaks inside strings.
pub fn encode(event: &StreamEvent, id: Option<u64>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(event.name().as_bytes());
    out.extend_from_slice(b"\ndata: ");
    serde_json::to_writer(&mut *out, event).expect("writing JSON to memory cannot fail");
    if let Some(id) = id {
        out.extend_from_slice(b"\nid: ");
        out.extend_from_slice(id.to_string().as_bytes());
    }
    out.extend_from_slice(b"\n\n");
}

/// One event as it stood on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The `event:` line, empty when there was none.
    pub event: String,
    /// The `data:` lines, joined by line breaks.
    pub data: String,
    /// The `id:` line.
    pub id: Option<String>,
}

/// Turns bytes, cut anywhere, into frames. Comments and events without data are passed over.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    frame: Frame,
    has_data: bool,
    after_cr: bool,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds bytes and calls `sink` for each frame they complete.
    pub fn feed(&mut self, bytes: &[u8], mut sink: impl FnMut(Frame)) {
        for &byte in bytes {
            let follows_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if follows_cr => {}
                b'\n' | b'\r' => self.end_line(&mut sink),
                _ => self.line.push(byte),
            }
        }
    }

    fn end_line(&mut self, sink: &mut impl FnMut(Frame)) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            if std::mem::take(&mut self.has_data) {
                sink(frame);
            }
            return;
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.frame.event = value.to_owned(),
            "id" => self.frame.id = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Content, RunPhase, RunStatus};
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Vec<Frame> {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for chunk in chunks {
            decoder.feed(chunk, |frame| frames.push(frame));
        }
        frames
    }

    fn frame(event: &str, data: &str, id: Option<&str>) -> Frame {
        Frame { event: event.into(), data: data.into(), id: id.map(Into::into) }
    }

    #[test]
    fn the_id_follows_the_data() {
        let mut out = Vec::new();
        encode(&StreamEvent::Status(RunStatus { status: RunPhase::Connecting }), Some(7), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "event: status\ndata: {\"status\":\"connecting\"}\nid: 7\n\n");
    }

    #[test]
    fn frames_are_read_as_the_specification_says() {
        for (text, expected) in [
            ("data: a\n\n", vec![frame("", "a", None)]),
            ("data:a\r\n\r\n", vec![frame("", "a", None)]),
            ("data: a\rdata: b\r\r", vec![frame("", "a\nb", None)]),
            (":heartbeat\n\n", vec![]),
            ("event: x\n\n", vec![]),
            ("event: x\ndata\n\n", vec![frame("x", "", None)]),
            ("data:  a\nid: 3\nretry: 5\n\ndata: b\n\n", vec![frame("", " a", Some("3")), frame("", "b", None)]),
            ("data: cut off", vec![]),
        ] {
            assert_eq!(decode(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_encoding_and_any_cut(text in any::<String>(), id in any::<Option<u64>>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let event = StreamEvent::Content(Content { text, is_partial: true });
            let mut out = Vec::new();
            encode(&event, id, &mut out);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(out.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut start = 0;
            for cut in cuts {
                chunks.push(&out[start..cut]);
                start = cut;
            }
            chunks.push(&out[start..]);
            let frames = decode(&chunks);
            prop_assert_eq!(frames.len(), 1);
            prop_assert_eq!(frames[0].id.clone(), id.map(|id| id.to_string()));
            let back = StreamEvent::from_parts(&frames[0].event, &frames[0].data).unwrap().unwrap();
            prop_assert_eq!(back, event);
        }
    }
}
