//! The results of a search: rows, their scores, and the explanations of their ranks.

mod change;
mod serialize;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use arrow_array::{Array, Float32Array, MapArray, RecordBatch, UInt64Array};

use super::highlight::{Highlight, highlights_at};
use super::output::missing_column;
use super::{Execute, Output, QuerySpec, RowOutput};
use crate::error::Result;
use crate::record::{Metric, keys};
use crate::rerank::{Leg, ScoreTerm};

/// A row that a search found.
///
/// In Arrow batches, the score columns follow the columns of the row. A vector search adds `_distance`, and a full-text
/// search adds the BM25 score as `_score`. A hybrid or reranked search adds `_relevance_score`, which orders the rows, and
/// the scores and ranks of its legs: `_distance` and `_distance_rank`, `_score` and `_score_rank`. The columns of a leg are
/// null in rows that the leg did not find. If the reranker explains its scores, `_relevance_terms` is a map from the names
/// of the terms to their values. The metadata of the fields names the metric (`datus:metric`) and the reranker
/// (`datus:fused_by` or `datus:reranked_by`).
///
/// With `.highlight(…)`, `_highlights` is a list of structs with the fields of [`Highlight`].
///
/// A hit implements `Serialize` if its row does: `{"record": {…}, "score": {"kind": "fused", "value": 0.83, "by": "convex"},
/// "nearest": {"rank": 1, "score": 0.21}, "full_text": null}`. The kinds are `distance` (with its `metric`), `bm25`, `fused`
/// and `reranked` (both with `by`, the name of the reranker). With highlights, a hit also has the field `highlights`, and in a
/// search over several stores, the field `table`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit<T> {
    /// The row: the record, or the output of `.select` or `.with_vectors`.
    pub record: T,
    /// The score that determines the rank.
    pub score: Score,
    legs: Legs,
    highlights: Vec<Highlight>,
    /// The name of the table, in a search over several stores.
    table: Option<Arc<str>>,
}

/// The score of a hit, by which a search orders its hits.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Score {
    /// The distance between the vectors of the row and of the query. Lower is better. In a column with `embed(multi)`, the
    /// value is a sum over the vectors of the query: for each one, the distance to the nearest vector of the row.
    Distance {
        /// The distance.
        value: f32,
        /// The distance metric.
        metric: Metric,
    },
    /// The BM25 score of a full-text search. Higher is better. Scores from different searches are not comparable.
    Bm25(f32),
    /// The combined score of the two legs of a hybrid search. Higher is better.
    Fused {
        /// The score.
        value: f32,
        /// The name of the [`Reranker`](crate::rerank::Reranker).
        by: Arc<str>,
    },
    /// The score from a reranker, on the reranker's own scale. Higher is better.
    Reranked {
        /// The score.
        value: f32,
        /// The name of the [`Reranker`](crate::rerank::Reranker).
        by: Arc<str>,
    },
}

/// The explanation of a hit's rank. [`Hit::explain`] returns it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The score that determines the rank.
    pub score: Score,
    /// The rank and distance in the vector leg, or `None` if the search has no vector leg or that leg did not find the row.
    pub nearest: Option<Leg>,
    /// The metric of the distance in `nearest`, or `None` in a full-text search.
    pub metric: Option<Metric>,
    /// The rank and BM25 score in the full-text leg, or `None` if the search has no full-text leg or that leg did not find
    /// the row.
    pub full_text: Option<Leg>,
    /// The terms of the score. Empty if the reranker does not explain its scores.
    pub terms: Vec<ScoreTerm>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Legs {
    nearest: Option<Leg>,
    metric: Option<Metric>,
    full_text: Option<Leg>,
    terms: Vec<ScoreTerm>,
}

impl<T> Hit<T> {
    /// Creates a hit without a search, for use in tests.
    ///
    /// A distance or a BM25 score is also the score of its leg, with rank 1. Set other ranks, and the legs of a fused or
    /// reranked hit, with [`with_nearest`](Self::with_nearest) and [`with_full_text`](Self::with_full_text).
    ///
    /// ```
    /// use datus_store::{Hit, Metric, Score};
    ///
    /// let hit = Hit::new("tomato soup", Score::Distance { value: 0.2, metric: Metric::Cosine });
    /// assert_eq!((hit.record, hit.distance()), ("tomato soup", Some(0.2)));
    /// ```
    pub fn new(record: T, score: Score) -> Self {
        let mut legs = Legs::default();
        match &score {
            Score::Distance { value, metric } => {
                (legs.nearest, legs.metric) = (Some(Leg::new(1, *value)), Some(*metric));
            }
            Score::Bm25(value) => legs.full_text = Some(Leg::new(1, *value)),
            Score::Fused { .. } | Score::Reranked { .. } => {}
        }
        Self { record, score, legs, highlights: Vec::new(), table: None }
    }

