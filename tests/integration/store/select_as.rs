use std::collections::HashSet;

use datus_store::{ColumnEnum, ColumnStruct, Database, EmbeddingRecord, ErrorKind, Hit, Projection, Store};
use futures::TryStreamExt;

use super::memory;
use crate::support::models::Toy;

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
    #[datus(rename = "Kind Of Place")]
    kind: Kind,
    location: Location,
    origin: Option<Location>,
    #[datus(flatten(prefix = "sold_to_"))]
    buyer: Location,
    tags: Vec<String>,
    #[datus(embed(metric = l2))]
    text: String,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[datus(of = Place)]
struct Summary {
    id: i32,
    #[datus(column = kind)]
    sort: Kind,
    #[datus(flatten)]
    cities: Cities,
    origin: Option<Location>,
    tags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Projection)]
#[datus(of = Place)]
struct Cities {
    #[datus(column = location.city)]
    here: String,
    #[datus(column = origin.city)]
    before: Option<String>,
    #[datus(column = origin.zip)]
    zip: Option<i32>,
    #[datus(column = buyer.city)]
    buyer: String,
}

fn at(city: &str, zip: Option<i32>) -> Location {
    Location { city: city.to_owned(), zip }
}

fn place(id: i32, kind: Kind, city: &str, origin: Option<Location>) -> Place {
    Place {
        id,
        kind,
        location: at(city, None),
        origin,
        buyer: at("Wien", Some(1010)),
        tags: vec![format!("tag {id}")],
        text: format!("{id} 0 1"),
    }
}

async fn store() -> Store<Place> {
    let store: Store<Place> = memory().await.store(Toy::new()).await.unwrap();
    let places = [
        place(0, Kind::Shop, "Oslo", Some(at("Rome", Some(118)))),
        place(1, Kind::Office, "Bonn", None),
        place(2, Kind::Shop, "Oslo", Some(at("Oslo", None))),
    ];
    store.add(places).await.unwrap();
    store
}

fn cities(here: &str, before: Option<&str>, zip: Option<i32>) -> Cities {
    Cities { here: here.to_owned(), before: before.map(str::to_owned), zip, buyer: "Wien".to_owned() }
}

#[tokio::test]
async fn rows_are_read_as_the_given_struct() {
    let store = store().await;
    let rows = store.search_all().select_as::<Summary>().order_by(|t| t.id.desc()).await.unwrap();
    let row =
        |id: i32, sort, cities, origin| Summary { id, sort, cities, origin, tags: vec![format!("tag {id}")] };
    assert_eq!(
        rows,
        [
            row(2, Kind::Shop, cities("Oslo", Some("Oslo"), None), Some(at("Oslo", None))),
            row(1, Kind::Office, cities("Bonn", None, None), None),
            row(0, Kind::Shop, cities("Oslo", Some("Rome"), Some(118)), Some(at("Rome", Some(118)))),
        ]
    );
}

#[tokio::test]
async fn only_its_columns_are_read() {
    let store = store().await;
    let answer = store.search_all().select_as::<Summary>().arrow_stream().await.unwrap();
    let names: Vec<&str> = answer.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let read = [
        "id",
        "Kind Of Place",
        "location.city",
        "origin.city",
        "origin.zip",
        "sold_to_city",
        "origin",
        "tags",
    ];
    assert_eq!(names, read);
    let plan = store.search_all().select_as::<Cities>().explain().await.unwrap();
    assert!(!plan.contains("text") && !plan.contains("tags"), "{plan}");
}

#[tokio::test]
async fn every_terminal_method_of_a_query_returns_the_struct() {
    let store = store().await;
    let query = || store.search_all().filter(|t| t.id.ge(1)).select_as::<Cities>().order_by(|t| t.id.asc());
    assert_eq!(query().first().await.unwrap(), Some(cities("Bonn", None, None)));
    assert_eq!(query().count().await.unwrap(), 2);
    assert_eq!(query().stream().try_collect::<Vec<Cities>>().await.unwrap().len(), 2);
    let different: HashSet<Cities> = store.search_all().select_as::<Cities>().distinct().await.unwrap();
    assert_eq!(different.len(), 3);
}

#[tokio::test]
async fn hits_of_a_search_have_the_struct() {
    let store = store().await;
    let hits: Vec<Hit<Summary>> = store.search("1 0 1").select_as::<Summary>().limit(2).await.unwrap();
    assert_eq!(hits[0].record.cities, cities("Bonn", None, None));
    assert_eq!(hits[0].record.id, 1);
    let nothing = store.search("1 0 1").filter(|t| t.id.gt(7)).select_as::<Cities>().await.unwrap();
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn a_projection_can_be_part_of_a_selection() {
    let store = store().await;
    let rows: Vec<(Vec<String>, Cities, i32)> = store
        .search_all()
        .select(|t| (t.tags, Cities::selection(), t.id))
        .order_by(|t| t.id.asc())
        .limit(1)
        .await
        .unwrap();
    assert_eq!(rows, [(vec!["tag 0".to_owned()], cities("Oslo", Some("Rome"), Some(118)), 0)]);
}

/// The places as an older program wrote them.
mod older {
    #[derive(Debug, Clone, datus_store::EmbeddingRecord)]
    #[datus(table = "shops")]
    pub(super) struct Shop {
        pub(super) kind: String,
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "shops")]
struct Shop {
    kind: Kind,
}

#[derive(Debug, Projection)]
#[datus(of = Shop)]
struct KindOf {
    #[datus(column = kind)]
    _sort: Kind,
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_an_error_with_its_column() {
    let db: Database = memory().await;
    let old: Store<older::Shop> = db.store(()).await.unwrap();
    old.add([older::Shop { kind: "Kiosk".to_owned() }]).await.unwrap();
    let shops: Store<Shop> = db.store(()).await.unwrap();
    let error = shops.search_all().select_as::<KindOf>().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("kind")));
    assert_eq!((error.operation(), error.table()), (Some("search_all"), Some("shops")));
}
