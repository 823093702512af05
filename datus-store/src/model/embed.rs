use futures::stream::{StreamExt, TryStreamExt};

use super::{BatchLimits, EmbeddingModel, Role};
use crate::error::{Error, ErrorKind, Result};

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
    let embedded = model.embed(texts, role).await.map_err(|source| {
        fault(model, "failed to embed: see the source of this error").with_source(source)
    })?;
    check(model, texts.len(), &embedded)?;
    Ok(embedded)
}

/// Cuts texts into calls within the model's limits: the positions of the texts of each call. Texts of like length go
/// together, so that a model that pads them to the longest computes little for nothing; the longest go first, so that
/// no long call is waited for at the end.
pub(crate) fn cut(model: &dyn EmbeddingModel, texts: &[&str]) -> Vec<Vec<usize>> {
    let limits = model.limits();
    let mut sizes: Vec<Size> =
        texts.iter().enumerate().map(|(at, text)| Size::of(model, &limits, at, text)).collect();
    sizes.sort_by_key(|size| (std::cmp::Reverse(size.characters), size.position));
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let (mut characters, mut tokens) = (0_usize, 0_usize);
    for size in sizes {
        characters = characters.saturating_add(size.characters);
        tokens = tokens.saturating_add(size.tokens);
        match calls.last_mut() {
            Some(call)
                if call.len() < limits.texts
                    && characters <= limits.characters
                    && tokens <= limits.tokens =>
            {
                call.push(size.position);
            }
            _ => {
                (characters, tokens) = (size.characters, size.tokens);
                calls.push(vec![size.position]);
            }
        }
    }
    calls
}

/// How long a text is to the model.
struct Size {
    position: usize,
    characters: usize,
    /// Zero where the model has no limit of tokens: counting costs.
    tokens: usize,
}

impl Size {
    fn of(model: &dyn EmbeddingModel, limits: &BatchLimits, position: usize, text: &str) -> Self {
        let tokens = if limits.tokens == usize::MAX { 0 } else { model.count_tokens(text) };
        Self { position, characters: text.chars().count(), tokens }
    }
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
