//! What runs had to go without lately, for whoever looks after the server.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// So many are remembered; of more, the ones that happened last.
const MOST: usize = 30;

/// A sentence that runs were told about a tool server they could not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The project whose server it is.
    pub project: String,
    /// What the runs were told. It holds no secret.
    pub sentence: String,
    /// How often since this node started.
    pub times: u64,
    /// When last, in milliseconds since 1970.
    pub last_at: i64,
}

/// The outages of this node, in memory.
#[derive(Default)]
pub(super) struct Outages(Mutex<VecDeque<Outage>>);

impl Outages {
    pub(super) fn note(&self, project: &str, sentences: &[String], now_ms: i64) {
        if sentences.is_empty() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sentence in sentences {
            let is_same = |outage: &Outage| outage.project == project && outage.sentence == *sentence;
            let before = known.iter().position(is_same).and_then(|at| known.remove(at));
            let times = before.map_or(0, |outage| outage.times) + 1;
            known.truncate(MOST - 1);
            known.push_front(Outage {
                project: project.to_owned(),
                sentence: sentence.clone(),
                times,
                last_at: now_ms,
            });
        }
    }

    /// The newest first.
    pub(super) fn list(&self) -> Vec<Outage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_outage_is_one_and_the_oldest_are_forgotten() {
        let outages = Outages::default();
        outages.note("p", &["A.".into(), "B.".into()], 1);
        outages.note("p", &["A.".into()], 2);
        outages.note("q", &["A.".into()], 3);
        let told: Vec<_> = outages.list().into_iter().map(|o| (o.project, o.sentence, o.times, o.last_at)).collect();
        let expected = [("q", "A.", 1, 3), ("p", "A.", 2, 2), ("p", "B.", 1, 1)];
        assert_eq!(told, expected.map(|(project, sentence, times, at)| (project.into(), sentence.into(), times, at)));
        for number in 0..100 {
            outages.note("p", &[format!("{number}.")], 4);
        }
        assert_eq!(outages.list().len(), MOST);
        assert_eq!(outages.list()[0].sentence, "99.");
    }
}
