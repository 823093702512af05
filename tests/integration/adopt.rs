//! `Database::adopt`: tables that another program created (fault 41).

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, FixedSizeListArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datus_store::model::{EmbeddingModel, HashingModel, ModelIdentity, Role, async_trait};
use datus_store::record::Difference;
use datus_store::{
    BoxError, Database, Drift, EmbeddingRecord, Error, ErrorKind, ExtraColumns, LanceTable, Store,
};

use crate::store::{Note, memory, note};
use crate::support::models::Toy;

/// A [`Note`] whose vectors are compared by cosine distance.
#[derive(Debug, EmbeddingRecord)]
#[datus(table = "notes")]
struct ByAngle {
    #[datus(key)]
    id: i64,
    topic: String,
    rank: Option<i32>,
    #[datus(embed)]
    text: Option<String>,
}

/// A row of the `notes` table as another program writes it.
#[derive(Clone)]
struct Raw {
    id: Option<i64>,
    topic: Option<&'static str>,
    text: Option<&'static str>,
    vector: Option<[f32; 3]>,
}

fn raw(id: i64, text: &'static str, vector: [f32; 3]) -> Raw {
    Raw { id: Some(id), topic: Some("none"), text: Some(text), vector: Some(vector) }
}

/// Returns three rows with the vectors of [`Toy`], and one row without a text or a vector.
fn rows() -> Vec<Raw> {
    vec![
        raw(1, "1 0 0", [1.0, 0.0, 0.0]),
        raw(2, "0 2 0", [0.0, 2.0, 0.0]),
        raw(3, "0 0 3", [0.0, 0.0, 3.0]),
        Raw { text: None, vector: None, ..raw(4, "", [0.0; 3]) },
    ]
}

fn batch(rows: &[Raw], metadata: &[(&str, &str)]) -> RecordBatch {
    let item = Arc::new(Field::new("item", DataType::Float32, true));
    let fields = vec![
        Field::new("id", DataType::Int64, true),
        Field::new("topic", DataType::Utf8, true),
        Field::new("rank", DataType::Int32, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("vector", DataType::FixedSizeList(item, 3), true),
    ];
    let vectors = rows.iter().map(|row| row.vector.map(|vector| vector.map(Some)));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| row.id).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| row.topic).collect::<StringArray>()),
        Arc::new(arrow_array::Int32Array::from(vec![None; rows.len()])),
        Arc::new(rows.iter().map(|row| row.text).collect::<StringArray>()),
        Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 3)),
    ];
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), columns).unwrap()
}

/// Returns a database with a table that another program created.
async fn made_elsewhere(rows: &[Raw], metadata: &[(&str, &str)]) -> (Database, LanceTable) {
    let db = memory().await;
    let table = db.as_lancedb().create_table("notes", batch(rows, metadata)).execute().await.unwrap();
    (db, table)
}

/// Asserts that the table is still as the other program left it.
async fn assert_untouched(table: &LanceTable) {
    assert_eq!(table.version().await.unwrap(), 1);
}

