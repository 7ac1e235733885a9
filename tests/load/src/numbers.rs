//! What was measured.

use anyhow::Result;
use std::collections::BTreeMap;

/// Numbers by name.
#[derive(Debug, Default)]
pub struct Numbers(BTreeMap<&'static str, f64>);

impl Numbers {
    /// Adds a number.
    pub fn add(&mut self, name: &'static str, value: f64) {
        self.0.insert(name, value);
    }

    /// Prints all of them as one JSON object.
    pub fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(&self.0)?);
        Ok(())
    }
}

/// The value, in milliseconds, that this share of the times stays within. 0 when there are none.
pub fn percentile_ms(times_us: &mut [u32], share: f64) -> f64 {
    if times_us.is_empty() {
        return 0.0;
    }
    let index = ((times_us.len() as f64 * share) as usize).min(times_us.len() - 1);
    let (_, value, _) = times_us.select_nth_unstable(index);
    f64::from(*value) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_few_and_of_many() {
        let mut hundred: Vec<u32> = (1..=100).rev().map(|number| number * 1000).collect();
        for (share, expected) in [(0.0, 1.0), (0.5, 51.0), (0.99, 100.0), (1.0, 100.0)] {
            assert_eq!(percentile_ms(&mut hundred, share), expected, "{share}");
        }
        assert_eq!(percentile_ms(&mut [], 0.5), 0.0);
        assert_eq!(percentile_ms(&mut [7000], 0.99), 7.0);
    }
}
