//! Visitors who chat, or whoever asks a model directly.

use super::{
    answer::{AnswerReader, Field},
    connection::Connection,
    credentials::Credentials,
};
use crate::{
    numbers::{Numbers, percentile_ms},
    process::Processes,
    script::Script,
    stamp,
};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::future::try_join_all;
use http_body_util::BodyExt;
use hyper::header::HeaderValue;
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Notify, task::JoinSet, time::sleep};

/// Paced streams begin within this time, one after the other, as visitors come.
const RAMP: Duration = Duration::from_secs(1);
/// Streams that are held open get this long to come to rest before memory is measured.
const REST: Duration = Duration::from_secs(2);

/// How a server is loaded with chats.
#[derive(Debug, clap::Args)]
pub struct ChatsArguments {
    /// The server: a model, or a proxy before one; with credentials, Sigmic.
    #[arg(long)]
    to: SocketAddr,
    #[command(flatten)]
    credentials: Option<Credentials>,
    /// Streams at the same time, each of another user on a connection of its own.
    #[arg(long, default_value_t = 1)]
    streams: u32,
    /// Answers on each of them, one after the other.
    #[arg(long, default_value_t = 1)]
    times: u32,
    #[command(flatten)]
    script: Script,
    /// The processes that are measured, with their children.
    #[arg(long)]
    pid: Vec<u32>,
}

/// Chats until all answers are complete, or, when they are held, until all streams rest.
pub async fn drive(arguments: ChatsArguments) -> Result<Numbers> {
    let processes = Processes::with_children(&arguments.pid)?;
    let ramp = if arguments.script.rate > 0 { RAMP / arguments.streams } else { Duration::ZERO };
    let visitors = try_join_all((0..arguments.streams).map(|number| Visitor::arrive(&arguments, number))).await?;
    let chats = u64::from(arguments.streams) * u64::from(arguments.times);
    let tokens = chats * u64::from(arguments.script.tokens);
    let middle = Arc::new(Milestone::at(if arguments.script.hold { tokens } else { tokens / 2 }));

    let before = processes.usage()?;
    let start = Instant::now();
    let mut streams = JoinSet::new();
    for (visitor, number) in visitors.into_iter().zip(0..) {
        streams.spawn(visitor.chat(ramp * number, middle.clone()));
    }
    let mut times = Times::default();
    let mut open = before;
    loop {
        tokio::select! {
            () = middle.passed() => {
                if arguments.script.hold {
                    sleep(REST).await;
                    streams.abort_all();
                }
                open = processes.usage()?;
            }
            ended = streams.join_next() => match ended {
                Some(Ok(seen)) => times.add(seen?),
                Some(Err(aborted)) if aborted.is_cancelled() => {}
                Some(Err(panic)) => return Err(panic.into()),
                None => break,
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = processes.usage()?;
    let cpu_us = after.cpu_us - before.cpu_us;

    let mut numbers = Numbers::default();
    numbers.add("chats", chats as f64);
    numbers.add("tokens", tokens as f64);
    numbers.add("tokens_per_second", tokens as f64 / seconds);
    numbers.add("cpu_us_per_token", cpu_us / tokens as f64);
    numbers.add("cpu_us_per_chat", cpu_us / chats as f64);
    numbers.add("first_token_ms_p50", percentile_ms(&mut times.first_token_us, 0.5));
    numbers.add("first_token_ms_p99", percentile_ms(&mut times.first_token_us, 0.99));
    numbers.add("token_ms_p50", percentile_ms(&mut times.token_us, 0.5));
    numbers.add("token_ms_p99", percentile_ms(&mut times.token_us, 0.99));
    numbers.add("gap_ms_p99", percentile_ms(&mut times.gap_us, 0.99));
    numbers.add("resident_kib_before", before.resident_kib);
    numbers.add("resident_kib_open", open.resident_kib);
    numbers.add("kib_per_stream", (open.resident_kib - before.resident_kib) / f64::from(arguments.streams));
    Ok(numbers)
}

/// What the streams saw, in microseconds.
#[derive(Debug, Default)]
struct Times {
    /// From sending a request to its first token.
    first_token_us: Vec<u32>,
    /// From the model's making a token to its arrival.
    token_us: Vec<u32>,
    /// Between two tokens of an answer.
    gap_us: Vec<u32>,
}

impl Times {
    fn add(&mut self, other: Self) {
        self.first_token_us.extend(other.first_token_us);
        self.token_us.extend(other.token_us);
        self.gap_us.extend(other.gap_us);
    }
}

/// Tells when so many tokens have arrived.
#[derive(Debug)]
struct Milestone {
    tokens: AtomicU64,
    at: u64,
    reached: Notify,
}

impl Milestone {
    fn at(at: u64) -> Self {
        Self { tokens: AtomicU64::new(0), at, reached: Notify::new() }
    }

    fn count(&self, tokens: u64) {
        let before = self.tokens.fetch_add(tokens, Ordering::Relaxed);
        if before < self.at && before + tokens >= self.at {
            self.reached.notify_one();
        }
    }

    async fn passed(&self) {
        self.reached.notified().await;
    }
}

/// One who chats.
struct Visitor {
    connection: Connection,
    path: &'static str,
    field: Field,
    bearer: Option<HeaderValue>,
    request: Bytes,
    script: Script,
    times: u32,
}

impl Visitor {
    async fn arrive(arguments: &ChatsArguments, number: u32) -> Result<Self> {
        let mut connection = Connection::open(arguments.to).await?;
        let script = arguments.script;
        let (path, field, bearer, request) = match &arguments.credentials {
            Some(credentials) => {
                let bearer = credentials.bearer(&mut connection, &format!("user-{number}")).await?;
                ("/api/v1/tasks", Field::Sigmic, Some(bearer), json!({ "message": script.to_string() }))
            }
            None => {
                let request = json!({
                    "model": "scripted",
                    "stream": true,
                    "stream_options": { "include_usage": true },
                    "messages": [{ "role": "user", "content": script.to_string() }],
                });
                ("/v1/chat/completions", Field::Model, None, request)
            }
        };
        let request = request.to_string().into();
        Ok(Self { connection, path, field, bearer, request, script, times: arguments.times })
    }

    async fn chat(mut self, delay: Duration, middle: Arc<Milestone>) -> Result<Times> {
        sleep(delay).await;
        let mut times = Times::default();
        for _ in 0..self.times {
            self.read_answer(&middle, &mut times).await?;
        }
        Ok(times)
    }

    async fn read_answer(&mut self, middle: &Milestone, times: &mut Times) -> Result<()> {
        let start_us = stamp::now_us();
        let response =
            self.connection.post(self.path, "text/event-stream", self.bearer.as_ref(), self.request.clone()).await?;
        let mut body = response.into_body();
        let mut reader = AnswerReader::new(self.field);
        let mut tokens = 0;
        let mut last_us = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.context("an answer broke off")?;
            let Some(bytes) = frame.data_ref() else { continue };
            let now_us = stamp::now_us();
            let before = tokens;
            reader.feed(bytes, |token| {
                tokens += 1;
                times.token_us.extend(stamp::age_us(token, now_us).map(|age| age as u32));
                match last_us.replace(now_us) {
                    None => times.first_token_us.push((now_us - start_us) as u32),
                    Some(last_us) => times.gap_us.push((now_us - last_us) as u32),
                }
            });
            middle.count(tokens - before);
        }
        ensure!(tokens == u64::from(self.script.tokens), "an answer had {tokens} tokens, not {}", self.script.tokens);
        Ok(())
    }
}
