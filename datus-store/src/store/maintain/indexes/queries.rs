//! The queries that an index is measured with: the caller's texts, words sampled from stored texts, or stored vectors.

use std::collections::BTreeSet;

use super::draw::{Query, draw, lengths, with_midpoints};
use crate::backend::VectorSnapshot;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role, probe};
use crate::record::VectorDef;
use crate::store::core::Core;
use crate::store::read::QueryKind;
use crate::store::write::ingest::TextsOf;

/// The maximum number of times that rows are sampled. Sampling once may not be enough, since some rows have no vector.
const DRAWS: usize = 8;
/// The number of stored vectors that are compared with those that the model computes from their texts.
const COMPARED: usize = 4;
/// The minimum cosine similarity at which a stored vector counts as computed from its text. It is lower than the threshold of
/// `verify_model`, because the query vectors of an 8-bit version of the model are similar enough.
const SAME: f32 = 0.98;

/// The number of rows that are read at a time to sample words from their texts.
const ROWS_AT_ONCE: usize = 100;

/// The seed of all samples, so that repeated measurements of an unchanged table agree.
const SEED: u64 = 0x6461_7475_7373_746f;

/// The queries of one vector column.
#[derive(Debug)]
pub(super) struct MeasurementQueries {
    pub(super) kind: QueryKind,
    /// Queries of different lengths, which are measured separately.
    pub(super) groups: Vec<Vec<Query>>,
}

impl MeasurementQueries {
    /// Returns the number of queries of all lengths.
    pub(super) fn count(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }
}

/// A sampled row.
struct SampledRow {
    id: u64,
    vector: Vec<f32>,
}

impl Core {
    /// Embeds the given texts. If there are none, samples queries from up to `samples` of the `rows` stored rows.
    pub(super) async fn measurement_queries(
        &self,
        vector: &VectorDef,
        rows: usize,
        given: &[String],
        samples: usize,
        texts_of: TextsOf,
    ) -> Result<MeasurementQueries> {
        if !given.is_empty() {
            return self.given_queries(vector, given).await;
        }
        let layout = self.vector_column(vector.name)?.layout();
        let snapshot = self.table.vector_snapshot(vector.name, vector.metric, layout).await?;
        let sampled = sample(&snapshot, rows, samples).await?;
        let texts = self.texts(&snapshot, vector, &sampled, texts_of).await?;
        let has_text = sampled.iter().zip(&texts).filter_map(|(row, text)| Some((row, text.as_deref()?)));
        let has_text: Vec<(&SampledRow, &str)> = has_text.collect();
        if self.makes(vector, &has_text).await? {
            let texts: Vec<&str> = has_text.iter().map(|(_, text)| *text).collect();
            let mut groups = Vec::new();
            for length in lengths(self.vector_column(vector.name)?.model().kind()) {
                groups.push(self.drawn_queries(vector, &texts, samples, *length).await?);
            }
            groups.retain(|queries| !queries.is_empty());
            if !groups.is_empty() {
                return Ok(MeasurementQueries { kind: QueryKind::SampledWords, groups });
            }
        }
        let table = self.table_name();
        tracing::warn!(
            target: "datus_store",
            table,
            column = vector.name,
            "the recall of the index is measured with stored vectors, because the model does not make them from texts \
             of the rows; real queries find fewer rows, so pass some with `create_indexes().queries(…)`"
        );
        let queries = with_midpoints(sampled.into_iter().map(|row| (row.id, row.vector)).collect());
        Ok(MeasurementQueries { kind: QueryKind::StoredVectors, groups: vec![queries] })
    }

