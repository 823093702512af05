use futures::stream::{StreamExt, TryStreamExt};

use super::absent::Absent;
use super::multi::TooManyVectors;
use super::{EmbeddingModel, Role, split_into_batches};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// Embeds the texts and checks the vectors, which are in the order of the texts.
///
/// The texts are split into calls within the limits of the model, and several calls run at once.
///
/// # Errors
/// Returns the same errors as [`call`].
pub(crate) async fn embed_texts(
    model: &dyn EmbeddingModel,
    texts: &[&str],
    role: Role,
) -> Result<Vec<Vec<f32>>> {
    let mut vectors = vec![Vec::new(); texts.len()];
    let calls = split_into_batches(model, texts);
    let mut results = futures::stream::iter(calls)
        .map(|positions| async move {
            let texts: Vec<&str> =
                positions.iter().filter_map(|&position| texts.get(position).copied()).collect();
            Ok::<_, Error>((positions, call(model, &texts, role).await?))
        })
        .buffer_unordered(model.limits().in_flight.max(1));
    while let Some((positions, embedded)) = results.try_next().await? {
        for (position, vector) in positions.into_iter().zip(embedded) {
            if let Some(slot) = vectors.get_mut(position) {
                *slot = vector;
            }
        }
    }
    Ok(vectors)
}

/// Calls the model once and checks the vectors.
///
/// # Errors
/// Fails with `Model` if the model fails, or if it returns the wrong number of vectors, a vector of the wrong
/// dimension, or a value that is not finite.
pub(crate) async fn call(model: &dyn EmbeddingModel, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
    checked(model, texts.len(), model.embed(texts, role).await)
}

/// Calls the model once, bypassing any cache, and checks the vectors.
///
/// # Errors
/// Returns the same errors as [`call`].
pub(crate) async fn call_uncached(
    model: &dyn EmbeddingModel,
    texts: &[&str],
    role: Role,
) -> Result<Vec<Vec<f32>>> {
    checked(model, texts.len(), model.embed_uncached(texts, role).await)
}

fn checked(
    model: &dyn EmbeddingModel,
    texts: usize,
    result: std::result::Result<Vec<Vec<f32>>, BoxError>,
) -> Result<Vec<Vec<f32>>> {
    let vectors = result.map_err(|source| match source.downcast::<Absent>() {
        Ok(absent) => absent.into_error(),
        Err(source) => match source.downcast::<TooManyVectors>() {
            Ok(too_many) => too_many.into_error(),
            Err(source) => model_error(model, "failed to embed")
                .with_help("see the source of this error")
                .with_source(source),
        },
    })?;
    check(model, texts, &vectors)?;
    Ok(vectors)
}

fn check(model: &dyn EmbeddingModel, texts: usize, vectors: &[Vec<f32>]) -> Result<()> {
    let dimension = model.identity().dimension;
    if vectors.len() != texts {
        return Err(model_error(model, &format!("returned {} vectors for {texts} texts", vectors.len())));
    }
    // A model with several vectors per text has already checked their number and sizes.
    let is_multi = model.vectors_per_text().is_some();
    for (position, vector) in vectors.iter().enumerate() {
        if vector.len() != dimension && !is_multi {
            return Err(model_error(
                model,
                &format!(
                    "returned {} values for text {position} of a call, but its dimension is {dimension}",
                    vector.len()
                ),
            ));
        }
        if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
            return Err(model_error(
                model,
                &format!("returned {value} in the vector of text {position} of a call"),
            ));
        }
    }
    Ok(())
}

fn model_error(model: &dyn EmbeddingModel, what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the model `{}` {what}", model.identity().id))
}
