//! Repairs of a table that other writers change at given moments.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use datus_store::model::{EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::{BoxError, Database, ErrorKind, Maintenance, Store};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::{Raw, assert_sound, ranks, raw, set_text_by_hand, write_by_hand};
use crate::store::{Note, line, memory, unmaintained};
use crate::support::log::Log;
use crate::support::models::{Toy, vector};
use crate::support::process::{self, this_test};

/// A [`Toy`] that runs the next queued future at the start of each call.
#[derive(Clone)]
struct Meanwhile {
    toy: Toy,
    events: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
}

impl Meanwhile {
    fn new(toy: Toy) -> Self {
        Self { toy, events: Arc::default() }
    }

    /// Queues a future. Each call runs the oldest queued future at its start.
    async fn then(&self, event: impl Future<Output = ()> + Send + 'static) {
        self.events.lock().await.push(event.boxed());
    }
}

#[async_trait]
impl EmbeddingModel for Meanwhile {
    fn identity(&self) -> &ModelIdentity {
        self.toy.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if texts != [PROBE_TEXT] {
            let mut events = self.events.lock().await;
            let event = (!events.is_empty()).then(|| events.remove(0));
            drop(events);
            if let Some(event) = event {
                event.await;
            }
        }
        self.toy.embed(texts, role).await
    }
}

/// Returns a row without its vector.
fn without(id: i64) -> Raw {
    Raw { vector: None, ..raw(id, 1, &format!("{id} 0 1")) }
}

#[tokio::test]
async fn rows_that_were_deleted_meanwhile_do_not_come_back() {
    let (db, model) = (unmaintained().await, Meanwhile::new(Toy::new()));
    let store: Store<Note> = db.store(model.clone()).await.unwrap();
    write_by_hand(&store, &(0..4).map(without).collect::<Vec<_>>()).await;
    let other: Store<Note> = db.store(Toy::new()).await.unwrap();
    model.then(async move { assert_eq!(other.delete().filter(|t| t.id.eq(1)).await.unwrap(), 1) }).await;
    assert_eq!(store.repair().await.unwrap().missing, 3);
    assert_eq!(ranks(&store).await, [(0, Some(1)), (2, Some(1)), (3, Some(1))]);
    assert_sound(&store).await;
}

/// A few passes run without the write lock, and the last one with it.
#[tokio::test]
async fn rows_that_are_written_during_each_pass_are_repaired_too() {
    let (db, model) = (unmaintained().await, Meanwhile::new(Toy::new()));
    let store: Store<Note> = db.store(model.clone()).await.unwrap();
    write_by_hand(&store, &[without(0)]).await;
    for id in 1..4 {
        let store = store.clone();
        model.then(async move { write_by_hand(&store, &[without(id)]).await }).await;
    }
    assert_eq!(store.repair().await.unwrap().missing, 4);
    assert_eq!(store.count().await.unwrap(), 4);
    assert_sound(&store).await;
}

/// On an object store, no lock keeps other programs from putting different vectors into use.
#[tokio::test]
async fn vectors_of_a_model_that_was_replaced_meanwhile_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let connect = || {
        let uri = format!("file-object-store://{}", folder.path().to_str().unwrap());
        Database::connect(uri).maintenance(Maintenance::off()).into_future()
    };
    let (db, elsewhere) = (connect().await.unwrap(), connect().await.unwrap());
    let other = || Toy::named("other", 2.0);
    // The table has the vectors of both models for each row, so only column names change when one model replaces the other.
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    store.reembed(other()).await.unwrap();
    store.reembed(Toy::new()).await.unwrap();
    set_text_by_hand(&store, "id = 1", "7 7 7").await;

    let model = Meanwhile::new(Toy::new());
    let store: Store<Note> = db.store(model.clone()).await.unwrap();
    let second: Store<Note> = elsewhere.store(Toy::new()).await.unwrap();
    model.then(async move { assert_eq!(second.reembed(other()).await.unwrap().embedded, 0) }).await;
    let error = store.repair().stale_vectors().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::TableChanged, Some("repair")), "{error}");
    let now: Store<Note> = elsewhere.store(other()).await.unwrap();
    let row = now.search_all().id(1).with_vectors().first().await.unwrap().unwrap();
    assert_eq!(row.vector().unwrap(), vector("2 0 2"), "the vector of `1 0 1` by the other model");
}

#[tokio::test]
async fn a_table_with_a_different_model_is_not_repaired() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    db.reembed::<Note>(Toy::named("other", 2.0)).await.unwrap();
    let plan = store.repair().plan().await.unwrap_err();
    let repair = store.repair().keep_max(|t| t.rank).await.unwrap_err();
    for error in [plan, repair] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::TableChanged, Some("repair")), "{error}");
    }
}

#[tokio::test]
async fn a_store_that_is_embedding_its_table_again_is_not_repaired() {
    let store: Store<Note> = memory().await.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    let (model, same) = (Meanwhile::new(Toy::named("other", 2.0)), store.clone());
    let repair = async move {
        // Without the check, the repair would wait until the vectors are replaced.
        let repair = tokio::time::timeout(Duration::from_secs(30), same.repair().into_future());
        assert_eq!(repair.await.unwrap().unwrap_err().kind(), ErrorKind::Conflict);
    };
    model.then(repair).await;
    store.reembed(model.clone()).await.unwrap();
    assert!(model.events.lock().await.is_empty());
}

/// The rows that share a key are found before the write lock is taken.
#[tokio::test]
async fn rows_that_changed_while_the_repair_waited_for_the_lock_are_compared_again() {
    if let Some(rows) = process::argument() {
        return change_while_a_repair_waits(&rows).await;
    }
    for change in ["rank", "column"] {
        let folder = tempfile::tempdir().unwrap();
        process::run(this_test!(), folder.path(), change).await;
    }
}

async fn change_while_a_repair_waits(change: &str) {
    let log = Log::of_this_process();
    let folder = std::env::current_dir().unwrap();
    let db = Database::connect(&folder).maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    write_by_hand(&store, &[raw(1, 5, "1 0 0"), raw(1, 6, "1 1 1")]).await;
    write_by_hand(&store, &[raw(2, 5, "2 0 0"), raw(2, 6, "2 1 1")]).await;
    let lock = folder.join(".datus-write.notes.lock");
    let held = File::options().create(true).truncate(false).write(true).open(lock).unwrap();
    held.lock().unwrap();
    let same = store.clone();
    let repair = tokio::spawn(async move { same.repair().keep_max(|t| t.rank).await });
    while !log.text().contains("waiting for a lock") {
        assert!(!repair.is_finished());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let raw = store.as_lancedb();
    if change == "rank" {
        let update = raw.update().only_if("text = '1 0 0'").column("rank", "9");
        update.execute().await.unwrap();
        drop(held);
        assert_eq!(repair.await.unwrap().unwrap().removed, 2);
        assert_eq!(ranks(&store).await, [(1, Some(9)), (2, Some(6))]);
    } else {
        raw.drop_columns(&["topic"]).await.unwrap();
        drop(held);
        let error = repair.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TableChanged, "{error}");
        assert_eq!(raw.count_rows(None).await.unwrap(), 4);
    }
}
