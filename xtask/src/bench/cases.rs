//! What is measured, and the numbers that come back.

use super::sigmic::Server;
use crate::process::read;
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs, process::Command, thread, time::Duration};

/// Trading credentials, env and secrets for tokens; its direct target is the bare work without a server.
pub const EXCHANGE: &str = "token exchange";
/// Calling a tool of a local process; its direct target is a plain client of the protocol.
pub const LOCAL_TOOL: &str = "tool call, local server";
/// Likewise, over Streamable HTTP.
pub const REMOTE_TOOL: &str = "tool call, remote server";
/// From nothing to a first answer, and memory then.
pub const START: &str = "start";
/// Streams as visitors have them.
pub const PACED_50: &str = "50 paced streams";
/// Many of them.
pub const PACED_200: &str = "200 paced streams";
/// As fast as it will go.
pub const UNTHROTTLED: &str = "unthrottled streams";
/// Chats that are all beginning and end.
pub const ONE_TOKEN: &str = "chats of one token";
/// Streams that wait.
pub const PARKED: &str = "parked streams";

/// A way to chat.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// What `load drive chats` is told.
    pub arguments: &'static [&'static str],
    /// Whether memory that earlier cases left behind would spoil it.
    pub needs_fresh_servers: bool,
}

/// All ways.
pub const CHATS: [Case; 5] = [
    Case {
        name: PACED_50,
        arguments: &["--streams", "50", "--tokens", "100", "--rate", "50", "--times", "5"],
        needs_fresh_servers: false,
    },
    Case {
        name: PACED_200,
        arguments: &["--streams", "200", "--tokens", "500", "--rate", "50"],
        needs_fresh_servers: false,
    },
    Case { name: UNTHROTTLED, arguments: &["--streams", "200", "--tokens", "500"], needs_fresh_servers: false },
    Case {
        name: ONE_TOKEN,
        arguments: &["--streams", "50", "--tokens", "1", "--times", "200"],
        needs_fresh_servers: false,
    },
    Case { name: PARKED, arguments: &["--streams", "1000", "--tokens", "1", "--hold"], needs_fresh_servers: true },
];

/// Before whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The model itself.
    Direct,
    /// nginx before the model.
    Nginx,
    /// Sigmic before the model.
    Sigmic,
}

/// Numbers of one measurement, by name.
pub type Numbers = BTreeMap<String, f64>;

/// All measurements.
#[derive(Default)]
pub struct Measured(BTreeMap<(&'static str, Target), Vec<Numbers>>);

impl Measured {
    /// Adds one.
    pub fn add(&mut self, case: &'static str, target: Target, numbers: Numbers) {
        self.0.entry((case, target)).or_default().push(numbers);
    }

    /// The median over all rounds, if it was measured.
    pub fn median(&self, case: &'static str, target: Target, name: &str) -> Option<f64> {
        let rounds = self.0.get(&(case, target))?;
        let mut values: Vec<f64> = rounds.iter().filter_map(|numbers| numbers.get(name).copied()).collect();
        values.sort_by(f64::total_cmp);
        match (values.len(), values.len() / 2) {
            (0, _) => None,
            (length, middle) if length % 2 == 1 => Some(values[middle]),
            (_, middle) => Some((values[middle - 1] + values[middle]) / 2.0),
        }
    }
}

/// Runs a part of the load generator and reads what it measured.
pub fn numbers(mut command: Command) -> Result<Numbers> {
    serde_json::from_str(&read(&mut command)?).context("the load generator printed something else")
}

/// What a server that has just started took and takes.
pub fn start_numbers(server: &Server) -> Result<Numbers> {
    // What it needed only to start it may give back.
    thread::sleep(Duration::from_secs(2));
    let status = fs::read_to_string(format!("/proc/{}/status", server.process.pid()))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = resident.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).context("no VmRSS")?;
    let start_ms = server.start.as_secs_f64() * 1000.0;
    Ok([("start_ms".to_owned(), start_ms), ("resident_mib".to_owned(), kib / 1024.0)].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_of_those_that_have_the_number() {
        let mut measured = Measured::default();
        for (values, median) in [(vec![3.0], 3.0), (vec![1.0], 2.0), (vec![9.0], 3.0), (vec![], 3.0)] {
            measured.add(START, Target::Sigmic, values.into_iter().map(|value| ("a".to_owned(), value)).collect());
            assert_eq!(measured.median(START, Target::Sigmic, "a"), Some(median));
        }
        assert_eq!(measured.median(START, Target::Sigmic, "b"), None);
        assert_eq!(measured.median(START, Target::Nginx, "a"), None);
    }
}
