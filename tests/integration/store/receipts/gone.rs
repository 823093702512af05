//! Receipts whose version, table or model is gone, and versions that are pinned.

use std::time::Duration;

use datus_store::{Database, ErrorKind, Maintenance, OptimizeStep, Store};

use super::super::{Note, line};
use super::{stored, unmaintained};
use crate::support::models::Toy;

async fn remove_versions(store: &Store<Note>) {
    store.optimize().only([OptimizeStep::RemoveVersions]).keep_versions(Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn a_pinned_version_is_kept_and_others_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let connect = || Database::connect(folder.path()).maintenance(Maintenance::off()).without_small_writes();
    let store: Store<Note> = connect().await.unwrap().store(Toy::new()).await.unwrap();
    store.add(line(6)).await.unwrap();
    let (_, unpinned) = store.search("3 0 1").with_receipt().await.unwrap();
    store.delete().filter(|t| t.id.eq(3)).await.unwrap();
    let (hits, pinned) = store.search("3 0 1").limit(2).with_receipt().await.unwrap();
    let tag = store.pin(&stored(&pinned)).await.unwrap();
    assert_eq!((tag.version, tag.name.starts_with("receipt-")), (pinned.version(), true));
    // Pinning again does nothing, and a different receipt for the version has its own tag.
    assert_eq!(store.pin(&pinned).await.unwrap(), tag);
    let (_, other) = store.search("4 0 1").with_receipt().await.unwrap();
    assert_ne!(store.pin(&other).await.unwrap().name, tag.name);
    assert_eq!(store.tags().await.unwrap().len(), 2);
    store.delete().all_rows().await.unwrap();
    remove_versions(&store).await;

    let again: Store<Note> = connect().await.unwrap().store(Toy::new()).await.unwrap();
    for store in [&store, &again] {
        assert_eq!(store.replay(&pinned).await.unwrap(), hits);
        let errors = [store.replay(&unpinned).await.unwrap_err(), store.pin(&unpinned).await.unwrap_err()];
        for error in errors {
            assert_eq!((error.kind(), error.table()), (ErrorKind::Expired, Some("notes")), "{error}");
            let version = format!("version {} of the table", unpinned.version());
            assert!(error.message().contains(&version), "{error}");
        }
    }
    for tag in again.tags().await.unwrap() {
        again.delete_tag(&tag.name).await.unwrap();
    }
    remove_versions(&again).await;
    assert_eq!(again.replay(&pinned).await.unwrap_err().kind(), ErrorKind::Expired);
}

#[tokio::test]
async fn a_receipt_of_another_table_is_refused() {
    let db = unmaintained().await;
    let first: Store<Note> = db.store(Toy::new()).table("first").await.unwrap();
    let second: Store<Note> = db.store(Toy::new()).table("second").await.unwrap();
    first.add(line(3)).await.unwrap();
    let (_, receipt) = first.search("1 0 1").with_receipt().await.unwrap();
    for error in [second.replay(&receipt).await.unwrap_err(), second.pin(&receipt).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("`first`") && error.message().contains("`second`"), "{error}");
    }
    // The same name in a different database.
    let elsewhere: Store<Note> = unmaintained().await.store(Toy::new()).table("first").await.unwrap();
    elsewhere.add(line(3)).await.unwrap();
    assert_eq!(elsewhere.replay(&receipt).await.unwrap_err().kind(), ErrorKind::Expired);

    db.drop_table("first").await.unwrap();
    let first: Store<Note> = db.store(Toy::new()).table("first").await.unwrap();
    // The new table has not reached the receipt's version number yet. The error must name the dropped table as the cause.
    assert!(first.version().await.unwrap() < receipt.version());
    for error in [first.replay(&receipt).await.unwrap_err(), first.pin(&receipt).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
        assert!(error.message().contains("a dropped table"), "{error}");
    }
    first.add(line(3)).await.unwrap();
    for error in [first.replay(&receipt).await.unwrap_err(), first.pin(&receipt).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
        assert!(error.message().contains("dropped"), "{error}");
    }
}

#[tokio::test]
async fn a_receipt_of_an_earlier_model_is_refused() {
    let db = unmaintained().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(4)).await.unwrap();
    let (hits, receipt) = store.search("2 0 1").with_receipt().await.unwrap();
    store.reembed(Toy::named("other", 2.0)).await.unwrap();
    let error = store.replay(&receipt).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("vector")), "{error}");
    assert!(error.message().contains("toy") && error.message().contains("other"), "{error}");
    let (now, of_the_new_model) = store.search("2 0 1").with_receipt().await.unwrap();
    assert_eq!(store.replay(&of_the_new_model).await.unwrap(), now);
    assert_ne!(now, hits);
}
