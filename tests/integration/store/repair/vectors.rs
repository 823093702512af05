//! Missing and stale vectors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{RecordBatch, new_null_array};
use datus_store::lancedb::query::ExecutableQuery;
use datus_store::model::{EmbeddingModel, ModelIdentity, NoModel, Role, async_trait};
use datus_store::{BoxError, Database, Embedded, Embedding, EmbeddingRecord, ErrorKind, RepairStep, Store};
use futures::TryStreamExt;
use tokio::sync::Mutex;

use super::{Raw, assert_sound, raw, set_text_by_hand, write_by_hand};
use crate::store::{Note, line, memory, note, notes, notes_of, unmaintained};
use crate::support::models::Toy;

#[tokio::test]
async fn stale_vectors_are_counted_with_the_interval_of_the_sample() {
    let store = notes_of(&line(40)).await;
    set_text_by_hand(&store, "id < 10", "7 7 7").await;
    let verified = store.verify_vectors(1000).await.unwrap();
    let [all] = &verified[..] else { panic!("{verified:?}") };
    assert_eq!((all.column, all.compared, all.stale, all.stale_fraction), ("vector", 40, 10, 0.25));
    assert_eq!((all.interval.low, all.interval.high), (0.25, 0.25), "every row was compared");
    let mut keys: Vec<i64> =
        all.stale_keys.iter().map(|key| key.trim_matches('`').parse().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..10).collect::<Vec<i64>>());
    assert!(
        all.to_string().starts_with("vector: 10 of 40 vectors are stale (0.250 to 0.250 of all), such as `")
    );

    let sample = &store.verify_vectors(20).await.unwrap()[0];
    assert_eq!((sample.compared, sample.stale_fraction), (20, sample.stale as f64 / 20.0));
    assert!(sample.interval.contains(sample.stale_fraction), "{sample}");
    assert!(sample.interval.high - sample.interval.low > 0.1, "{sample}");
}

#[tokio::test]
async fn rows_without_a_text_or_a_vector_are_not_compared() {
    let store = notes_of(&line(4)).await;
    let rows = [
        Raw { vector: None, ..raw(10, None, "1 2 3") },
        Raw { text: None, ..raw(11, None, "1 2 3") },
        Raw { text: Some("  ".to_owned()), ..raw(12, None, "1 2 3") },
    ];
    write_by_hand(&store, &rows).await;
    let verified = &store.verify_vectors(100).await.unwrap()[0];
    assert_eq!((verified.compared, verified.stale), (4, 0), "{verified}");
    let empty = &notes(Toy::new()).await.verify_vectors(5).await.unwrap()[0];
    assert_eq!((empty.compared, empty.stale_fraction, empty.interval.high), (0, 0.0, 0.0), "{empty}");
}

#[tokio::test]
async fn the_threshold_decides_which_vectors_are_stale() {
    let store = notes(Toy::new()).await;
    let given = Embedded::new(note(1, "1 0 0"), Embedding::of("toy", [0.6, 0.8, 0.0]));
    store.add([given]).await.unwrap();
    assert_eq!(store.verify_vectors(9).await.unwrap()[0].stale, 1);
    assert_eq!(store.verify_vectors(9).threshold(0.5).await.unwrap()[0].stale, 0);
    assert_eq!(store.repair().stale_vectors_below(0.5).await.unwrap().stale, 0);
    assert_eq!(store.repair().stale_vectors().await.unwrap().stale, 1);
    assert_sound(&store).await;
}

#[tokio::test]
async fn an_empty_sample_a_wrong_threshold_and_a_missing_model_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(2)).await.unwrap();
    assert_eq!(store.verify_vectors(0).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(store.verify_vectors(1).threshold(-2.0).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let store: Store<Note> = db.store(NoModel).await.unwrap();
    let error = store.verify_vectors(1).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("verify_vectors")), "{error}");
    assert_eq!(error.column(), Some("vector"));
}

#[tokio::test]
async fn missing_vectors_are_embedded_and_the_other_rows_stay_as_they_are() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(5)).await.unwrap();
    let rows = [
        Raw { vector: None, ..raw(10, 4, "1 2 3") },
        Raw { text: None, vector: None, ..raw(11, None, "") },
        Raw { vector: None, ..raw(12, None, "3 2 1") },
        Raw { vector: None, ..raw(13, None, "3 2 1") },
    ];
    write_by_hand(&store, &rows).await;
    let plan = store.repair().plan().await.unwrap();
    let missing = RepairStep::EmbedMissing { column: "vector", rows: 3 };
    assert_eq!(plan.steps, std::slice::from_ref(&missing));
    let compared = RepairStep::CompareVectors { column: "vector", rows: 5 };
    assert_eq!(store.repair().stale_vectors().plan().await.unwrap().steps, [missing, compared]);
    let (mut before, embedded) = (store.search_all().await.unwrap(), model.embedded());
    let mut steps = 0;
    let repaired = store.repair().progress(|_| steps += 1).await.unwrap();
    assert_eq!((repaired.missing, repaired.stale, repaired.compared), (3, 0, 0));
    assert_eq!((repaired.embedded, model.embedded() - embedded), (2, 2));
    assert_eq!(repaired.version, Some(store.version().await.unwrap()));
    assert!(steps > 0);
    let mut after = store.search_all().await.unwrap();
    before.sort_by_key(|row| row.id);
    after.sort_by_key(|row| row.id);
    assert_eq!(before, after);
    assert_eq!(store.search("1 2 3").await.unwrap()[0].record.id, 10);
    assert_sound(&store).await;
}

