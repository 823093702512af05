//! Tables that another program drops, creates again, or changes while a store has them open.

use std::time::Duration;

use datus_store::lancedb::table::ColumnAlteration;
use datus_store::model::HashingModel;
use datus_store::{Database, Drift, EmbeddingRecord, ErrorKind, Store};
use futures::TryStreamExt;

use super::{Note, line, memory, note, sorted_ids};
use crate::support::models::Toy;

/// Returns databases in memory, in a folder, and in a folder whose reads may lag behind.
async fn databases() -> Vec<(Option<tempfile::TempDir>, Database)> {
    let (folder, late) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let on_disk = Database::connect(folder.path()).await.unwrap();
    let behind = Database::connect(late.path()).read_consistency(Duration::from_millis(1)).await.unwrap();
    vec![(None, memory().await), (Some(folder), on_disk), (Some(late), behind)]
}

/// Passes the name and the future of every operation of a store to the macro `$use`.
macro_rules! every_operation {
    ($store:expr, $use:ident) => {{
        let store = &$store;
        $use!("schema", store.schema());
        $use!("version", store.version());
        $use!("search_all", store.get(1));
        $use!("search_all", store.search_all());
        $use!("search_all", store.search_all().stream().try_collect::<Vec<Note>>());
        $use!("page", store.search_all().page(2));
        $use!("count", store.count());
        $use!("search", store.search("1 0 1"));
        $use!("search", store.similar_to(1));
        $use!("add", store.add([note(90, "1 2 3")]));
        $use!("upsert", store.upsert([note(1, "9 9 9")]));
        $use!("update", store.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "new"));
        $use!("sync", store.sync([note(1, "9 9 9")]).all_rows());
        $use!("delete", store.delete().filter(|t| t.id.eq(1)));
        $use!("delete", store.delete().all_rows());
        $use!("create_indexes", store.create_indexes());
        $use!("optimize", store.optimize());
        $use!("health", store.health());
        $use!("verify_model", store.verify_model());
        $use!("reembed", store.reembed(Toy::named("other", 2.0)));
        $use!("drop_standby", store.drop_standby());
    }};
}

/// Fault 24: the kind was `Engine` or `Expired`.
#[tokio::test]
async fn a_table_that_was_dropped_is_not_found_by_any_operation() {
    for (_folder, db) in databases().await {
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        store.add(line(8)).await.unwrap();
        let cursor = store.search_all().page(2).await.unwrap().next.unwrap();
        db.drop_table("notes").await.unwrap();
        macro_rules! not_found {
            ($operation:literal, $call:expr) => {
                let error = $call.await.err().unwrap();
                assert_eq!(error.kind(), ErrorKind::TableNotFound, "{}: {error:?}", $operation);
                assert_eq!((error.operation(), error.table()), (Some($operation), Some("notes")));
            };
        }
        every_operation!(store, not_found);
        not_found!("page", store.search_all().page(2).after(&cursor));
        not_found!("reopen", store.reopen());
    }
}

/// Fault 24: a new table with the same name and columns is a different table.
#[tokio::test]
async fn a_table_that_was_created_again_is_recognized_until_the_store_is_reopened() {
    for (_folder, db) in databases().await {
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        let clone = store.clone();
        for row in line(8) {
            store.add([row]).await.unwrap();
        }
        let cursor = store.search_all().page(2).await.unwrap().next.unwrap();
        db.drop_table("notes").await.unwrap();
        let new: Store<Note> = db.store(Toy::new()).await.unwrap();
        // The table has fewer versions than the open store has seen.
        new.add([note(100, "1 2 3")]).await.unwrap();
        let version = new.version().await.unwrap();

        macro_rules! changed {
            ($operation:literal, $call:expr) => {
                let error = $call.await.err().unwrap();
                assert_eq!(error.kind(), ErrorKind::TableChanged, "{}: {error:?}", $operation);
                assert_eq!((error.operation(), error.table()), (Some($operation), Some("notes")));
                assert!(error.help().unwrap().contains("reopen()"), "{error:?}");
            };
        }
        changed!("search_all", store.get(1));
        changed!("search_all", store.search_all());
        changed!("page", store.search_all().page(2));
        changed!("page", store.search_all().page(2).after(&cursor));
        changed!("count", store.count());
        changed!("search", store.search("1 0 1"));
        changed!("add", store.add([note(90, "1 2 3")]));
        changed!("upsert", store.upsert([note(1, "9 9 9")]));
        changed!("update", store.update().all_rows().set(|t| t.topic, "new"));
        changed!("sync", store.sync([note(1, "9 9 9")]).all_rows());
        changed!("delete", store.delete().filter(|t| t.id.eq(100)));
        changed!("delete", store.delete().all_rows());
        changed!("create_indexes", store.create_indexes());
        changed!("health", store.health());
        changed!("verify_model", store.verify_model());
        assert_eq!(new.version().await.unwrap(), version, "nothing was written");

        let (first, second) = tokio::join!(store.reopen(), clone.reopen());
        first.unwrap();
        second.unwrap();
        for store in [&store, &clone] {
            assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [100]);
        }
        store.add([note(101, "4 5 6")]).await.unwrap();
        clone.upsert([note(100, "9 9 9")]).await.unwrap();
        assert_eq!(sorted_ids(&new.search_all().await.unwrap()), [100, 101]);
        assert_eq!(store.as_lancedb().count_rows(None).await.unwrap(), 2);
        let expired = store.search_all().page(2).after(&cursor).await.unwrap_err();
        assert_eq!(expired.kind(), ErrorKind::Expired, "{expired:?}");
    }
}