    /// Sets the rank and the distance in the vector leg.
    ///
    /// ```
    /// use datus_store::{Hit, Metric, Score, rerank::Leg};
    ///
    /// let score = Score::Fused { value: 0.03, by: "rrf".into() };
    /// let hit = Hit::new("tomato soup", score).with_nearest(Leg::new(2, 0.4), Metric::Cosine);
    /// assert_eq!(hit.distance(), Some(0.4));
    /// assert_eq!(hit.explain().nearest.map(|leg| leg.rank), Some(2));
    /// ```
    #[must_use]
    pub fn with_nearest(mut self, leg: Leg, metric: Metric) -> Self {
        (self.legs.nearest, self.legs.metric) = (Some(leg), Some(metric));
        self
    }

    /// Sets the rank and the BM25 score in the full-text leg.
    #[must_use]
    pub fn with_full_text(mut self, leg: Leg) -> Self {
        self.legs.full_text = Some(leg);
        self
    }

    /// Sets the highlights.
    #[must_use]
    pub fn with_highlights(mut self, highlights: Vec<Highlight>) -> Self {
        self.highlights = highlights;
        self
    }

    /// Returns the parts of the row's texts that match the full-text query: one for each searched column with a match, in
    /// the order of the column names.
    ///
    /// The list is empty if the search does not request highlights with `.highlight(…)`. In a hybrid search, a row that only
    /// the vector leg found can also have highlights.
    pub fn highlights(&self) -> &[Highlight] {
        &self.highlights
    }

    /// Returns the distance between the vectors of the row and of the query. Lower is better. Returns `None` if the search
    /// has no vector leg or that leg did not find the row.
    pub fn distance(&self) -> Option<f32> {
        self.legs.nearest.map(|leg| leg.score)
    }

    /// Explains the rank of the hit. Returns its score, and its rank and score in each leg of the search.
    pub fn explain(&self) -> Explanation {
        let Legs { nearest, metric, full_text, ref terms } = self.legs;
        Explanation { score: self.score.clone(), nearest, metric, full_text, terms: terms.clone() }
    }
}

impl Score {
    /// Returns the number. For a distance, lower is better; for the other kinds, higher is better.
    pub fn value(&self) -> f32 {
        match self {
            Self::Distance { value, .. } | Self::Fused { value, .. } | Self::Reranked { value, .. } => *value,
            Self::Bm25(value) => *value,
        }
    }
}

impl fmt::Display for Score {
    /// Formats the value with the given precision, followed by its kind: `0.123 (cosine distance)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)?;
        match self {
            Self::Distance { metric, .. } => write!(f, " ({} distance)", metric.name()),
            Self::Bm25(_) => f.write_str(" (BM25)"),
            Self::Fused { by, .. } => write!(f, " (fused by {by})"),
            Self::Reranked { by, .. } => write!(f, " (reranked by {by})"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { score, nearest, metric, full_text, terms } = self;
        write!(f, "{score}")?;
        if let (Some(leg), Some(metric)) = (nearest, metric) {
            write!(f, "; by vector: rank {}, {} distance {}", leg.rank, metric.name(), leg.score)?;
        }
        if let Some(leg) = full_text {
            write!(f, "; by text: rank {}, BM25 {}", leg.rank, leg.score)?;
        }
        for (number, ScoreTerm { name, value, .. }) in terms.iter().enumerate() {
            write!(f, "{} {name}: {value}", if number == 0 { "; terms" } else { "," })?;
        }
        Ok(())
    }
}

/// An output of rows with their scores.
#[derive(Debug)]
pub struct Hits<O>(PhantomData<O>);

/// The column in which the engine returns the distance.
pub(crate) const DISTANCE: &str = "_distance";
/// The column in which the engine returns the BM25 score.
pub(crate) const BM25: &str = "_score";
/// The column with the score that orders the hits of a hybrid or reranked search.
pub(crate) const RELEVANCE: &str = "_relevance_score";
/// The column with the rank in the vector leg, from 1.
pub(crate) const DISTANCE_RANK: &str = "_distance_rank";
/// The column with the rank in the full-text leg, from 1.
pub(crate) const BM25_RANK: &str = "_score_rank";
/// The column with the highlights.
pub(crate) const HIGHLIGHTS: &str = "_highlights";
/// The column with the score's terms, if the reranker explains the score: a map from the names of the terms to their values.
pub(crate) const RELEVANCE_TERMS: &str = "_relevance_terms";

impl<R, O: Output<R>> Output<R> for Hits<O> {
    type Item = Hit<O::Item>;
    type Collected = Vec<Hit<O::Item>>;

    fn request(spec: &mut QuerySpec) {
        O::request(spec);
    }

    fn decode(batch: &RecordBatch, source: &dyn Execute, first: usize) -> Result<Vec<Self::Item>> {
        let scores = Scores::open(batch)?;
        let records = O::decode(batch, source, first)?;
        let highlights = batch.column_by_name(HIGHLIGHTS);
        let highlights = |row| highlights.map(|column| highlights_at(column, row)).unwrap_or_default();
        let hits = records.into_iter().enumerate();
        Ok(hits
            .map(|(row, record)| scores.hit(record, row, first).with_highlights(highlights(row)))
            .collect())
    }

