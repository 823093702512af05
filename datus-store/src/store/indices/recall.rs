//! How much of the nearest rows a vector index finds.

use std::collections::BTreeSet;

use super::ladder::{Ladder, Measured};
use super::run::Settings;
use crate::backend::{Found, Nearby, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::record::{VectorDef, VectorIndex};
use crate::store::core::Core;

/// The seed of the sample, so that a table that did not change is measured alike.
const SEED: u64 = 0x6461_7475_7373_746f;
/// How often as many places are drawn as vectors are wanted: some rows have none.
const DRAWS: usize = 8;

/// A query, and its nearest rows by comparison with every vector.
struct Question {
    vector: Vec<f32>,
    /// The row that it was sampled from, which is not counted.
    own: Option<u64>,
    /// The distance of the farthest row that is to be found.
    farthest: f32,
    /// How many are to be found.
    nearest: usize,
}

/// The queries of one vector column, in one version of the table.
pub(super) struct Exam {
    snapshot: Snapshot,
    questions: Vec<Question>,
    at: usize,
}

impl Exam {
    /// Samples vectors, or embeds the caller's texts, and finds their nearest rows exactly.
    pub(super) async fn set(
        core: &Core,
        vector: &VectorDef,
        rows: usize,
        settings: &Settings,
    ) -> Result<Self> {
        let snapshot = core.table.snapshot(vector.name, vector.metric).await?;
        let queries: Vec<(Option<u64>, Vec<f32>)> = if settings.queries.is_empty() {
            between(sample(&snapshot, rows, settings.samples).await?)
        } else {
            let vectors = core.embed_queries(vector, &settings.queries).await?;
            vectors.into_iter().map(|vector| (None, vector)).collect()
        };
        let vectors: Vec<Vec<f32>> = queries.iter().map(|(_, vector)| vector.clone()).collect();
        // One more, for the row itself.
        let exact = snapshot.exact(&vectors, settings.at + 1).await?;
        let questions = queries.into_iter().zip(exact).filter_map(|((own, vector), found)| {
            let others = others(&found, own, settings.at);
            let (farthest, nearest) = (others.last()?.distance, others.len());
            Some(Question { vector, own, farthest, nearest })
        });
        let questions: Vec<Question> = questions.collect();
        if questions.is_empty() {
            let message = "no row has a vector to measure the recall of the index with";
            return Err(Error::new(ErrorKind::Recall, message));
        }
        Ok(Self { snapshot, questions, at: settings.at })
    }

    /// How many queries there are.
    pub(super) fn len(&self) -> usize {
        self.questions.len()
    }

    /// Climbs the ladder of settings with the index of the column.
    pub(super) async fn climb(&self, kind: VectorIndex, partitions: usize, target: f64) -> Result<Ladder> {
        let mut ladder = Ladder::new(kind, partitions, target);
        while let Some(how) = ladder.next() {
            let measured = self.measure(how).await?;
            tracing::debug!(target: "datus_store", ?how, ?measured, "the recall of an index was measured");
            ladder.record(measured);
        }
        Ok(ladder)
    }

    async fn measure(&self, how: Nearby) -> Result<Measured> {
        let mut parts = Vec::with_capacity(self.questions.len());
        for question in &self.questions {
            let found = self.snapshot.indexed(&question.vector, self.at + 1, how).await?;
            let others = others(&found, question.own, self.at);
            // Rows of one distance stand for each other: which of them are the nearest is nobody's fault.
            let near = others.iter().filter(|found| found.distance <= with_slack(question.farthest)).count();
            parts.push(near.min(question.nearest) as f64 / question.nearest as f64);
        }
        Ok(mean(&parts))
    }
}

impl Core {
    async fn embed_queries(&self, vector: &VectorDef, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if texts.iter().any(|text| text.trim().is_empty()) {
            let message = "one of the queries is blank";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("give texts that the table is searched for"));
        }
        let vectors = model::embed(&*self.models[vector.model], &texts, Role::Query).await?;
        let checked = vectors.into_iter().map(|values| {
            self.check_direction(vector, &values, ErrorKind::Model)?;
            Ok(values)
        });
        checked.collect()
    }
}

