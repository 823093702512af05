//! The message of an error contains no Rust (fault 29). The remedy is in `help`.

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datus_store::lancedb::database::CreateTableMode;
use datus_store::model::HashingModel;
use datus_store::{ColumnEnum, Database, Drift, EmbeddingRecord, Error, LanceModel, Store, record};
use std::sync::Arc;

use crate::store::{Note, memory, note, notes};
use crate::support::models::{Scripted, Toy};

/// Rust syntax that a message must not contain.
const RUST: [&str; 13] = [
    "`.", "::", "#[", "|t|", "|_|", "Option", "None", "Some(", ".await", "`db.", "`store.", "()`", "struct ",
];

#[track_caller]
fn assert_plain(error: &Error) {
    for part in RUST {
        assert!(!error.message().contains(part), "the message has `{part}` in it: {error:?}");
    }
    assert!(!error.message().is_empty());
    let clauses = error.message().lines().next().unwrap();
    assert!(clauses.split_whitespace().count() <= 45, "the message is long: {error:?}");
}

mod other {
    #[derive(Debug, Clone, datus_store::EmbeddingRecord)]
    #[datus(table = "notes")]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i32,
        pub(super) topic: Option<String>,
        pub(super) more: f64,
        #[datus(embed(metric = cosine))]
        pub(super) text: String,
    }
}

mod newer {
    #[derive(Debug, Clone, datus_store::EmbeddingRecord)]
    #[datus(table = "notes", schema_version = 9)]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) topic: String,
        pub(super) rank: Option<i32>,
        #[datus(embed(metric = l2))]
        pub(super) text: Option<String>,
    }
}

#[tokio::test]
async fn errors_of_opening_and_changing_a_table() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    for model in [HashingModel::new(8), HashingModel::new(3)] {
        assert_plain(&db.store::<Note>(model).await.unwrap_err());
    }
    // The table is empty at first, and has a row later.
    assert_plain(&db.store::<other::Note>(Toy::new()).await.unwrap_err());
    store.add([note(1, "1 2 3")]).await.unwrap();
    assert_plain(&db.store::<other::Note>(Toy::new()).await.unwrap_err());
    assert_plain(&db.store::<other::Note>(Toy::new()).drift(Drift::ApplySafe).await.unwrap_err());
    assert_plain(&db.store::<Note>(HashingModel::new(8)).drift(Drift::ApplySafe).await.unwrap_err());
    let _newer: Store<newer::Note> = db.store(Toy::new()).drift(Drift::ApplySafe).await.unwrap();
    assert_plain(&db.store::<Note>(Toy::new()).await.unwrap_err());
    assert_plain(&store.count().await.unwrap_err());
    assert_plain(&store.reopen().await.unwrap_err());
    db.drop_table("notes").await.unwrap();
    assert_plain(&store.count().await.unwrap_err());
    assert_plain(&db.drop_table("notes").await.unwrap_err());
    let schema = Arc::new(Schema::new(vec![Field::new("other", DataType::Int64, false)]));
    let create = db.as_lancedb().create_empty_table("notes", schema).mode(CreateTableMode::Overwrite);
    create.execute().await.unwrap();
    assert_plain(&store.count().await.unwrap_err());
}

#[tokio::test]
async fn errors_of_reading() {
    let store = notes(Toy::new()).await;
    store.add([note(1, "1 2 3"), Note { text: None, ..note(2, "") }]).await.unwrap();
    assert_plain(&store.similar_to(7).await.unwrap_err());
    assert_plain(&store.similar_to(2).await.unwrap_err());
    assert_plain(&store.search_all().page(0).await.unwrap_err());
    assert_plain(&store.search_all().limit(3).page(1).await.unwrap_err());
    assert_plain(&store.search_all().offset(3).page(1).await.unwrap_err());
    let cursor = store.search_all().page(1).await.unwrap().next.unwrap();
    let elsewhere = notes(Toy::new()).await;
    assert_plain(&elsewhere.search_all().page(1).after(&cursor).await.unwrap_err());
}

#[tokio::test]
async fn errors_of_models() {
    let db = memory().await;
    let store: Store<Note> = db.store(Scripted::new(|_| Err("no network".into()))).await.unwrap();
    assert_plain(&store.search("1 2 3").await.unwrap_err());
    #[derive(Debug)]
    struct Texts;
    impl datus_store::lancedb::embeddings::EmbeddingFunction for Texts {
        fn name(&self) -> &str {
            "texts"
        }
        fn source_type(&self) -> datus_store::lancedb::Result<std::borrow::Cow<'_, DataType>> {
            Ok(std::borrow::Cow::Owned(DataType::Int32))
        }
        fn dest_type(&self) -> datus_store::lancedb::Result<std::borrow::Cow<'_, DataType>> {
            Ok(std::borrow::Cow::Owned(DataType::Int32))
        }
        fn compute_source_embeddings(&self, source: ArrayRef) -> datus_store::lancedb::Result<ArrayRef> {
            Ok(source)
        }
        fn compute_query_embeddings(&self, input: ArrayRef) -> datus_store::lancedb::Result<ArrayRef> {
            Ok(input)
        }
    }
    assert_plain(&LanceModel::new("texts", Arc::new(Texts)).unwrap_err());
    assert_plain(&datus_store::block_on(async { Ok::<_, Error>(()) }).unwrap_err());
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
enum Size {
    Small,
}

#[derive(Debug, EmbeddingRecord)]
#[allow(dead_code)]
struct Row {
    id: i32,
    size: Size,
}

#[test]
fn errors_of_decoding() {
    let column = |name: &str, array: ArrayRef| RecordBatch::try_from_iter([(name, array)]).unwrap();
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![Some(1)]));
    let rows =
        |size: ArrayRef| RecordBatch::try_from_iter([("id", Arc::clone(&ids)), ("size", size)]).unwrap();
    for batch in [
        column("id", Arc::clone(&ids)),
        rows(Arc::new(StringArray::from(vec![None::<&str>]))),
        rows(Arc::new(StringArray::from(vec!["Huge"]))),
        rows(Arc::new(Int32Array::from(vec![1]))),
    ] {
        assert_plain(&record::decode::<Row>(&batch).unwrap_err());
    }
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_reported_plainly() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_plain(&Database::connect(file.path()).await.unwrap_err());
}