    fn collect(items: Vec<Self::Item>) -> Self::Collected {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R, O: RowOutput<R>> RowOutput<R> for Hits<O> {}

/// The score columns of a batch.
enum Scores<'a> {
    Distance { values: &'a Float32Array, metric: Metric },
    Bm25(&'a Float32Array),
    Relevance(RelevanceScores<'a>),
}

/// The score columns of a hybrid or reranked search.
struct RelevanceScores<'a> {
    values: &'a Float32Array,
    fused: bool,
    by: Arc<str>,
    metric: Option<Metric>,
    nearest: Option<(&'a UInt64Array, &'a Float32Array)>,
    full_text: Option<(&'a UInt64Array, &'a Float32Array)>,
    terms: Option<&'a MapArray>,
}

impl<'a> Scores<'a> {
    fn open(batch: &'a RecordBatch) -> Result<Self> {
        let metric = metric(batch);
        if let Some(values) = floats(batch, RELEVANCE) {
            let metadata = |key| metadata_value(batch, RELEVANCE, key);
            let (fused, by) = match metadata(keys::FUSED_BY) {
                Some(by) => (true, by),
                None => (false, metadata(keys::RERANKED_BY).unwrap_or_default()),
            };
            let leg = |rank, score| Some((ranks(batch, rank)?, floats(batch, score)?));
            let (nearest, full_text) = (leg(DISTANCE_RANK, DISTANCE), leg(BM25_RANK, BM25));
            let terms = batch.column_by_name(RELEVANCE_TERMS).and_then(|column| column.as_map_opt());
            let scores = RelevanceScores { values, fused, by: by.into(), metric, nearest, full_text, terms };
            return Ok(Self::Relevance(scores));
        }
        match (floats(batch, DISTANCE), metric, floats(batch, BM25)) {
            (Some(values), Some(metric), _) => Ok(Self::Distance { values, metric }),
            (_, _, Some(values)) => Ok(Self::Bm25(values)),
            _ => Err(missing_column(DISTANCE)),
        }
    }

    fn hit<T>(&self, record: T, row: usize, first: usize) -> Hit<T> {
        let rank = first + row + 1;
        match self {
            Self::Distance { values, metric } => {
                let (value, metric) = (values.value(row), *metric);
                let nearest = Some(Leg::new(rank, value));
                let legs = Legs { nearest, metric: Some(metric), ..Legs::default() };
                Hit { legs, ..Hit::new(record, Score::Distance { value, metric }) }
            }
            Self::Bm25(values) => {
                let value = values.value(row);
                let legs = Legs { full_text: Some(Leg::new(rank, value)), ..Legs::default() };
                Hit { legs, ..Hit::new(record, Score::Bm25(value)) }
            }
            Self::Relevance(scores) => {
                let (value, by) = (scores.values.value(row), Arc::clone(&scores.by));
                let score = match scores.fused {
                    true => Score::Fused { value, by },
                    false => Score::Reranked { value, by },
                };
                let (nearest, full_text) = (leg_at(scores.nearest, row), leg_at(scores.full_text, row));
                let terms = scores.terms.map(|terms| terms_at(terms, row)).unwrap_or_default();
                let legs = Legs { nearest, metric: scores.metric, full_text, terms };
                Hit { legs, ..Hit::new(record, score) }
            }
        }
    }
}

fn leg_at(leg: Option<(&UInt64Array, &Float32Array)>, row: usize) -> Option<Leg> {
    let (ranks, scores) = leg.filter(|(ranks, _)| ranks.is_valid(row))?;
    Some(Leg::new(usize::try_from(ranks.value(row)).ok()?, scores.value(row)))
}

fn terms_at(terms: &MapArray, row: usize) -> Vec<ScoreTerm> {
    let entries = terms.value(row);
    let names = entries.column(0).as_string_opt::<i32>();
    let values = entries.column(1).as_primitive_opt::<Float32Type>();
    let (Some(names), Some(values)) = (names, values) else { return Vec::new() };
    (0..entries.len()).map(|term| ScoreTerm::new(names.value(term), values.value(term))).collect()
}

fn floats<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a Float32Array> {
    batch.column_by_name(name)?.as_primitive_opt::<Float32Type>()
}

fn ranks<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a UInt64Array> {
    batch.column_by_name(name)?.as_primitive_opt::<UInt64Type>()
}

fn metric(batch: &RecordBatch) -> Option<Metric> {
    let name = metadata_value(batch, DISTANCE, keys::METRIC)?;
    [Metric::Cosine, Metric::L2, Metric::Dot].into_iter().find(|metric| metric.name() == name)
}

fn metadata_value(batch: &RecordBatch, column: &str, key: &str) -> Option<String> {
    batch.schema_ref().field_with_name(column).ok()?.metadata().get(key).cloned()
}
