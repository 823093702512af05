use std::collections::HashSet;

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Store};

use super::memory;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Location {
    city: String,
    zip: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ColumnEnum)]
enum Kind {
    Shop,
    Office,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Place {
    id: i32,
    kind: Kind,
    location: Location,
    origin: Option<Location>,
    tags: Vec<String>,
}

fn places() -> Vec<Place> {
    let at = |city: &str, zip| Location { city: city.to_owned(), zip };
    let place =
        |id, kind, location, origin| Place { id, kind, location, origin, tags: vec![format!("tag {id}")] };
    vec![
        place(0, Kind::Shop, at("Oslo", Some(150)), Some(at("Rome", Some(118)))),
        place(1, Kind::Office, at("Bonn", None), None),
        place(2, Kind::Shop, at("Oslo", None), Some(at("Oslo", None))),
    ]
}

async fn store() -> Store<Place> {
    let store: Store<Place> = memory().await.store(()).await.unwrap();
    store.add(places()).await.unwrap();
    store
}

#[tokio::test]
async fn one_column_is_selected() {
    let store = store().await;
    assert_eq!(store.search_all().select(|t| t.id).order_by(|t| t.id.asc()).await.unwrap(), [0, 1, 2]);
    let tags = store.search_all().select(|t| t.tags).order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(tags, [["tag 0"], ["tag 1"], ["tag 2"]]);
}

#[tokio::test]
async fn a_tuple_of_columns_is_selected_in_its_order() {
    let store = store().await;
    let pairs: Vec<(Kind, i32)> =
        store.search_all().select(|t| (t.kind, t.id)).order_by(|t| t.id.desc()).await.unwrap();
    assert_eq!(pairs, [(Kind::Shop, 2), (Kind::Office, 1), (Kind::Shop, 0)]);
    let nested = store.search_all().select(|t| ((t.id, t.kind), (t.id,))).order_by(|t| t.id.asc()).limit(1);
    assert_eq!(nested.await.unwrap(), [((0, Kind::Shop), (0,))]);
}

#[tokio::test]
async fn columns_of_nested_structs_are_selected() {
    let store = store().await;
    let rows = store
        .search_all()
        .select(|t| (t.location.zip, t.location.city, t.id, t.location.city))
        .order_by(|t| t.id.asc())
        .await
        .unwrap();
    let row = |zip, city: &str, id| (zip, city.to_owned(), id, city.to_owned());
    assert_eq!(rows, [row(Some(150), "Oslo", 0), row(None, "Bonn", 1), row(None, "Oslo", 2)]);
}

#[tokio::test]
async fn a_column_of_a_nullable_struct_is_null_if_the_struct_is() {
    let store = store().await;
    let rows = store.search_all().select(|t| (t.origin.city, t.origin.zip)).order_by(|t| t.id.asc());
    let (rome, oslo) = (Some("Rome".to_owned()), Some("Oslo".to_owned()));
    assert_eq!(rows.await.unwrap(), [(rome, Some(118)), (None, None), (oslo, None)]);
}

#[tokio::test]
async fn filters_and_orders_reach_into_nested_structs() {
    let store = store().await;
    let ids = |filter: fn(PlaceColumns) -> datus_store::Filter<Place>| {
        store.search_all().filter(filter).select(|t| t.id).order_by(|t| t.id.asc())
    };
    assert_eq!(ids(|t| t.location.city.eq("Oslo")).await.unwrap(), [0, 2]);
    assert_eq!(ids(|t| t.location.zip.is_null()).await.unwrap(), [1, 2]);
    assert_eq!(ids(|t| t.origin.city.eq("Oslo")).await.unwrap(), [2]);
    assert_eq!(ids(|t| t.origin.city.is_null()).await.unwrap(), [1]);
    assert_eq!(ids(|t| t.origin.city.eq("Oslo").not()).await.unwrap(), [0]);
    let cities = store.search_all().order_by(|t| (t.location.city.desc(), t.id.desc())).select(|t| t.id);
    assert_eq!(cities.await.unwrap(), [2, 0, 1]);
    let origins = store.search_all().order_by(|t| t.origin.city.asc()).select(|t| t.id);
    assert_eq!(origins.await.unwrap(), [2, 0, 1]);
}

#[tokio::test]
async fn distinct_values_are_a_set() {
    let store = store().await;
    let kinds: HashSet<Kind> = store.search_all().select(|t| t.kind).distinct().await.unwrap();
    assert_eq!(kinds, HashSet::from([Kind::Shop, Kind::Office]));
    let cities = store.search_all().select(|t| (t.location.city, t.kind)).filter(|t| t.id.ne(1)).distinct();
    assert_eq!(cities.await.unwrap(), HashSet::from([("Oslo".to_owned(), Kind::Shop)]));
    let zips = store.search_all().select(|t| t.origin.zip).distinct().await.unwrap();
    assert_eq!(zips, HashSet::from([Some(118), None]));
}

#[tokio::test]
async fn whole_records_with_nested_structs_come_back() {
    let store = store().await;
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), places());
    assert_eq!(store.search_all().kind(Kind::Office).await.unwrap(), places()[1..2]);
}
