//! Cursors whose version of the table no longer exists.

use std::error::Error as _;

use datus_store::lancedb::table::{OptimizeAction, OptimizeStats};
use datus_store::{Cursor, Database, ErrorKind, Store};

use super::super::{Note, line};
use crate::support::models::Toy;

async fn in_folder() -> (tempfile::TempDir, Database, Store<Note>) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(9)).await.unwrap();
    (folder, db, store)
}

async fn first(store: &Store<Note>) -> Cursor {
    store.search_all().order_by(|t| t.id.asc()).page(2).await.unwrap().next.unwrap()
}

async fn remove_old_versions(store: &Store<Note>) -> OptimizeStats {
    let prune = OptimizeAction::Prune {
        older_than: Some(chrono::TimeDelta::zero()),
        delete_unverified: Some(true),
        error_if_tagged_old_versions: None,
    };
    store.as_lancedb().optimize(prune).await.unwrap()
}

#[tokio::test]
async fn a_cursor_of_a_removed_version_is_an_error_with_a_remedy() {
    let (folder, _db, store) = in_folder().await;
    let cursor = first(&store).await;
    store.delete().filter(|t| t.id.eq(3)).await.unwrap();
    remove_old_versions(&store).await;

    let again = Database::connect(folder.path()).await.unwrap();
    let again: Store<Note> = again.store(Toy::new()).await.unwrap();
    for store in [&store, &again] {
        let error = store.search_all().order_by(|t| t.id.asc()).page(2).after(&cursor).await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Expired, Some("notes")), "{error:?}");
        assert!(error.to_string().contains("was removed: start again from the first page"), "{error}");
        assert!(error.source().is_some());
    }
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).page(20).await.unwrap().items.len(), 8);
}

#[tokio::test]
async fn a_table_that_was_created_again_is_a_different_table() {
    let (_folder, db, store) = in_folder().await;
    let cursor = first(&store).await;
    drop(store);
    db.drop_table("notes").await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(9)).await.unwrap();
    let error = store.search_all().order_by(|t| t.id.asc()).page(2).after(&cursor).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
}

#[tokio::test]
async fn vectors_of_a_different_model_are_not_read_as_those_of_the_model() {
    let (folder, db, store) = in_folder().await;
    let cursor = first(&store).await;
    let other = || Toy::named("other", 10.0);
    db.reembed::<Note>(other()).await.unwrap();
    let reopened = Database::connect(folder.path()).await.unwrap();
    let reopened: Store<Note> = reopened.store(other()).await.unwrap();
    let query = || reopened.search_all().order_by(|t| t.id.asc());
    let error = query().with_vectors().page(2).after(&cursor).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
    assert!(error.to_string().contains("re-embedded"), "{error}");
    let page = query().page(2).after(&cursor).await.unwrap();
    assert_eq!(page.items[0].id, 2, "without vectors the older version serves");
}
