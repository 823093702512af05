//! Changing the model of a table that has vectors.

mod gate;
mod if_needed;
mod indexes;
mod shadow;
mod together;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datus_store::model::{
    BatchLimits, EmbeddingModel, HashingModel, ModelIdentity, PROBE_TEXT, Role, async_trait,
};
use datus_store::{BoxError, Database, ErrorKind, Store};

use super::{Note, line, memory, note, sorted_ids};
use crate::support::models::{Toy, vector};
use crate::support::process::{self, this_test};

const OTHER: &str = "other";

fn other() -> Toy {
    Toy::named(OTHER, 10.0)
}

async fn filled(db: &Database, rows: &[Note]) -> Store<Note> {
    let store = db.store(Toy::new()).await.unwrap();
    store.add(rows).await.unwrap();
    store
}

/// Returns the vectors of the rows in ascending order of id.
async fn vectors(store: &Store<Note>) -> Vec<Option<Vec<f32>>> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    rows.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect()
}

fn times(factor: f32, rows: &[Note]) -> Vec<Option<Vec<f32>>> {
    let vector = |text: &String| vector(text).iter().map(|value| value * factor).collect();
    rows.iter().map(|row| row.text.as_ref().map(vector)).collect()
}

async fn columns(store: &Store<Note>) -> Vec<String> {
    store.schema().await.unwrap().fields().iter().map(|field| field.name().clone()).collect()
}

/// A model that fails after some calls, and counts the texts that it embedded.
#[derive(Clone)]
struct Failing {
    identity: ModelIdentity,
    calls: Arc<AtomicUsize>,
    texts: Arc<AtomicUsize>,
}

impl Failing {
    fn after(calls: usize) -> Self {
        Self {
            identity: ModelIdentity::new(OTHER, 3),
            calls: Arc::new(AtomicUsize::new(calls)),
            texts: Arc::default(),
        }
    }
}

#[async_trait]
impl EmbeddingModel for Failing {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(10).with_in_flight(1)
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts != [PROBE_TEXT] {
            let left =
                self.calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| calls.checked_sub(1));
            left.map_err(|_| "out of credit")?;
            self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        }
        other().embed(texts, role).await
    }
}

#[tokio::test]
async fn the_table_gets_the_vectors_of_the_new_model_and_keeps_the_old_ones() {
    let db = memory().await;
    let mut rows = line(30);
    rows[7].text = None;
    rows[8].text = Some("  ".to_owned());
    let store = filled(&db, &rows).await;
    let clone = store.clone();
    let model = other();
    let done = store.reembed(model.clone()).await.unwrap();
    assert_eq!((done.rows, done.embedded), (28, 28));
    assert_eq!(done.version, Some(store.version().await.unwrap()));

    let mut expected = times(10.0, &rows);
    expected[8] = None;
    assert_eq!(vectors(&store).await, expected);
    assert_eq!(vectors(&clone).await, expected, "a clone works with the new model too");
    assert_eq!(store.search("3 0 1").first().await.unwrap().unwrap().record.id, 3);
    assert_eq!(columns(&store).await, ["id", "topic", "rank", "text", "vector__standby", "vector"]);
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), rows);

    let opened: Store<Note> = db.store(other()).await.unwrap();
    assert_eq!(vectors(&opened).await, expected);
    opened.verify_model().await.unwrap();
    let error = db.store::<Note>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.help().unwrap().contains("Database::reembed"), "{error}");

    assert_eq!(store.drop_standby().await.unwrap(), 1);
    assert_eq!(columns(&store).await, ["id", "topic", "rank", "text", "vector"]);
    assert_eq!((vectors(&store).await, store.drop_standby().await.unwrap()), (expected, 0));
}

#[tokio::test]
async fn a_table_with_the_vectors_of_the_model_is_left_as_it_is() {
    let model = Toy::new();
    let store = filled(&memory().await, &line(3)).await;
    let version = store.version().await.unwrap();
    assert_eq!(store.reembed(model.clone()).await.unwrap(), Default::default());
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version, 0));
}

