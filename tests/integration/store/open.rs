use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use datus_store::model::{Checked, EmbeddingModel, HashingModel, ModelTag};
use datus_store::record::Difference;
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::{Note, line, memory, note, notes_of};
use crate::support::models::Toy;

mod written {
    #[derive(Debug, datus_store::EmbeddingRecord)]
    #[datus(table = "pages")]
    pub(super) struct Page {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) gone: String,
        pub(super) size: i32,
        pub(super) title: Option<String>,
        pub(super) body: String,
        #[datus(embed(metric = l2))]
        pub(super) text: String,
    }
}

mod opened {
    #[derive(Debug, datus_store::EmbeddingRecord)]
    #[datus(table = "pages", key(id, size))]
    pub(super) struct Page {
        pub(super) id: i64,
        pub(super) size: i64,
        pub(super) title: String,
        #[datus(embed(metric = cosine))]
        pub(super) body: String,
        pub(super) text: String,
        pub(super) new: bool,
    }
}

#[tokio::test]
async fn opening_creates_the_table_once() {
    let db = memory().await;
    let first: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!(
        (db.table_names().await.unwrap(), first.count().await.unwrap()),
        (vec!["notes".to_owned()], 0)
    );
    first.add([note(1, "1 2 3")]).await.unwrap();
    let version = first.version().await.unwrap();

    let second: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!((second.count().await.unwrap(), second.version().await.unwrap()), (1, version));
    assert_eq!((second.table_name(), format!("{second:?}")), ("notes", "Store(\"notes\")".to_owned()));
}

#[tokio::test]
async fn one_error_lists_every_difference_and_nothing_is_changed() {
    let db = memory().await;
    let pages: Store<written::Page> = db.store(Toy::new()).await.unwrap();
    let text = || "1 2 3".to_owned();
    let page =
        written::Page { id: 1, gone: text(), size: 1, title: Some(text()), body: text(), text: text() };
    pages.add([page]).await.unwrap();
    let (version, schema) = (pages.version().await.unwrap(), pages.schema().await.unwrap());

    let error = db.store::<opened::Page>(HashingModel::new(8)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert_eq!((error.operation(), error.table()), (Some("open"), Some("pages")));
    let differences = error.differences();
    let has = |wanted: fn(&Difference) -> bool| differences.iter().filter(|found| wanted(found)).count() == 1;
    assert!(has(|d| matches!(d, Difference::Missing { column, .. } if column == "new")));
    assert!(has(|d| matches!(d, Difference::Extra { column, .. } if column == "gone")));
    assert!(has(
        |d| matches!(d, Difference::Type { column, expected: DataType::Int64, found: DataType::Int32 }
        if column == "size")
    ));
    assert!(has(|d| matches!(d, Difference::Nullability { column, expected: false } if column == "title")));
    assert!(has(
        |d| matches!(d, Difference::Dimension { column, expected: 8, found: 3 } if column == "vector")
    ));
    assert!(has(|d| matches!(d, Difference::Model { expected, found: Some(found), .. }
        if expected.id == HashingModel::ID && found.id == Toy::ID)));
    assert!(has(|d| matches!(d, Difference::Metric { expected, found, .. }
        if expected == "cosine" && found.as_deref() == Some("l2"))));
    assert!(has(|d| matches!(d, Difference::Source { expected, found, .. }
        if expected == "body" && found.as_deref() == Some("text"))));
    assert!(has(
        |d| matches!(d, Difference::Key { expected, found } if expected == &["id", "size"] && found == &["id"])
    ));
    assert_eq!(differences.len(), 9, "{differences:#?}");

    let message = error.to_string();
    assert!(differences.iter().all(|difference| message.contains(&difference.to_string())), "{message}");
    for part in [
        "`Page`",
        "was not changed",
        "column `gone`",
        "datus/hashing@1 (8 dimensions, normalized)",
        "belongs to a newer struct",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!message.contains("ApplySafe"), "it would be refused: {message}");
    assert_eq!((pages.version().await.unwrap(), pages.schema().await.unwrap()), (version, schema));
    assert_eq!(pages.count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_different_model_of_the_same_dimension_is_refused() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(1)).await.unwrap();
    let error = db.store::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert!(matches!(error.differences(), [Difference::Model { .. }]), "{error}");
    assert!(error.message().contains("toy (3 dimensions)"), "{error}");
    let help = error.help().unwrap();
    assert!(help.contains("Open it with the model"), "{error}");
    assert!(help.contains("`Database::reembed`"), "{error}");
    assert!(!help.contains("ApplySafe"), "it would be refused: {error}");
}

#[tokio::test]
async fn a_table_of_a_different_program_is_compared_by_its_columns() {
    let db = memory().await;
    let vector = DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), 3);
    let fields = vec![
        Field::new("id", DataType::Int64, false),
        Field::new("topic", DataType::Utf8, false),
        Field::new("rank", DataType::Int32, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("vector", vector, true),
    ];
    db.as_lancedb().create_empty_table("notes", Arc::new(Schema::new(fields))).execute().await.unwrap();
    let error = db.store::<Note>(Toy::new()).await.unwrap_err();
    let [
        Difference::Model { found: None, .. },
        Difference::Metric { found: None, .. },
        Difference::Source { found: None, .. },
        Difference::Key { .. },
    ] = error.differences()
    else {
        panic!("{error}")
    };
    assert!(error.message().contains("does not record which model made vector"), "{error}");
}

