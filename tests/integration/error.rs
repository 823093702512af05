//! A user can cause every kind of error. A unit test of `error` checks that this file covers all kinds.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datus_store::lancedb::database::CreateTableMode;
use datus_store::model::{EmbeddingModel, HashingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::rerank::{Candidate, Ranked, RerankQuery, Reranker};
use datus_store::{BoxError, ColumnEnum, Database, EmbeddingRecord, Error, ErrorKind, Store};
use futures::{StreamExt, stream};

use crate::store::{Note, memory, note, notes};
use crate::support::cloud::Cloud;
use crate::support::models::{Scripted, Toy};

#[track_caller]
fn assert_is(error: &Error, kind: ErrorKind, operation: &str) {
    assert_eq!((error.kind(), error.operation()), (kind, Some(operation)), "{error:?}");
    assert!(error.to_string().starts_with(operation), "{error}");
    let ends = error.help().map_or(error.message().to_owned(), |help| format!("{}: {help}", error.message()));
    assert!(!error.message().is_empty() && error.to_string().ends_with(&ends), "{error}");
    assert!(format!("{error:?}").starts_with(&format!("{}\n  kind: {kind}", error.message())), "{error:?}");
}

#[tokio::test]
async fn a_blank_query_is_invalid_input() {
    let error = notes(Toy::new()).await.search(" ").await.unwrap_err();
    assert_is(&error, ErrorKind::InvalidInput, "search");
    assert!(error.to_string().starts_with("search, table `notes`, column `vector`: "), "{error}");
    assert!(error.source().is_none());
}

#[tokio::test]
async fn a_table_of_a_different_model_is_a_schema_mismatch() {
    let db = memory().await;
    let _: Store<Note> = db.store(Toy::new()).await.unwrap();
    let error = db.store::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert_is(&error, ErrorKind::SchemaMismatch, "open");
}

#[tokio::test]
async fn a_model_that_fails_is_a_model_error_with_its_source() {
    let store: Store<Note> = memory().await.store(Scripted::new(|_| Err("no network".into()))).await.unwrap();
    let error = store.add([note(1, "1 2 3")]).await.unwrap_err();
    assert_is(&error, ErrorKind::Model, "add");
    assert_eq!(error.source().unwrap().to_string(), "no network");
}

#[tokio::test]
async fn a_dropped_or_unknown_table_is_not_found() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    db.drop_table("notes").await.unwrap();
    assert_is(&store.add([note(1, "1 2 3")]).await.unwrap_err(), ErrorKind::TableNotFound, "add");
    let error = memory().await.drop_table("nothing").await.unwrap_err();
    assert_is(&error, ErrorKind::TableNotFound, "drop_table");
    assert_eq!(error.table(), Some("nothing"));
}

#[tokio::test]
async fn a_uri_whose_feature_is_disabled_is_unsupported() {
    let error = Database::connect("gs://bucket").await.unwrap_err();
    assert_is(&error, ErrorKind::Unsupported, "connect");
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
enum State {
    Open,
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "tickets")]
struct Ticket {
    id: i64,
    state: State,
}

#[tokio::test]
async fn an_unknown_variant_is_a_decode_error_that_names_the_column() {
    let store: Store<Ticket> = memory().await.store(()).await.unwrap();
    let schema = store.schema().await.unwrap();
    let batch = RecordBatch::try_new(
        schema,
        vec![Arc::new(Int64Array::from(vec![1])), Arc::new(StringArray::from(vec!["unheard of"]))],
    );
    store.as_lancedb().add(batch.unwrap()).execute().await.unwrap();
    let error = store.search_all().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("state")), "{error:?}");
    assert_is(&error, ErrorKind::Decode, "search_all");
    assert_eq!(error.table(), Some("tickets"));
    assert_eq!(store.search_all().select(|t| t.id).await.unwrap(), [1]);
}

/// Fault 24: another program replaces the table that was opened.
#[tokio::test]
async fn a_table_that_is_replaced_during_a_write_has_changed() {
    let db = memory().await;
    let store: Store<Ticket> = db.store(()).await.unwrap();
    let rows = stream::iter((0..5000).map(|id| Ok::<_, io::Error>(Ticket { id, state: State::Open })));
    // The table is overwritten while the rows are being read.
    let overwrite = stream::once(async {
        let schema = Arc::new(Schema::new(vec![Field::new("other", DataType::Int64, false)]));
        let create = db.as_lancedb().create_empty_table("tickets", schema);
        create.mode(CreateTableMode::Overwrite).execute().await.unwrap();
        Ok(Ticket { id: 5000, state: State::Open })
    });
    let error = store.add_stream(rows.chain(overwrite).boxed()).await.unwrap_err();
    assert_is(&error, ErrorKind::TableChanged, "add");
    assert!(error.help().unwrap().contains("reopen"), "{error}");
}