    async fn given_queries(&self, vector: &VectorDef, texts: &[String]) -> Result<MeasurementQueries> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err(Error::new(ErrorKind::InvalidInput, "one of the queries is blank")
                .with_help("pass texts that users of the table search for"));
        }
        let vector = self.vector_column(vector.name)?;
        let vectors = model::embed_texts(vector.model(), &texts, Role::Query).await?;
        let queries = vectors.into_iter().map(|values| {
            vector.check_direction(&values, ErrorKind::Model)?;
            Ok(Query { vector: values, own: None })
        });
        Ok(MeasurementQueries { kind: QueryKind::UserQueries, groups: vec![queries.collect::<Result<_>>()?] })
    }

    /// Embeds queries of `length` words sampled from the stored texts.
    async fn drawn_queries(
        &self,
        vector: &VectorDef,
        texts: &[&str],
        count: usize,
        length: usize,
    ) -> Result<Vec<Query>> {
        let drawn = draw(texts, count, length, seed(count));
        let drawn: Vec<&str> = drawn.iter().map(String::as_str).collect();
        let vector = self.vector_column(vector.name)?;
        let vectors = model::embed_texts(vector.model(), &drawn, Role::Query).await?;
        // A lexical model returns a zero vector for words that it ignores.
        let has_direction = |values: &Vec<f32>| vector.check_direction(values, ErrorKind::Model).is_ok();
        let vectors = vectors.into_iter().filter(has_direction);
        Ok(vectors.map(|vector| Query { vector, own: None }).collect())
    }

    /// Returns the source texts of the rows.
    async fn texts(
        &self,
        snapshot: &VectorSnapshot,
        vector: &VectorDef,
        rows: &[SampledRow],
        texts_of: TextsOf,
    ) -> Result<Vec<Option<String>>> {
        let number = self.vector_column(vector.name)?.number;
        let mut texts = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
            let batch = snapshot.rows(&ids, &self.columns).await?;
            texts.extend(texts_of(&batch, &[number])?.pop().unwrap_or_default());
        }
        Ok(texts)
    }

    /// Returns `true` if the model computes the stored vectors from the texts, judging by a few of them. This is not certain,
    /// since a caller can store any vectors.
    async fn makes(&self, vector: &VectorDef, rows: &[(&SampledRow, &str)]) -> Result<bool> {
        let compared = rows.get(..COMPARED.min(rows.len())).unwrap_or_default();
        let texts: Vec<&str> = compared.iter().map(|(_, text)| *text).collect();
        if texts.is_empty() {
            return Ok(false);
        }
        let model = self.vector_column(vector.name)?.model();
        let made = model::embed_texts(model, &texts, Role::Document).await?;
        let same =
            compared.iter().zip(&made).filter(|((row, _), made)| probe::cosine(&row.vector, made) >= SAME);
        // Some texts may have changed since another program embedded them, so a majority is enough.
        Ok(same.count() * 2 > compared.len())
    }
}

/// Returns the seed of a sample. Samples of different sizes are independent, so that a larger one can confirm the result of a
/// smaller one.
fn seed(count: usize) -> u64 {
    SEED.wrapping_add(count as u64)
}

/// Samples random rows with a vector, without repetition.
async fn sample(snapshot: &VectorSnapshot, rows: usize, count: usize) -> Result<Vec<SampledRow>> {
    let mut random = fastrand::Rng::with_seed(seed(count));
    let (mut seen, mut vectors) = (BTreeSet::new(), Vec::new());
    let count = count.min(rows);
    for _ in 0..DRAWS {
        let drawn = std::iter::repeat_with(|| random.u64(0..rows.max(1) as u64)).take(count);
        let positions: Vec<u64> = drawn.filter(|position| seen.insert(*position)).collect();
        if !positions.is_empty() {
            vectors.extend(snapshot.vectors(positions).await?);
        }
        if vectors.len() >= count {
            break;
        }
    }
    if vectors.is_empty() {
        vectors = snapshot.first_vectors(count).await?;
    }
    vectors.truncate(count);
    Ok(vectors.into_iter().map(|(id, vector)| SampledRow { id, vector }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_sample_is_independent_of_a_smaller_one() {
        let drawn = |count| {
            let mut random = fastrand::Rng::with_seed(seed(count));
            std::iter::repeat_with(|| random.u64(0..1000)).take(10).collect::<Vec<_>>()
        };
        assert_eq!(drawn(100), drawn(100));
        assert_ne!(drawn(100), drawn(400));
    }
}
