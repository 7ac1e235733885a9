//! What processes use, as Linux counts it.

use anyhow::{Context, Result};
use std::{fs, time::Duration};

/// The kernel counts processor time in hundredths of a second for user space, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// Processes that are measured together: each of these, and its children.
#[derive(Clone, Debug, Default)]
pub struct Processes(Vec<u32>);

/// What they have used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Processor time since they started, in microseconds.
    pub cpu_us: f64,
    /// Resident memory now, in KiB.
    pub resident_kib: f64,
}

impl Processes {
    /// `pids` and their children, of which nginx has one.
    pub fn with_children(pids: &[u32]) -> Result<Self> {
        let mut all = Vec::new();
        for pid in pids {
            all.push(*pid);
            let children = read(&format!("/proc/{pid}/task/{pid}/children"))?;
            all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
        Ok(Self(all))
    }

    /// What they have used by now.
    pub fn usage(&self) -> Result<Usage> {
        let mut usage = Usage::default();
        for pid in &self.0 {
            let stat = read(&format!("/proc/{pid}/stat"))?;
            let status = read(&format!("/proc/{pid}/status"))?;
            usage.cpu_us += cpu_us(&stat).with_context(|| format!("no processor time in /proc/{pid}/stat"))?;
            usage.resident_kib += resident_kib(&status).with_context(|| format!("no memory in /proc/{pid}/status"))?;
        }
        Ok(usage)
    }
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{path} cannot be read: has the process ended?"))
}

fn cpu_us(stat: &str) -> Option<f64> {
    // The program's name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    let (user, system) = (fields.next()??, fields.next()??);
    Some((user + system) as f64 * TICK.as_micros() as f64)
}

fn resident_kib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 5 0 100 1000 200 18446744073709551615";
        assert_eq!(cpu_us(stat), Some(3_000_000.0));
        assert_eq!(resident_kib("Name:\ta\nVmRSS:\t   2048 kB\nRssAnon:\t 1 kB\n"), Some(2048.0));
        assert_eq!(resident_kib("Name:\ta\n"), None);
    }

    #[test]
    fn a_process_can_measure_itself() {
        let own = Processes::with_children(&[std::process::id()]).unwrap();
        assert!(own.usage().unwrap().resident_kib > 0.0);
    }
}
