//! What the overview says, made from what the store counted.

use super::{
    super::words::{self, count, number, short_number},
    plot::{Plot, Series, Shape, Unit},
};
use crate::store::{AppRecord, UsageRecord, WaitRecord};
use std::collections::BTreeMap;

/// The numbers of some days.
pub struct Numbers {
    first_day: i64,
    days: Vec<UsageRecord>,
    waits: Vec<Waits>,
    all_waits: Waits,
    apps: BTreeMap<Option<String>, UsageRecord>,
    total: UsageRecord,
}

/// How many answers began within how many milliseconds.
#[derive(Clone, Debug, Default)]
struct Waits(BTreeMap<u64, u64>);

/// Percent of the answers.
const HALF: u64 = 50;
const MOST: u64 = 95;

/// What one app was used for.
pub struct AppLine {
    /// Its name.
    pub name: String,
    /// Where its conversations are; empty: nowhere.
    pub href: String,
    /// How often somebody wrote.
    pub messages: String,
    /// How often that failed.
    pub failed: String,
    /// What the model read and wrote.
    pub tokens: String,
    /// How many tool calls failed, of how many.
    pub tools: String,
}

impl Numbers {
    /// The numbers of `length` days from `first_day` on.
    pub fn of(first_day: i64, length: usize, usage: &[UsageRecord], waits: &[WaitRecord]) -> Self {
        let place = |day: i64| usize::try_from(day - first_day).ok().filter(|at| *at < length);
        let mut numbers = Self {
            first_day,
            days: vec![UsageRecord::default(); length],
            waits: vec![Waits::default(); length],
            all_waits: Waits::default(),
            apps: BTreeMap::new(),
            total: UsageRecord::default(),
        };
        for record in usage {
            let Some(at) = place(record.day) else { continue };
            add(&mut numbers.days[at], record);
            add(numbers.apps.entry(record.app_id.clone()).or_default(), record);
            add(&mut numbers.total, record);
        }
        for wait in waits {
            if let Some(at) = place(wait.day) {
                numbers.waits[at].add(wait);
                numbers.all_waits.add(wait);
            }
        }
        numbers
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.total.messages == 0
    }

    /// A name, a number and a remark each.
    pub fn facts(&self, people: u64) -> Vec<(&'static str, String, String)> {
        let total = &self.total;
        let (half, most) = (self.all_waits.within(HALF), self.all_waits.within(MOST));
        let half = half.map_or_else(|| "–".to_owned(), words::duration);
        let most = most.map_or_else(|| "no answer yet".to_owned(), |ms| format!("19 of 20 in {}", words::duration(ms)));
        vec![
            ("Messages", plain(total.messages), share("failed", total.failed, total.messages)),
            ("Active end users", number(people), "wrote at least once".to_owned()),
            ("First sign", half, most),
            (
                "Tokens",
                short_number((total.input_tokens + total.output_tokens).unsigned_abs()),
                format!("{} read, {} written", short(total.input_tokens), short(total.output_tokens)),
            ),
            ("Tool calls", plain(total.tool_calls), share("failed", total.tool_failures, total.tool_calls)),
        ]
    }

    /// All plots.
    pub fn plots(&self) -> Vec<Plot> {
        let bars = (Shape::Bars, Unit::Count);
        let plot = |id, title, summary, kind, series| Plot::new((id, title), summary, self.first_day, kind, series);
        let series = |name, colour, value: fn(&UsageRecord) -> i64| Series {
            name,
            colour,
            values: self.days.iter().map(|day| Some(value(day).unsigned_abs())).collect(),
        };
        let wait = |name, colour, part| Series {
            name,
            colour,
            values: self.waits.iter().map(|waits| waits.within(part)).collect(),
        };
        vec![
            plot(
                "messages",
                "Messages",
                self.peak(|day| day.messages, "message", "messages"),
                bars,
                vec![
                    series("Answered", "first", |day| day.messages - day.failed - day.cancelled),
                    series("Cancelled", "calm", |day| day.cancelled),
                    series("Failed", "bad", |day| day.failed),
                ],
            ),
            plot(
                "people",
                "Active end users",
                self.peak(|day| day.end_users, "end user", "end users"),
                bars,
                vec![series("End users", "first", |day| day.end_users)],
            ),
            plot(
                "waits",
                "First sign of an answer",
                "From the message to the first text, thought or tool call.".to_owned(),
                (Shape::Lines, Unit::Time),
                vec![wait("Half within", "first", HALF), wait("19 of 20 within", "second", MOST)],
            ),
            plot(
                "tokens",
                "Tokens",
                self.peak(|day| day.input_tokens + day.output_tokens, "token", "tokens"),
                bars,
                vec![
                    series("Read by the model", "first", |day| day.input_tokens),
                    series("Written by it", "second", |day| day.output_tokens),
                ],
            ),
            plot(
                "tools",
                "Tool calls",
                self.peak(|day| day.tool_calls, "call", "calls"),
                bars,
                vec![
                    series("Worked", "first", |day| day.tool_calls - day.tool_failures),
                    series("Failed", "bad", |day| day.tool_failures),
                ],
            ),
        ]
    }

