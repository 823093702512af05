//! Checks that the model is still the one that computed the vectors.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datus_store::model::{EmbeddingModel, EmbeddingModelExt, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::{BoxError, Store};

use super::{Note, memory};
use crate::support::models::Toy;

/// A model whose vectors can change while it is in use.
struct Turning {
    identity: ModelIdentity,
    turned: Arc<AtomicBool>,
}

#[async_trait]
impl EmbeddingModel for Turning {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let vector =
            if self.turned.load(Ordering::SeqCst) { vec![3.0, 2.0, 1.0] } else { vec![1.0, 2.0, 3.0] };
        Ok(vec![vector; texts.len()])
    }
}

#[tokio::test]
async fn a_model_that_changed_is_found_behind_a_cache_that_has_the_probe_text() {
    let turned = Arc::new(AtomicBool::new(false));
    let model = Turning { identity: ModelIdentity::new(Toy::ID, 3), turned: Arc::clone(&turned) };
    let model = model.cached(10).with_documents();
    // The cache keeps the vector of the probe text, like that of any other text.
    model.embed(&[PROBE_TEXT], Role::Document).await.unwrap();
    let store: Store<Note> = memory().await.store(model).await.unwrap();
    store.verify_model().await.unwrap();
    turned.store(true, Ordering::SeqCst);
    let error = store.verify_model().await.unwrap_err();
    assert!(error.message().contains("0.7143"), "{error}");
}
