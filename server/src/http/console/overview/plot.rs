//! Plots of days, drawn as SVG paths. The picture holds no text, so that it can be stretched to any width.

use super::super::words;
use askama::Template;
use std::fmt::Write;

/// The picture's own units.
pub const WIDTH: f64 = 720.0;
/// The picture's own units.
pub const HEIGHT: f64 = 120.0;
/// A bar is no wider than this.
const WIDEST: f64 = 28.0;
/// What is not nothing can be seen.
const LEAST: f64 = 1.5;

/// How the values of a plot are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Bars, those of later series on top of the earlier ones'.
    Bars,
    /// Lines, each from zero.
    Lines,
}

/// What the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Time,
}

/// Values that belong together, one for each day; none: nothing is known of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What the legend and the table call it.
    pub name: &'static str,
    /// Which of the style sheet's colours.
    pub colour: &'static str,
    /// From the first day to the last.
    pub values: Vec<Option<u64>>,
}

/// A plot with its numbers.
#[derive(Clone, Debug, Template)]
#[template(path = "console/overview/plot.html")]
pub struct Plot {
    id: &'static str,
    title: &'static str,
    summary: String,
    series: Vec<Series>,
    paths: Vec<String>,
    first_day: i64,
    top: u64,
    shape: Shape,
    unit: Unit,
}

impl Plot {
    /// A plot of the days from `first_day` on. `summary` says the most important of it.
    pub fn new(
        (id, title): (&'static str, &'static str),
        summary: String,
        first_day: i64,
        (shape, unit): (Shape, Unit),
        series: Vec<Series>,
    ) -> Self {
        let days = series.iter().map(|series| series.values.len()).max().unwrap_or_default();
        let value = |series: &Series, day: usize| series.values.get(day).copied().flatten();
        let heights = (0..days).map(|day| {
            let values = series.iter().filter_map(|series| value(series, day));
            if shape == Shape::Bars { values.sum::<u64>() } else { values.max().unwrap_or_default() }
        });
        let top = round_up(heights.max().unwrap_or_default());
        let mut floor = vec![0; days];
        let paths = series.iter().map(|series| match shape {
            Shape::Lines => line(&series.values, top),
            Shape::Bars => {
                let path = bars(&floor, &series.values, top);
                for (day, floor) in floor.iter_mut().enumerate() {
                    *floor += value(series, day).unwrap_or_default();
                }
                path
            }
        });
        Self { id, title, summary, paths: paths.collect(), series, first_day, top, shape, unit }
    }

    fn drawn(&self) -> impl Iterator<Item = (&Series, &String)> {
        self.series.iter().zip(&self.paths)
    }

    fn is_line(&self) -> bool {
        self.shape == Shape::Lines
    }

    /// The end of the axis.
    fn upper(&self) -> String {
        self.short(self.top)
    }

    fn middle(&self) -> String {
        self.short(self.top / 2)
    }

    fn short(&self, value: u64) -> String {
        if self.unit == Unit::Time { words::duration(value) } else { words::short_number(value) }
    }

    fn full(&self, value: Option<u64>) -> String {
        match value {
            None => "–".to_owned(),
            Some(value) if self.unit == Unit::Time => words::duration(value),
            Some(value) => words::number(value),
        }
    }

    fn days(&self) -> usize {
        self.series.first().map_or(0, |series| series.values.len())
    }

    fn first(&self) -> String {
        words::short_day(self.first_day)
    }

    fn last(&self) -> String {
        words::short_day(self.first_day + self.days() as i64 - 1)
    }

    /// The table's rows, the last day first.
    fn rows(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        (0..self.days()).rev().map(|day| {
            let values = self.series.iter().map(|series| self.full(series.values.get(day).copied().flatten()));
            (words::day(self.first_day + day as i64), values.collect())
        })
    }
}

/// The end of an axis that reaches `value`: an even number, so that its half is one, too.
fn round_up(value: u64) -> u64 {
    let mut step: u64 = 1;
    loop {
        let fits =
            [2, 4, 6, 8, 10, 12, 16].into_iter().map(|digit| step.saturating_mul(digit)).find(|end| *end >= value);
        match (fits, step.checked_mul(10)) {
            (Some(end), _) => return end,
            (None, Some(next)) => step = next,
            (None, None) => return u64::MAX,
        }
    }
}

