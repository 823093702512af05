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
/// A model call that several callers may await. It runs as long as one of them is waiting.
pub(super) type Call = Shared<BoxFuture<'static, CallResult>>;
pub(super) type CallResult = Result<Arc<Vec<Arc<[f32]>>>, SharedError>;

/// A model with its cached vectors and its running calls.
pub(super) struct Cache<M> {
    model: M,
    capacity: usize,
    entries: Mutex<Entries>,
}

struct Entries {
    /// Unbounded, because a bounded `LruCache` allocates its full capacity up front.
    vectors: LruCache<Key, Arc<[f32]>>,
    in_flight: HashMap<Key, InFlight>,
    calls: u64,
}

/// A text that is being embedded: its call, and its position in the call.
struct InFlight {
    /// A weak reference, so that the call is dropped when its last caller is.
    call: WeakShared<BoxFuture<'static, CallResult>>,
    call_number: u64,
    position: usize,
}

/// The source of a vector: the cache, or a call and the position of the text in the call.
pub(super) enum Lookup {
    Hit(Arc<[f32]>),
    InFlight(Call, usize),
}

impl Lookup {
    /// Returns the vector, once the call has finished.
    pub(super) async fn vector(self) -> Result<Vec<f32>, BoxError> {
        match self {
            Self::Hit(vector) => Ok(vector.to_vec()),
            Self::InFlight(call, position) => {
                let vectors = call.await?;
                let vector = vectors.get(position).ok_or("the model returned fewer vectors than texts")?;
                Ok(vector.to_vec())
            }
        }
    }
}

impl<M: EmbeddingModel> Cache<M> {
    pub(super) fn new(model: M, capacity: usize) -> Self {
        let entries = Entries { vectors: LruCache::unbounded(), in_flight: HashMap::new(), calls: 0 };
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
    /// Returns the source of the vector for each text. Texts that are neither cached nor in flight go into one new call,
    /// without duplicates.
    pub(super) fn lookup(self: &Arc<Self>, texts: &[&str], role: Role) -> Vec<Lookup> {
        let mut entries = self.entries();
        let mut new: Vec<Key> = Vec::new();
        let mut positions: HashMap<Key, usize> = HashMap::new();
        // `Err` is a cache miss, with the position of the text in the new call.
        let lookups: Vec<Result<Lookup, usize>> = texts
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
            return lookups.into_iter().filter_map(Result::ok).collect();
        }
        let call = self.start(&mut entries, new, role);
        let miss = |position| Lookup::InFlight(call.clone(), position);
        lookups.into_iter().map(|lookup| lookup.unwrap_or_else(miss)).collect()
    }

    /// Creates a call and registers its texts as in flight. The call starts when it is first awaited.
    fn start(self: &Arc<Self>, entries: &mut Entries, keys: Vec<Key>, role: Role) -> Call {
        entries.calls += 1;
        let call_number = entries.calls;
        let guard = CallGuard { cache: Arc::clone(self), keys: keys.clone(), call_number };
        let call = async move {
            let texts: Vec<&str> = guard.keys.iter().map(|(_, text)| &**text).collect();
            let result = guard.cache.model.embed(&texts, role).await;
            guard.finish(result)
        };
        let call = call.boxed().shared();
        for (position, key) in keys.into_iter().enumerate() {
            if let Some(call) = call.downgrade() {
                entries.in_flight.insert(key, InFlight { call, call_number, position });
            }
        }
        call
    }
}

impl Entries {
    fn get(&mut self, key: &Key) -> Option<Lookup> {
        if let Some(vector) = self.vectors.get(key) {
            return Some(Lookup::Hit(Arc::clone(vector)));
        }
        let in_flight = self.in_flight.get(key)?;
        Some(Lookup::InFlight(in_flight.call.upgrade()?, in_flight.position))
    }
}

/// Removes the texts of a call from `in_flight` when the call finishes or is dropped.
struct CallGuard<M: EmbeddingModel> {
    cache: Arc<Cache<M>>,
    keys: Vec<Key>,
    call_number: u64,
}

impl<M: EmbeddingModel> CallGuard<M> {
    /// Caches the vectors. Vectors that violate the model's contract are not cached, so that every caller gets the
    /// error.
    fn finish(&self, result: Result<Vec<Vec<f32>>, BoxError>) -> CallResult {
        let vectors = result.map_err(|error| SharedError(Arc::from(error)))?;
        if vectors.len() != self.keys.len() {
            let message =
                format!("the model returned {} vectors for {} texts", vectors.len(), self.keys.len());
            return Err(SharedError(Arc::from(BoxError::from(message))));
        }
        let vectors: Vec<Arc<[f32]>> = vectors.into_iter().map(Arc::from).collect();
        let dimension = self.cache.model.identity().dimension;
        let is_valid =
            |vector: &[f32]| vector.len() == dimension && vector.iter().all(|value| value.is_finite());
        if self.cache.capacity > 0 {
            let mut entries = self.cache.entries();
            for (key, vector) in self.keys.iter().zip(&vectors).filter(|(_, vector)| is_valid(vector)) {
                entries.vectors.put(key.clone(), Arc::clone(vector));
                while entries.vectors.len() > self.cache.capacity {
                    entries.vectors.pop_lru();
                }
            }
        }
        Ok(Arc::new(vectors))
    }
}

impl<M: EmbeddingModel> Drop for CallGuard<M> {
    fn drop(&mut self) {
        let mut entries = self.cache.entries();
        for key in &self.keys {
            // If this call was abandoned, a newer call may have replaced its entry.
            if entries.in_flight.get(key).is_some_and(|entry| entry.call_number == self.call_number) {
                entries.in_flight.remove(key);
            }
        }
    }
}

/// An error that all callers of one call share.
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
