//! The table: what was measured, beside what it should be.

use super::{
    cases::{
        EXCHANGE, LOCAL_TOOL, Measured, ONE_TOKEN, PACED_50, PACED_200, PARKED, REMOTE_TOOL, START, Target, UNTHROTTLED,
    },
    machine::Machine,
};
use std::fmt::Write;

/// A line of the table.
struct Line {
    what: &'static str,
    case: &'static str,
    number: &'static str,
    /// Digits after the point.
    digits: usize,
    goal: Goal,
}

/// What a number should be.
enum Goal {
    /// At most so many times what nginx takes.
    TimesNginx(f64),
    /// At most so many times the bare work.
    TimesBare(f64),
    /// It tells how many times what a plain client takes, and has no goal.
    TimesDirect,
    /// At most so much more than directly.
    OverDirect(f64),
    /// At most so much.
    AtMost(f64),
    /// It tells something, but has no goal.
    None,
}

const fn line(what: &'static str, case: &'static str, number: &'static str, digits: usize, goal: Goal) -> Line {
    Line { what, case, number, digits, goal }
}

const LINES: [Line; 26] = [
    line(
        "CPU per relayed token, 200 streams × 50 tokens/s, µs",
        PACED_200,
        "cpu_us_per_token",
        1,
        Goal::TimesNginx(2.0),
    ),
    line(
        "CPU per relayed token, 200 streams unthrottled, µs",
        UNTHROTTLED,
        "cpu_us_per_token",
        1,
        Goal::TimesNginx(3.0),
    ),
    line("tokens/s, 200 streams unthrottled", UNTHROTTLED, "tokens_per_second", 0, Goal::None),
    line("first token p50, 50 paced streams, ms", PACED_50, "first_token_ms_p50", 2, Goal::OverDirect(1.0)),
    line("first token p99, 50 paced streams, ms", PACED_50, "first_token_ms_p99", 2, Goal::None),
    line("first token p50, 200 paced streams, ms", PACED_200, "first_token_ms_p50", 2, Goal::None),
    line("first token p99, 200 paced streams, ms", PACED_200, "first_token_ms_p99", 2, Goal::None),
    line("a token's way p50, 50 paced streams, ms", PACED_50, "token_ms_p50", 3, Goal::OverDirect(0.1)),
    line("a token's way p50, 200 paced streams, ms", PACED_200, "token_ms_p50", 3, Goal::None),
    line("gap between tokens p99, 50 paced streams, ms", PACED_50, "gap_ms_p99", 1, Goal::None),
    line("gap between tokens p99, 200 paced streams, ms", PACED_200, "gap_ms_p99", 1, Goal::None),
    line("CPU per whole chat of one token, µs", ONE_TOKEN, "cpu_us_per_chat", 0, Goal::TimesNginx(8.0)),
    line("first token p50, 50 at once chatting of one token, ms", ONE_TOKEN, "first_token_ms_p50", 1, Goal::None),
    line("memory per parked stream of 1,000, KiB", PARKED, "kib_per_stream", 1, Goal::AtMost(64.0)),
    line("memory per open stream, 50 paced streams, KiB", PACED_50, "kib_per_stream", 0, Goal::None),
    line("memory per open stream, 200 paced streams, KiB", PACED_200, "kib_per_stream", 0, Goal::None),
    line("token exchange with env and secrets, CPU µs", EXCHANGE, "cpu_us_per_request", 0, Goal::TimesBare(1.1)),
    line("token exchanges/s on one core", EXCHANGE, "requests_per_second", 0, Goal::None),
    line("token exchange p50, 32 at once, ms", EXCHANGE, "ms_p50", 1, Goal::None),
    line("token exchange p99, 32 at once, ms", EXCHANGE, "ms_p99", 1, Goal::None),
    line("tool call over an open connection, local server, p50, ms", LOCAL_TOOL, "warm_ms_p50", 3, Goal::TimesDirect),
    line("tool call with its connection, local server, p50, ms", LOCAL_TOOL, "cold_ms_p50", 2, Goal::TimesDirect),
    line("tool call over an open connection, remote server, p50, ms", REMOTE_TOOL, "warm_ms_p50", 3, Goal::TimesDirect),
    line("tool call with its connection, remote server, p50, ms", REMOTE_TOOL, "cold_ms_p50", 2, Goal::TimesDirect),
    line("resident when idle, MiB", START, "resident_mib", 1, Goal::AtMost(40.0)),
    line("start to first answer, ms", START, "start_ms", 0, Goal::AtMost(200.0)),
];

