use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::vector_column::{Slot, Text};
use super::{Chunk, Meter};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::store::core::Core;

/// Embeds the texts of one operation: each once for all rows in flight, within the limits of the models.
pub(in crate::store) struct Embedder<'a> {
    core: &'a Core,
    /// One for each model: how many of its calls may run at once, over all chunks in flight.
    turns: Vec<Arc<Semaphore>>,
    /// One for each vector: the texts that rows in flight wait for.
    waited_for: Vec<HashMap<Arc<str>, Weak<Text>>>,
}

/// The calls that a chunk needs before its vectors are there.
pub(in crate::store) struct Calls {
    calls: Vec<Call>,
    /// How many texts they embed.
    pub(in crate::store) texts: usize,
}

struct Call {
    vector: usize,
    texts: Vec<Arc<Text>>,
    turns: Arc<Semaphore>,
}

impl<'a> Embedder<'a> {
    pub(in crate::store) fn new(core: &'a Core) -> Self {
        let turns = core.models.iter().map(|model| model.limits().in_flight.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            core,
            turns: turns.map(|turns| Arc::new(Semaphore::new(turns))).collect(),
            waited_for: vec![HashMap::new(); core.record.vectors.len()],
        }
    }

    /// Takes the texts of a chunk that no chunk before it has, and cuts them into calls.
    pub(in crate::store) fn plan(&mut self, chunk: &mut Chunk) -> Calls {
        let (mut calls, mut count) = (Vec::new(), 0);
        let vectors = chunk.vectors.iter_mut().zip(&mut self.waited_for).zip(&self.core.record.vectors);
        for (vector, ((column, waited_for), definition)) in vectors.enumerate() {
            waited_for.retain(|_, text| text.strong_count() > 0);
            let mut new: Vec<Arc<Text>> = Vec::new();
            for slot in column.slots_mut() {
                let Slot::Source(source) = slot else { continue };
                let known = waited_for.get(source).and_then(Weak::upgrade);
                let text = known.unwrap_or_else(|| {
                    let text = Arc::new(Text { text: Arc::clone(source), vector: OnceLock::new() });
                    waited_for.insert(Arc::clone(source), Arc::downgrade(&text));
                    new.push(Arc::clone(&text));
                    text
                });
                *slot = Slot::Embedding(text);
            }
            count += new.len();
            let (Some(model), Some(turns)) =
                (self.core.models.get(definition.model), self.turns.get(definition.model))
            else {
                continue;
            };
            let texts: Vec<&str> = new.iter().map(|text| &*text.text).collect();
            calls.extend(model::cut(&**model, &texts).into_iter().map(|positions| Call {
                vector,
                texts: positions.into_iter().filter_map(|at| new.get(at).cloned()).collect(),
                turns: Arc::clone(turns),
            }));
        }
        Calls { calls, texts: count }
    }
}

impl Calls {
    /// Runs the calls.
    pub(in crate::store) async fn run(self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        let calls = stream::iter(self.calls).map(|call| call.run(core, meter));
        // The semaphores bound what runs at once; this only bounds what waits.
        calls.buffer_unordered(64).try_collect().await
    }
}

impl Call {
    async fn run(self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        let Self { vector, texts, turns } = self;
        let Some(definition) = core.record.vectors.get(vector) else { return Ok(()) };
        let Some(model) = core.models.get(definition.model) else { return Ok(()) };
        let closed = |source| Error::new(ErrorKind::Model, "the write was given up").with_source(source);
        let _turn = turns.acquire().await.map_err(closed)?;
        let words: Vec<&str> = texts.iter().map(|text| &*text.text).collect();
        let vectors = model::call(&**model, &words, Role::Document)
            .await
            .map_err(|error| error.with_column(definition.name))?;
        for (text, vector) in texts.iter().zip(vectors) {
            core.check_direction(definition, &vector, ErrorKind::Model)?;
            // Each text is in one call alone.
            let _ = text.vector.set(vector);
        }
        meter.embedded(texts.len());
        Ok(())
    }
}