#[tokio::test]
async fn texts_embedded_before_an_error_are_not_embedded_again() {
    let db = memory().await;
    let rows = line(100);
    let store = filled(&db, &rows).await;
    let failing = Failing::after(6);
    let error = store.reembed(failing.clone()).batch_size(20).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("reembed")));
    assert!(error.message().contains("vectors of 60 rows are kept"), "{error}");
    assert_eq!(vectors(&store).await, times(1.0, &rows), "the old vectors serve");
    assert_eq!(db.store::<Note>(Toy::new()).await.unwrap().count().await.unwrap(), 100);

    let model = other();
    let done = store.reembed(model.clone()).await.unwrap();
    assert_eq!((done.rows, done.embedded, model.embedded()), (40, 40, 40));
    assert_eq!(vectors(&store).await, times(10.0, &rows));
}

#[tokio::test]
async fn a_dropped_future_leaves_the_old_vectors_and_the_next_run_resumes() {
    let db = memory().await;
    let mut rows = line(60);
    rows[45].text = Some("wait".to_owned());
    let store = filled(&db, &rows).await;
    let run = store.reembed(Waiting::default()).batch_size(10).into_future();
    let forty = async {
        while standing_by(&store).await < 40 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = forty => {}
        done = run => panic!("the model never comes back: {done:?}"),
    }
    assert_eq!(vectors(&store).await, times(1.0, &rows));
    rows.push(note(60, "6 6 6"));
    store.add([&rows[60]]).await.unwrap();
    let model = other();
    let done = store.reembed(model.clone()).await.unwrap();
    assert_eq!((done.rows, done.embedded, model.embedded()), (21, 21, 21));
    assert_eq!(vectors(&store).await, times(10.0, &rows));
}

/// Counts the rows that have a vector in the standby column.
async fn standing_by(store: &Store<Note>) -> usize {
    if !columns(store).await.contains(&"vector__standby".to_owned()) {
        return 0;
    }
    store.as_lancedb().count_rows(Some("vector__standby IS NOT NULL".into())).await.unwrap()
}

#[tokio::test]
async fn the_next_process_resumes_a_killed_reembed() {
    if process::argument().is_some() {
        return embed_slowly().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let rows = line(300);
    let store = filled(&Database::connect(folder.path().join("data")).await.unwrap(), &rows).await;
    let mut made = 0;
    for _ in 0..3 {
        let mut child = process::start(this_test!(), folder.path(), "");
        let step = async {
            while standing_by(&store).await <= made {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), step).await.expect("a step of the other process");
        child.kill().await.unwrap();
        assert_eq!(vectors(&store).await, times(1.0, &rows));
        made = standing_by(&store).await;
    }
    let model = other();
    let done = store.reembed(model.clone()).await.unwrap();
    assert_eq!((done.rows, model.embedded()), (300 - made, 300 - made));
    assert_eq!(vectors(&store).await, times(10.0, &rows));
}

/// Slowly re-embeds the process's table.
async fn embed_slowly() {
    let store: Store<Note> = Database::connect("data").await.unwrap().store(Toy::new()).await.unwrap();
    let limits = BatchLimits::default().with_texts(10).with_in_flight(1);
    let slow = other().with_limits(limits).with_delay(Duration::from_millis(50));
    store.reembed(slow).batch_size(10).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_written_during_a_reembed_get_the_new_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let mut rows = line(200);
    rows[199].text = Some("wait".to_owned());
    let store = filled(&db, &rows).await;
    // This store lacks the new model, like a store in another process.
    let unaware: Store<Note> =
        Database::connect(folder.path()).await.unwrap().store(Toy::new()).await.unwrap();
    let gate = Gate::default();
    let reembed = tokio::spawn({
        let (store, model) = (store.clone(), Gated(ModelIdentity::new(OTHER, 3), gate.clone()));
        async move { store.reembed(model).batch_size(20).await }
    });
    for id in 0..6_usize {
        // The writes are spread over the steps.
        while standing_by(&store).await < 20 * (id + 1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (first, second, third) = (id * 20, id * 20 + 5, id * 20 + 9);
        rows[first].text = Some(format!("{id} 7 7"));
        rows[second].text = Some(format!("{id} 8 8"));
        rows[third].text = Some(format!("{id} 9 9"));
        store.upsert([&rows[first]]).await.unwrap();
        unaware.upsert([&rows[second]]).await.unwrap();
        let (key, text) = (rows[third].id, rows[third].text.clone());
        unaware.update().filter(|t| t.id.eq(key)).set(|t| t.text, text).await.unwrap();
        let new = note(1000 + i64::try_from(id).unwrap(), &format!("{id} 5 5"));
        unaware.add([&new]).await.unwrap();
        rows.push(new);
    }
    assert!(!reembed.is_finished(), "the writes come before the end");
    gate.notify_one();
    reembed.await.unwrap().unwrap();
    rows.sort_by_key(|row| row.id);
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), rows);
    assert_eq!(vectors(&store).await, times(10.0, &rows));
}

