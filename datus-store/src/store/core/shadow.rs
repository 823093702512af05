//! Users' searches that are repeated in both vector columns while a table is re-embedded.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::live::{LiveComparison, LiveSearches};
use crate::statistics::{Interval, mean, score_interval, standard_error};

/// The repeated searches of a store whose table is being re-embedded.
#[derive(Debug)]
pub(in crate::store) struct Shadow {
    /// The fraction of the searches that are repeated.
    sample_rate: f64,
    /// `true` when every row has its new vector.
    is_complete: AtomicBool,
    /// The searches before every row had its new vector.
    filling: Arc<LiveSearches>,
    /// The searches after every row had its new vector.
    complete: Arc<LiveSearches>,
}

/// The fraction of the rows found with the current model that the new model also finds. See
/// [`Reembed::shadow`](crate::Reembed::shadow).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ShadowOverlap {
    /// The vector column.
    pub column: String,
    /// The id of the new model.
    pub model: String,
    /// The mean fraction of the first rows that both models find, from 0 to 1. Each search compares as many rows as it has
    /// hits.
    pub overlap: f64,
    /// The 95% confidence interval, as in [`Recall::interval`](crate::Recall::interval).
    pub interval: Interval,
    /// The number of searches, up to the newest 500.
    pub searches: usize,
}

impl Shadow {
    /// Creates an empty sample. `sample_rate` is the fraction of the searches that will be repeated.
    pub(in crate::store) fn new(sample_rate: f64) -> Self {
        let is_complete = AtomicBool::new(false);
        Self { sample_rate, is_complete, filling: Arc::default(), complete: Arc::default() }
    }

    /// Begins a comparison at random, if a search can be repeated now.
    pub(in crate::store) fn begin(&self) -> Option<LiveComparison> {
        self.searches().begin(self.sample_rate)
    }

    /// Forgets the searches so far, because from now on every row has its new vector.
    pub(in crate::store) fn set_complete(&self) {
        self.is_complete.store(true, Ordering::Release);
    }

    /// Returns the overlap of a column with its standby column, which has the vectors of `model`; `None` before the first
    /// comparison.
    pub(in crate::store) fn overlap(&self, column: &str, model: &str) -> Option<ShadowOverlap> {
        let found = self.searches().recalls(column, NO_MEASUREMENT);
        (!found.is_empty()).then(|| ShadowOverlap { model: model.to_owned(), ..overlap_of(column, &found) })
    }

    fn searches(&self) -> &Arc<LiveSearches> {
        if self.is_complete.load(Ordering::Acquire) { &self.complete } else { &self.filling }
    }
}

/// The measurement of these searches, which do not depend on an index.
const NO_MEASUREMENT: &str = "";

impl LiveComparison {
    /// Adds the overlap of a search. Returns the estimate over the newest searches.
    pub(in crate::store) fn add_overlap(&self, column: &'static str, overlap: f64) -> ShadowOverlap {
        overlap_of(column, &self.add(column, NO_MEASUREMENT, overlap))
    }
}

/// Returns the estimate from the overlaps of searches, without the id of the model.
fn overlap_of(column: &str, found: &[f64]) -> ShadowOverlap {
    let (overlap, searches) = (mean(found), found.len());
    let interval = score_interval(overlap, standard_error(found), searches);
    ShadowOverlap { column: column.to_owned(), model: String::new(), overlap, interval, searches }
}

impl fmt::Display for ShadowOverlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, model, overlap, interval, searches } = self;
        write!(
            f,
            "{column}: {model} finds {overlap:.3} ({interval}) of the rows that the current model finds, over {searches} \
             searches"
        )
    }
}