mod versions {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "tasks")]
    pub(super) struct Old {
        pub(super) id: i64,
    }

    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "tasks")]
    pub(super) struct New {
        #[datus(default = "nobody")]
        pub(super) owner: String,
        pub(super) id: i64,
        #[datus(default)]
        pub(super) due: Option<i32>,
    }

    #[derive(Debug, datus_store::EmbeddingRecord)]
    #[datus(table = "tasks")]
    pub(super) struct Ranked {
        pub(super) id: i64,
        pub(super) rank: Option<i32>,
    }
}

#[tokio::test]
async fn a_safe_change_is_the_first_remedy() {
    let db = memory().await;
    let old: Store<versions::Old> = db.store(()).await.unwrap();
    let error = db.store::<versions::Ranked>(()).await.unwrap_err();
    let help = error.help().unwrap();
    assert!(help.contains("no rows") && help.contains("`.drift(Drift::ApplySafe)`"), "{error}");
    old.add([versions::Old { id: 1 }]).await.unwrap();
    let error = db.store::<versions::Ranked>(()).await.unwrap_err();
    assert!(matches!(error.differences(), [Difference::Missing { .. }]), "{error}");
    let help = error.help().unwrap();
    assert!(help.starts_with("Open it with `.drift(Drift::ApplySafe)`"), "{error}");
    assert!(help.contains("`db.plan::<Ranked>(models)`"), "{error}");
}

#[tokio::test]
async fn columns_with_a_default_may_be_missing_until_a_write() {
    use versions::{New, Old};
    let db = memory().await;
    db.store::<Old>(()).await.unwrap().add([Old { id: 1 }]).await.unwrap();

    let store: Store<New> = db.store(()).await.unwrap();
    let row = New { owner: "nobody".to_owned(), id: 1, due: None };
    assert_eq!(store.search_all().await.unwrap(), std::slice::from_ref(&row));
    assert_eq!(store.search_all().id(1).first().await.unwrap(), Some(row.clone()));
    let version = store.version().await.unwrap();
    let error = store.add([row]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.message().contains("`owner`, `due`"), "{error}");
    assert!(error.help().unwrap().contains("drift(Drift::ApplySafe)"), "{error}");
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 1));
    assert_eq!(store.delete().filter(|t| t.id.eq(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_database_may_have_any_number_of_other_tables() {
    let db = memory().await;
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    for number in 0..30 {
        let name = format!("other_{number}");
        db.as_lancedb().create_empty_table(name, Arc::clone(&schema)).execute().await.unwrap();
    }
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    let again: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!(again.count().await.unwrap(), 1);
    assert_eq!(db.table_names().await.unwrap().len(), 31);
}

#[tokio::test]
async fn dropping_a_table_twice_is_an_error() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    db.drop_table("notes").await.unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
    let error = db.drop_table("notes").await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::TableNotFound, Some("notes")));
    assert_eq!(db.store::<Note>(Toy::new()).await.unwrap().count().await.unwrap(), 0);
}

struct Hashing8;

impl ModelTag for Hashing8 {
    const ID: &'static str = HashingModel::ID;
    const DIMENSION: usize = 8;
}

#[derive(Debug, EmbeddingRecord)]
struct Tagged {
    #[datus(embed(model = Hashing8))]
    text: String,
}

#[tokio::test]
async fn a_model_chosen_at_run_time_opens_the_table_of_its_tag() {
    let db = memory().await;
    let model = Checked::<Hashing8>::new(HashingModel::new(8)).unwrap();
    let store: Store<Tagged> = db.store(model).await.unwrap();
    store.add([Tagged { text: "some words".to_owned() }]).await.unwrap();
    assert_eq!(store.search("words").await.unwrap()[0].record.text, "some words");
    assert_eq!(Checked::<Hashing8>::new(HashingModel::new(9)).unwrap_err().kind(), ErrorKind::Model);
}

#[tokio::test]
async fn the_lancedb_table_is_accessible() {
    let store = notes_of(&line(10)).await;
    assert_eq!(store.as_lancedb().count_rows(Some("id < 3".to_owned())).await.unwrap(), 3);
    assert_eq!(store.as_lancedb().name(), "notes");
    store.as_lancedb().delete("id < 3").await.unwrap();
    assert_eq!(store.count().await.unwrap(), 7);
}

#[tokio::test]
async fn the_schema_follows_the_record_and_its_model() {
    let store = notes_of(&line(1)).await;
    let expected = Note::definition().arrow_schema(&[Toy::new().identity().clone()]);
    let schema = store.schema().await.unwrap();
    // The table also has Lance's own markers for the key, and the probe vector of the model.
    let own = |key: &String| !key.starts_with("lance-schema:") && key != "datus:model.probe";
    let fields = schema.fields().iter().map(|field| {
        let metadata = field.metadata().clone().into_iter().filter(|(key, _)| own(key)).collect();
        Field::clone(field).with_metadata(metadata)
    });
    let fields: Vec<Field> = fields.collect();
    let mut metadata = schema.metadata().clone();
    assert!(metadata.remove("datus:table_id").is_some_and(|id| id.len() == 32));
    assert_eq!(Schema::new_with_metadata(fields, metadata), *expected);
    assert!(schema.field_with_name("vector").unwrap().metadata().contains_key("datus:model.probe"));
}