/// Vectors of rows drawn at random, each once.
async fn sample(snapshot: &Snapshot, rows: usize, wanted: usize) -> Result<Vec<(u64, Vec<f32>)>> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let (mut seen, mut vectors) = (BTreeSet::new(), Vec::new());
    let wanted = wanted.min(rows);
    for _ in 0..DRAWS {
        let drawn = std::iter::repeat_with(|| random.u64(0..rows.max(1) as u64)).take(wanted);
        let places: Vec<u64> = drawn.filter(|place| seen.insert(*place)).collect();
        if !places.is_empty() {
            vectors.extend(snapshot.vectors(places).await?);
        }
        if vectors.len() >= wanted {
            break;
        }
    }
    if vectors.is_empty() {
        vectors = snapshot.first_vectors(wanted).await?;
    }
    vectors.truncate(wanted);
    Ok(vectors)
}

/// The queries of a sample: every other vector is moved half way to the one before it.
///
/// A stored vector has its nearest rows in its own partition, so it finds them all in one. A question is less like any row
/// than rows are like each other, and its nearest rows are in several: what lies between two rows stands for it.
fn between(sampled: Vec<(u64, Vec<f32>)>) -> Vec<(Option<u64>, Vec<f32>)> {
    let mut queries: Vec<(Option<u64>, Vec<f32>)> = Vec::with_capacity(sampled.len());
    let mut before: Option<Vec<f32>> = None;
    for (row, vector) in sampled {
        match before.take() {
            None => {
                before = Some(vector.clone());
                queries.push((Some(row), vector));
            }
            Some(other) => {
                let middle: Vec<f32> =
                    vector.iter().zip(&other).map(|(a, b)| f32::midpoint(*a, *b)).collect();
                // Opposite vectors have no direction between them.
                let nowhere = middle.iter().all(|component| component.abs() <= f32::EPSILON);
                queries.push(if nowhere { (Some(row), vector) } else { (None, middle) });
            }
        }
    }
    queries
}

/// What was found beside the row that was searched with, up to a number.
fn others(found: &[Found], own: Option<u64>, at: usize) -> Vec<Found> {
    found
        .iter()
        .filter(|found| Some(found.row) != own && found.distance.is_finite())
        .take(at)
        .copied()
        .collect()
}

/// The distance, and what two ways to compute it may differ by.
fn with_slack(distance: f32) -> f32 {
    distance + distance.abs() * 1e-5 + 1e-6
}

fn mean(parts: &[f64]) -> Measured {
    let count = parts.len().max(1) as f64;
    let recall = parts.iter().sum::<f64>() / count;
    let variance = parts.iter().map(|part| (part - recall).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    Measured { recall, error: (variance / count).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: u64, distance: f32) -> Found {
        Found { row, distance }
    }

    #[test]
    fn the_row_itself_is_neither_found_nor_to_be_found() {
        let hits = [found(7, 0.0), found(1, 0.1), found(2, 0.2), found(3, f32::INFINITY)];
        assert_eq!(others(&hits, Some(7), 10), [found(1, 0.1), found(2, 0.2)]);
        assert_eq!(others(&hits, Some(9), 2), [found(7, 0.0), found(1, 0.1)]);
        assert_eq!(others(&hits, None, 1), [found(7, 0.0)]);
    }

    #[test]
    fn every_other_query_lies_between_two_rows() {
        let row = |x: f32, y: f32| vec![x, y];
        let sampled = vec![
            (1, row(1.0, 0.0)),
            (2, row(0.0, 1.0)),
            (3, row(1.0, 0.0)),
            (4, row(-1.0, 0.0)),
            (5, row(0.0, 2.0)),
        ];
        let queries = between(sampled);
        let expected = [
            (Some(1), row(1.0, 0.0)),
            (None, row(0.5, 0.5)),
            (Some(3), row(1.0, 0.0)),
            (Some(4), row(-1.0, 0.0)),
            (Some(5), row(0.0, 2.0)),
        ];
        assert_eq!(queries, expected);
    }

    #[test]
    fn the_mean_has_the_error_of_its_queries() {
        assert_eq!(mean(&[1.0, 1.0]), Measured { recall: 1.0, error: 0.0 });
        let measured = mean(&[1.0, 0.8, 1.0, 0.8]);
        assert!(
            (measured.recall - 0.9).abs() < 1e-9 && (measured.error - 0.0577).abs() < 1e-3,
            "{measured:?}"
        );
    }
}
