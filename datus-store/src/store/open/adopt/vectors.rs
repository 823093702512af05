//! Compares stored vectors with those that the models make of the stored texts.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use futures::TryStreamExt;

use crate::backend::{Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity, Role, embed_texts, probe};
use crate::query::Predicate;
use crate::record::{ColumnPath, Metric, VectorDef, vector_at};
use crate::store::arrow::column;
use crate::store::python::PythonModel;
use crate::store::target::Target;
use crate::store::write::ingest::TextsOf;

/// The number of times that rows are drawn, since drawn rows may lack a vector.
const DRAWS: usize = 4;

/// The seed of the sample, so that a repeated check gives the same figure.
const SEED: u64 = 0x5eed;

/// The largest relative difference between the mean lengths of stored and new vectors, if the metric depends on lengths.
const LENGTH: f64 = 0.01;

/// The settings of the caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The number of rows whose texts are embedded.
    pub(super) sample: usize,
    /// The minimum of the mean cosine similarity.
    pub(super) threshold: f32,
}

/// A vector column that was compared with its model. See [`Adopted`](crate::Adopted).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AdoptedVector {
    /// The vector column.
    pub column: &'static str,
    /// The model that was recorded.
    pub model: ModelIdentity,
    /// The number of stored vectors that were compared.
    pub compared: usize,
    /// The mean cosine similarity of the stored vectors and those of the model, or `None` if no vector was compared.
    pub cosine: Option<f32>,
    /// The name of the model in the metadata of LanceDB's Python client, or `None` if it contains none.
    pub python_model: Option<String>,
}

/// A stored text with its stored vector.
struct Pair {
    text: String,
    vector: Vec<f32>,
}

/// Compares a sample of the stored vectors with those of the models.
///
/// # Errors
/// `Model` when the mean cosine is below the threshold, or when a model fails.
pub(super) async fn compare(
    table: &Table,
    target: &Target,
    stored: &Schema,
    python: &[PythonModel],
    settings: Settings,
    texts_of: TextsOf,
) -> Result<Vec<AdoptedVector>> {
    let mut adopted = Vec::with_capacity(target.record.vectors.len());
    for (number, vector) in target.record.vectors.iter().enumerate() {
        let no_model = || Error::new(ErrorKind::Engine, "the vector column has no model");
        let model = target.models.get(vector.model).ok_or_else(no_model)?;
        let pairs = pairs(table, target, stored, number, settings.sample, texts_of).await?;
        let recorded = python.iter().find(|model| model.vector == vector.name);
        let cosine = check(&**model, vector, &pairs, recorded, settings.threshold).await;
        adopted.push(AdoptedVector {
            column: vector.name,
            model: model.identity().clone(),
            compared: pairs.len(),
            cosine: cosine.map_err(|error| error.with_column(vector.name))?,
            python_model: recorded.map(|model| model.name().to_owned()),
        });
    }
    Ok(adopted)
}

/// Compares the vectors of one column. Returns the mean cosine, or `None` for no vectors.
async fn check(
    model: &dyn EmbeddingModel,
    vector: &VectorDef,
    pairs: &[Pair],
    recorded: Option<&PythonModel>,
    threshold: f32,
) -> Result<Option<f32>> {
    let identity = model.identity();
    if pairs.is_empty() {
        return match recorded.filter(|recorded| !recorded.may_be(&identity.id)) {
            Some(recorded) => Err(other_name(recorded, identity)),
            None => Ok(None),
        };
    }
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.text.as_str()).collect();
    let vectors = embed_texts(model, &texts, Role::Document).await?;
    let count = pairs.len() as f64;
    let cosines = pairs.iter().zip(&vectors).map(|(pair, new)| f64::from(probe::cosine(&pair.vector, new)));
    let cosine = (cosines.sum::<f64>() / count) as f32;
    if cosine < threshold || cosine.is_nan() {
        return Err(different(identity, pairs.len(), cosine, threshold, recorded));
    }
    let mean = |lengths: f64| lengths / count;
    let before = mean(pairs.iter().map(|pair| length(&pair.vector)).sum());
    let after = mean(vectors.iter().map(|vector| length(vector)).sum());
    if vector.metric != Metric::Cosine && (before - after).abs() > LENGTH * after {
        let message = format!(
            "the stored vectors have the mean length {before:.3} and those of the model {identity} have {after:.3}, so {} \
             distances would not compare",
            vector.metric
        );
        let help = "use `embed(metric = cosine)`, or the model with the same normalization";
        return Err(Error::new(ErrorKind::Model, message).with_help(help));
    }
    Ok(Some(cosine))
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

