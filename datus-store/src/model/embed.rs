use super::{EmbeddingModel, Role};
use crate::error::{Error, ErrorKind, Result};

/// Embeds texts in calls of the model's batch size and checks what comes back.
///
/// # Errors
/// `Model` when the model fails, or returns another number of vectors, another dimension, or a value that is not
/// finite.
pub(crate) async fn embed(model: &dyn EmbeddingModel, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(model.limits().texts.max(1)) {
        let embedded = model.embed(batch, role).await.map_err(|source| {
            fault(model, "failed to embed: see the source of this error").with_source(source)
        })?;
        check(model, batch.len(), &embedded)?;
        vectors.extend(embedded);
    }
    Ok(vectors)
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
                    "returned {} values for text {position}, its dimension is {dimension}",
                    vector.len()
                ),
            ));
        }
        if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
            return Err(fault(model, &format!("returned {value} in the vector of text {position}")));
        }
    }
    Ok(())
}

fn fault(model: &dyn EmbeddingModel, what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the model `{}` {what}", model.identity().id))
}
