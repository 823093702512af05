use std::net::IpAddr;

use datus_store::record::{DisplayFromStr, Optional};
use datus_store::{EmbeddingRecord, Store};

use super::memory;

/// A visit from one address that was forwarded by another.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "visits")]
struct Visit {
    #[datus(key, with = DisplayFromStr)]
    source: IpAddr,
    #[datus(with = Optional<DisplayFromStr>)]
    via: Option<IpAddr>,
    count: i64,
}

fn visit(last: u8, via: Option<u8>) -> Visit {
    let address = |last| IpAddr::from([10, 0, 0, last]);
    Visit { source: address(last), via: via.map(address), count: i64::from(last) }
}

async fn visits() -> Store<Visit> {
    let store: Store<Visit> = memory().await.store(()).await.unwrap();
    store.upsert([visit(1, None), visit(2, Some(1)), visit(3, Some(2))]).await.unwrap();
    store
}

/// Returns the counts of visits in ascending order.
fn counts(mut visits: Vec<Visit>) -> Vec<i64> {
    visits.sort_by_key(|visit| visit.count);
    visits.iter().map(|visit| visit.count).collect()
}

#[tokio::test]
async fn filters_compare_with_the_stored_value() {
    let store = visits().await;
    let all = || store.search_all();
    assert_eq!(counts(all().source("10.0.0.2").await.unwrap()), [2]);
    assert_eq!(counts(all().filter(|t| t.source.ge("10.0.0.2")).await.unwrap()), [2, 3]);
    assert_eq!(counts(all().filter(|t| t.source.ends_with(".3")).await.unwrap()), [3]);
    assert_eq!(counts(all().filter(|t| t.via.contains("0.1")).await.unwrap()), [2]);
    assert_eq!(counts(all().filter(|t| t.via.is_null()).await.unwrap()), [1]);
    assert_eq!(counts(all().filter(|t| t.via.eq(Some("10.0.0.1"))).await.unwrap()), [2]);
    assert_eq!(counts(all().filter(|t| t.via.is_in(["10.0.0.1", "10.0.0.2"])).await.unwrap()), [2, 3]);
    assert_eq!(all().order_by(|t| t.source.desc()).first().await.unwrap(), Some(visit(3, Some(2))));
}

#[tokio::test]
async fn a_selected_column_is_the_fields_own_type() {
    let store = visits().await;
    let mut found: Vec<(IpAddr, Option<IpAddr>)> =
        store.search_all().select(|t| (t.source, t.via)).await.unwrap();
    found.sort();
    assert_eq!(found[0], (visit(1, None).source, None));
    assert_eq!(found[1].1, visit(2, Some(1)).via);
}

#[tokio::test]
async fn a_filter_as_data_holds_the_stored_value() {
    let store = visits().await;
    let filter = VisitFilter { via: Some("10.0.0.2".into()), ..VisitFilter::default() };
    let json = serde_json::to_string(&filter).unwrap();
    assert_eq!(json, r#"{"via":"10.0.0.2"}"#);
    let read: VisitFilter = serde_json::from_str(&json).unwrap();
    assert_eq!(counts(store.search_all().matching(read).await.unwrap()), [3]);
}

#[tokio::test]
async fn rows_are_found_again_by_a_key_with_an_adapter_and_updated() {
    let store = visits().await;
    let done = store.upsert([visit(1, None), Visit { count: 9, ..visit(2, None) }]).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged), (0, 1, 1));
    store.update().filter(|t| t.count.eq(9)).set(|t| t.via, "10.0.0.7").await.unwrap();
    let changed = store.search_all().count_is(9).first().await.unwrap().unwrap();
    assert_eq!(changed.via, visit(0, Some(7)).via);
}
