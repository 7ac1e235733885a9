use crate::{script::Script, stamp};
use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Interval, interval_at};

const CHUNK_START: &[u8] = br#"data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"scripted","service_tier":"default","system_fingerprint":"fp_50cad350e4","choices":[{"index":0,"delta":"#;
const ROLE: &[u8] =
    br#"{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#;
const TOKEN_START: &[u8] = br#"{"content":""#;
const TOKEN_END: &[u8] = br#""},"logprobs":null,"finish_reason":null}],"usage":null}"#;
const STOP: &[u8] = br#"{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#;
const DONE: &[u8] = b"data: [DONE]\n\n";

/// An answer, token by token.
#[derive(Debug)]
pub struct Answer {
    script: Script,
    counts: bool,
    written: u32,
    next: Next,
    /// Ticks when a token is due; without one they are due whenever the others have had their turn.
    clock: Option<Interval>,
}

#[derive(Debug)]
enum Next {
    Role,
    Token,
    /// Others go first, and what was written is flushed.
    Turn,
    Stop,
    End,
}

impl Answer {
    /// An answer with this script. `counts`: whether the client wants tokens counted.
    pub fn new(script: Script, counts: bool) -> Self {
        let clock = (script.rate > 0).then(|| {
            let period = Duration::from_secs(1) / script.rate;
            interval_at(Instant::now() + period, period)
        });
        Self { script, counts, written: 0, next: Next::Role, clock }
    }

    fn token(&mut self) -> Bytes {
        self.written += 1;
        chunk(&[TOKEN_START, &stamp::token(stamp::now_us()), TOKEN_END])
    }

    fn stop(&self) -> Bytes {
        let mut bytes = BytesMut::from(&chunk(&[STOP])[..]);
        if self.counts {
            let usage = format!(
                "data: {{\"id\":\"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\"object\":\"chat.completion.chunk\",\
                 \"created\":1741569952,\"model\":\"scripted\",\"choices\":[],\"usage\":{{\"prompt_tokens\":9,\
                 \"completion_tokens\":{0},\"total_tokens\":{1}}}}}\n\n",
                self.written,
                self.written + 9
            );
            bytes.extend_from_slice(usage.as_bytes());
        }
        bytes.extend_from_slice(DONE);
        bytes.freeze()
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = loop {
            match self.next {
                Next::Role => {
                    self.next = Next::Token;
                    break chunk(&[ROLE]);
                }
                Next::Token if self.written == self.script.tokens => self.next = Next::Stop,
                Next::Token => {
                    // The first token is there at once: the clock would round it up to the next millisecond.
                    if self.written > 0
                        && let Some(clock) = &mut self.clock
                    {
                        ready!(clock.poll_tick(context));
                    }
                    self.next = Next::Turn;
                    break self.token();
                }
                Next::Turn => {
                    self.next = Next::Token;
                    if self.clock.is_none() {
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
                Next::Stop if self.script.hold => return Poll::Pending,
                Next::Stop => {
                    self.next = Next::End;
                    break self.stop();
                }
                Next::End => return Poll::Ready(None),
            }
        };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

/// One `data:` line of an answer.
fn chunk(parts: &[&[u8]]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(CHUNK_START.len() + ROLE.len() + 2);
    bytes.extend_from_slice(CHUNK_START);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes.extend_from_slice(b"\n\n");
    bytes.freeze()
}
