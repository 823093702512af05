//! The models of a job: all workers must produce the same vectors.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use arrow_schema::Schema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelIdentity, probe};
use crate::record::keys;
use crate::store::core::{Core, StoreVector};

/// The model of a vector column, with its vector of the probe text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PinnedModel {
    column: String,
    /// The identity of the model, in the format of a column's metadata.
    identity: BTreeMap<String, String>,
    /// The vector of the probe text, in the format of a column's metadata.
    probe: String,
}

impl PinnedModel {
    fn new(column: &str, identity: &ModelIdentity, probe: String) -> Self {
        let identity = identity.to_metadata().into_iter().map(|(key, value)| (key.to_owned(), value));
        Self { column: column.to_owned(), identity: identity.collect(), probe }
    }

    /// Returns the name of the model for an error message.
    fn name(&self) -> String {
        let metadata: HashMap<String, String> = self.identity.clone().into_iter().collect();
        let identity = ModelIdentity::from_metadata(&metadata);
        identity.map_or_else(|| "an unknown model".to_owned(), |identity| identity.to_string())
    }
}

/// Embeds the probe text with each model of a store.
///
/// # Errors
/// `Model`, with the column, when a model fails or is absent.
pub(super) async fn models_of_store(core: &Core) -> Result<Vec<PinnedModel>> {
    let mut probes: Vec<(&StoreVector, String)> = Vec::new();
    let mut models = Vec::with_capacity(core.record.vectors.len());
    for vector in core.own_vectors().collect::<Vec<_>>() {
        let known = probes.iter().find(|(other, _)| other.has_model_of(vector));
        let probe = match known.map(|(_, probe)| probe.clone()) {
            Some(probe) => probe,
            None => {
                let embedding = probe::vector(vector.model()).await;
                let probe = probe::to_text(&embedding.map_err(|error| error.with_column(vector.name()))?);
                probes.push((vector, probe.clone()));
                probe
            }
        };
        models.push(PinnedModel::new(vector.name(), vector.model().identity(), probe));
    }
    Ok(models)
}

/// Returns the models for a new job, with the probe vectors that the table stores. If a probe vector is missing, the store's
/// models compute all of them.
///
/// A store without its models can start a job if the table stores the probe vectors.
///
/// # Errors
/// `Model` when a model of the store is not the one that computed the stored vector, and when neither the models nor the stored
/// vectors are available.
pub(super) async fn models_of_job(core: &Core, schema: &Schema) -> Result<Vec<PinnedModel>> {
    let stored: Option<Vec<PinnedModel>> =
        core.own_vectors().map(|vector| stored_model(vector, schema)).collect();
    let has_models = core.given.iter().all(Option::is_some);
    match stored {
        Some(stored) if !has_models => Ok(stored),
        Some(stored) => {
            check_models(&stored, &models_of_store(core).await?, "the store", "the table")?;
            Ok(stored)
        }
        None => models_of_store(core).await,
    }
}

fn stored_model(vector: &StoreVector, schema: &Schema) -> Option<PinnedModel> {
    let probe = schema.field_with_name(vector.name()).ok()?.metadata().get(keys::PROBE)?;
    Some(PinnedModel::new(vector.name(), vector.model().identity(), probe.clone()))
}

/// Fails if the models `given` and `expected` differ. The last two arguments name their owners in the error message.
///
/// # Errors
/// `Model`, with the column.
pub(super) fn check_models(
    expected: &[PinnedModel],
    given: &[PinnedModel],
    owner: impl fmt::Display,
    expected_owner: &str,
) -> Result<()> {
    let columns =
        |models: &[PinnedModel]| -> Vec<String> { models.iter().map(|model| model.column.clone()).collect() };
    if columns(expected) != columns(given) {
        let message = format!(
            "{owner} has the vectors ({}), but {expected_owner} has ({})",
            columns(given).join(", "),
            columns(expected).join(", ")
        );
        return Err(different(message));
    }
    for (expected, given) in expected.iter().zip(given) {
        if expected.identity != given.identity {
            let message = format!(
                "{owner} has the model {}, but {expected_owner} has {}",
                given.name(),
                expected.name()
            );
            return Err(different(message).with_column(&expected.column));
        }
        let cosine = match (probe::from_text(&expected.probe), probe::from_text(&given.probe)) {
            (Some(expected), Some(given)) => probe::cosine(&expected, &given),
            _ => 0.0,
        };
        if cosine < probe::THRESHOLD || cosine.is_nan() {
            let message = format!(
                "the model of {owner} has the name of the model of {expected_owner}, {}, but embeds differently: the cosine \
                 of their vectors of the probe text is {cosine:.4}",
                expected.name()
            );
            return Err(different(message).with_column(&expected.column));
        }
    }
    Ok(())
}

fn different(message: String) -> Error {
    Error::new(ErrorKind::Model, message)
        .with_help("use the same model, with the same weights, for all parts of a job")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn model(column: &str, id: &str, vector: &[f32]) -> PinnedModel {
        PinnedModel::new(column, &ModelIdentity::new(id, vector.len()), probe::to_text(vector))
    }

    #[test]
    fn models_are_the_same_if_their_identities_and_probe_vectors_are() {
        let expected = [model("vector", "toy", &[1.0, 2.0, 3.0])];
        let check = |given: PinnedModel| check_models(&expected, &[given], "part 3", "the job");
        check(model("vector", "toy", &[1.001, 2.0, 3.0])).unwrap();
        for (given, named) in [
            (model("vector", "other", &[1.0, 2.0, 3.0]), "other (3 dimensions)"),
            (model("vector", "toy", &[1.0, 2.0, 4.0]), "0.9915"),
            (model("vector", "toy", &[0.0, 0.0, 0.0]), "0.0000"),
            (model("title", "toy", &[1.0, 2.0, 3.0]), "title"),
            (PinnedModel { probe: "no vector".to_owned(), ..expected[0].clone() }, "0.0000"),
        ] {
            let error = check(given).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model);
            assert!(error.message().contains("part 3") && error.message().contains(named), "{error}");
        }
        assert!(check_models(&expected, &[], "part 3", "the job").is_err());
    }
}
