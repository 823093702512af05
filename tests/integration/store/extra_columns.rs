//! Columns that the record lacks, and vectors without a model.

use datus_store::{Drift, EmbeddingRecord, ErrorKind, ExtraColumns, Store};

use super::{Note, ids, line, memory, note};
use crate::support::models::Toy;

/// A struct without the rank, the text and the vector.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "notes")]
struct Topic {
    #[datus(key)]
    id: i64,
    topic: String,
}

/// A struct that holds the vector as a field, and needs no model.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "notes")]
struct Point {
    #[datus(key)]
    id: i64,
    topic: String,
    rank: Option<i32>,
    text: Option<String>,
    vector: Option<[f32; 3]>,
}

#[tokio::test]
async fn a_struct_with_some_of_the_columns_reads_the_table() {
    let db = memory().await;
    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    notes.add(line(20)).await.unwrap();
    let error = db.store::<Topic>(()).await.unwrap_err();
    assert_eq!(error.differences().len(), 3, "{error}");

    let topics: Store<Topic> = db.store(()).extra_columns(ExtraColumns::Allow).await.unwrap();
    assert_eq!(topics.search_all().topic("even").count().await.unwrap(), 10);
    let last = topics.search_all().order_by(|t| t.id.desc()).first().await.unwrap();
    assert_eq!(last, Some(Topic { id: 19, topic: "odd".to_owned() }));
    assert_eq!(topics.get(3).await.unwrap().unwrap().id, 3);
    assert_eq!(topics.delete().filter(|t| t.id.lt(10)).await.unwrap(), 10);
    topics.health().await.unwrap();
    // Reopening the store keeps the setting.
    notes.as_lancedb().add_columns().transform(lance_null_column("added")).execute().await.unwrap();
    topics.reopen().await.unwrap();
    assert_eq!(topics.count().await.unwrap(), 10);
    assert_eq!(
        db.store::<Topic>(()).extra_columns(ExtraColumns::Refuse).await.unwrap_err().differences().len(),
        4
    );
}

fn lance_null_column(name: &str) -> datus_store::lancedb::table::NewColumnTransform {
    let field = arrow_schema::Field::new(name, arrow_schema::DataType::Int32, true);
    let schema = arrow_schema::Schema::new(vec![field]);
    datus_store::lancedb::table::NewColumnTransform::AllNulls(std::sync::Arc::new(schema))
}

#[tokio::test]
async fn rows_without_a_value_for_a_column_of_the_table_are_not_written() {
    let db = memory().await;
    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    notes.add(line(3)).await.unwrap();
    let topics: Store<Topic> = db.store(()).extra_columns(ExtraColumns::Allow).await.unwrap();
    let row = || [Topic { id: 1, topic: "new".to_owned() }];
    let version = notes.version().await.unwrap();
    let errors = [
        topics.add(row()).await.unwrap_err(),
        topics.upsert(row()).await.unwrap_err(),
        topics.sync(row()).all_rows().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert!(error.message().contains("`rank`, `text`, `vector`"), "{error}");
    }
    assert_eq!(notes.version().await.unwrap(), version);
    assert_eq!(ids(&notes.search_all().order_by(|t| t.id.asc()).await.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn a_table_with_all_columns_is_written_as_usual() {
    let db = memory().await;
    let notes: Store<Note> = db.store(Toy::new()).extra_columns(ExtraColumns::Allow).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    notes.upsert([note(1, "3 2 1")]).await.unwrap();
    assert_eq!(notes.count().await.unwrap(), 1);
}

#[tokio::test]
async fn safe_changes_do_not_drop_extra_columns() {
    #[derive(Debug, PartialEq, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct More {
        #[datus(key)]
        id: i64,
        topic: String,
        owner: Option<String>,
    }
    for rows in [0, 3] {
        let db = memory().await;
        let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
        notes.add(line(rows)).await.unwrap();
        let open = || db.store::<More>(()).extra_columns(ExtraColumns::Allow);
        let more = open().drift(Drift::ApplySafe).await.unwrap();
        assert_eq!(more.applied().len(), 2, "{:?}", more.applied());
        assert_eq!(open().drift(Drift::ApplySafe).await.unwrap().applied(), []);
        let schema = notes.schema().await.unwrap();
        for column in ["owner", "rank", "text", "vector"] {
            assert!(schema.field_with_name(column).is_ok(), "{column} of {rows} rows");
        }
    }
}

#[tokio::test]
async fn an_empty_table_that_is_replaced_keeps_extra_columns() {
    #[derive(Debug, PartialEq, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct ByTopic {
        id: i32,
        #[datus(key)]
        topic: String,
    }
    let db = memory().await;
    let _: Store<Note> = db.store(Toy::new()).await.unwrap();
    let open = || db.store::<ByTopic>(()).extra_columns(ExtraColumns::Allow).drift(Drift::ApplySafe);
    let store = open().await.unwrap();
    let schema = store.schema().await.unwrap();
    assert_eq!(schema.fields().len(), 5, "{schema}");
    assert_eq!(open().await.unwrap().applied(), []);
}

#[tokio::test]
async fn a_vector_is_read_and_written_as_an_array_without_a_model() {
    let db = memory().await;
    let point = |id: i64, vector| Point { id, topic: "a".into(), rank: None, text: None, vector };
    let points: Store<Point> = db.store(()).await.unwrap();
    let rows = [point(1, Some([1.0, -0.5, 0.0])), point(2, None), point(3, Some([f32::MAX, 0.0, f32::MIN]))];
    points.add(&rows).await.unwrap();
    points.upsert([point(2, Some([0.0, 0.0, 1.0]))]).await.unwrap();
    let found = points.search_all().order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(found, [rows[0].clone(), point(2, Some([0.0, 0.0, 1.0])), rows[2].clone()]);
    assert_eq!(points.search_all().filter(|t| t.vector.is_null()).count().await.unwrap(), 0);

    // The vectors in a table that this crate created are read in the same way, and the model stays recorded.
    let db = memory().await;
    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    let points: Store<Point> = db.store(()).await.unwrap();
    assert_eq!(points.search_all().await.unwrap()[0].vector, Some([1.0, 2.0, 3.0]));
}
