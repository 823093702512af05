use datus_store::{ColumnStruct, EmbeddingRecord, Store};

use super::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Address {
    city: String,
    zip: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "people")]
struct Person {
    #[datus(flatten(prefix = "home_"))]
    home: Address,
    #[datus(key)]
    id: i64,
    #[datus(flatten)]
    work: Address,
    #[datus(embed(metric = l2))]
    text: String,
}

fn person(id: i64, home: &str, work: &str) -> Person {
    let address =
        |city: &str| Address { city: city.to_owned(), zip: i32::try_from(id).ok().filter(|id| *id > 1) };
    Person { home: address(home), id, work: address(work), text: format!("{id} 0 0") }
}

fn people() -> Vec<Person> {
    vec![person(1, "Oslo", "Bergen"), person(2, "Bergen", "Oslo"), person(3, "Oslo", "Oslo")]
}

async fn store() -> Store<Person> {
    let store: Store<Person> = memory().await.store(Toy::new()).await.unwrap();
    store.upsert(people()).await.unwrap();
    store
}

/// Returns the ids of people in ascending order.
fn ids(people: &[Person]) -> Vec<i64> {
    let mut ids: Vec<i64> = people.iter().map(|person| person.id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn flattened_columns_are_filtered_ordered_and_selected() {
    let store = store().await;
    let all = || store.search_all();
    assert_eq!(ids(&all().filter(|t| t.home.city.eq("Oslo")).await.unwrap()), [1, 3]);
    assert_eq!(ids(&all().filter(|t| t.work.city.eq("Oslo").and(t.home.zip.ge(3))).await.unwrap()), [3]);
    assert_eq!(ids(&all().filter(|t| t.work.zip.is_null()).await.unwrap()), [1]);
    let mut cities = all().select(|t| (t.home.city, t.work.city)).await.unwrap();
    cities.sort();
    assert_eq!(cities[0], ("Bergen".to_owned(), "Oslo".to_owned()));
    assert_eq!(all().order_by(|t| t.work.city.asc()).first().await.unwrap().unwrap().id, 1);
    assert_eq!(store.search("3 0 0").first().await.unwrap().unwrap().record, people()[2]);
}

#[tokio::test]
async fn a_filter_as_data_keeps_the_form_of_the_struct() {
    let store = store().await;
    let filter: PersonFilter =
        serde_json::from_str(r#"{"home": {"city": "Oslo"}, "work": {"zip": 3}}"#).unwrap();
    assert_eq!(ids(&store.search_all().matching(filter).await.unwrap()), [3]);
}

#[tokio::test]
async fn flattened_columns_are_upserted_and_updated() {
    let store = store().await;
    let done = store.upsert([person(1, "Oslo", "Bergen"), person(2, "Voss", "Oslo")]).await.unwrap();
    assert_eq!((done.updated, done.unchanged, done.embedded, done.reused), (1, 1, 0, 1));
    store.update().filter(|t| t.id.eq(3)).set(|t| t.home.city, "Voss").await.unwrap();
    assert_eq!(ids(&store.search_all().filter(|t| t.home.city.eq("Voss")).await.unwrap()), [2, 3]);
}
