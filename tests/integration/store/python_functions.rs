//! The embedding functions of LanceDB's Python client in the metadata of tables that this crate creates.

use datus_store::evaluate::Question;
use datus_store::model::{
    EmbeddingModel, EmbeddingModelExt, HashingModel, ModelIdentity, PythonFunction, Role, async_trait,
};
use datus_store::{BoxError, Drift, EmbeddingRecord, ErrorKind, Store};

use super::{Note, memory, note};
use crate::support::models::Toy;

/// A model that is available in Python under the given name.
#[derive(Clone)]
struct Known(&'static str, Toy);

#[async_trait]
impl EmbeddingModel for Known {
    fn identity(&self) -> &ModelIdentity {
        self.1.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.1.embed(texts, role).await
    }

    fn python_function(&self) -> Option<PythonFunction> {
        Some(PythonFunction::new("toys").with("name", self.0).with("normalize", false).with("dim", 3))
    }
}

fn known(name: &'static str) -> Known {
    Known(name, Toy::named(name, 1.0))
}

async fn functions<R: EmbeddingRecord>(store: &Store<R>) -> Option<serde_json::Value> {
    let schema = store.schema().await.unwrap();
    assert!(!schema.metadata().contains_key("lancedb::column_definitions"));
    schema.metadata().get("embedding_functions").map(|text| serde_json::from_str(text).unwrap())
}

fn expected(name: &str, source: &str, vector: &str) -> Option<serde_json::Value> {
    let model = serde_json::json!({ "name": name, "normalize": false, "dim": 3 });
    Some(serde_json::json!([
        { "name": "toys", "model": model, "source_column": source, "vector_column": vector }
    ]))
}

#[tokio::test]
async fn a_new_table_records_the_function_of_a_model_that_python_knows() {
    let notes: Store<Note> = memory().await.store(known("a").cached(10)).await.unwrap();
    assert_eq!(functions(&notes).await, expected("a", "text", "vector"));
    let notes: Store<Note> = memory().await.store(Toy::new()).await.unwrap();
    assert_eq!(functions(&notes).await, None);
    // Python would not add the prefixes.
    let prefixed = known("a").with_prefixes("1 ", "2 ").unwrap();
    let notes: Store<Note> = memory().await.store(prefixed).await.unwrap();
    assert_eq!(functions(&notes).await, None);
}

#[tokio::test]
async fn a_template_has_no_function_since_python_embeds_one_column() {
    #[derive(Debug, EmbeddingRecord)]
    struct Page {
        title: String,
        #[datus(embed(template = "{title}: {body}"))]
        body: String,
    }
    let pages: Store<Page> = memory().await.store(known("a")).await.unwrap();
    assert_eq!(functions(&pages).await, None);
}

#[tokio::test]
async fn the_function_follows_the_model_of_a_reembedded_table() {
    let db = memory().await;
    let notes: Store<Note> = db.store(known("a")).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    let swap = notes.reembed(known("b")).await.unwrap().version.unwrap();
    // Python must not search the new vectors with the old model, not even for a moment.
    let raw = db.as_lancedb().open_table("notes").execute().await.unwrap();
    raw.checkout(swap).await.unwrap();
    assert!(!raw.schema().await.unwrap().metadata().contains_key("embedding_functions"));
    assert_eq!(functions(&notes).await, expected("b", "text", "vector"));
    notes.reembed(HashingModel::new(8)).discard_standby().await.unwrap();
    assert_eq!(functions(&notes).await, None);
    notes.reembed(known("c")).discard_standby().await.unwrap();
    assert_eq!(functions(&notes).await, expected("c", "text", "vector"));
    // An empty table accepts a new model without embedding.
    notes.delete().all_rows().await.unwrap();
    let notes: Store<Note> = db.store(known("d")).drift(Drift::ApplySafe).await.unwrap();
    assert_eq!(functions(&notes).await, expected("d", "text", "vector"));
    let notes: Store<Note> = db.store(Toy::new()).drift(Drift::ApplySafe).await.unwrap();
    assert_eq!(functions(&notes).await, None);
}

#[tokio::test]
async fn a_table_keeps_its_function_if_the_new_vectors_fail_their_condition() {
    let db = memory().await;
    let notes: Store<Note> = db.store(known("a")).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    let questions = || [Question::new("1 2 3", [1])];
    let refused = notes.reembed(known("b")).only_if(questions(), |t| t.id, |_, _| false).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Recall);
    assert_eq!(functions(&notes).await, expected("a", "text", "vector"));
    notes.reembed(known("b")).only_if(questions(), |t| t.id, |_, _| true).await.unwrap();
    assert_eq!(functions(&notes).await, expected("b", "text", "vector"));
}

#[tokio::test]
async fn the_function_follows_renamed_columns() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct Renamed {
        #[datus(key)]
        id: i64,
        topic: String,
        rank: Option<i32>,
        #[datus(rename_from = "text", embed(column = "meaning", metric = l2))]
        body: Option<String>,
    }
    let db = memory().await;
    let notes: Store<Note> = db.store(known("a")).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    let renamed: Store<Renamed> = db.store(known("a")).drift(Drift::ApplySafe).await.unwrap();
    assert_eq!(functions(&renamed).await, expected("a", "body", "meaning"));
}
