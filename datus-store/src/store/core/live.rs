//! Keeps the results of users' searches that were repeated for comparison: the recall of each search, or the overlap of its
//! hits with another model's.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The maximum number of searches in an estimate. Only the newest ones are kept.
const WINDOW: usize = 500;
/// The pause after a comparison, as a multiple of the time that the comparison took. So comparisons take at most a tenth of
/// the time.
const REST: u32 = 9;

/// The searches that were repeated, with the fraction of the rows that both the search and its repetition found.
#[derive(Debug, Default)]
pub(in crate::store) struct LiveSearches(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_busy: bool,
    /// The time before which no comparison starts.
    rests_until: Option<Instant>,
    /// The recalls by vector column.
    columns: HashMap<&'static str, Window>,
}

/// The recalls of searches that used one measurement of an index.
#[derive(Debug, Default)]
struct Window {
    /// The measurement, as it is stored in the metadata of the column.
    measurement: String,
    recalls: VecDeque<f64>,
    /// `true` if a warning was logged.
    has_warned: bool,
}

impl LiveSearches {
    /// Begins a comparison for a random fraction `sample_rate` of the calls, if a search can be repeated now. Otherwise
    /// returns `None`.
    pub(in crate::store) fn begin(self: &Arc<Self>, sample_rate: f64) -> Option<LiveComparison> {
        if fastrand::f64() >= sample_rate {
            return None;
        }
        let mut state = self.state();
        if state.is_busy || state.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        state.is_busy = true;
        Some(LiveComparison { searches: Arc::clone(self), started: Instant::now() })
    }

    /// Returns the recalls of the newest searches that used this measurement of the column's index.
    pub(in crate::store) fn recalls(&self, column: &str, measurement: &str) -> Vec<f64> {
        let state = self.state();
        let window = state.columns.get(column).filter(|window| window.measurement == measurement);
        window.map(|window| window.recalls.iter().copied().collect()).unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A comparison in progress. While it exists, no other comparison starts.
#[derive(Debug)]
pub(in crate::store) struct LiveComparison {
    searches: Arc<LiveSearches>,
    started: Instant,
}

impl LiveComparison {
    /// Adds the recall of a search, and removes earlier recalls that belong to a different measurement of the index.
    /// Returns the recalls of the newest searches.
    pub(in crate::store) fn add(&self, column: &'static str, measurement: &str, recall: f64) -> Vec<f64> {
        let mut state = self.searches.state();
        let window = state.columns.entry(column).or_default();
        if window.measurement != measurement {
            *window = Window { measurement: measurement.to_owned(), ..Window::default() };
        }
        window.recalls.push_back(recall);
        if window.recalls.len() > WINDOW {
            window.recalls.pop_front();
        }
        window.recalls.iter().copied().collect()
    }

    /// Returns `true` the first time it is called for a measurement of an index.
    pub(in crate::store) fn is_first_warning(&self, column: &str) -> bool {
        let mut state = self.searches.state();
        let window = state.columns.get_mut(column);
        window.is_some_and(|window| !std::mem::replace(&mut window.has_warned, true))
    }
}

impl Drop for LiveComparison {
    fn drop(&mut self) {
        let rest = self.started.elapsed().saturating_mul(REST);
        let mut state = self.searches.state();
        state.is_busy = false;
        state.rests_until = Instant::now().checked_add(rest);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const EACH: f64 = 1.0;

    fn searches() -> Arc<LiveSearches> {
        Arc::new(LiveSearches::default())
    }

    #[test]
    fn one_search_is_repeated_at_a_time_and_a_rest_follows() {
        let searches = searches();
        let first = searches.begin(EACH).unwrap();
        assert!(searches.begin(EACH).is_none(), "one is running");
        let before = Instant::now();
        drop(first);
        let until = searches.state().rests_until.unwrap();
        assert!(until > before && !searches.state().is_busy);
        searches.state().rests_until = Some(Instant::now());
        assert!(searches.begin(EACH).is_some());
    }

    #[test]
    fn the_given_share_of_the_searches_is_repeated() {
        let searches = searches();
        let begin = || {
            searches.state().rests_until = None;
            searches.begin(0.1).is_some()
        };
        let begun = (0..10_000).filter(|_| begin()).count();
        // Six standard deviations of the binomial distribution.
        assert!((820..=1180).contains(&begun), "{begun}");
    }

    #[test]
    fn the_newest_searches_with_the_current_measurement_count() {
        let searches = searches();
        let comparison = searches.begin(EACH).unwrap();
        comparison.add("vector", "first", 0.1);
        assert_eq!(comparison.add("vector", "second", 0.5), [0.5]);
        assert_eq!(comparison.add("other", "first", 0.7), [0.7]);
        assert_eq!(searches.recalls("vector", "second"), [0.5]);
        assert!(
            searches.recalls("vector", "first").is_empty() && searches.recalls("title", "first").is_empty()
        );
        let newest = (0..WINDOW).fold(Vec::new(), |_, _| comparison.add("vector", "second", 1.0));
        assert_eq!((newest.len(), newest.iter().sum::<f64>()), (WINDOW, WINDOW as f64));
    }

    #[test]
    fn a_warning_is_logged_once_for_each_measurement() {
        let comparison = searches().begin(EACH).unwrap();
        comparison.add("vector", "first", 0.1);
        assert!(comparison.is_first_warning("vector") && !comparison.is_first_warning("vector"));
        comparison.add("vector", "second", 0.1);
        assert!(comparison.is_first_warning("vector"));
    }
}