mod renamed {
    #[derive(Debug, Clone, datus_store::EmbeddingRecord)]
    #[datus(table = "notes")]
    pub(super) struct Note {
        #[datus(key)]
        pub(super) id: i64,
        pub(super) topic: String,
        pub(super) rank: Option<i32>,
        #[datus(embed(metric = l2), rename_from = "text")]
        pub(super) body: Option<String>,
    }
}

/// Fault 24 (`f10_rename_is_told_as_another_model.rs`).
#[tokio::test]
async fn a_renamed_column_is_a_changed_table_and_the_old_struct_no_longer_fits() {
    let db = memory().await;
    let old: Store<Note> = db.store(Toy::new()).await.unwrap();
    old.add(line(3)).await.unwrap();
    let new: Store<renamed::Note> = db.store(Toy::new()).drift(Drift::ApplySafe).await.unwrap();
    macro_rules! changed {
        ($operation:literal, $call:expr) => {
            let error = $call.await.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::TableChanged, "{}: {error:?}", $operation);
            assert_eq!(error.column(), Some("text"), "{error:?}");
            assert!(error.message().contains("renamed or dropped"), "{error:?}");
        };
    }
    changed!("add", old.add([note(90, "1 2 3")]));
    changed!("search_all", old.search_all());
    changed!("count", old.count());
    changed!("search", old.search("1 2 3"));
    changed!("delete", old.delete().filter(|t| t.id.eq(1)));
    let error = old.reopen().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::SchemaMismatch, Some("reopen")));
    assert!(error.differences().len() >= 2, "{error:?}");
    assert_eq!(new.count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_nullable_column_and_a_column_of_a_different_type_are_changes() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    let raw = db.as_lancedb().open_table("notes").execute().await.unwrap();
    raw.alter_columns(&[ColumnAlteration::new("topic".into()).set_nullable(true)]).await.unwrap();
    let error = store.search_all().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::TableChanged, Some("topic")), "{error:?}");
    raw.drop_columns(&["rank"]).await.unwrap();
    let error = store.upsert([note(1, "9 9 9")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableChanged, "{error:?}");
}

/// Fault 24: after a `reembed`, stores of other programs failed with kind `Model`, as for a dead endpoint.
#[tokio::test]
async fn a_different_model_is_a_change_for_vectors_but_not_for_rows() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    db.reembed::<Note>(Toy::named("other", 2.0)).await.unwrap();
    for error in [
        store.search("1 2 3").await.unwrap_err(),
        store.add([note(90, "1 2 3")]).await.unwrap_err(),
        store.search_all().with_vectors().await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.column()), (ErrorKind::TableChanged, Some("vector")), "{error:?}");
        assert!(error.message().contains("model other"), "{error:?}");
        assert!(!error.message().contains(Toy::ID), "{error:?}");
    }
    assert_eq!(store.count().await.unwrap(), 3);
    assert_eq!(store.search_all().await.unwrap().len(), 3);
    let error = store.reopen().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error:?}");
    db.reembed::<Note>(Toy::new()).await.unwrap();
    store.reopen().await.unwrap();
    store.search("1 2 3").await.unwrap();
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "notes")]
struct Wider {
    #[datus(key)]
    id: i64,
    topic: String,
    rank: Option<i32>,
    #[datus(embed(metric = l2))]
    text: Option<String>,
    author: Option<String>,
}

#[tokio::test]
async fn a_column_that_the_record_lacks_may_be_added_and_dropped() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(3)).await.unwrap();
    let _wider: Store<Wider> = db.store(Toy::new()).drift(Drift::ApplySafe).await.unwrap();
    store.add([note(90, "1 2 3")]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 4);
    let raw = db.as_lancedb().open_table("notes").execute().await.unwrap();
    raw.drop_columns(&["author"]).await.unwrap();
    store.upsert([note(90, "9 9 9")]).await.unwrap();
    assert_eq!(store.search("9 9 9").limit(1).await.unwrap()[0].record.id, 90);
    // The table still matches the record, so nothing changes.
    store.reopen().await.unwrap();
}

#[tokio::test]
async fn a_table_that_gets_an_id_was_created_again() {
    let db = memory().await;
    let first: Store<Note> = db.store(HashingModel::new(4)).await.unwrap();
    let schema = first.schema().await.unwrap();
    db.drop_table("notes").await.unwrap();
    let mut metadata = schema.metadata().clone();
    assert!(metadata.remove("datus:table_id").is_some_and(|id| id.len() == 32), "{metadata:?}");
    let schema = arrow_schema::Schema::new_with_metadata(schema.fields().clone(), metadata);
    db.as_lancedb().create_empty_table("notes", schema.into()).execute().await.unwrap();
    let store: Store<Note> = db.store(HashingModel::new(4)).await.unwrap();
    store.add([note(1, "a")]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 1);
    db.drop_table("notes").await.unwrap();
    let _new: Store<Note> = db.store(HashingModel::new(4)).await.unwrap();
    assert_eq!(store.count().await.unwrap_err().kind(), ErrorKind::TableChanged);
}
