//! Writes that embed while another write commits (fault 1). Each has the effect that it would have if all of it ran at the
//! moment of its commit.

use chrono::{DateTime, Utc};
use datus_store::{Database, EmbeddingRecord, ErrorKind, Store};

use crate::support::models::{Gated, Toy, vector};

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "docs")]
struct Doc {
    #[datus(key)]
    id: String,
    group: String,
    rank: i32,
    #[datus(embed(metric = l2))]
    text: String,
    #[datus(created_at)]
    created: DateTime<Utc>,
}

fn doc(id: &str, text: &str) -> Doc {
    Doc { id: id.into(), group: "g".into(), rank: 0, text: text.into(), created: DateTime::UNIX_EPOCH }
}

const X: &str = "1 0 0";
const Y: &str = "0 1 0";
/// A text that the table does not have, so that the model is called.
const Z: &str = "0 0 1";

/// One table on disk, with a store whose model waits and a store whose model does not.
struct Pair {
    folder: tempfile::TempDir,
    model: Gated,
    slow: Store<Doc>,
    quick: Store<Doc>,
}

impl Pair {
    async fn with(locks: bool, rows: &[Doc]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scheme = if locks { "file://" } else { "file-object-store://" };
        let uri = format!("{scheme}{}", folder.path().display());
        let quick: Store<Doc> = Database::connect(&uri).await.unwrap().store(Toy::new()).await.unwrap();
        quick.add(rows).await.unwrap();
        let model = Gated::new();
        let slow = Database::connect(&uri).await.unwrap().store(model.clone()).await.unwrap();
        Self { folder, model, slow, quick }
    }

    /// Returns the rows as `id=text`, and asserts that each has the vector of its text.
    async fn shown(&self) -> String {
        let rows = self.quick.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
        let shown = rows.iter().map(|row| {
            assert_eq!(row.vector().unwrap(), vector(&row.record.text), "{row:?}");
            let text = match row.record.text.as_str() {
                X => "X",
                Y => "Y",
                _ => "Z",
            };
            format!("{}={text}", row.record.id)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    async fn created(&self, id: &str) -> DateTime<Utc> {
        self.quick.get(id).await.unwrap().unwrap().created
    }
}

#[tokio::test]
async fn equal_rows_are_written_if_another_upsert_changed_them() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X), doc("b", Y)]).await;
        let write = pair.slow.upsert([doc("a", X), doc("b", Z)]);
        let (upserted, meanwhile) =
            pair.model.during(write, pair.quick.upsert([doc("a", Y), doc("b", Y)]).into_future()).await;
        assert_eq!((meanwhile.as_ref().unwrap().updated, meanwhile.unwrap().unchanged), (1, 1));
        let upserted = upserted.unwrap();
        assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (0, 2, 0), "locks: {locks}");
        assert_eq!(pair.shown().await, "a=X b=Z", "locks: {locks}");
    }
}

#[tokio::test]
async fn equal_rows_are_inserted_if_they_were_deleted() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X), doc("b", Y)]).await;
        let write = pair.slow.upsert([doc("a", X), doc("b", Z)]);
        let (upserted, deleted) =
            pair.model.during(write, pair.quick.delete().filter(|t| t.id.eq("a")).into_future()).await;
        assert_eq!(deleted.unwrap(), 1);
        let upserted = upserted.unwrap();
        assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (1, 1, 0), "locks: {locks}");
        assert_eq!(pair.shown().await, "a=X b=Z", "locks: {locks}");
    }
}

#[tokio::test]
async fn changed_rows_are_left_out_if_another_upsert_made_them_equal() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X), doc("b", Y)]).await;
        let write = pair.slow.upsert([doc("a", X), doc("b", Z)]);
        let (upserted, meanwhile) =
            pair.model.during(write, pair.quick.upsert([doc("b", Z)]).into_future()).await;
        assert_eq!(meanwhile.unwrap().updated, 1);
        let upserted = upserted.unwrap();
        assert_eq!((upserted.updated, upserted.unchanged, upserted.version), (0, 2, None), "locks: {locks}");
    }
}

#[tokio::test]
async fn a_sync_leaves_exactly_its_rows() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X), doc("b", Y)]).await;
        let write = pair.slow.sync([doc("a", X), doc("b", Z)]).within(|t| t.group.eq("g"));
        let meanwhile = pair.quick.upsert([doc("a", Y), doc("c", Y)]);
        let (synced, meanwhile) = pair.model.during(write, meanwhile.into_future()).await;
        assert_eq!((meanwhile.as_ref().unwrap().updated, meanwhile.unwrap().inserted), (1, 1));
        let synced = synced.unwrap();
        assert_eq!((synced.updated, synced.unchanged, synced.deleted), (2, 0, 1), "locks: {locks}");
        assert_eq!(pair.shown().await, "a=X b=Z", "locks: {locks}");
    }
}

