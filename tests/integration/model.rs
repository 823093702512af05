//! Models that users write and pass to a store.

mod lance_model;

use std::collections::BTreeSet;
use std::sync::Arc;

use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel, ModelIdentity, Role, async_trait};
use datus_store::{BoxError, Error, ErrorKind, Store};

use crate::store::{Note, memory, note};
use crate::support::models::Toy;

#[tokio::test]
async fn a_model_behind_an_arc_opens_a_store() {
    let shared: Arc<dyn EmbeddingModel> = Arc::new(Toy::new());
    let store: Store<Note> = memory().await.store(Arc::clone(&shared)).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    let other: Store<Note> = memory().await.store(shared).await.unwrap();
    assert_eq!((store.count().await.unwrap(), other.count().await.unwrap()), (1, 0));
}

#[tokio::test]
async fn a_call_of_a_model_has_at_most_its_batch_size_of_texts() {
    let model = Toy::new();
    let store: Store<Note> = memory().await.store(model.clone()).await.unwrap();
    store.add((0..1000).map(|id| note(id, &format!("{id} 0 0")))).await.unwrap();
    let sizes: Vec<usize> = model.calls().iter().map(|(_, texts)| texts.len()).collect();
    assert_eq!(sizes, [256, 256, 256, 232]);
    let texts: BTreeSet<String> = model.calls().into_iter().flat_map(|(_, texts)| texts).collect();
    assert_eq!(texts.len(), 1000);
    assert!(model.calls().iter().all(|(role, _)| *role == Role::Document));
}

#[tokio::test]
async fn the_hashing_model_finds_shared_words() {
    let store: Store<Note> = memory().await.store(HashingModel::default()).await.unwrap();
    let texts = ["monthly revenue by region", "employees and their managers", "delays of flights"];
    store.add((0..).zip(texts).map(|(id, text)| note(id, text))).await.unwrap();
    for (query, expected) in
        [("Revenue of each region", 0), ("who is the manager of an employee", 1), ("flight_delay", 2)]
    {
        assert_eq!(store.search(query).first().await.unwrap().unwrap().record.id, expected, "{query}");
    }
}

/// A model with so many dimensions that no memory can hold its vectors.
struct Absurd(ModelIdentity);

#[async_trait]
impl EmbeddingModel for Absurd {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(vec![Vec::new(); texts.len()])
    }
}

// fault 16
#[tokio::test]
async fn a_model_whose_dimension_no_column_can_have_is_refused_without_ending_the_process() {
    for dimension in [0, 65_537, i32::MAX as usize, 4_000_000_000, usize::MAX] {
        let model = Absurd(ModelIdentity::new("absurd", dimension));
        let opened: Result<Store<Note>, Error> = memory().await.store(model).await;
        let error = opened.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        assert!(error.message().contains("between 1 and 65536"), "{error}");
    }
    let model = HashingModel::new(usize::MAX).cached(usize::MAX);
    let store: Store<Note> = memory().await.store(model).await.unwrap();
    store.add([note(1, "a note")]).await.unwrap();
    assert_eq!(store.search("note").first().await.unwrap().unwrap().record.id, 1);
}
