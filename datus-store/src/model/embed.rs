use futures::stream::{StreamExt, TryStreamExt};

use super::{EmbeddingModel, Role, cut};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// Embeds texts in calls within the model's limits, several at once, and checks what comes back. The vectors are in
/// the order of the texts.
///
/// # Errors
/// As [`call`].
pub(crate) async fn embed(model: &dyn EmbeddingModel, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
    let mut vectors = vec![Vec::new(); texts.len()];
    let calls = cut(model, texts);
    let mut answers = futures::stream::iter(calls)
        .map(|positions| async move {
            let texts: Vec<&str> =
                positions.iter().filter_map(|&position| texts.get(position).copied()).collect();
            Ok::<_, Error>((positions, call(model, &texts, role).await?))
        })
        .buffer_unordered(model.limits().in_flight.max(1));
    while let Some((positions, embedded)) = answers.try_next().await? {
        for (position, vector) in positions.into_iter().zip(embedded) {
            if let Some(place) = vectors.get_mut(position) {
                *place = vector;
            }
        }
    }
    Ok(vectors)
}

/// One call of the model, whose answer is checked.
///
/// # Errors
/// `Model` when the model fails, or returns another number of vectors, another dimension, or a value that is not
/// finite.
pub(crate) async fn call(model: &dyn EmbeddingModel, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
    checked(model, texts.len(), model.embed(texts, role).await)
}

/// The same, with nothing that the model keeps of earlier calls.
///
/// # Errors
/// As [`call`].
pub(crate) async fn call_anew(
    model: &dyn EmbeddingModel,
    texts: &[&str],
    role: Role,
) -> Result<Vec<Vec<f32>>> {
    checked(model, texts.len(), model.embed_anew(texts, role).await)
}

fn checked(
    model: &dyn EmbeddingModel,
    texts: usize,
    answer: std::result::Result<Vec<Vec<f32>>, BoxError>,
) -> Result<Vec<Vec<f32>>> {
    let embedded = answer.map_err(|source| {
        fault(model, "failed to embed").with_help("see the source of this error").with_source(source)
    })?;
    check(model, texts, &embedded)?;
    Ok(embedded)
}

fn check(model: &dyn EmbeddingModel, texts: usize, vectors: &[Vec<f32>]) -> Result<()> {
    let dimension = model.identity().dimension;
    if vectors.len() != texts {
        return Err(fault(model, &format!("returned {} vectors for {texts} texts", vectors.len())));
    }
    for (position, vector) in vectors.iter().enumerate() {
        if vector.len() != dimension {
            return Err(fault(
                model,
                &format!(
                    "returned {} values for text {position} of a call, its dimension is {dimension}",
                    vector.len()
                ),
            ));
        }
        if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
            return Err(fault(
                model,
                &format!("returned {value} in the vector of text {position} of a call"),
            ));
        }
    }
    Ok(())
}

fn fault(model: &dyn EmbeddingModel, what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the model `{}` {what}", model.identity().id))
}