/// The bars of one series, each upon its floor.
fn bars(floor: &[u64], values: &[Option<u64>], top: u64) -> String {
    let slot = WIDTH / values.len().max(1) as f64;
    let width = (slot * 0.72).min(WIDEST);
    let mut path = String::new();
    for (day, (floor, value)) in floor.iter().zip(values).enumerate() {
        let value = value.unwrap_or_default();
        if value == 0 {
            continue;
        }
        let height = (value as f64 / top as f64 * HEIGHT).max(LEAST);
        let (left, bottom) = (slot * (day as f64 + 0.5) - width / 2.0, y(*floor, top));
        let (left, bottom, width, height) = (short(left), short(bottom), short(width), short(height));
        // Writing to a string does not fail.
        let _ = write!(path, "M{left} {bottom}v-{height}h{width}v{height}z");
    }
    path
}

/// The line of one series, with a gap where nothing is known. A day between two gaps is a dot.
fn line(values: &[Option<u64>], top: u64) -> String {
    let slot = WIDTH / values.len().max(1) as f64;
    let mut path = String::new();
    let mut is_drawing = false;
    for (day, value) in values.iter().enumerate() {
        let Some(value) = value else {
            is_drawing = false;
            continue;
        };
        let (x, y) = (short(slot * (day as f64 + 0.5)), short(y(*value, top)));
        let is_alone = !is_drawing && values.get(day + 1).copied().flatten().is_none();
        let _ = write!(path, "{}{x} {y}{}", if is_drawing { "L" } else { "M" }, if is_alone { "h0" } else { "" });
        is_drawing = true;
    }
    path
}

fn y(value: u64, top: u64) -> f64 {
    HEIGHT - (value as f64 / top as f64 * HEIGHT).min(HEIGHT)
}

/// To a tenth, without what says nothing.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (value, end) in [
            (0, 2),
            (1, 2),
            (2, 2),
            (3, 4),
            (7, 8),
            (9, 10),
            (11, 12),
            (21, 40),
            (99, 100),
            (130, 160),
            (8_000, 8_000),
            (8_001, 10_000),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_up(value), end, "{value}");
        }
    }

    #[test]
    fn bars_stand_upon_each_other() {
        for (floor, values, path) in [
            (vec![], vec![], ""),
            (vec![0, 0], vec![None, Some(0)], ""),
            (vec![0], vec![Some(10)], "M346 120v-120h28v120z"),
            (vec![5], vec![Some(5)], "M346 60v-60h28v60z"),
            (vec![0, 0], vec![Some(5), Some(10)], "M166 120v-60h28v60zM526 120v-120h28v120z"),
        ] {
            assert_eq!(bars(&floor, &values, 10), path, "{values:?}");
        }
        assert_eq!(bars(&[0], &[Some(1)], 1_000_000), "M346 120v-1.5h28v1.5z", "the least can be seen");
    }

    #[test]
    fn lines_have_gaps_and_dots() {
        for (values, path) in [
            (vec![], ""),
            (vec![None], ""),
            (vec![Some(10)], "M360 0h0"),
            (vec![Some(0), Some(10)], "M180 120L540 0"),
            (vec![Some(0), None, Some(10)], "M120 120h0M600 0h0"),
            (vec![Some(20)], "M360 0h0"),
        ] {
            assert_eq!(line(&values, 10), path, "{values:?}");
        }
    }

    #[test]
    fn a_plot_can_be_read_as_a_table() {
        let series = |name, values| Series { name, colour: "a", values };
        let plot = Plot::new(
            ("id", "Title"),
            "At most <7>.".into(),
            0,
            (Shape::Bars, Unit::Count),
            vec![series("one", vec![Some(3), None]), series("two", vec![Some(4), Some(1_000)])],
        );
        assert_eq!(plot.top, 1_000);
        let rows: Vec<_> = plot.rows().collect();
        assert_eq!(rows[0], ("1970-01-02".into(), vec!["–".into(), "1,000".into()]));
        assert_eq!(rows[1], ("1970-01-01".into(), vec!["3".into(), "4".into()]));
        let html = plot.to_string();
        for part in ["role=\"img\"", "At most &#60;7&#62;.", "<th scope=\"col\">two</th>", "1k", "1 Jan"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("style="));
    }
}
