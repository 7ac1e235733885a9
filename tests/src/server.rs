//! A running server.

use crate::{
    DEADLINE,
    installation::{CommandOutput, Installation},
};
use std::{
    process::ExitStatus,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::Child,
    sync::watch,
};
use tokio_util::task::TaskTracker;

/// The real `sigmic serve`. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    base_url: String,
    log: Log,
}

/// What a server wrote to its standard output and standard error, line by line.
#[derive(Clone, Debug)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    grown: watch::Sender<usize>,
    collectors: TaskTracker,
}

impl Server {
    /// Starts the server on `installation` and waits until it is ready.
    pub async fn start(installation: &Installation) -> Self {
        Self::start_with(installation, &[]).await
    }

    /// As [`Server::start`], with further arguments to `sigmic serve`.
    pub async fn start_with(installation: &Installation, args: &[&str]) -> Self {
        let args = [&["serve"], args].concat();
        let mut child = installation.command(&args).spawn().expect("the sigmic binary starts");
        let log = Log::new();
        log.collect(child.stdout.take().expect("standard output is piped"));
        log.collect(child.stderr.take().expect("standard error is piped"));
        let base_url = tokio::select! {
            status = child.wait() => panic!("the server ended at once ({status:?}):\n{}", log.complete().await),
            line = log.wait_for(|line| listening_address(line).is_some()) => {
                listening_address(&line).expect("the line was chosen for its address")
            }
        };
        let server = Self { child, base_url, log };
        server.wait_until_ready().await;
        server
    }

    /// Starts a server that is expected to refuse, and gives what it said.
    pub async fn refuse_to_start(installation: &Installation) -> CommandOutput {
        let output = installation.run(&["serve"]).await;
        assert_ne!(output.status, Some(0), "the server should have refused to start: {output:?}");
        output
    }

    /// `http://127.0.0.1:<port>`
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The full URL of `path`, which starts with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the server still runs")
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits for a log line that contains `text`, and gives it.
    pub async fn logged(&self, text: &str) -> String {
        self.log.wait_for(|line| line.contains(text)).await
    }

    /// Kills it with SIGKILL, as a crash would, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a running server can be killed");
    }

    /// Sends it SIGTERM without waiting.
    pub fn terminate(&self) {
        let sent = std::process::Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM could not be sent");
    }

    /// Waits until it has ended by itself. Gives its exit status and everything it logged.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let status = tokio::time::timeout(DEADLINE, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("the server did not end:\n{}", self.log.text()))
            .expect("the server can be waited for");
        (status, self.log.complete().await)
    }

    /// Asks it to stop with SIGTERM and waits until it has.
    pub async fn stop(self) -> (ExitStatus, String) {
        self.terminate();
        self.ended().await
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        let ready = async {
            loop {
                let answer = http.get(self.url("/readyz")).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(DEADLINE, ready).await.is_err() {
            panic!("the server did not become ready:\n{}", self.log.text());
        }
    }
}

impl Log {
    fn new() -> Self {
        Self { lines: Arc::default(), grown: watch::Sender::new(0), collectors: TaskTracker::new() }
    }

    fn collect(&self, output: impl AsyncRead + Send + Unpin + 'static) {
        let log = self.clone();
        self.collectors.spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                log.lines.lock().expect("no holder of the log panics").push(line);
                log.grown.send_modify(|count| *count += 1);
            }
        });
    }

    fn text(&self) -> String {
        self.lines.lock().expect("no holder of the log panics").join("\n")
    }

    /// Everything, once the process has closed its outputs.
    async fn complete(&self) -> String {
        self.collectors.close();
        let complete = tokio::time::timeout(DEADLINE, self.collectors.wait()).await;
        assert!(complete.is_ok(), "the server is gone, but something still holds its outputs open:\n{}", self.text());
        self.text()
    }

    async fn wait_for(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut grown = self.grown.subscribe();
        let found = async {
            loop {
                grown.mark_unchanged();
                let lines = self.lines.lock().expect("no holder of the log panics").clone();
                if let Some(line) = lines.into_iter().find(|line| wanted(line)) {
                    return line;
                }
                grown.changed().await.expect("the log holds its own sender");
            }
        };
        tokio::time::timeout(DEADLINE, found)
            .await
            .unwrap_or_else(|_| panic!("the line waited for was not logged:\n{}", self.text()))
    }
}

/// The address in a line that says `listening on http://…`, whatever the log's format puts around it.
fn listening_address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("listening on ")?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.:/[]".contains(c))).unwrap_or(rest.len());
    rest.starts_with("http").then(|| rest[..end].trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_any_log_format() {
        for (line, expected) in [
            ("listening on http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("INFO listening on http://[::1]:80/ workers=2", Some("http://[::1]:80")),
            (r#"{"message":"listening on http://127.0.0.1:1","level":"INFO"}"#, Some("http://127.0.0.1:1")),
            ("\u{1b}[3mlistening on http://h:1\u{1b}[0m", Some("http://h:1")),
            ("listening on a unix socket", None),
            ("listening", None),
        ] {
            assert_eq!(listening_address(line).as_deref(), expected, "{line}");
        }
    }

    #[tokio::test]
    async fn a_line_is_waited_for_even_if_it_came_before() {
        let log = Log::new();
        log.collect(&b"one\ntwo\n"[..]);
        assert_eq!(log.wait_for(|line| line == "two").await, "two");
        assert_eq!(log.wait_for(|line| line == "one").await, "one");
        assert_eq!(log.text(), "one\ntwo");
    }
}