/// A model that never returns from a call with the text "wait", and reports the call.
#[derive(Clone)]
struct Waiting {
    identity: ModelIdentity,
    waits: Arc<tokio::sync::Notify>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { identity: ModelIdentity::new(OTHER, 3), waits: Arc::default() }
    }
}

#[async_trait]
impl EmbeddingModel for Waiting {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts.contains(&"wait") {
            self.waits.notify_one();
            std::future::pending::<()>().await;
        }
        other().embed(texts, role).await
    }
}

type Gate = Arc<tokio::sync::Notify>;

/// A model that returns from a call with the text "wait" when its gate is opened.
#[derive(Clone)]
struct Gated(ModelIdentity, Gate);

#[async_trait]
impl EmbeddingModel for Gated {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts.contains(&"wait") {
            self.1.notified().await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        other().embed(texts, role).await
    }
}

#[tokio::test]
async fn a_store_that_embeds_its_table_again_fills_both_columns() {
    let store = filled(&memory().await, &[note(1, "1 1 1"), note(2, "wait")]).await;
    let model = Waiting::default();
    let run = store.reembed(model.clone()).into_future();
    let written = async {
        model.waits.notified().await;
        assert_eq!(store.reembed(other()).await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(store.drop_standby().await.unwrap_err().kind(), ErrorKind::Conflict);
        let upserted = store.upsert([note(1, "1 1 2"), note(3, "3 3 3")]).await.unwrap();
        assert_eq!((upserted.inserted, upserted.updated, upserted.embedded), (1, 1, 4));
        store.update().filter(|t| t.id.eq(3)).set(|t| t.text, Some("3 3 4")).await.unwrap();
        let moved = store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "moved").await.unwrap();
        assert_eq!(moved.embedded, 0);
    };
    tokio::select! {
        () = written => {}
        done = run => panic!("the model never comes back: {done:?}"),
    }
    assert_eq!(standing_by(&store).await, 2);
    let model = other();
    assert_eq!(store.reembed(model.clone()).await.unwrap().rows, 1, "only the row that was waited for");
    let expected = [note(1, "1 1 2"), note(2, "wait"), note(3, "3 3 4")];
    assert_eq!(vectors(&store).await, times(10.0, &expected));
}

#[tokio::test]
async fn an_older_version_has_its_own_vectors_while_the_table_is_embedded_again() {
    let rows = [note(1, "1 1 1"), note(2, "wait")];
    let store = filled(&memory().await, &rows).await;
    let before = store.version().await.unwrap();
    let model = Waiting::default();
    let run = store.reembed(model.clone()).into_future();
    let read = async {
        model.waits.notified().await;
        let older = store.at(before).await.unwrap();
        let read = older.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
        assert!(read.iter().all(|row| row.vectors.len() == 1), "{read:?}");
        let vectors = read.iter().map(|row| row.vectors[0].as_ref().map(|vector| vector.values().to_vec()));
        assert_eq!(vectors.collect::<Vec<_>>(), times(1.0, &rows));
        assert_eq!(older.search("1 1 1").first().await.unwrap().unwrap().record.id, 1);
    };
    tokio::select! {
        () = read => {}
        done = run => panic!("the model never comes back: {done:?}"),
    }
}

