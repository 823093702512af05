use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::vector_column::{Slot, Text};
use super::{Chunk, Meter};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::store::core::Core;

/// Embeds the texts of one operation within the limits of the models. A text that several rows in flight share is embedded
/// once.
pub(in crate::store) struct Embedder<'a> {
    core: &'a Core,
    /// A semaphore for each model, which limits its concurrent calls over all chunks in flight.
    permits: Vec<Arc<Semaphore>>,
    /// The texts that rows in flight wait for, for each vector.
    pending: Vec<HashMap<Arc<str>, Weak<Text>>>,
}

/// The model calls that make the vectors of a chunk.
pub(in crate::store) struct Calls {
    calls: Vec<Call>,
    /// The number of texts that they embed.
    pub(in crate::store) texts: usize,
}

struct Call {
    vector: usize,
    texts: Vec<Arc<Text>>,
    permits: Arc<Semaphore>,
}

impl<'a> Embedder<'a> {
    pub(in crate::store) fn new(core: &'a Core) -> Self {
        let permits =
            core.models.iter().map(|model| model.limits().in_flight.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            core,
            permits: permits.map(|permits| Arc::new(Semaphore::new(permits))).collect(),
            pending: vec![HashMap::new(); core.record.vectors.len()],
        }
    }

    /// Collects the texts of a chunk that no other chunk in flight has, and splits them into calls.
    pub(in crate::store) fn plan(&mut self, chunk: &mut Chunk) -> Result<Calls> {
        let (mut calls, mut count) = (Vec::new(), 0);
        let vectors = chunk.vectors.iter_mut().zip(&mut self.pending).zip(&self.core.record.vectors);
        for (vector, ((column, pending), definition)) in vectors.enumerate() {
            pending.retain(|_, text| text.strong_count() > 0);
            let mut new: Vec<Arc<Text>> = Vec::new();
            for slot in column.slots_mut() {
                let Slot::Source(source) = slot else { continue };
                let in_flight = pending.get(source).and_then(Weak::upgrade);
                let text = in_flight.unwrap_or_else(|| {
                    let text = Arc::new(Text { text: Arc::clone(source), vector: OnceLock::new() });
                    pending.insert(Arc::clone(source), Arc::downgrade(&text));
                    new.push(Arc::clone(&text));
                    text
                });
                *slot = Slot::Embedding(text);
            }
            count += new.len();
            let model = self.core.model(definition)?;
            let permits = self.permits.get(definition.model).ok_or_else(|| no_permits(definition.name))?;
            let texts: Vec<&str> = new.iter().map(|text| &*text.text).collect();
            calls.extend(model::cut(&**model, &texts).into_iter().map(|positions| Call {
                vector,
                texts: positions.into_iter().filter_map(|at| new.get(at).cloned()).collect(),
                permits: Arc::clone(permits),
            }));
        }
        Ok(Calls { calls, texts: count })
    }
}

impl Calls {
    /// Runs the calls.
    pub(in crate::store) async fn run(self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        let calls = stream::iter(self.calls).map(|call| call.run(core, meter));
        // The semaphores limit the running calls; this only limits the waiting ones.
        calls.buffer_unordered(64).try_collect().await
    }
}

impl Call {
    async fn run(self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        let Self { vector, texts, permits } = self;
        let definition = core.vector(vector)?;
        let model = core.model(definition)?;
        let closed = |source| Error::new(ErrorKind::Model, "the write was abandoned").with_source(source);
        let _permit = permits.acquire().await.map_err(closed)?;
        let inputs: Vec<&str> = texts.iter().map(|text| &*text.text).collect();
        let vectors = model::call(&**model, &inputs, Role::Document)
            .await
            .map_err(|error| error.with_column(definition.name))?;
        for (text, vector) in texts.iter().zip(vectors) {
            core.check_direction(definition, &vector, ErrorKind::Model)?;
            // Each text is in one call only, so its vector is not set yet.
            let _ = text.vector.set(vector);
        }
        meter.embedded(texts.len());
        Ok(())
    }
}

fn no_permits(column: &str) -> Error {
    Error::new(ErrorKind::Engine, "the model of the vector column has no limit of concurrent calls")
        .with_column(column)
}