/// Everything as a table in Markdown. Lines of cases that were not measured are left out.
pub fn markdown(measured: &Measured, machine: &Machine, rounds: u32) -> String {
    let mut table =
        String::from("| what | direct | nginx | Sigmic | measured | goal | |\n|---|--:|--:|--:|--:|--:|---|\n");
    for line in &LINES {
        let Some(sigmic) = measured.median(line.case, Target::Sigmic, line.number) else { continue };
        let direct = measured.median(line.case, Target::Direct, line.number);
        let nginx = measured.median(line.case, Target::Nginx, line.number);
        let cell =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.*}", line.digits));
        let (reached, goal, is_met) = judge(&line.goal, direct, nginx, sigmic, line.digits);
        let (direct, nginx, sigmic) = (cell(direct), cell(nginx), cell(Some(sigmic)));
        let verdict = is_met.map_or("", |is_met| if is_met { "met" } else { "**missed**" });
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {} | {direct} | {nginx} | {sigmic} | {reached} | {goal} | {verdict} |", line.what);
    }
    let place = if machine.pins { "the server on one of them" } else { "nothing kept to any of them" };
    let _ = writeln!(
        table,
        "\nMedians of {rounds} rounds; {} cores, {place}. CPU is that of the server's process alone; in the column \
         direct it is the model's own, and for the token exchange the bare signing, encrypting and committing, one at \
         a time.",
        machine.cores
    );
    table
}

/// What was reached in the goal's terms, the goal, and whether it is met, where there is one.
fn judge(
    goal: &Goal,
    direct: Option<f64>,
    nginx: Option<f64>,
    sigmic: f64,
    digits: usize,
) -> (String, String, Option<bool>) {
    let unknown = || ("–".to_owned(), "–".to_owned(), None);
    let times = |base: Option<f64>, name: &str, limit: f64| match base.filter(|base| *base > 0.0) {
        Some(base) => (format!("{:.2} × {name}", sigmic / base), format!("≤ {limit}"), Some(sigmic / base <= limit)),
        None => unknown(),
    };
    match *goal {
        Goal::TimesNginx(limit) => times(nginx, "nginx", limit),
        Goal::TimesBare(limit) => times(direct, "bare", limit),
        Goal::TimesDirect => match direct.filter(|direct| *direct > 0.0) {
            Some(direct) => (format!("{:.2} × direct", sigmic / direct), "–".to_owned(), None),
            None => unknown(),
        },
        Goal::OverDirect(limit) => match direct {
            Some(direct) => {
                let over = sigmic - direct;
                (format!("direct + {over:.digits$}"), format!("≤ + {limit}"), Some(over <= limit))
            }
            None => unknown(),
        },
        Goal::AtMost(limit) => (format!("{sigmic:.digits$}"), format!("≤ {limit}"), Some(sigmic <= limit)),
        Goal::None => (String::new(), String::new(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cases::Numbers;

    #[test]
    fn each_goal_is_judged_in_its_own_terms() {
        for (goal, direct, nginx, sigmic, reached, is_met) in [
            (Goal::TimesNginx(2.0), None, Some(10.0), 20.0, "2.00 × nginx", Some(true)),
            (Goal::TimesNginx(2.0), None, Some(10.0), 20.1, "2.01 × nginx", Some(false)),
            (Goal::TimesNginx(2.0), Some(1.0), None, 20.0, "–", None),
            (Goal::TimesBare(1.1), Some(100.0), None, 150.0, "1.50 × bare", Some(false)),
            (Goal::OverDirect(1.0), Some(0.25), Some(0.5), 0.75, "direct + 0.5", Some(true)),
            (Goal::OverDirect(1.0), None, None, 0.75, "–", None),
            (Goal::AtMost(40.0), None, None, 41.25, "41.2", Some(false)),
            (Goal::None, Some(1.0), Some(1.0), 1.0, "", None),
        ] {
            let (judged, _, met) = judge(&goal, direct, nginx, sigmic, 1);
            assert_eq!((judged.as_str(), met), (reached, is_met));
        }
    }

    #[test]
    fn only_what_was_measured_is_in_the_table() {
        let mut measured = Measured::default();
        let numbers: Numbers = [("start_ms".to_owned(), 20.4), ("resident_mib".to_owned(), 50.0)].into();
        measured.add(START, Target::Sigmic, numbers);
        let table = markdown(&measured, &Machine { cores: 2, pins: true }, 1);
        assert!(table.contains("| start to first answer, ms | – | – | 20 | 20 | ≤ 200 | met |"), "{table}");
        assert!(table.contains("| resident when idle, MiB | – | – | 50.0 | 50.0 | ≤ 40 | **missed** |"), "{table}");
        assert!(!table.contains("relayed") && !table.contains("token exchange with"), "{table}");
    }
}