#[tokio::test]
async fn a_store_of_the_old_model_gets_an_error_after_the_change() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        || async { Database::connect(folder.path()).await.unwrap().store::<Note>(Toy::new()).await.unwrap() };
    let store = open().await;
    store.add(line(5)).await.unwrap();
    let stale = open().await;
    store.reembed(other()).await.unwrap();

    let version = store.version().await.unwrap();
    let refused = [
        stale.search("1 0 1").await.unwrap_err(),
        stale.search_all().with_vectors().await.unwrap_err(),
        stale.add([note(9, "9 9 9")]).await.unwrap_err(),
        stale.upsert([note(1, "9 9 9")]).await.unwrap_err(),
        stale.sync([note(1, "9 9 9")]).all_rows().await.unwrap_err(),
        stale.update().filter(|t| t.id.eq(1)).set(|t| t.text, Some("9 9 9")).await.unwrap_err(),
        stale.verify_model().await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!((error.kind(), error.column()), (ErrorKind::TableChanged, Some("vector")), "{error}");
        assert!(
            error.message().contains("re-embedded with model other") && error.help().is_some(),
            "{error}"
        );
    }
    assert_eq!(store.version().await.unwrap(), version, "nothing was written");
    assert_eq!(sorted_ids(&stale.search_all().await.unwrap()), [0, 1, 2, 3, 4], "rows can be read");
    assert_eq!(stale.delete().filter(|t| t.id.eq(4)).await.unwrap(), 1);
}

#[tokio::test]
async fn going_back_embeds_only_what_changed_since() {
    let db = memory().await;
    let mut rows = line(50);
    let store = filled(&db, &rows).await;
    store.reembed(other()).await.unwrap();
    rows[3].text = Some("3 3 3".to_owned());
    rows[4].topic = "moved".to_owned();
    rows.push(note(50, "5 0 5"));
    store.upsert(&rows).await.unwrap();
    let before = Toy::new();
    let done = store.reembed(before.clone()).await.unwrap();
    // A writer without the previous model wrote the whole row that moved, so that row lacks the standby vector too.
    assert_eq!((done.rows, done.embedded, before.embedded()), (3, 3, 3));
    assert_eq!(vectors(&store).await, times(1.0, &rows));
    assert_eq!(db.store::<Note>(Toy::new()).await.unwrap().count().await.unwrap(), 51);
}

#[tokio::test]
async fn a_third_model_is_refused_until_the_second_is_dropped() {
    let store = filled(&memory().await, &line(30)).await;
    store.reembed(Failing::after(1)).batch_size(10).await.unwrap_err();
    let error = store.reembed(Toy::named("third", 3.0)).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("vector__standby")));
    assert!(error.message().contains("other") && error.to_string().contains("drop_standby"), "{error}");
    assert_eq!(store.drop_standby().await.unwrap(), 1);
    store.reembed(Toy::named("third", 3.0)).await.unwrap();
    assert_eq!(vectors(&store).await, times(3.0, &line(30)));
}

mod before {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "pages", key(site, path))]
    pub(super) struct Page {
        pub(super) site: String,
        pub(super) path: u8,
        #[datus(embed)]
        pub(super) title: String,
        pub(super) body: String,
    }
}

mod after {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "pages", key(site, path))]
    pub(super) struct Page {
        pub(super) site: String,
        pub(super) path: u8,
        pub(super) title: String,
        #[datus(embed(column = "body_vector", metric = dot))]
        pub(super) body: String,
    }
}

mod more {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "pages", key(site, path))]
    pub(super) struct Page {
        pub(super) site: String,
        pub(super) path: u8,
        #[datus(embed(metric = dot))]
        pub(super) title: String,
        #[datus(embed(column = "body_vector"))]
        pub(super) body: String,
    }
}

