use std::fmt;
use std::future::IntoFuture;

use futures::future::BoxFuture;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelIdentity, probe};
use crate::record::{EmbeddingRecord, keys};
use crate::store::core::{Core, StoreVector};
use crate::store::vectors::check_cosine;
use crate::store::{Store, traced};

/// The result of [`Store::verify_model`] for one vector column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VerifiedModel {
    /// The vector column.
    pub column: &'static str,
    /// The model that the store was opened with.
    pub model: ModelIdentity,
    /// The cosine similarity between the model's vector of the probe text and the stored vector of the column, from
    /// -1 to 1.
    pub cosine: f32,
}

/// Verifies the models of a store when awaited. Created by [`Store::verify_model`].
#[must_use = "nothing is verified until it is awaited"]
pub struct VerifyModel<'a, R> {
    store: &'a Store<R>,
    threshold: f32,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Re-embeds the probe text, and compares the vector with the one that the table stores.
    ///
    /// This detects an endpoint that serves a different model under the same name, which the model's identity cannot
    /// show. The probe text is a fixed text. It is embedded as a document when the table is created, and its vector
    /// is stored in the metadata of each vector column. The check costs one call to each model.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::default()).await?;
    /// let verified = notes.verify_model().await?;
    /// assert_eq!(verified[0].column, "vector");
    /// assert!(verified[0].cosine > 0.9999);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a threshold that is not between -1 and 1; `Model` when a cosine is below the
    /// threshold, or when a model fails; `TableChanged` when another program changed the table; `Unsupported` for a
    /// column without a stored vector of the probe text; `Engine` when the storage fails.
    pub fn verify_model(&self) -> VerifyModel<'_, R> {
        VerifyModel { store: self, threshold: probe::THRESHOLD }
    }
}

impl<R> VerifyModel<'_, R> {
    /// Sets the minimum cosine similarity. 0.999 by default: rounding differences on other hardware stay above it, but an
    /// 8-bit version of the same model may be below it.
    pub fn threshold(mut self, cosine: f32) -> Self {
        self.threshold = cosine;
        self
    }
}

impl<R> fmt::Debug for VerifyModel<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyModel").field("store", self.store).field("threshold", &self.threshold).finish()
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for VerifyModel<'a, R> {
    type Output = Result<Vec<VerifiedModel>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (core, threshold) = (self.store.core(), self.threshold);
        let traced = traced!("verify_model", core.table_name());
        let verify = async move { core.verify(threshold).await };
        Box::pin(traced.run(verify, |_| 0))
    }
}

impl Core {
    async fn verify(&self, threshold: f32) -> Result<Vec<VerifiedModel>> {
        check_cosine(threshold)?;
        self.check_models().await?;
        let mut probes: Vec<(&StoreVector, Vec<f32>)> = Vec::new();
        let mut verified = Vec::with_capacity(self.vectors.len());
        for vector in &self.vectors {
            let (column, model) = (vector.name(), vector.model());
            let stored = self.stored_probe(column)?;
            let cosine = match probes.iter().find(|(other, _)| other.has_model_of(vector)) {
                Some((_, current)) => probe::cosine(&stored, current),
                None => {
                    let current = probe::vector(model).await.map_err(|error| error.with_column(column))?;
                    let cosine = probe::cosine(&stored, &current);
                    probes.push((vector, current));
                    cosine
                }
            };
            let model = model.identity().clone();
            if cosine < threshold || cosine.is_nan() {
                return Err(different_model(column, &model, cosine, threshold));
            }
            verified.push(VerifiedModel { column, model, cosine });
        }
        Ok(verified)
    }

    /// Returns the stored vector of the probe text for a column.
    fn stored_probe(&self, column: &str) -> Result<Vec<f32>> {
        let field = self.opened.field_with_name(column).ok();
        let text = field.and_then(|field| field.metadata().get(keys::PROBE));
        text.and_then(|text| probe::from_text(text)).ok_or_else(|| {
            let message = "the table does not store a vector of the probe text to compare with";
            Error::new(ErrorKind::Unsupported, message)
                .with_help("re-embed the table with `reembed`: `Database::store` did not create it, or its metadata was changed")
                .with_column(column)
        })
    }
}

fn different_model(column: &str, model: &ModelIdentity, cosine: f32, threshold: f32) -> Error {
    let message = format!(
        "the model {model} has the name of the model that made the table's vectors, but embeds differently: the cosine of \
         their vectors of the probe text is {cosine:.4}, below {threshold}"
    );
    Error::new(ErrorKind::Model, message)
        .with_help(
            "open the table with the model that made its vectors, or re-embed it with `store.reembed(model)`",
        )
        .with_column(column)
}