#[tokio::test]
async fn stale_vectors_are_replaced_and_the_others_are_not_written() {
    let model = Toy::new();
    let store: Store<Note> = unmaintained().await.store(model.clone()).await.unwrap();
    store.add(line(20)).await.unwrap();
    set_text_by_hand(&store, "id % 5 = 0", "7 7 7").await;
    assert_eq!(store.repair().await.unwrap().stale, 0, "they are compared only on request");
    let plan = store.repair().stale_vectors().plan().await.unwrap();
    assert_eq!(plan.steps, [RepairStep::CompareVectors { column: "vector", rows: 20 }]);
    let version = store.version().await.unwrap();
    let repaired = store.repair().stale_vectors().await.unwrap();
    assert_eq!((repaired.compared, repaired.stale, repaired.missing), (20, 4, 0));
    assert_eq!((repaired.embedded, repaired.version), (17, Some(version + 1)));
    assert_sound(&store).await;
    assert_eq!(store.repair().stale_vectors().await.unwrap().version, None);
    let empty = notes(Toy::new()).await;
    assert!(empty.repair().stale_vectors().plan().await.unwrap().is_empty());
}

/// A record whose rows have up to two vectors.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "papers")]
struct Paper {
    #[datus(key)]
    id: i64,
    #[datus(embed(column = "title_vector", metric = l2))]
    title: Option<String>,
    #[datus(embed(column = "body_vector", metric = l2))]
    body: String,
}

#[tokio::test]
async fn of_several_vectors_only_the_stale_ones_are_replaced() {
    let store: Store<Paper> = unmaintained().await.store(Toy::new()).await.unwrap();
    let paper =
        |id, title: Option<&str>| Paper { id, title: title.map(str::to_owned), body: "1 2 3".to_owned() };
    store.add([paper(1, Some("1 0 0")), paper(2, Some("2 0 0")), paper(3, None)]).await.unwrap();
    let update = store.as_lancedb().update().only_if("id = 1").column("title", "'5 0 0'");
    update.execute().await.unwrap();
    let update = store.as_lancedb().update().only_if("id = 3").column("body", "'3 2 1'");
    update.execute().await.unwrap();
    let repaired = store.repair().stale_vectors().await.unwrap();
    assert_eq!((repaired.compared, repaired.stale, repaired.missing), (5, 2, 0));
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    let vectors = |row: usize| {
        [0, 1].map(|column| {
            rows[row].vectors[column]
                .as_ref()
                .map(|vectors| vectors.vectors().flatten().copied().collect::<Vec<f32>>())
        })
    };
    assert_eq!(vectors(0), [Some(vec![5.0, 0.0, 0.0]), Some(vec![1.0, 2.0, 3.0])]);
    assert_eq!(vectors(1), [Some(vec![2.0, 0.0, 0.0]), Some(vec![1.0, 2.0, 3.0])]);
    assert_eq!(vectors(2), [None, Some(vec![3.0, 2.0, 1.0])]);
}

#[tokio::test]
async fn a_vector_that_the_column_cannot_store_is_an_error() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "angles")]
    struct Angle {
        #[datus(key)]
        id: i64,
        #[datus(embed)]
        text: String,
    }
    let store: Store<Angle> = memory().await.store(Toy::new()).await.unwrap();
    store.add([Angle { id: 1, text: "1 0 0".to_owned() }]).await.unwrap();
    store.as_lancedb().update().column("text", "'0 0 0'").execute().await.unwrap();
    let error = store.repair().stale_vectors().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error}");
    assert!(error.message().contains("is zero"), "{error}");
}

/// A model that fails, or writes to the table, after a number of calls.
#[derive(Clone)]
struct Eventful {
    toy: Toy,
    calls: Arc<AtomicUsize>,
    fails_at: usize,
    meanwhile: Arc<Mutex<Option<Store<Note>>>>,
}

impl Eventful {
    fn new(fails_at: usize) -> Self {
        Self { toy: Toy::new(), calls: Arc::default(), fails_at, meanwhile: Arc::default() }
    }
}

#[async_trait]
impl EmbeddingModel for Eventful {
    fn identity(&self) -> &ModelIdentity {
        self.toy.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.fails_at {
            return Err("the model is tired".into());
        }
        if let Some(store) = self.meanwhile.lock().await.take() {
            // All files are replaced, one row gets a new text and its vector, one gets only a new text, and one row is deleted.
            store.optimize().await?;
            store.upsert([note(1, "4 5 6")]).await?;
            set_text_by_hand(&store, "id = 2", "6 5 4").await;
            store.delete().filter(|t| t.id.eq(3)).await?;
        }
        self.toy.embed(texts, role).await
    }
}

