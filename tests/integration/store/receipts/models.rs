//! A receipt stores the whole identity of its model, and the kind of the model if the order depends on it.

use datus_store::model::{EmbeddingModel, HashingModel, ModelIdentity, NoModel, Role, async_trait};
use datus_store::rerank::Mmr;
use datus_store::{BoxError, ErrorKind, Store};

use super::super::full_text::Recipe;
use super::super::{Note, line};
use super::{rows, stored, unmaintained};
use crate::support::models::Toy;

/// A model whose identity has more than an id and a dimension.
struct Detailed(ModelIdentity, Toy);

#[async_trait]
impl EmbeddingModel for Detailed {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.1.embed(texts, role).await
    }
}

#[tokio::test]
async fn a_receipt_has_the_whole_identity_of_its_model() {
    let identity = ModelIdentity::new(Toy::ID, 3).with_revision("r2").with_prefixes("passage: ", "query: ");
    let db = unmaintained().await;
    let store: Store<Note> = db.store(Detailed(identity.clone(), Toy::new())).await.unwrap();
    store.add(line(4)).await.unwrap();
    let (hits, receipt) = store.search("2 0 1").with_receipt().await.unwrap();
    let receipt = stored(&receipt);
    assert_eq!(receipt.model(), Some(identity));
    assert_eq!(store.replay(&receipt).await.unwrap(), hits);
    let without: Store<Note> = db.store(NoModel).await.unwrap();
    assert_eq!(without.replay(&receipt).await.unwrap(), hits);
}

#[tokio::test]
async fn a_reranked_order_needs_the_kind_of_the_model() {
    let db = unmaintained().await;
    let store: Store<Recipe> = db.store(HashingModel::default()).await.unwrap();
    store.add(rows()).await.unwrap();
    let search = store.search("tomato soup").rerank(Mmr::default());
    let (hits, receipt) = search.with_receipt().await.unwrap();
    assert_eq!(store.replay(&receipt).rerank(Mmr::default()).await.unwrap(), hits);
    let without: Store<Recipe> = db.store(NoModel).await.unwrap();
    let error = without.replay(&receipt).rerank(Mmr::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("vector")), "{error}");
    assert!(error.message().contains("the kind of the model"), "{error}");
}