#[tokio::test]
async fn a_table_of_a_different_program_is_adopted_in_one_commit_and_then_used_as_any_other() {
    let (db, table) = made_elsewhere(&rows(), &[("owner", "me")]).await;
    assert_eq!(db.store::<Note>(Toy::new()).await.unwrap_err().kind(), ErrorKind::SchemaMismatch);

    let model = Toy::new();
    let adopted = db.adopt::<Note>(model.clone()).await.unwrap();
    assert_eq!((adopted.rows, adopted.version), (4, Some(2)));
    let [vector] = &adopted.vectors[..] else { panic!("{adopted:?}") };
    assert_eq!((vector.column, vector.compared, vector.python_model.as_deref()), ("vector", 3, None));
    assert_eq!(vector.model, *model.identity());
    assert!(vector.cosine.unwrap() > 0.9999, "{vector:?}");

    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    let schema = notes.schema().await.unwrap();
    assert_eq!(schema.metadata()["owner"], "me");
    assert!(!schema.field_with_name("id").unwrap().is_nullable());
    assert!(db.plan::<Note>(Toy::new()).await.unwrap().is_empty());
    let hits = notes.search("0 2 1").limit(1).await.unwrap();
    assert_eq!(hits[0].record, note(2, "0 2 0"));
    // The store uses the key of the record: row 1 is updated, row 9 is inserted, and only their texts are embedded.
    let written = notes.upsert([note(1, "5 5 5"), note(9, "9 9 9")]).await.unwrap();
    assert_eq!((written.updated, written.inserted, written.embedded), (1, 1, 2));
    assert_eq!(notes.count().await.unwrap(), 5);
    assert_eq!(notes.verify_model().await.unwrap().len(), 1);
    drop(table);
}

