//! Embeds the texts of small writes.

use std::sync::Arc;

use futures::future::try_join_all;

use super::execute::Missing;
use crate::error::{ErrorKind, Result};
use crate::model;
use crate::store::core::Core;
use crate::store::write::ingest::VectorCache;

/// Embeds the texts whose vectors a write lacks. Returns the number of texts.
pub(super) async fn embed(core: &Core, missing: &[Missing], made: &mut VectorCache) -> Result<usize> {
    let mut calls = Vec::new();
    for Missing { vector, texts } in missing {
        let (position, vector) = (*vector, core.vector(*vector)?);
        let plain: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        for cut in model::split_into_batches(vector.model(), &plain) {
            let texts: Vec<Arc<str>> = cut.into_iter().map(|at| Arc::clone(&texts[at])).collect();
            calls.push((position, vector, texts));
        }
    }
    let answers = try_join_all(calls.iter().map(|(_, vector, texts)| async move {
        let made = vector.calls.embed(texts.clone()).await;
        let made = made.map_err(|error| error.with_column(vector.name()))?;
        made.iter().try_for_each(|values| vector.check_direction(values, ErrorKind::Model)).map(|()| made)
    }));
    let mut count = 0;
    for ((position, _, texts), vectors) in calls.iter().zip(answers.await?) {
        count += texts.len();
        for (text, values) in texts.iter().zip(vectors) {
            made.insert(*position, text, values);
        }
    }
    Ok(count)
}
