//! Tables that get, change, or lose a column with several vectors.

use datus_store::evaluate::Question;
use datus_store::model::{HashingModel, Multi};
use datus_store::{Database, Embedding, EmbeddingRecord, ErrorKind, LanceTable, Store};

use super::{Document, Lists, counts, document, documents, filled, memory};
use crate::support::models::Toy;

/// The same table with one vector for each row.
mod single {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "documents")]
    pub(super) struct Document {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) topic: String,
        #[datus(embed, fts)]
        pub(super) text: Option<String>,
    }
}

#[tokio::test]
async fn a_table_of_single_vectors_is_embedded_again() {
    let db = memory().await;
    let before: Store<single::Document> = db.store(Toy::named(Lists::ID, 1.0)).await.unwrap();
    let row = |id, text: &str| single::Document { id, topic: "x".into(), text: Some(text.to_owned()) };
    before.add([row(1, "1 0 0 | 0 1 0"), row(2, "0 0 1")]).await.unwrap();
    // The name of the model is the same, but the type of the column differs.
    let error = db.store::<Document>(Lists::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.help().unwrap().contains("`Database::reembed`"), "{error}");

    let done = db.reembed::<Document>(Lists::named("new")).await.unwrap();
    assert_eq!((done.rows, done.embedded), (2, 2));
    let store: Store<Document> = db.store(Lists::named("new")).await.unwrap();
    assert_eq!(counts(&store).await, [Some(2), Some(1)]);
    assert_eq!(store.search("0 1 0").limit(1).await.unwrap()[0].record.id, 1);
    let error = db.store::<single::Document>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[tokio::test]
async fn a_store_changes_its_model_while_it_is_in_use() {
    let store = filled(Lists::new()).await;
    let question = || [Question::new("1 0 0", [1])];
    let done = store
        .reembed(Lists::named("other"))
        .only_if(question(), |t| t.id, |old, new| new.recall(1) >= old.recall(1))
        .await
        .unwrap();
    assert_eq!((done.rows, done.embedded), (3, 3));
    assert_eq!(counts(&store).await, [Some(1), Some(2), Some(3), None]);
    let old = Embedding::multi(Lists::ID, [[1.0, 0.0, 0.0]]).unwrap();
    assert!(store.search(old).await.unwrap_err().to_string().contains("made by `lists`"));
    assert_eq!(store.upsert([document(1, "1 0 0")]).await.unwrap().unchanged, 1);
}

#[tokio::test]
async fn a_table_is_described_and_adopted() {
    let db = memory().await;
    let store: Store<Document> = db.store(Lists::new()).await.unwrap();
    store.add(documents()).await.unwrap();
    let described = db.describe("documents").await.unwrap();
    let code = described.to_string();
    assert!(code.contains("#[datus(embed(multi), fts)]\n    pub text: Option<String>,"), "{code}");

    // A table as another program creates it, without metadata.
    let batches = store.search_all().with_vectors().arrow().await.unwrap();
    let plain: Vec<_> = batches
        .iter()
        .map(|batch| {
            let schema = batch.schema();
            let fields = schema.fields().iter().map(|field| {
                arrow_schema::Field::clone(field).with_metadata(std::collections::HashMap::new())
            });
            let schema = std::sync::Arc::new(arrow_schema::Schema::new(fields.collect::<Vec<_>>()));
            arrow_array::RecordBatch::try_new(schema, batch.columns().to_vec()).unwrap()
        })
        .collect();
    let elsewhere: Database = memory().await;
    let table: LanceTable = elsewhere.as_lancedb().create_table("documents", plain).execute().await.unwrap();
    let wrong = elsewhere.adopt::<Document>(Shifted).await.unwrap_err();
    assert_eq!((wrong.kind(), table.version().await.unwrap()), (ErrorKind::Model, 1), "{wrong}");
    let adopted = elsewhere.adopt::<Document>(Lists::new()).await.unwrap();
    assert_eq!((adopted.rows, adopted.vectors[0].compared), (4, 3));
    assert!(adopted.vectors[0].cosine.unwrap() > 0.9999);
    let store: Store<Document> = elsewhere.store(Lists::new()).await.unwrap();
    assert_eq!(store.search("1 0 0").limit(1).await.unwrap()[0].record.id, 1);
}

/// A model with the same name but different vectors.
struct Shifted;

#[datus_store::model::async_trait]
impl datus_store::model::MultiEmbeddingModel for Shifted {
    fn identity(&self) -> &datus_store::model::ModelIdentity {
        static IDENTITY: std::sync::OnceLock<datus_store::model::ModelIdentity> = std::sync::OnceLock::new();
        IDENTITY.get_or_init(|| datus_store::model::ModelIdentity::new(Lists::ID, 3))
    }

    async fn embed_multi(
        &self,
        texts: &[&str],
        _role: datus_store::model::Role,
    ) -> Result<Vec<Vec<Vec<f32>>>, datus_store::BoxError> {
        Ok(texts.iter().map(|_| vec![vec![-1.0, -1.0, -1.0]]).collect())
    }
}

/// A record with both kinds of vectors.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Page {
    #[datus(scope)]
    site: String,
    #[datus(key)]
    path: String,
    #[datus(embed(column = "title_vector"))]
    title: String,
    #[datus(embed(multi, column = "body_vectors"))]
    body: String,
}

fn page(site: &str, path: &str, title: &str, body: &str) -> Page {
    Page { site: site.into(), path: path.into(), title: title.into(), body: body.into() }
}

#[tokio::test]
async fn a_record_has_single_and_several_vectors_and_scopes() {
    let db = memory().await;
    let pages: Store<Page> = db.store((HashingModel::new(64), Lists::new())).await.unwrap();
    let (a, b) = (pages.scoped("a"), pages.scoped("b"));
    a.add([page("a", "/1", "tea", "1 0 0 | 0 1 0"), page("a", "/2", "coffee", "0 0 1")]).await.unwrap();
    b.upsert([page("b", "/1", "tea", "1 0 0")]).await.unwrap();
    let hits = a.vector(|v| v.body).search("0 1 0").await.unwrap();
    let found: Vec<&str> = hits.iter().map(|hit| hit.record.path.as_str()).collect();
    assert_eq!(found, ["/1", "/2"]);
    let query: Embedding<Multi> = Embedding::multi(Lists::ID, [[1.0, 0.0, 0.0]]).unwrap();
    assert_eq!(b.vector(|v| v.body).search(query).await.unwrap().len(), 1);
    assert_eq!(a.vector(|v| v.title).search("coffee").limit(1).await.unwrap()[0].record.path, "/2");
    assert_eq!(a.vector(|v| v.body).similar_to("/1").await.unwrap()[0].record.path, "/2");
    let vectors = a.search_all().path("/1").with_vectors().first().await.unwrap().unwrap().vectors;
    let counts: Vec<usize> = vectors.iter().flatten().map(|vectors| vectors.vectors().count()).collect();
    assert_eq!(counts, [1, 2]);
}