    /// The apps, the one most used first.
    pub fn by_app(&self, apps: &[AppRecord]) -> Vec<AppLine> {
        let mut lines: Vec<_> = self.apps.iter().collect();
        lines.sort_by_key(|(_, usage)| -usage.messages);
        let line = |(id, usage): (&Option<String>, &UsageRecord)| AppLine {
            name: match id {
                None => "API keys".to_owned(),
                Some(id) => {
                    let app = apps.iter().find(|app| app.app_id.as_str() == id.as_str());
                    app.map_or_else(|| format!("{id} (deleted)"), |app| app.name.clone())
                }
            },
            href: id.as_ref().map(|id| format!("/console/conversations?app={}", encode(id))).unwrap_or_default(),
            messages: plain(usage.messages),
            failed: plain(usage.failed),
            tokens: short(usage.input_tokens + usage.output_tokens),
            tools: format!("{} of {}", plain(usage.tool_failures), plain(usage.tool_calls)),
        };
        lines.into_iter().map(line).collect()
    }

    fn peak(&self, value: fn(&UsageRecord) -> i64, one: &str, many: &str) -> String {
        let sum: i64 = self.days.iter().map(value).sum();
        let best = self.days.iter().enumerate().rev().max_by_key(|(_, day)| value(day));
        match best.filter(|_| sum > 0) {
            None => format!("No {many} in these days."),
            Some((at, day)) => {
                let peak = count(value(day).unsigned_abs(), one, many);
                format!("The most on {}: {peak}.", words::short_day(self.first_day + at as i64))
            }
        }
    }
}

impl Waits {
    fn add(&mut self, wait: &WaitRecord) {
        *self.0.entry(wait.within_ms.unsigned_abs()).or_default() += wait.answers.unsigned_abs();
    }

    /// So many milliseconds were enough for `percent` of all answers.
    fn within(&self, percent: u64) -> Option<u64> {
        let wanted = (self.0.values().sum::<u64>() * percent).div_ceil(100);
        let mut seen = 0;
        let enough = self.0.iter().find(|(_, answers)| {
            seen += **answers;
            seen >= wanted
        });
        enough.map(|(within_ms, _)| *within_ms)
    }
}

fn add(sum: &mut UsageRecord, more: &UsageRecord) {
    sum.messages += more.messages;
    sum.failed += more.failed;
    sum.cancelled += more.cancelled;
    sum.end_users += more.end_users;
    sum.input_tokens += more.input_tokens;
    sum.output_tokens += more.output_tokens;
    sum.tool_calls += more.tool_calls;
    sum.tool_failures += more.tool_failures;
}

fn share(what: &str, part: i64, whole: i64) -> String {
    if part == 0 {
        return format!("none {what}");
    }
    let tenths = part.saturating_mul(1000) / whole.max(1);
    format!("{} {what}, {}.{} %", plain(part), tenths / 10, tenths % 10)
}

fn plain(amount: i64) -> String {
    number(amount.unsigned_abs())
}

fn short(amount: i64) -> String {
    short_number(amount.unsigned_abs())
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64, app: Option<&str>, messages: i64, failed: i64) -> UsageRecord {
        let app_id = app.map(str::to_owned);
        UsageRecord { day, app_id, messages, failed, tool_calls: 3, tool_failures: 1, ..UsageRecord::default() }
    }

    fn wait(day: i64, within_ms: i64, answers: i64) -> WaitRecord {
        WaitRecord { day, within_ms, answers }
    }

    #[test]
    fn a_part_of_the_answers_is_counted_from_the_soonest() {
        for (counts, half, most) in [
            (vec![], None, None),
            (vec![(10, 1)], Some(10), Some(10)),
            (vec![(10, 1), (20, 1)], Some(10), Some(20)),
            (vec![(30, 1), (20, 1), (10, 1)], Some(20), Some(30)),
            (vec![(10, 95), (20, 5)], Some(10), Some(10)),
            (vec![(10, 94), (20, 6)], Some(10), Some(20)),
        ] {
            let mut waits = Waits::default();
            counts.iter().for_each(|(within_ms, answers)| waits.add(&wait(0, *within_ms, *answers)));
            assert_eq!((waits.within(HALF), waits.within(MOST)), (half, most), "{counts:?}");
        }
    }

    #[test]
    fn days_and_apps_add_up() {
        let usage = [day(9, Some("a"), 99, 0), day(10, Some("a"), 2, 1), day(10, None, 5, 0), day(12, Some("a"), 1, 0)];
        let numbers = Numbers::of(10, 3, &usage, &[wait(11, 10, 5), wait(11, 1_500, 4), wait(9, 9_000, 99)]);
        assert_eq!(numbers.days.iter().map(|day| day.messages).collect::<Vec<_>>(), [7, 0, 1]);
        assert_eq!(numbers.total.messages, 8, "the day before is not counted");
        assert_eq!(numbers.peak(|day| day.messages, "message", "messages"), "The most on 11 Jan: 7 messages.");
        let facts = numbers.facts(4);
        assert_eq!(facts[0], ("Messages", "8".into(), "1 failed, 12.5 %".into()));
        assert_eq!(facts[2], ("First sign", "10 ms".into(), "19 of 20 in 1.5 s".into()));
        let lines = numbers.by_app(&[]);
        let lines = lines.iter().map(|line| (line.name.as_str(), line.messages.as_str(), line.tools.as_str()));
        assert_eq!(lines.collect::<Vec<_>>(), [("API keys", "5", "1 of 3"), ("a (deleted)", "3", "2 of 6")]);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let numbers = Numbers::of(10, 3, &[], &[]);
        assert!(numbers.is_empty());
        assert_eq!(numbers.peak(|day| day.messages, "message", "messages"), "No messages in these days.");
        assert_eq!(numbers.facts(0)[0].2, "none failed");
    }
}