#[tokio::test]
async fn a_second_adoption_does_nothing() {
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    db.adopt::<Note>(Toy::new()).await.unwrap();
    let again = db.adopt::<Note>(Toy::new()).await.unwrap();
    assert_eq!((again.rows, again.vectors.len(), again.version), (4, 0, None));
    table.checkout_latest().await.unwrap();
    assert_eq!(table.version().await.unwrap(), 2);

    // Adopting does not change the model that a table records.
    let error = db.adopt::<Note>(Toy::named("other", 1.0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.help().unwrap().contains("db.reembed"), "{error}");
}

#[tokio::test]
async fn a_wrong_model_is_refused_with_the_figure() {
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    let error = db.adopt::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation(), error.column()),
        (ErrorKind::Model, Some("adopt"), Some("vector"))
    );
    assert!(error.message().contains("mean cosine of 3 stored vectors"), "{error}");
    assert!(error.message().contains("below 0.99"), "{error}");
    assert_untouched(&table).await;
    assert_eq!(
        db.adopt::<Note>(HashingModel::new(3)).threshold(2.0).await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

/// A model whose vectors are at a given angle to those of [`Toy`]. It can write to the table during a call.
struct Turned {
    toy: Toy,
    add: f32,
    writes: Option<(LanceTable, Raw)>,
}

#[async_trait]
impl EmbeddingModel for Turned {
    fn identity(&self) -> &ModelIdentity {
        self.toy.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if let Some((table, row)) = &self.writes {
            table.add(batch(std::slice::from_ref(row), &[])).execute().await?;
        }
        let vectors = self.toy.embed(texts, role).await?;
        Ok(vectors
            .into_iter()
            .map(|vector| vector.into_iter().map(|value| value + self.add).collect())
            .collect())
    }
}

fn turned(add: f32) -> Turned {
    Turned { toy: Toy::new(), add, writes: None }
}

#[tokio::test]
async fn the_threshold_and_the_sample_are_chosen() {
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    let error = db.adopt::<ByAngle>(turned(0.2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert_untouched(&table).await;
    let adopted = db.adopt::<ByAngle>(turned(0.2)).threshold(0.9).await.unwrap();
    assert!((0.9..0.99).contains(&adopted.vectors[0].cosine.unwrap()), "{adopted:?}");

    let (db, _) = made_elsewhere(&rows(), &[]).await;
    let adopted = db.adopt::<Note>(HashingModel::new(3)).sample(0).await.unwrap();
    assert_eq!((adopted.vectors[0].compared, adopted.vectors[0].cosine), (0, None));
}

#[tokio::test]
async fn vectors_of_a_different_length_are_refused_unless_the_metric_is_cosine() {
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    let error = db.adopt::<Note>(Toy::named("twice", 2.0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(error.message().contains("mean length 2.000"), "{error}");
    assert_untouched(&table).await;
    db.adopt::<ByAngle>(Toy::named("twice", 2.0)).await.unwrap();
}

#[tokio::test]
async fn nulls_and_shared_keys_are_named() {
    let mut doubled = rows();
    doubled.extend([raw(2, "1 1 1", [1.0; 3]), raw(2, "1 1 1", [1.0; 3])]);
    let (db, table) = made_elsewhere(&doubled, &[]).await;
    let error = db.adopt::<Note>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(
        error.message().contains("2 rows have the same key (`id`) as an earlier row, such as `2`"),
        "{error}"
    );
    assert_untouched(&table).await;

    let mut nulls = rows();
    nulls.extend([
        Raw { id: None, ..raw(0, "1 1 1", [1.0; 3]) },
        Raw { topic: None, ..raw(7, "1 1 1", [1.0; 3]) },
    ]);
    let (db, table) = made_elsewhere(&nulls, &[]).await;
    let error = db.adopt::<Note>(Toy::new()).await.unwrap_err();
    for part in ["`id` is null in 1 row", "`topic` is null in 1 row"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert_untouched(&table).await;
}

#[tokio::test]
async fn a_row_that_is_written_during_the_check_is_checked_too() {
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    let model = Turned { writes: Some((table.clone(), raw(1, "1 1 1", [1.0; 3]))), ..turned(0.0) };
    let error = db.adopt::<Note>(model).await.unwrap_err();
    assert!(error.message().contains("the same key (`id`) as an earlier row, such as `1`"), "{error}");
    assert!(db.store::<Note>(Toy::new()).await.is_err());

    let (db, table) = made_elsewhere(&rows()[..3], &[]).await;
    let model = Turned { writes: Some((table.clone(), raw(7, "1 1 1", [1.0; 3]))), ..turned(0.0) };
    // Both calls to the model, for the sample and for the probe text, add row 7.
    assert_eq!(db.adopt::<Note>(model).await.unwrap_err().kind(), ErrorKind::SchemaMismatch);
    table.delete("id = 7").await.unwrap();
    db.adopt::<Note>(Toy::new()).await.unwrap();
}

#[tokio::test]
async fn columns_that_do_not_fit_are_listed_and_the_help_names_describe() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct Other {
        #[datus(key)]
        id: i32,
        missing: String,
        #[datus(embed)]
        text: Option<String>,
    }
    let (db, table) = made_elsewhere(&rows(), &[]).await;
    let error = db.adopt::<Other>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let columns: Vec<_> = error.differences().iter().filter_map(Difference::column).collect();
    assert_eq!(columns, ["id", "missing", "topic", "rank"], "{error}");
    let help = error.help().unwrap();
    assert!(help.contains("`db.describe(\"notes\")`") && help.contains("ExtraColumns::Allow"), "{error}");
    assert_untouched(&table).await;
    assert_eq!(memory().await.adopt::<Note>(Toy::new()).await.unwrap_err().kind(), ErrorKind::TableNotFound);
}

#[tokio::test]
async fn a_struct_with_some_of_the_columns_adopts_the_table_for_reading() {
    #[derive(Debug, PartialEq, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct Text {
        #[datus(embed(metric = l2))]
        text: Option<String>,
    }
    let (db, _) = made_elsewhere(&rows(), &[]).await;
    db.adopt::<Text>(Toy::new()).extra_columns(ExtraColumns::Allow).await.unwrap();
    let texts: Store<Text> = db.store(Toy::new()).extra_columns(ExtraColumns::Allow).await.unwrap();
    assert_eq!(
        texts.search("0 0 4").limit(1).await.unwrap()[0].record,
        Text { text: Some("0 0 3".to_owned()) }
    );
    let error = texts.add([Text { text: None }]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

/// Returns the metadata that Python writes for a model and its source column.
fn functions(model: &str, source: &str) -> String {
    format!(
        r#"[{{"name": "toy-function", "model": {{"name": "{model}"}}, "source_column": "{source}", "vector_column": "vector"}}]"#
    )
}

#[tokio::test]
async fn the_metadata_of_python_is_compared_and_kept() {
    let mine = functions("org/Toy", "text");
    let (db, table) = made_elsewhere(&rows(), &[("embedding_functions", &mine)]).await;
    let error = db.adopt::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert!(error.message().contains("the table records the model `org/Toy`"), "{error}");
    let adopted = db.adopt::<Note>(Toy::new()).await.unwrap();
    assert_eq!(adopted.vectors[0].python_model.as_deref(), Some("org/Toy"));
    table.checkout_latest().await.unwrap();
    assert_eq!(table.schema().await.unwrap().metadata()["embedding_functions"], mine);

    // Without vectors to compare, the name decides.
    let empty = [("embedding_functions", mine.as_str())];
    let (db, table) = made_elsewhere(&[], &empty).await;
    let error = db.adopt::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(error.message().contains("`org/Toy`"), "{error}");
    assert_untouched(&table).await;
    db.adopt::<Note>(Toy::new()).await.unwrap();

    // The vectors were computed from a different column.
    let (db, _) = made_elsewhere(&rows(), &[("embedding_functions", &functions("toy", "topic"))]).await;
    let error = db.adopt::<Note>(Toy::new()).await.unwrap_err();
    assert!(
        matches!(error.differences(), [Difference::Source { expected, found: Some(found), .. }]
            if expected == "text" && found == "topic"),
        "{error}"
    );
}

/// Following the help of any of these errors used to cause another of them.
#[tokio::test]
async fn the_errors_of_a_table_without_roles_name_adopt() {
    let (db, _) = made_elsewhere(&rows(), &[]).await;
    let errors: [Error; 3] = [
        db.store::<Note>(Toy::new()).await.unwrap_err(),
        db.store::<Note>(Toy::new()).drift(Drift::ApplySafe).await.unwrap_err(),
        db.reembed::<Note>(Toy::new()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert!(error.help().unwrap().contains("`db.adopt::<Note>(models)`"), "{error}");
    }
    // The help does not suggest `adopt` for a table that this crate created.
    let db = memory().await;
    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    notes.add([note(1, "1 2 3")]).await.unwrap();
    let error = db.store::<Note>(HashingModel::new(3)).await.unwrap_err();
    assert!(!error.help().unwrap().contains("adopt"), "{error}");
}

/// An adopted table does not declare its key to Lance, so Lance's merge does not detect that two writers insert the same key.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_stay_unique_without_a_declared_primary_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let db = Database::connect(&path).without_locks().await.unwrap();
    let table = db.as_lancedb().create_table("notes", batch(&rows(), &[])).execute().await.unwrap();
    db.adopt::<Note>(Toy::new()).await.unwrap();
    let schema = table.schema().await.unwrap();
    let declares = |field: &Arc<Field>| field.metadata().keys().any(|key| key.contains("primary-key"));
    assert!(!schema.fields().iter().any(declares), "{schema}");
    let writers = (0..4).map(|writer| {
        let path = path.clone();
        tokio::spawn(async move {
            let db = Database::connect(&path).without_locks().await.unwrap();
            let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
            for round in 0..3_i64 {
                // More rows than a small write can have, so that the engine merges them; half of their keys are new.
                let row = |id| note(round * 150 + id, &format!("{writer} {round} 1"));
                notes.upsert((0..300).map(row)).await.unwrap();
                notes.upsert((1000..1010).map(row)).await.unwrap();
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.unwrap();
    }
    let notes: Store<Note> = db.store(Toy::new()).await.unwrap();
    let mut ids = notes.search_all().select(|t| t.id).await.unwrap();
    ids.sort_unstable();
    let mut expected: Vec<i64> = (0..600).collect();
    expected.extend([0, 1, 2].iter().flat_map(|round| (1000..1010).map(move |id| round * 150 + id)));
    assert_eq!(ids, expected);
}
