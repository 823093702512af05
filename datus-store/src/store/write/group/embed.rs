//! Embeds the texts of small writes.

use std::sync::Arc;

use futures::future::try_join_all;

use super::execute::Missing;
use crate::error::{Error, ErrorKind, Result};
use crate::model;
use crate::store::core::Core;
use crate::store::write::ingest::VectorCache;

/// Embeds the texts whose vectors a write lacks. Returns the number of texts.
pub(super) async fn embed(core: &Core, missing: &[Missing], made: &mut VectorCache) -> Result<usize> {
    let mut calls = Vec::new();
    for Missing { vector, texts } in missing {
        let (Some(definition), Some(shared)) = (
            core.record.vectors.get(*vector),
            core.record.vectors.get(*vector).and_then(|vector| core.shared_calls.get(vector.model)),
        ) else {
            return Err(Error::new(ErrorKind::Engine, format!("the record has no vector {vector}")));
        };
        let plain: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        for positions in model::cut(&*shared.model, &plain) {
            let texts: Vec<Arc<str>> = positions.into_iter().map(|at| Arc::clone(&texts[at])).collect();
            calls.push((*vector, definition, shared, texts));
        }
    }
    let answers = try_join_all(calls.iter().map(|(_, definition, shared, texts)| async move {
        let vectors = shared.embed(texts.clone()).await;
        let vectors = vectors.map_err(|error| error.with_column(definition.name))?;
        vectors
            .iter()
            .try_for_each(|vector| core.check_direction(definition, vector, ErrorKind::Model))
            .map(|()| vectors)
    }));
    let mut count = 0;
    for ((vector, _, _, texts), vectors) in calls.iter().zip(answers.await?) {
        count += texts.len();
        for (text, values) in texts.iter().zip(vectors) {
            made.insert(core.record.vectors.len(), *vector, text, values);
        }
    }
    Ok(count)
}
