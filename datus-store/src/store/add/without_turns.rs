//! `add` of rows with a key where no lock keeps two writers from inserting one key: an object store.
//!
//! Of two merges that insert one key LanceDB refuses the second, which is tried again and then finds the row. Of two
//! appends it refuses none.

use futures::stream::{Stream, TryStreamExt};

use super::Added;
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::Core;
use crate::store::ingest::{Chunk, Keys, Meter};
use crate::store::merge::{Changes, Duplicates};
use crate::store::unique::there_already;

pub(super) async fn add(
    core: &Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    meter: &Meter<'_>,
) -> Result<Added> {
    let new = chunks.and_then(|chunk| async move {
        if let Some(keys) = Keys::of(&core.record, &chunk.columns)?
            && let Some(name) = core.find_stored(&keys).await?
        {
            return Err(there_already(&name));
        }
        Ok(chunk)
    });
    let changes = Changes::collect(core, new, Duplicates::Refused, meter).await?;
    if changes.keys().len() == 0 {
        return Ok(Added { rows: 0, embedded: 0, version: None });
    }
    if !changes.are_new() {
        return Err(inserted_meanwhile("nothing was added"));
    }
    let embedded = changes.embedded();
    let (merged, rows) = changes.insert(core, meter).await?;
    merged.index?;
    if merged.inserted < rows {
        return Err(inserted_meanwhile(&format!("{} of {rows} rows were added", merged.inserted)));
    }
    Ok(Added { rows, embedded, version: Some(merged.version) })
}

fn inserted_meanwhile(outcome: &str) -> Error {
    let message = format!(
        "another writer inserted keys of these rows at the same moment, and its rows stay: {outcome}; to have all of them \
         as they are here, `upsert` them"
    );
    Error::new(ErrorKind::Conflict, message)
}