#[tokio::test]
async fn a_table_is_embedded_again_for_a_struct_that_cannot_open_it() {
    let db = memory().await;
    let pages: Store<before::Page> = db.store(HashingModel::new(64)).await.unwrap();
    let page = |path: u8| before::Page {
        site: format!("site {}", path % 3),
        path,
        title: format!("title {path}"),
        body: if path == 4 { String::new() } else { format!("the body of page {path}") },
    };
    pages.add((0..20).map(page)).await.unwrap();
    assert_eq!(db.reembed::<before::Page>(HashingModel::new(32)).await.unwrap().rows, 20);
    assert!(pages.search("title 3").await.is_err());

    // The record has a different metric and one more vector.
    assert_eq!(db.store::<more::Page>(HashingModel::new(32)).await.unwrap_err().differences().len(), 2);
    let error = db.reembed::<more::Page>(HashingModel::new(32)).await.unwrap_err();
    assert_eq!(
        error.column(),
        Some("vector__standby"),
        "the vectors of before are not lost unasked: {error}"
    );
    let reembed = db.reembed::<more::Page>(HashingModel::new(32)).discard_standby().batch_size(7);
    let done = reembed.await.unwrap();
    assert_eq!((done.rows, done.embedded), (20, 39));
    let pages: Store<more::Page> = db.store(HashingModel::new(32)).await.unwrap();
    let hits = pages.vector(|v| v.body).search("the body of page 7").limit(20).await.unwrap();
    assert_eq!((hits.len(), hits[0].record.path), (19, 7));
    assert_eq!(pages.vector(|v| v.title).search("title 11").first().await.unwrap().unwrap().record.path, 11);

    let error = db.reembed::<after::Page>(HashingModel::new(32)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "the vectors of `title` would be lost: {error}");

    let missing = memory().await.reembed::<before::Page>(HashingModel::new(32)).await.unwrap_err();
    assert_eq!((missing.kind(), missing.table()), (ErrorKind::TableNotFound, Some("pages")));
}

/// A model that changed while its name stayed the same.
#[derive(Clone)]
struct Drifted;

#[async_trait]
impl EmbeddingModel for Drifted {
    fn identity(&self) -> &ModelIdentity {
        static IDENTITY: std::sync::LazyLock<ModelIdentity> =
            std::sync::LazyLock::new(|| ModelIdentity::new(Toy::ID, 3));
        &IDENTITY
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let reversed = |text: &&str| match *text {
            PROBE_TEXT => vec![3.0, 2.0, 1.0],
            text => vector(text).into_iter().rev().collect(),
        };
        Ok(texts.iter().map(reversed).collect())
    }
}

#[tokio::test]
async fn a_model_that_changed_under_its_name_is_detected_and_can_be_adopted() {
    let db = memory().await;
    let rows = line(5);
    let store = filled(&db, &rows).await;
    let verified = store.verify_model().await.unwrap();
    assert_eq!((verified.len(), verified[0].column, verified[0].model.id.as_str()), (1, "vector", Toy::ID));
    assert!(verified[0].cosine > 0.999_99);

    let drifted: Store<Note> = db.store(Drifted).await.unwrap();
    let error = drifted.verify_model().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")));
    assert!(error.message().contains("0.7143") && error.help().unwrap().contains("reembed"), "{error}");
    let verified = drifted.verify_model().threshold(0.7).await.unwrap();
    assert!((verified[0].cosine - 10.0 / 14.0).abs() < 1e-4);

    let done = drifted.reembed(Drifted).await.unwrap();
    assert_eq!(done.rows, 5);
    let reversed = |vector: Option<Vec<f32>>| vector.map(|vector| vector.into_iter().rev().collect());
    assert_eq!(vectors(&drifted).await, times(1.0, &rows).into_iter().map(reversed).collect::<Vec<_>>());
    drifted.verify_model().await.unwrap();
    assert!(store.search("1 0 1").await.is_err());
}

#[tokio::test]
async fn a_model_that_fails_is_found_before_a_table_is_created() {
    let db = memory().await;
    struct Broken(ModelIdentity);
    #[async_trait]
    impl EmbeddingModel for Broken {
        fn identity(&self) -> &ModelIdentity {
            &self.0
        }
        async fn embed(&self, _texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
            Err("no such file".into())
        }
    }
    let error = db.store::<Note>(Broken(ModelIdentity::new("broken", 3))).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("open")));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no such file");
    assert!(db.table_names().await.unwrap().is_empty());
}
