use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datus_store::model::{EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::{BoxError, BulkPart, ErrorKind};
use serde_json::Value;

use super::{count, database, line, open, write_all};
use crate::store::Note;
use crate::support::models::Toy;

/// A model with the name of [`Toy`], which embeds differently once `drifted` is set.
#[derive(Clone)]
struct Drifting {
    identity: ModelIdentity,
    drifted: Arc<AtomicBool>,
    embedded: Arc<AtomicUsize>,
}

impl Drifting {
    fn new(drifted: bool) -> Self {
        Self {
            identity: ModelIdentity::new(Toy::ID, 3),
            drifted: Arc::new(drifted.into()),
            embedded: Arc::default(),
        }
    }
}

#[async_trait]
impl EmbeddingModel for Drifting {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts != [PROBE_TEXT] {
            self.embedded.fetch_add(texts.len(), Ordering::SeqCst);
        }
        let mut vectors = Toy::new().embed(texts, role).await?;
        if self.drifted.load(Ordering::SeqCst) {
            vectors.iter_mut().for_each(|vector| vector.rotate_left(1));
        }
        Ok(vectors)
    }
}

#[tokio::test]
async fn a_worker_whose_model_embeds_differently_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(1).start().await.unwrap();
    let db = database(folder.path()).await;
    let other = db.store::<Note>(Drifting::new(true)).await.unwrap();
    let error = other.bulk_worker(&job).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")));
    assert!(error.message().contains("the model of the worker"), "{error}");
    assert!(error.message().contains("embeds differently"), "{error}");
    let error = other.bulk().start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
}

#[tokio::test]
async fn a_model_that_changes_between_two_parts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = Drifting::new(false);
    let store = database(folder.path()).await.store::<Note>(model.clone()).await.unwrap();
    let job = store.bulk().parts(2).start().await.unwrap();
    let worker = store.bulk_worker(&job).await.unwrap();
    worker.write(0, super::rows_of(&job, &line(20), 0)).await.unwrap();
    let embedded = model.embedded.load(Ordering::SeqCst);
    model.drifted.store(true, Ordering::SeqCst);
    let error = worker.write(1, super::rows_of(&job, &line(20), 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    assert_eq!(model.embedded.load(Ordering::SeqCst), embedded, "nothing was embedded for it");
}

#[tokio::test]
async fn a_part_with_the_vectors_of_a_different_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &line(20)).await;
    // Returns a part as if a different model had written it.
    let changed = |change: &dyn Fn(&mut Value)| -> BulkPart {
        let mut part = serde_json::to_value(&parts[1]).unwrap();
        change(&mut part["models"][0]);
        serde_json::from_value(part).unwrap()
    };
    for part in [
        changed(&|model| model["identity"]["datus:model.id"] = "other".into()),
        changed(&|model| model["identity"]["datus:model.document_prefix"] = "passage: ".into()),
        // The vector is [1, -2, 3] instead of [1, 2, 3].
        changed(&|model| model["probe"] = "3f80c0004040".into()),
    ] {
        let error = store.commit_bulk(&job, [&parts[0], &part]).await.unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error:?}");
        assert!(error.message().contains("part 1"), "{error}");
    }
    assert_eq!(count(&store).await, 0);
    store.commit_bulk(&job, &parts).await.unwrap();
}

#[tokio::test]
async fn a_table_that_was_embedded_again_ends_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add(line(5)).await.unwrap();
    let job = store.bulk().parts(1).start().await.unwrap();
    let rows = line(10).split_off(5);
    let parts = write_all(&store, &job, &rows).await;
    store.reembed(Toy::named("other", 2.0)).await.unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("vector")), "{error:?}");
    assert_eq!(store.bulk_worker(&job).await.unwrap_err().kind(), ErrorKind::SchemaMismatch);
    assert_eq!(count(&store).await, 5);
}
