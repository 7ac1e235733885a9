//! The running server: its log passes through here, which is how its addresses are known.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

const START_LIMIT: Duration = Duration::from_secs(60);

/// A server that was started.
pub struct RunningServer {
    child: Child,
    log: Receiver<String>,
}

/// Where it listens.
#[derive(Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The API's base URL, without a slash at the end.
    pub api: String,
    /// The demo page, if it is on.
    pub demo: Option<String>,
    /// The link that sets up the Console, while nobody has.
    pub setup: Option<String>,
}

impl RunningServer {
    /// Starts it. From now on Ctrl-C asks it to stop, and a second one ends it at once.
    pub fn start(command: &mut Command) -> Result<Self> {
        // In a process group of its own, the terminal's Ctrl-C reaches it through us alone.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("the server does not start")?;
        forward_interrupts(child.id())?;
        let (lines, log) = mpsc::channel();
        pass_on(child.stdout.take().expect("standard output is piped"), lines.clone());
        pass_on(child.stderr.take().expect("standard error is piped"), lines);
        Ok(Self { child, log })
    }

    /// Waits until it takes requests.
    pub fn wait_until_ready(&self) -> Result<Addresses> {
        let start = Instant::now();
        let (mut demo, mut setup) = (None, None);
        let api = loop {
            let left = START_LIMIT.saturating_sub(start.elapsed());
            let line = self.log.recv_timeout(left).context("the server did not start: its log above says why")?;
            demo = address_after("demo on ", &line).or(demo);
            setup = link_after("set up the Console on ", &line).or(setup);
            if let Some(api) = address_after("listening on ", &line) {
                break api;
            }
        };
        while ureq::get(format!("{api}/readyz")).call().is_err() {
            if start.elapsed() > START_LIMIT {
                bail!("the server did not become ready: its log above says why");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Addresses { api, demo, setup })
    }

    /// Waits until it has ended.
    pub fn wait(mut self) -> Result<()> {
        let status = self.child.wait().context("the server cannot be waited for")?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

fn forward_interrupts(server: u32) -> Result<()> {
    let interrupts = AtomicU32::new(0);
    ctrlc::set_handler(move || {
        let signal = if interrupts.fetch_add(1, Ordering::SeqCst) == 0 { "-TERM" } else { "-KILL" };
        // It may have ended already.
        let _ = Command::new("kill").args([signal, &server.to_string()]).stderr(Stdio::null()).status();
    })
    .context("Ctrl-C cannot be handled")
}

/// Prints what the server writes, and hands it on.
fn pass_on(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            eprintln!("{line}");
            // Nobody looks at the log once the server is ready.
            let _ = lines.send(line);
        }
    });
}

/// The address behind `words`, whatever the log's format puts around it.
fn address_after(words: &str, line: &str) -> Option<String> {
    let (_, rest) = line.split_once(words)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.:/[]".contains(c))).unwrap_or(rest.len());
    rest.starts_with("http").then(|| rest[..end].trim_end_matches('/').to_owned())
}

/// The whole link behind `words`.
fn link_after(words: &str, line: &str) -> Option<String> {
    let (_, rest) = line.split_once(words)?;
    let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || c == '"').unwrap_or(rest.len());
    rest.starts_with("http").then(|| rest[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_whole() {
        for line in [
            "INFO set up the Console on http://h:1/console/setup?token=0a",
            r#"{"message":"set up the Console on http://h:1/console/setup?token=0a"}"#,
            "set up the Console on http://h:1/console/setup?token=0a\u{1b}[0m x=1",
        ] {
            let link = link_after("set up the Console on ", line);
            assert_eq!(link.as_deref(), Some("http://h:1/console/setup?token=0a"), "{line}");
        }
    }

    #[test]
    fn addresses_are_found_in_any_log_format() {
        for (line, expected) in [
            ("INFO sigmic: listening on http://127.0.0.1:8080 node=1", Some("http://127.0.0.1:8080")),
            (r#"{"message":"listening on http://[::1]:1/"}"#, Some("http://[::1]:1")),
            ("\u{1b}[2mlistening on http://h:1\u{1b}[0m", Some("http://h:1")),
            ("listening on a socket", None),
            ("demo on http://127.0.0.1:8081/", None),
        ] {
            assert_eq!(address_after("listening on ", line).as_deref(), expected, "{line}");
        }
    }
}
