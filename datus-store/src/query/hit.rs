//! What a search found: rows, their scores, and why they are where they are.

mod serialize;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use arrow_array::{Array, Float32Array, RecordBatch, UInt64Array};

use super::output::missing;
use super::{Execute, Output, QuerySpec, RowOutput};
use crate::error::Result;
use crate::record::{Metric, keys};
use crate::rerank::Leg;

/// One row that a search found.
///
/// As Arrow the scores are columns after those of the row: `_distance` of a search by vector, `_score` of a full text
/// search (BM25), and in a hybrid or reranked search `_relevance_score`, by which rows are ordered, with what each leg
/// measured: `_distance` and `_distance_rank`, `_score` and `_score_rank`, null where that leg did not find the row. The
/// metadata of the fields say the metric (`datus:metric`) and who ordered the rows (`datus:fused_by` or `datus:reranked_by`).
///
/// A hit of a row that is `Serialize` is so too, as an answer of a service:
/// `{"record": {…}, "score": {"kind": "fused", "value": 0.03, "by": "rrf"}, "nearest": {"rank": 1, "score": 0.21}, "full_text": null}`.
/// The kinds are `distance` (with its `metric`), `bm25`, `fused` and `reranked` (with `by`, the reranker's name).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit<T> {
    /// The row: the record, or what `.select` or `.with_vectors` made of it.
    pub record: T,
    /// By what it was ordered.
    pub score: Score,
    legs: Legs,
}

/// By what a search ordered its hits, and the value of one of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Score {
    /// The distance of the row's vector to that of the query: less is nearer.
    Distance {
        /// The distance.
        value: f32,
        /// How it was measured.
        metric: Metric,
    },
    /// The BM25 score of a full text search: more is better, and only scores of one search compare.
    Bm25(f32),
    /// What the two legs of a hybrid search gave together, by their ranks and scores: more is better.
    Fused {
        /// The score.
        value: f32,
        /// The name of the [`Reranker`](crate::rerank::Reranker).
        by: Arc<str>,
    },
    /// What a reranker made of the row: more is better, and the unit is its own.
    Reranked {
        /// The score.
        value: f32,
        /// The name of the [`Reranker`](crate::rerank::Reranker).
        by: Arc<str>,
    },
}

/// Why a hit is where it is: what [`Hit::explain`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// By what the hits are ordered, and the value of this one.
    pub score: Score,
    /// Its place in the search by vector and its distance; `None` if that did not find it, or was not asked.
    pub nearest: Option<Leg>,
    /// The metric of that distance; `None` in a full text search.
    pub metric: Option<Metric>,
    /// Its place in the full text search and its BM25 score; `None` if that did not find it, or was not asked.
    pub full_text: Option<Leg>,
}

#[derive(Debug, Clone, PartialEq)]
struct Legs {
    nearest: Option<Leg>,
    metric: Option<Metric>,
    full_text: Option<Leg>,
}

impl<T> Hit<T> {
    /// The distance of its vector to that of the query: less is nearer. `None` if the search by vector did not find it, or
    /// was not asked, as in a full text search.
    pub fn distance(&self) -> Option<f32> {
        self.legs.nearest.map(|leg| leg.score)
    }

    /// Says why it is where it is: its rank and what was measured in each leg of the search.
    pub fn explain(&self) -> Explanation {
        let Legs { nearest, metric, full_text } = self.legs;
        Explanation { score: self.score.clone(), nearest, metric, full_text }
    }
}

impl Score {
    /// The number alone. Of a distance less is better, of the others more.
    pub fn value(&self) -> f32 {
        match self {
            Self::Distance { value, .. } | Self::Fused { value, .. } | Self::Reranked { value, .. } => *value,
            Self::Bm25(value) => *value,
        }
    }
}

impl fmt::Display for Score {
    /// The number, with the precision that is asked for, and what it is: `0.123 (cosine distance)`.
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
        let Self { score, nearest, metric, full_text } = self;
        write!(f, "{score}")?;
        if let (Some(leg), Some(metric)) = (nearest, metric) {
            write!(f, "; by vector: place {}, {} distance {}", leg.rank, metric.name(), leg.score)?;
        }
        if let Some(leg) = full_text {
            write!(f, "; by text: place {}, BM25 {}", leg.rank, leg.score)?;
        }
        Ok(())
    }
}

/// Rows with their scores.
#[derive(Debug)]
pub struct Hits<O>(PhantomData<O>);

/// The column in which the engine returns the distance.
pub(crate) const DISTANCE: &str = "_distance";
/// The column in which the engine returns the BM25 score.
pub(crate) const BM25: &str = "_score";
/// The column of what a hybrid or reranked search is ordered by.
pub(crate) const RELEVANCE: &str = "_relevance_score";
/// The column of the place in the search by vector, from 1.
pub(crate) const DISTANCE_RANK: &str = "_distance_rank";
/// The column of the place in the full text search, from 1.
pub(crate) const BM25_RANK: &str = "_score_rank";

