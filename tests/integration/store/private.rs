//! Private text and models that send text to another machine.

mod reranked;

use datus_store::model::{Checked, EmbeddingModel, ModelIdentity, ModelTag, Role, async_trait};
use datus_store::{BoxError, EmbeddingRecord, ErrorKind, Store};

use super::memory;
use crate::support::models::{Toy, vector};

/// A model behind an endpoint on another machine.
struct Away(ModelIdentity);

impl Away {
    fn new() -> Self {
        Self(ModelIdentity::new("away", 3))
    }
}

#[async_trait]
impl EmbeddingModel for Away {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(texts.iter().map(|text| vector(text)).collect())
    }

    fn sends_text_away(&self) -> bool {
        true
    }
}

/// A tag that does not mark its model as remote.
struct Understated;

impl ModelTag for Understated {
    const ID: &'static str = "away";
    const DIMENSION: usize = 3;
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "letters")]
struct Letter {
    #[datus(key)]
    id: i64,
    #[datus(embed(metric = l2), private)]
    text: String,
}

#[tokio::test]
async fn a_table_with_private_text_is_not_opened_with_a_model_that_sends_it_away() {
    let db = memory().await;
    let error = db.store::<Letter>(Away::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("text")));
    assert!(error.message().contains("`away`"), "{error}");
    assert_eq!(db.table_names().await.unwrap(), Vec::<String>::new(), "nothing is created");

    let store: Store<Letter> = db.store(Toy::new()).await.unwrap();
    store.add([Letter { id: 1, text: "1 2 3".to_owned() }]).await.unwrap();
    let letters = store.search("1 2 3").await.unwrap();
    assert_eq!((letters[0].record.id, letters[0].record.text.as_str()), (1, "1 2 3"));
}

#[tokio::test]
async fn the_claim_of_a_model_overrides_its_tags() {
    #[derive(Debug, EmbeddingRecord)]
    struct Tagged {
        #[datus(embed(model = Understated), private)]
        text: String,
    }

    let model = Checked::<Understated>::new(Away::new()).unwrap();
    let error = memory().await.store::<Tagged>(model).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("text")));
    assert_eq!(Tagged { text: String::new() }.text, "");
}

#[tokio::test]
async fn one_private_field_makes_the_whole_text_private() {
    #[derive(Debug, EmbeddingRecord)]
    struct Patient {
        #[datus(private)]
        name: String,
        #[datus(embed(template = "{name}: {notes}"))]
        notes: String,
    }

    let error = memory().await.store::<Patient>(Away::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("name")));
    let patient = Patient { name: String::new(), notes: String::new() };
    assert_eq!((patient.name.len(), patient.notes.len()), (0, 0));
}

#[tokio::test]
async fn text_that_is_not_private_may_be_sent_away() {
    #[derive(Debug, EmbeddingRecord)]
    struct Article {
        #[datus(private)]
        author: String,
        #[datus(embed(metric = l2))]
        text: String,
    }

    let store: Store<Article> = memory().await.store(Away::new()).await.unwrap();
    store.add([Article { author: "Ann".to_owned(), text: "1 2 3".to_owned() }]).await.unwrap();
    let found = store.search("1 2 3").first().await.unwrap().unwrap().record;
    assert_eq!((found.author.as_str(), found.text.as_str()), ("Ann", "1 2 3"));
}
