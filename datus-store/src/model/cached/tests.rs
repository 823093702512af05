use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::join;

use super::super::{EmbeddingModel, EmbeddingModelExt, ModelIdentity, Role, async_trait};
use crate::error::BoxError;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Embeds a text as its length, and records each call. It can be made to wait or to fail.
#[derive(Clone)]
struct Lengths {
    identity: ModelIdentity,
    calls: Arc<Mutex<Vec<Vec<String>>>>,
    wait: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    failures: Arc<AtomicUsize>,
}

impl Lengths {
    fn new() -> Self {
        Self {
            identity: ModelIdentity::new("lengths", 1),
            calls: Arc::default(),
            wait: Arc::default(),
            failures: Arc::default(),
        }
    }

    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

#[async_trait]
impl EmbeddingModel for Lengths {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.calls.lock().unwrap().push(texts.iter().map(|&text| text.to_owned()).collect());
        let wait = self.wait.lock().unwrap().take();
        if let Some(wait) = wait {
            wait.await?;
        }
        if self.failures.load(Ordering::SeqCst) > 0 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            return Err("out of order".into());
        }
        Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
    }
}

#[test]
fn a_cached_query_is_not_embedded_again() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    let embed = |texts: &[&str]| block_on(cached.embed(texts, Role::Query)).unwrap();
    assert_eq!(embed(&["a", "bb", "a"]), [[1.0], [2.0], [1.0]]);
    assert_eq!(embed(&["bb", "ccc", "a"]), [[2.0], [3.0], [1.0]]);
    assert_eq!(block_on(cached.clone().embed(&["ccc"], Role::Query)).unwrap(), [[3.0]]);
    assert_eq!(model.calls(), [vec!["a", "bb"], vec!["ccc"]]);
}

#[test]
fn documents_are_cached_only_on_request() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    for _ in 0..2 {
        block_on(cached.embed(&["a"], Role::Document)).unwrap();
    }
    let cached = cached.with_documents();
    for role in [Role::Document, Role::Query, Role::Document, Role::Query] {
        block_on(cached.embed(&["b"], role)).unwrap();
    }
    // The vector of a document is not used for a query with the same text.
    assert_eq!(model.calls(), [["a"], ["a"], ["b"], ["b"]]);
}

#[test]
fn embed_uncached_bypasses_the_cache_through_every_wrapper() {
    let model = Lengths::new();
    let cached = model.clone().cached(10).with_documents();
    let limits = cached.limits();
    let wrapped: [Arc<dyn EmbeddingModel>; 4] = [
        Arc::new(cached.clone()),
        Arc::new(cached.clone().with_prefixes("", "").unwrap()),
        Arc::new(cached.clone().truncated(1).unwrap()),
        Arc::new((Arc::new(cached.clone().with_limits(limits)) as Arc<dyn EmbeddingModel>).cached(10)),
    ];
    for model in &wrapped {
        block_on(model.embed(&["a"], Role::Document)).unwrap();
        block_on(model.embed_uncached(&["a"], Role::Document)).unwrap();
    }
    assert_eq!(model.calls().len(), 1 + wrapped.len());
    let prefixed = cached.with_prefixes("passage: ", "").unwrap();
    assert_eq!(block_on(prefixed.embed_uncached(&["a"], Role::Document)).unwrap(), [[10.0]]);
}

#[test]
fn the_least_recently_used_query_is_evicted_first() {
    let model = Lengths::new();
    let cached = model.clone().cached(2);
    for text in ["a", "b", "a", "c", "a", "b"] {
        block_on(cached.embed(&[text], Role::Query)).unwrap();
    }
    assert_eq!(model.calls(), [["a"], ["b"], ["c"], ["b"]]);
}

#[test]
fn a_capacity_of_zero_caches_nothing() {
    let model = Lengths::new();
    let cached = model.clone().cached(0);
    for _ in 0..2 {
        assert_eq!(block_on(cached.embed(&["a"], Role::Query)).unwrap(), [[1.0]]);
    }
    assert_eq!(model.calls().len(), 2);
}

#[test]
fn concurrent_equal_queries_are_embedded_once() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    let (go, wait) = oneshot::channel();
    *model.wait.lock().unwrap() = Some(wait);
    let mut first = Box::pin(cached.embed(&["a", "bb"], Role::Query));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(cached.embed(&["bb", "ccc"], Role::Query));
    assert!(second.as_mut().now_or_never().is_none());
    go.send(()).unwrap();
    let (first, second) = block_on(join(first, second));
    assert_eq!((first.unwrap(), second.unwrap()), (vec![vec![1.0], vec![2.0]], vec![vec![2.0], vec![3.0]]));
    assert_eq!(model.calls(), [vec!["a", "bb"], vec!["ccc"]]);
}

#[test]
fn a_call_continues_when_one_of_its_callers_is_dropped() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    let (go, wait) = oneshot::channel();
    *model.wait.lock().unwrap() = Some(wait);
    let mut first = Box::pin(cached.embed(&["a"], Role::Query));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(cached.embed(&["a"], Role::Query));
    assert!(second.as_mut().now_or_never().is_none());
    drop(first);
    go.send(()).unwrap();
    assert_eq!(block_on(second).unwrap(), [[1.0]]);
    assert_eq!(model.calls().len(), 1);
}

#[test]
fn a_call_is_dropped_with_its_last_caller() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    let (go, wait) = oneshot::channel();
    *model.wait.lock().unwrap() = Some(wait);
    let mut first = Box::pin(cached.embed(&["a"], Role::Query));
    assert!(first.as_mut().now_or_never().is_none());
    drop(first);
    assert!(go.send(()).is_err(), "the model's call was dropped too");
    assert_eq!(block_on(cached.embed(&["a"], Role::Query)).unwrap(), [[1.0]]);
    assert_eq!(model.calls().len(), 2);
}

#[test]
fn an_error_reaches_every_caller_and_is_not_cached() {
    let model = Lengths::new();
    let cached = model.clone().cached(10);
    model.failures.store(1, Ordering::SeqCst);
    let (go, wait) = oneshot::channel();
    *model.wait.lock().unwrap() = Some(wait);
    let mut first = Box::pin(cached.embed(&["a"], Role::Query));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(cached.embed(&["a"], Role::Query));
    assert!(second.as_mut().now_or_never().is_none());
    go.send(()).unwrap();
    let (first, second) = block_on(join(first, second));
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(error.to_string(), "out of order");
    }
    assert_eq!(block_on(cached.embed(&["a"], Role::Query)).unwrap(), [[1.0]]);
}
