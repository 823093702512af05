//! A receipt belongs to the rows of one scope and view.

use datus_store::{ErrorKind, Receipt, ScopedStore, Store};

use super::super::search_all_of::{Metrics, metric};
use super::super::{Note, line};
use super::forged::with;
use super::{stored, unmaintained};
use crate::support::models::Toy;

async fn teams() -> (Store<Metrics>, ScopedStore<Metrics>, ScopedStore<Metrics>) {
    let store: Store<Metrics> = unmaintained().await.store(Toy::new()).await.unwrap();
    let (red, blue) = (store.scoped("red"), store.scoped("blue"));
    red.add((0..4).map(|id| metric("red", id, &format!("{id} 0 1")))).await.unwrap();
    blue.add((0..4).map(|id| metric("blue", id, &format!("{id} 0 1")))).await.unwrap();
    (store, red, blue)
}

fn refused(error: datus_store::Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("different scope or view"), "{error}");
}

#[tokio::test]
async fn a_receipt_of_one_scope_is_refused_by_another() {
    let (store, red, blue) = teams().await;
    let (hits, receipt) = red.search("2 0 1").limit(3).with_receipt().await.unwrap();
    let receipt = stored(&receipt);
    red.delete().all_rows().await.unwrap();
    assert_eq!(red.replay(&receipt).await.unwrap(), hits);
    assert_eq!(store.scoped("red").replay(&receipt).await.unwrap(), hits);
    refused(blue.replay(&receipt).await.unwrap_err());
    refused(store.across_scopes().replay(&receipt).await.unwrap_err());
    refused(red.view(|t| t.id.ge(0)).replay(&receipt).await.unwrap_err());
    let (all, across) = store.across_scopes().search("2 0 1").with_receipt().await.unwrap();
    assert_eq!(store.across_scopes().replay(&across).await.unwrap(), all);
    refused(red.replay(&across).await.unwrap_err());
}

#[tokio::test]
async fn a_receipt_of_one_view_is_refused_by_another() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    store.add(line(10)).await.unwrap();
    let even = || store.view(|t| t.topic.eq("even"));
    let (hits, receipt) = even().search("3 0 1").limit(2).with_receipt().await.unwrap();
    store.delete().all_rows().await.unwrap();
    assert_eq!(even().replay(&receipt).await.unwrap(), hits);
    refused(store.replay(&receipt).await.unwrap_err());
    refused(store.view(|t| t.topic.eq("odd")).replay(&receipt).await.unwrap_err());
    refused(even().view(|t| t.id.ge(0)).replay(&receipt).await.unwrap_err());
    // A store opened at the receipt's version reads the same rows.
    let older = even().at(receipt.version()).await.unwrap();
    assert_eq!(older.replay(&receipt).await.unwrap(), hits);
}

#[tokio::test]
async fn a_forged_scope_only_finds_rows_of_the_store_that_replays() {
    let (_, red, blue) = teams().await;
    let (_, of_red) = red.search("2 0 1").filter(|t| t.team.eq("red")).with_receipt().await.unwrap();
    let (_, of_blue) = blue.search("2 0 1").with_receipt().await.unwrap();
    let of = |receipt: &Receipt| serde_json::to_value(receipt).unwrap()["rows"].as_str().unwrap().to_owned();
    let forged = with(&of_red, &of(&of_red), &of(&of_blue));
    assert_ne!(forged, of_red);
    assert!(blue.replay(&forged).await.unwrap().is_empty());
    refused(red.replay(&forged).await.unwrap_err());
    let (_, everyone) = red.search("2 0 1").with_receipt().await.unwrap();
    let hits = blue.replay(&with(&everyone, &of(&of_red), &of(&of_blue))).await.unwrap();
    assert!(hits.len() == 4 && hits.iter().all(|hit| hit.record.team == "blue"));
}