impl<R, O: Output<R>> Output<R> for Hits<O> {
    type Item = Hit<O::Item>;
    type Collected = Vec<Hit<O::Item>>;

    fn request(spec: &mut QuerySpec) {
        O::request(spec);
    }

    fn decode(batch: &RecordBatch, source: &dyn Execute, first: usize) -> Result<Vec<Self::Item>> {
        let scores = Scores::open(batch)?;
        let records = O::decode(batch, source, first)?;
        let hits = records.into_iter().enumerate();
        Ok(hits.map(|(row, record)| scores.hit(record, row, first)).collect())
    }

    fn collect(items: Vec<Self::Item>) -> Self::Collected {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R, O: RowOutput<R>> RowOutput<R> for Hits<O> {}

/// The scores in a batch.
enum Scores<'a> {
    Distance { values: &'a Float32Array, metric: Metric },
    Bm25(&'a Float32Array),
    Ranked(Ranked<'a>),
}

/// The scores of a hybrid or reranked search.
struct Ranked<'a> {
    values: &'a Float32Array,
    fused: bool,
    by: Arc<str>,
    metric: Option<Metric>,
    nearest: Option<(&'a UInt64Array, &'a Float32Array)>,
    full_text: Option<(&'a UInt64Array, &'a Float32Array)>,
}

impl<'a> Scores<'a> {
    fn open(batch: &'a RecordBatch) -> Result<Self> {
        let metric = metric(batch);
        if let Some(values) = floats(batch, RELEVANCE) {
            let said = |key| said(batch, RELEVANCE, key);
            let (fused, by) = match said(keys::FUSED_BY) {
                Some(by) => (true, by),
                None => (false, said(keys::RERANKED_BY).unwrap_or_default()),
            };
            let leg = |rank, score| Some((ranks(batch, rank)?, floats(batch, score)?));
            let (nearest, full_text) = (leg(DISTANCE_RANK, DISTANCE), leg(BM25_RANK, BM25));
            return Ok(Self::Ranked(Ranked { values, fused, by: by.into(), metric, nearest, full_text }));
        }
        match (floats(batch, DISTANCE), metric, floats(batch, BM25)) {
            (Some(values), Some(metric), _) => Ok(Self::Distance { values, metric }),
            (_, _, Some(values)) => Ok(Self::Bm25(values)),
            _ => Err(missing(DISTANCE)),
        }
    }

    fn hit<T>(&self, record: T, row: usize, first: usize) -> Hit<T> {
        let rank = first + row + 1;
        match self {
            Self::Distance { values, metric } => {
                let (value, metric) = (values.value(row), *metric);
                let legs =
                    Legs { nearest: Some(Leg::new(rank, value)), metric: Some(metric), full_text: None };
                Hit { record, score: Score::Distance { value, metric }, legs }
            }
            Self::Bm25(values) => {
                let value = values.value(row);
                let legs = Legs { nearest: None, metric: None, full_text: Some(Leg::new(rank, value)) };
                Hit { record, score: Score::Bm25(value), legs }
            }
            Self::Ranked(ranked) => {
                let (value, by) = (ranked.values.value(row), Arc::clone(&ranked.by));
                let score = match ranked.fused {
                    true => Score::Fused { value, by },
                    false => Score::Reranked { value, by },
                };
                let (nearest, full_text) = (leg_at(ranked.nearest, row), leg_at(ranked.full_text, row));
                Hit { record, score, legs: Legs { nearest, metric: ranked.metric, full_text } }
            }
        }
    }
}

fn leg_at(leg: Option<(&UInt64Array, &Float32Array)>, row: usize) -> Option<Leg> {
    let (ranks, scores) = leg.filter(|(ranks, _)| ranks.is_valid(row))?;
    Some(Leg::new(usize::try_from(ranks.value(row)).ok()?, scores.value(row)))
}

fn floats<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a Float32Array> {
    batch.column_by_name(name)?.as_primitive_opt::<Float32Type>()
}

fn ranks<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a UInt64Array> {
    batch.column_by_name(name)?.as_primitive_opt::<UInt64Type>()
}

fn metric(batch: &RecordBatch) -> Option<Metric> {
    let name = said(batch, DISTANCE, keys::METRIC)?;
    [Metric::Cosine, Metric::L2, Metric::Dot].into_iter().find(|metric| metric.name() == name)
}

fn said(batch: &RecordBatch, column: &str, key: &str) -> Option<String> {
    batch.schema_ref().field_with_name(column).ok()?.metadata().get(key).cloned()
}