/// Fault 25.
#[tokio::test]
async fn a_search_similar_to_a_missing_row_does_not_find_the_row() {
    let store = notes(Toy::new()).await;
    assert_eq!(store.get(7).await.unwrap(), None);
    let error = store.similar_to(7).await.unwrap_err();
    assert_is(&error, ErrorKind::RowNotFound, "search");
    assert_eq!(error.column(), Some("vector"));
}

#[tokio::test]
async fn a_second_reembed_of_a_store_is_a_conflict() {
    struct Never(ModelIdentity);
    #[async_trait]
    impl EmbeddingModel for Never {
        fn identity(&self) -> &ModelIdentity {
            &self.0
        }
        async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
            match texts == [PROBE_TEXT] {
                true => Ok(vec![vec![1.0, 2.0, 3.0]]),
                false => std::future::pending().await,
            }
        }
    }
    let store = notes(Toy::new()).await;
    store.add([note(1, "1 2 3")]).await.unwrap();
    let mut first = store.reembed(Never(ModelIdentity::new("never", 3))).into_future();
    // The re-embedding blocks others from its first poll until it is dropped.
    let error = loop {
        assert!(futures::poll!(&mut first).is_pending());
        if let Ok(Err(error)) = tokio::time::timeout(Duration::from_millis(10), store.drop_standby()).await {
            break error;
        }
    };
    assert_is(&error, ErrorKind::Conflict, "drop_standby");
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "recipes")]
struct Recipe {
    #[datus(embed)]
    title: String,
    #[datus(fts)]
    body: String,
}

#[tokio::test]
async fn a_hybrid_search_without_an_index_names_the_missing_index() {
    let store: Store<Recipe> = memory().await.store(HashingModel::new(16)).await.unwrap();
    let error = store.search("soup").full_text().await.unwrap_err();
    assert_is(&error, ErrorKind::MissingIndex, "search");
    assert_eq!(error.column(), Some("body"));
}

#[tokio::test]
async fn a_reranker_that_fails_is_a_reranker_error_with_its_source() {
    #[derive(Debug)]
    struct Broken;
    #[async_trait]
    impl Reranker for Broken {
        fn name(&self) -> &str {
            "broken"
        }
        async fn rerank(&self, _: &RerankQuery, _: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
            Err("no memory".into())
        }
    }
    let store: Store<Recipe> = memory().await.store(HashingModel::new(16)).await.unwrap();
    store.add([Recipe { title: "soup".into(), body: "water".into() }]).await.unwrap();
    let error = store.search("soup").rerank(Broken).await.unwrap_err();
    assert_is(&error, ErrorKind::Reranker, "search");
    assert_eq!(error.source().unwrap().to_string(), "no memory");
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "points")]
struct Point {
    number: i64,
    #[datus(embed(index = ivf_sq, metric = l2))]
    seed: Option<String>,
}

#[tokio::test]
async fn an_index_below_its_target_is_a_recall_error() {
    // With one row far away, 8 bits per component cannot distinguish the other rows.
    let store: Store<Point> = memory().await.store(Cloud::scattered()).await.unwrap();
    let near = (0..1000).map(|number| Point { number, seed: Some(format!("point {number}")) });
    store.add(near.chain([Point { number: -1, seed: Some("far".to_owned()) }])).await.unwrap();
    let error = store.create_indexes().recall_at(1).await.unwrap_err();
    assert_is(&error, ErrorKind::Recall, "create_indexes");
}

#[tokio::test]
async fn a_stream_that_fails_is_a_source_error_with_its_source() {
    let rows = [Ok(note(1, "1 2 3")), Err(io::Error::other("cut off"))];
    let error = notes(Toy::new()).await.add_stream(stream::iter(rows)).await.unwrap_err();
    assert_is(&error, ErrorKind::Source, "add");
    assert_eq!(error.source().unwrap().to_string(), "cut off");
}

#[tokio::test]
async fn damaged_files_are_an_engine_error() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path().to_str().unwrap()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    for file in std::fs::read_dir(folder.path().join("notes.lance/data")).unwrap() {
        std::fs::write(file.unwrap().path(), "no data file of Lance").unwrap();
    }
    let error = db.store::<Note>(Toy::new()).await.unwrap().search_all().await.unwrap_err();
    assert_is(&error, ErrorKind::Engine, "search_all");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_version_without_its_files_has_expired() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path().to_str().unwrap()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    std::fs::remove_dir_all(folder.path().join("notes.lance/data")).unwrap();
    let error = db.store::<Note>(Toy::new()).await.unwrap().search_all().await.unwrap_err();
    assert_is(&error, ErrorKind::Expired, "search_all");
    assert!(error.message().contains("deleted by hand") && error.help().is_some(), "{error}");
}
