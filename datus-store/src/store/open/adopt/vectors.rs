//! Compares stored vectors with those that the models compute from the stored texts.

use arrow_schema::Schema;
use fastrand::Rng;

use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{Metric, VectorDef};
use crate::store::python::PythonModel;
use crate::store::target::Target;
use crate::store::vectors::{ComparedVector, LENGTH, Pair, SampleRequest, compare_texts};
use crate::store::write::ingest::TextsOf;

/// The seed of the sample, so that a repeated check returns the same result.
const SEED: u64 = 0x5eed;

/// The caller's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The number of rows whose texts are embedded.
    pub(super) sample: usize,
    /// The minimum mean cosine similarity.
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
    /// The mean cosine similarity between the stored vectors and those of the model, or `None` if no vector was compared.
    pub cosine: Option<f32>,
    /// The name of the model in the metadata of LanceDB's Python client, or `None` if absent.
    pub python_model: Option<String>,
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
    let request = SampleRequest { table, record: &target.record, stored, texts_of, rows: settings.sample };
    let mut adopted = Vec::with_capacity(target.record.vectors.len());
    for (number, vector) in target.record.vectors.iter().enumerate() {
        let no_model = || Error::new(ErrorKind::Engine, "the vector column has no model");
        let model = target.models.get(vector.model).ok_or_else(no_model)?;
        let sample = request.draw(number, Rng::with_seed(SEED)).await?;
        let recorded = python.iter().find(|model| model.vector == vector.name);
        let cosine = check(&**model, vector, &sample.pairs, recorded, settings.threshold).await;
        adopted.push(AdoptedVector {
            column: vector.name,
            model: model.identity().clone(),
            compared: sample.pairs.len(),
            cosine: cosine.map_err(|error| error.with_column(vector.name))?,
            python_model: recorded.map(|model| model.name().to_owned()),
        });
    }
    Ok(adopted)
}

/// Compares the vectors of one column. Returns the mean cosine, or `None` if there are no vectors.
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
    let compared = compare_texts(model, pairs).await?;
    let mean =
        |value: fn(&ComparedVector) -> f64| compared.iter().map(value).sum::<f64>() / compared.len() as f64;
    let cosine = mean(|compared| f64::from(compared.cosine)) as f32;
    if cosine < threshold || cosine.is_nan() {
        return Err(different(identity, pairs.len(), cosine, threshold, recorded));
    }
    let (before, after) = (mean(|compared| compared.stored), mean(|compared| compared.new));
    if vector.metric != Metric::Cosine && (before - after).abs() > LENGTH * after {
        let message = format!(
            "the stored vectors have mean length {before:.3}, but those of the model {identity} have {after:.3}, so {} \
             distances would not be comparable",
            vector.metric
        );
        let help = "use `embed(metric = cosine)`, or the model with the same normalization";
        return Err(Error::new(ErrorKind::Model, message).with_help(help));
    }
    Ok(Some(cosine))
}

fn different(
    model: &ModelIdentity,
    compared: usize,
    cosine: f32,
    threshold: f32,
    recorded: Option<&PythonModel>,
) -> Error {
    let mut message = format!(
        "the model {model} did not make the stored vectors: the mean cosine of {compared} stored vectors with its own is \
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
        "the table records the model `{}`, the given model is {model}, and no stored vector shows whether they are equal",
        recorded.name()
    );
    Error::new(ErrorKind::Model, message).with_help("pass the model that the table records")
}
