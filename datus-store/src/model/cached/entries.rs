use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use lru::LruCache;

use super::{EmbeddingModel, Role};
use crate::error::BoxError;

type Key = (Role, Arc<str>);
/// A call of the model that several callers may wait for. It goes on as long as one of them does.
pub(super) type Call = Shared<BoxFuture<'static, Answer>>;
pub(super) type Answer = Result<Arc<Vec<Arc<[f32]>>>, SharedError>;

/// A model with the vectors that are kept and the calls that run.
pub(super) struct Cache<M> {
    model: M,
    capacity: usize,
    entries: Mutex<Entries>,
}

struct Entries {
    /// Unbounded: a bounded `LruCache` allocates all its entries when it is made.
    kept: LruCache<Key, Arc<[f32]>>,
    running: HashMap<Key, Running>,
    calls: u64,
}

/// The place of a text in a call that runs.
struct Running {
    /// Weak, so that a call that nobody waits for any more ends.
    call: WeakShared<BoxFuture<'static, Answer>>,
    number: u64,
    position: usize,
}

/// Where the vector of a text comes from.
pub(super) enum Found {
    Kept(Arc<[f32]>),
    Running(Call, usize),
}

impl Found {
    pub(super) async fn vector(self) -> Result<Vec<f32>, BoxError> {
        match self {
            Self::Kept(vector) => Ok(vector.to_vec()),
            Self::Running(call, position) => {
                let vectors = call.await?;
                let vector = vectors.get(position).ok_or("the model returned fewer vectors than texts")?;
                Ok(vector.to_vec())
            }
        }
    }
}

impl<M: EmbeddingModel> Cache<M> {
    pub(super) fn new(model: M, capacity: usize) -> Self {
        let entries = Entries { kept: LruCache::unbounded(), running: HashMap::new(), calls: 0 };
        Self { model, capacity, entries: Mutex::new(entries) }
    }

    pub(super) fn model(&self) -> &M {
        &self.model
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: EmbeddingModel + 'static> Cache<M> {
    /// For each text where its vector comes from. The texts that are neither kept nor on their way go into one new call,
    /// each once.
    pub(super) fn find(self: &Arc<Self>, texts: &[&str], role: Role) -> Vec<Found> {
        let mut entries = self.entries();
        let mut new: Vec<Key> = Vec::new();
        let mut positions: HashMap<Key, usize> = HashMap::new();
        let found: Vec<Result<Found, usize>> = texts
            .iter()
            .map(|&text| {
                let key = (role, Arc::from(text));
                entries.get(&key).ok_or_else(|| {
                    *positions.entry(key).or_insert_with_key(|key| {
                        new.push(key.clone());
                        new.len() - 1
                    })
                })
            })
            .collect();
        if new.is_empty() {
            return found.into_iter().filter_map(Result::ok).collect();
        }
        let call = self.start(&mut entries, new, role);
        let own = |position| Found::Running(call.clone(), position);
        found.into_iter().map(|found| found.unwrap_or_else(own)).collect()
    }

    /// Makes the call, which runs when it is awaited, and says that it is there.
    fn start(self: &Arc<Self>, entries: &mut Entries, keys: Vec<Key>, role: Role) -> Call {
        entries.calls += 1;
        let number = entries.calls;
        let unfinished = Unfinished { cache: Arc::clone(self), keys: keys.clone(), number };
        let call = async move {
            let texts: Vec<&str> = unfinished.keys.iter().map(|(_, text)| &**text).collect();
            let answer = unfinished.cache.model.embed(&texts, role).await;
            unfinished.finish(answer)
        };
        let call = call.boxed().shared();
        for (position, key) in keys.into_iter().enumerate() {
            if let Some(call) = call.downgrade() {
                entries.running.insert(key, Running { call, number, position });
            }
        }
        call
    }
}

impl Entries {
    fn get(&mut self, key: &Key) -> Option<Found> {
        if let Some(vector) = self.kept.get(key) {
            return Some(Found::Kept(Arc::clone(vector)));
        }
        let running = self.running.get(key)?;
        Some(Found::Running(running.call.upgrade()?, running.position))
    }
}

/// A call between its start and its end, which may be that nobody waits for it any more.
struct Unfinished<M: EmbeddingModel> {
    cache: Arc<Cache<M>>,
    keys: Vec<Key>,
    number: u64,
}

impl<M: EmbeddingModel> Unfinished<M> {
    /// Keeps the vectors, unless they break the model's contract: then whoever asks finds that out, each time.
    fn finish(&self, answer: Result<Vec<Vec<f32>>, BoxError>) -> Answer {
        let vectors = answer.map_err(|error| SharedError(Arc::from(error)))?;
        if vectors.len() != self.keys.len() {
            let message =
                format!("the model returned {} vectors for {} texts", vectors.len(), self.keys.len());
            return Err(SharedError(Arc::from(BoxError::from(message))));
        }
        let vectors: Vec<Arc<[f32]>> = vectors.into_iter().map(Arc::from).collect();
        let dimension = self.cache.model.identity().dimension;
        let sound =
            |vector: &[f32]| vector.len() == dimension && vector.iter().all(|value| value.is_finite());
        if self.cache.capacity > 0 {
            let mut entries = self.cache.entries();
            for (key, vector) in self.keys.iter().zip(&vectors).filter(|(_, vector)| sound(vector)) {
                entries.kept.put(key.clone(), Arc::clone(vector));
                while entries.kept.len() > self.cache.capacity {
                    entries.kept.pop_lru();
                }
            }
        }
        Ok(Arc::new(vectors))
    }
}

impl<M: EmbeddingModel> Drop for Unfinished<M> {
    fn drop(&mut self) {
        let mut entries = self.cache.entries();
        for key in &self.keys {
            // A call that was given up may have been replaced by the next one.
            if entries.running.get(key).is_some_and(|running| running.number == self.number) {
                entries.running.remove(key);
            }
        }
    }
}

/// One error for all who wait for a call.
#[derive(Debug, Clone)]
pub(super) struct SharedError(Arc<dyn StdError + Send + Sync>);

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SharedError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