#[tokio::test]
async fn an_add_finds_a_key_that_was_added_while_it_embedded() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X)]).await;
        let write = pair.slow.add([doc("n", X), doc("o", X)]);
        let (added, meanwhile) = pair.model.during(write, pair.quick.add([doc("n", Y)]).into_future()).await;
        assert_eq!(meanwhile.unwrap().rows, 1);
        let error = added.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("the key `n` is already in the table"), "{error}");
        assert_eq!(pair.shown().await, "a=X n=Y", "locks: {locks}");
    }
}

#[tokio::test]
async fn an_update_that_embeds_keeps_what_another_writer_set() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", Y), doc("b", Y)]).await;
        let write = pair.slow.update().filter(|t| t.rank.eq(0)).set(|t| t.text, X);
        let meanwhile = async {
            pair.quick.update().filter(|t| t.id.eq("a")).set(|t| t.rank, 7).await.unwrap();
            pair.quick.update().filter(|t| t.id.eq("b")).set(|t| t.group, "other").await.unwrap();
        };
        let (updated, ()) = pair.model.during(write, meanwhile).await;
        assert_eq!(updated.unwrap().rows, 1, "`a` no longer passes the filter; locks: {locks}");
        assert_eq!(pair.shown().await, "a=Y b=X", "locks: {locks}");
        let b = pair.quick.get("b").await.unwrap().unwrap();
        assert_eq!((b.rank, b.group.as_str()), (0, "other"), "locks: {locks}");
    }
}

#[tokio::test]
async fn created_at_stays_the_time_of_the_insert() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X)]).await;
        let write = pair.slow.upsert([doc("n", X)]);
        let meanwhile = async {
            pair.quick.upsert([doc("n", Y)]).await.unwrap();
            pair.created("n").await
        };
        let (upserted, before) = pair.model.during(write, meanwhile).await;
        let upserted = upserted.unwrap();
        assert_eq!((upserted.inserted, upserted.updated), (0, 1), "locks: {locks}");
        assert_eq!(pair.created("n").await, before, "locks: {locks}");
    }
}

#[tokio::test]
async fn created_at_is_new_if_the_row_was_deleted() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("n", Y)]).await;
        let before = pair.created("n").await;
        let write = pair.slow.upsert([doc("n", X)]);
        let (upserted, deleted) =
            pair.model.during(write, pair.quick.delete().all_rows().into_future()).await;
        assert_eq!(deleted.unwrap(), 1);
        let upserted = upserted.unwrap();
        assert_eq!((upserted.inserted, upserted.updated), (1, 0), "locks: {locks}");
        assert!(pair.created("n").await > before, "locks: {locks}");
    }
}

#[tokio::test]
async fn given_vectors_are_compared_again_too() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X), doc("b", Y)]).await;
        let given = pair.quick.search_all().filter(|t| t.id.eq("a")).with_vectors().await.unwrap();
        // Row `a` and its vector equal those in the table, so the first comparison skips the row.
        let write = pair
            .slow
            .upsert([given[0].clone(), datus_store::Embedded { record: doc("b", Z), vectors: vec![None] }]);
        let meanwhile = pair.quick.upsert([doc("a", Y)]);
        let (upserted, meanwhile) = pair.model.during(write, meanwhile.into_future()).await;
        assert_eq!(meanwhile.unwrap().updated, 1);
        assert_eq!(upserted.unwrap().updated, 2, "locks: {locks}");
        assert_eq!(pair.shown().await, "a=X b=Z", "locks: {locks}");
    }
}

#[tokio::test]
async fn index_builds_and_compactions_do_not_make_a_write_compare_again() {
    let pair = Pair::with(true, &[doc("a", X), doc("b", Y)]).await;
    let write = pair.slow.upsert([doc("a", X), doc("b", Z)]);
    let meanwhile = async {
        pair.quick.optimize().await.unwrap();
        pair.quick.create_indexes().await.unwrap();
    };
    let (upserted, ()) = pair.model.during(write, meanwhile).await;
    assert_eq!((upserted.as_ref().unwrap().updated, upserted.unwrap().embedded), (1, 1));
    assert_eq!(pair.shown().await, "a=X b=Z");
}

/// Reads through a connection may lag behind other programs for as long as `read_consistency` allows. Writes never lag behind.
#[tokio::test]
async fn an_upsert_is_compared_with_rows_that_reads_may_still_miss() {
    for locks in [true, false] {
        let pair = Pair::with(locks, &[doc("a", X)]).await;
        let lagging =
            Database::connect(pair.folder.path()).read_consistency(std::time::Duration::from_secs(600));
        let lagging: Store<Doc> = lagging.await.unwrap().store(Toy::new()).await.unwrap();
        assert_eq!(lagging.count().await.unwrap(), 1);
        pair.quick.upsert([doc("a", Y)]).await.unwrap();
        let upserted = lagging.upsert([doc("a", X)]).await.unwrap();
        assert_eq!((upserted.updated, upserted.unchanged), (1, 0), "locks: {locks}");
        assert_eq!(pair.shown().await, "a=X", "locks: {locks}");
    }
}
