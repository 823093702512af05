//! Versions that readers, cursors and tags refer to, and maintenance.

use std::time::Duration;

use datus_store::{Cursor, Database, ErrorKind, Maintenance, Store};

use super::super::{Note, ids};
use super::{add_each, in_folder, until};
use crate::support::models::Toy;

#[tokio::test]
async fn a_cursor_and_a_reader_of_an_older_version_stay_valid() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(folder.path(), Maintenance::off()).await;
    add_each(&store, 0..20).await;
    // The connection looks for newer versions only once a day.
    let reader = Database::connect(folder.path())
        .without_small_writes()
        .read_consistency(Duration::from_secs(86_400))
        .await
        .unwrap();
    let reader: Store<Note> = reader.store(Toy::new()).await.unwrap();
    assert_eq!(reader.count().await.unwrap(), 20);
    let page = store.search_all().order_by(|t| t.id.asc()).page(8).await.unwrap();
    let mut found = ids(&page.items);
    let mut cursor: Option<Cursor> = page.next;

    let store = in_folder(folder.path(), Maintenance::new()).await;
    store.delete().filter(|t| t.id.lt(5)).await.unwrap();
    add_each(&store, 20..40).await;
    until(&store, |health| health.fragments < 8).await;
    while let Some(after) = cursor {
        let page = store.search_all().order_by(|t| t.id.asc()).page(8).after(&after).await.unwrap();
        found.extend(ids(&page.items));
        cursor = page.next;
    }
    assert_eq!(found, (0..20).collect::<Vec<_>>());
    assert_eq!(reader.search_all().await.unwrap().len(), 20);
    assert_eq!(reader.search("3 0 1").await.unwrap()[0].record.id, 3);
}

#[tokio::test]
async fn old_versions_are_removed_and_tagged_versions_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(folder.path(), Maintenance::off()).await;
    add_each(&store, 0..5).await;
    let tagged = store.version().await.unwrap();
    let mut tags = store.as_lancedb().tags().await.unwrap();
    tags.create("release", tagged).await.unwrap();
    add_each(&store, 5..40).await;
    let cursor = store.search_all().order_by(|t| t.id.asc()).page(8).await.unwrap().next.unwrap();

    let store = in_folder(folder.path(), Maintenance::new().keep_versions(Duration::ZERO)).await;
    add_each(&store, 40..41).await;
    let health = until(&store, |health| health.versions < 10).await;
    assert!(health.maintenance.last_done.is_none_or(|done| done.versions_removed >= 16), "{health:?}");
    let release = in_folder(folder.path(), Maintenance::off()).await;
    release.as_lancedb().checkout_tag("release").await.unwrap();
    assert_eq!(release.as_lancedb().count_rows(None).await.unwrap(), 5);
    assert_eq!(store.count().await.unwrap(), 41);
    let error = store.search_all().order_by(|t| t.id.asc()).page(8).after(&cursor).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
}

#[tokio::test]
async fn any_number_of_versions_of_less_than_an_hour_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(folder.path(), Maintenance::new().max_versions(1)).await;
    add_each(&store, 0..30).await;
    let health = until(&store, |health| health.fragments < 8).await;
    assert!(health.versions > 30, "{health}");
}