/// A killed process leaves behind the commits that it made. A failing model has the same effect.
#[tokio::test]
async fn an_interrupted_repair_keeps_its_steps_and_the_next_one_does_the_rest() {
    // The first call embeds the probe text of the new table.
    let model = Eventful::new(3);
    let store: Store<Note> = unmaintained().await.store(model.clone()).await.unwrap();
    let rows: Vec<Raw> = (0..6).map(|id| Raw { vector: None, ..raw(id, 1, &format!("{id} 0 1")) }).collect();
    write_by_hand(&store, &rows).await;
    let error = store.repair().batch_size(2).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error}");
    assert!(error.to_string().contains("the vectors of 4 rows are kept"), "{error}");
    let health = store.health().await.unwrap();
    assert_eq!((health.rows, health.missing_vectors), (6, Some(2)), "{health}");
    assert_eq!(store.repair().batch_size(2).await.unwrap().missing, 2);
    assert_sound(&store).await;
}

#[tokio::test]
async fn rows_that_other_writers_move_or_change_meanwhile_are_repaired_too() {
    for stale in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::connect(folder.path()).await.unwrap();
        let model = Eventful::new(usize::MAX);
        let store: Store<Note> = db.store(model.clone()).await.unwrap();
        for part in 0..3 {
            let row = |id: i64| Raw { vector: None, ..raw(id, 1, &format!("{id} 0 1")) };
            write_by_hand(&store, &(part * 4..part * 4 + 4).map(row).collect::<Vec<_>>()).await;
        }
        if stale {
            store.repair().await.unwrap();
            set_text_by_hand(&store, "id > 4", "9 9 1").await;
        }
        *model.meanwhile.lock().await = Some(db.store(Toy::new()).await.unwrap());
        let repair = store.repair().batch_size(5);
        let repaired = if stale { repair.stale_vectors().await } else { repair.await }.unwrap();
        assert!(repaired.stale + repaired.missing >= 7, "{repaired:?}");
        assert!(model.meanwhile.lock().await.is_none());
        assert_eq!(store.count().await.unwrap(), 11);
        assert_eq!(store.get(1).await.unwrap().unwrap().text.as_deref(), Some("4 5 6"));
        // A repair of missing vectors does not compare the others, so row 2 keeps the vector that another writer made stale.
        if !stale {
            let verified = &store.verify_vectors(100).await.unwrap()[0];
            assert!(verified.stale_keys.iter().all(|key| key == "`2`"), "{verified}");
            store.repair().stale_vectors().await.unwrap();
        }
        assert_sound(&store).await;
    }
}

#[tokio::test]
async fn the_old_vector_of_a_repaired_text_does_not_come_back_with_the_old_model() {
    let store = notes_of(&line(4)).await;
    store.reembed(Toy::named("other", 2.0)).await.unwrap();
    set_text_by_hand(&store, "id = 2", "7 7 7").await;
    assert_eq!(store.repair().stale_vectors().await.unwrap().stale, 1);
    assert_eq!(store.reembed(Toy::new()).await.unwrap().embedded, 1, "its old vector is null");
    assert_eq!(store.verify_vectors(100).await.unwrap()[0].stale, 0);
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_row_with_a_missing_vector_keeps_the_vector_of_the_old_model() {
    let store = notes_of(&line(4)).await;
    store.reembed(Toy::named("other", 2.0)).await.unwrap();
    // Another program writes the rows again, without the vector that is in use.
    let raw = store.as_lancedb();
    let batches: Vec<RecordBatch> = raw.query().execute().await.unwrap().try_collect().await.unwrap();
    raw.delete("true").await.unwrap();
    for batch in batches {
        let (schema, mut columns, rows) = batch.into_parts();
        let vector = schema.index_of("vector").unwrap();
        columns[vector] = new_null_array(schema.field(vector).data_type(), rows);
        raw.add(RecordBatch::try_new(schema, columns).unwrap()).execute().await.unwrap();
    }
    assert_eq!(store.repair().await.unwrap().missing, 4);
    assert_eq!(store.reembed(Toy::new()).await.unwrap().embedded, 0, "the old vectors are still there");
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_table_without_a_key_is_repaired() {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "lines")]
    struct Line {
        number: i64,
        #[datus(embed)]
        text: String,
    }
    let store: Store<Line> = memory().await.store(Toy::new()).await.unwrap();
    store.add((0..9).map(|number| Line { number, text: format!("{number} 1 1") })).await.unwrap();
    let update = store.as_lancedb().update().only_if("number > 5").column("text", "'1 9 9'");
    update.execute().await.unwrap();
    let verified = &store.verify_vectors(100).await.unwrap()[0];
    assert_eq!((verified.stale, verified.stale_keys.len()), (3, 0));
    assert_eq!(store.repair().stale_vectors().await.unwrap().stale, 3);
    assert_eq!(store.verify_vectors(100).await.unwrap()[0].stale, 0);
    assert_eq!(store.count().await.unwrap(), 9);
}