fn different(
    model: &ModelIdentity,
    compared: usize,
    cosine: f32,
    threshold: f32,
    recorded: Option<&PythonModel>,
) -> Error {
    let mut message = format!(
        "the model {model} did not make the stored vectors: the mean cosine of {compared} stored vectors and its own is \
         {cosine:.4}, below {threshold}"
    );
    if let Some(recorded) = recorded.filter(|recorded| !recorded.may_be(&model.id)) {
        message += &format!("; the table records the model `{}`", recorded.name());
    }
    Error::new(ErrorKind::Model, message).with_help(
        "pass the model that made the vectors, with its prefixes, and put `embed` on the text that it read",
    )
}

fn other_name(recorded: &PythonModel, model: &ModelIdentity) -> Error {
    let message = format!(
        "the table records the model `{}`, the given model is {model}, and no stored vector shows if they are equal",
        recorded.name()
    );
    Error::new(ErrorKind::Model, message).with_help("pass the model that the table records")
}

/// Returns up to `count` texts of random rows with their vectors.
async fn pairs(
    table: &Table,
    target: &Target,
    stored: &Schema,
    number: usize,
    count: usize,
    texts_of: TextsOf,
) -> Result<Vec<Pair>> {
    let record = &target.record;
    let Some(vector) = record.vectors.get(number) else { return Ok(Vec::new()) };
    let mut columns: Vec<&'static str> = record.fields.iter().map(|field| field.name).collect();
    columns.push(vector.name);
    columns.retain(|name| stored.field_with_name(name).is_ok());
    let rows = table.rows().await?;
    let count = count.min(rows);
    let mut random = fastrand::Rng::with_seed(SEED);
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for _ in 0..DRAWS {
        if found.len() >= count {
            break;
        }
        let drawn = std::iter::repeat_with(|| random.u64(0..rows as u64)).take(count);
        let offsets: Vec<u64> = drawn.filter(|offset| seen.insert(*offset)).collect();
        if !offsets.is_empty() {
            for batch in table.rows_at(offsets, &columns).await? {
                found.extend(pairs_of(&batch, vector, number, texts_of)?);
            }
        }
    }
    if found.is_empty() && count > 0 {
        // Few rows have a vector.
        let is_null = Predicate::IsNull { column: ColumnPath::column(vector.name) };
        let filter = Some(Predicate::Not(Box::new(is_null)));
        let columns = columns.into_iter().map(ColumnPath::column).collect();
        let request = Request { columns, filter, limit: Some(count), ..Request::default() };
        let mut batches = table.read(request).await?;
        while let Some(batch) = batches.batches.try_next().await? {
            found.extend(pairs_of(&batch, vector, number, texts_of)?);
        }
    }
    found.truncate(count);
    Ok(found)
}

/// Returns the texts of a batch that have a vector.
fn pairs_of(batch: &RecordBatch, vector: &VectorDef, number: usize, texts_of: TextsOf) -> Result<Vec<Pair>> {
    let vectors = column(batch, vector.name)?;
    let texts = texts_of(batch, &[number])?.into_iter().flatten().enumerate();
    let pair =
        |(row, text): (usize, Option<String>)| Some(Pair { text: text?, vector: vector_at(&vectors, row)? });
    Ok(texts.filter_map(pair).collect())
}
