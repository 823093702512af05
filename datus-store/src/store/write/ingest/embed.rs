use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::vector_column::{Slot, Text};
use super::{Chunk, Meter};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::store::core::{Core, StoreVector};

/// Embeds the texts of one operation within the limits of the models. A text that several rows in flight share is embedded
/// once.
pub(in crate::store) struct Embedder<'a> {
    vectors: Vec<Pending<'a>>,
}

/// The texts of a vector that rows in flight wait for.
struct Pending<'a> {
    vector: &'a StoreVector,
    /// Limits the concurrent calls to the model across all chunks in flight, including calls for other vectors.
    permits: Arc<Semaphore>,
    texts: HashMap<Arc<str>, Weak<Text>>,
}

/// The model calls that compute the vectors of a chunk.
pub(in crate::store) struct Calls<'a> {
    calls: Vec<Call<'a>>,
    /// The number of texts that the calls embed.
    pub(in crate::store) texts: usize,
}

struct Call<'a> {
    vector: &'a StoreVector,
    texts: Vec<Arc<Text>>,
    permits: Arc<Semaphore>,
}

impl<'a> Embedder<'a> {
    pub(in crate::store) fn new(core: &'a Core) -> Self {
        let mut vectors: Vec<Pending<'a>> = Vec::with_capacity(core.vectors.len());
        for vector in &core.vectors {
            let permits = match vectors.iter().find(|other| other.vector.has_model_of(vector)) {
                Some(other) => Arc::clone(&other.permits),
                None => {
                    let permits = vector.model().limits().in_flight.clamp(1, Semaphore::MAX_PERMITS);
                    Arc::new(Semaphore::new(permits))
                }
            };
            vectors.push(Pending { vector, permits, texts: HashMap::new() });
        }
        Self { vectors }
    }

    /// Collects the texts of a chunk that no other chunk in flight has, and splits them into calls.
    pub(in crate::store) fn plan(&mut self, chunk: &mut Chunk) -> Calls<'a> {
        let (mut calls, mut count) = (Vec::new(), 0);
        for (column, pending) in chunk.vectors.iter_mut().zip(&mut self.vectors) {
            let Pending { vector, permits, texts: pending } = pending;
            let vector: &'a StoreVector = vector;
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
            let texts: Vec<&str> = new.iter().map(|text| &*text.text).collect();
            calls.extend(model::split_into_batches(vector.model(), &texts).into_iter().map(|positions| {
                Call {
                    vector,
                    texts: positions.into_iter().map(|at| Arc::clone(&new[at])).collect(),
                    permits: Arc::clone(permits),
                }
            }));
        }
        Calls { calls, texts: count }
    }
}

impl Calls<'_> {
    /// Runs the calls.
    pub(in crate::store) async fn run(self, meter: &Meter<'_>) -> Result<()> {
        let calls: Vec<_> = self.calls.into_iter().map(|call| call.run(meter)).collect();
        // The semaphores limit the running calls; this only limits the waiting ones.
        stream::iter(calls).buffer_unordered(64).try_collect().await
    }
}

impl Call<'_> {
    async fn run(self, meter: &Meter<'_>) -> Result<()> {
        let Self { vector, texts, permits } = self;
        let closed = |source| Error::new(ErrorKind::Model, "the write was abandoned").with_source(source);
        let _permit = permits.acquire().await.map_err(closed)?;
        let inputs: Vec<&str> = texts.iter().map(|text| &*text.text).collect();
        let made = model::call(vector.model(), &inputs, Role::Document)
            .await
            .map_err(|error| error.with_column(vector.name()))?;
        for (text, values) in texts.iter().zip(made) {
            vector.check_direction(&values, ErrorKind::Model)?;
            text.vector.set(values).map_err(|_| embedded_twice(vector.name()))?;
        }
        meter.embedded(texts.len());
        Ok(())
    }
}

fn embedded_twice(column: &str) -> Error {
    Error::new(ErrorKind::Engine, "a text of the write was embedded twice").with_column(column)
}
