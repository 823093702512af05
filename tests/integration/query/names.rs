//! Column names that are not SQL identifiers.

use datus_store::{ColumnStruct, EmbeddingRecord, Store};

use crate::store::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Inner {
    #[datus(rename = "Inner Name")]
    name: String,
    #[datus(rename = "order")]
    order: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "Odd-Names.v1", rename_all = "SCREAMING-KEBAB-CASE")]
struct Odd {
    #[datus(key, rename = "Id")]
    id: i64,
    #[datus(rename = "with space")]
    with_space: String,
    with_dashes: Option<i32>,
    #[datus(rename = "camelCase")]
    camel_case: bool,
    #[datus(rename = "select")]
    select_: i32,
    #[datus(rename = "NULL")]
    null: Option<String>,
    #[datus(rename = "größe (m²)")]
    size: f64,
    #[datus(rename = "1st; DROP TABLE x --")]
    first_column: i32,
    #[datus(rename = "it's")]
    its: String,
    r#type: String,
    #[datus(rename = "from")]
    place: Inner,
    #[datus(embed(column = "The Vector", metric = l2), rename = "Some Text")]
    text: String,
}

fn odd(id: i64) -> Odd {
    let small = i32::try_from(id).unwrap();
    Odd {
        id,
        with_space: format!("s{id}"),
        with_dashes: (id != 2).then_some(small),
        camel_case: id % 2 == 0,
        select_: small,
        null: (id == 3).then(|| "null".to_owned()),
        size: f64::from(small) / 2.0,
        first_column: -small,
        its: format!("it's {id}"),
        r#type: "type".to_owned(),
        place: Inner { name: format!("place {id}"), order: (id != 1).then_some(small) },
        text: format!("{id} 0 0"),
    }
}

async fn odds() -> Store<Odd> {
    let store: Store<Odd> = memory().await.store(Toy::new()).await.unwrap();
    store.add((0..6).map(odd)).await.unwrap();
    store
}

#[tokio::test]
async fn columns_of_any_name_are_filtered() {
    let store = odds().await;
    type Case = (fn(OddColumns) -> datus_store::Filter<Odd>, &'static [i64]);
    let filters: [Case; 14] = [
        (|t| t.id.ge(4), &[4, 5]),
        (|t| t.with_space.eq("s1"), &[1]),
        (|t| t.with_dashes.is_null(), &[2]),
        (|t| t.with_dashes.between(1, 3), &[1, 3]),
        (|t| t.camel_case.eq(true), &[0, 2, 4]),
        (|t| t.select_.is_in([1, 5]), &[1, 5]),
        (|t| t.null.eq("null"), &[3]),
        (|t| t.null.is_not_null(), &[3]),
        (|t| t.size.gt(2.0), &[5]),
        (|t| t.first_column.lt(-3), &[4, 5]),
        (|t| t.its.ends_with("'s 2"), &[2]),
        (|t| t.r#type.like("t_pe").and(t.id.lt(1)), &[0]),
        (|t| t.place.name.contains("ce 3"), &[3]),
        (|t| t.place.order.is_null(), &[1]),
    ];
    for (number, (filter, expected)) in filters.into_iter().enumerate() {
        let query = store.search_all().filter(filter).select(|t| t.id).order_by(|t| t.id.asc());
        assert_eq!(query.await.unwrap(), expected, "filter {number}");
        assert_eq!(
            store.search_all().filter(filter).count().await.unwrap(),
            expected.len(),
            "filter {number}"
        );
        let hits = store.search("0 0 0").filter(filter).select(|t| t.id).await.unwrap();
        assert_eq!(hits.into_iter().map(|hit| hit.record).collect::<Vec<_>>(), expected, "filter {number}");
    }
}

#[tokio::test]
async fn columns_of_any_name_sort() {
    let store = odds().await;
    let ids = |order: fn(OddColumns) -> datus_store::query::Order<Odd>| {
        store.search_all().order_by(order).order_by(|t| t.id.asc()).select(|t| t.id)
    };
    assert_eq!(ids(|t| t.with_space.desc()).await.unwrap(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(ids(|t| t.with_dashes.desc()).await.unwrap(), [5, 4, 3, 1, 0, 2]);
    assert_eq!(ids(|t| t.null.asc()).await.unwrap(), [3, 0, 1, 2, 4, 5]);
    assert_eq!(ids(|t| t.size.desc()).await.unwrap(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(ids(|t| t.first_column.asc()).await.unwrap(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(ids(|t| t.its.desc()).await.unwrap(), [5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn nested_columns_of_any_name_sort() {
    let store = odds().await;
    let ids = |order: fn(OddColumns) -> datus_store::query::Order<Odd>| {
        store.search_all().order_by(order).select(|t| t.id)
    };
    assert_eq!(ids(|t| t.place.name.desc()).await.unwrap(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(ids(|t| t.place.order.desc()).await.unwrap(), [5, 4, 3, 2, 0, 1]);
}

#[tokio::test]
async fn columns_of_any_name_are_selected_and_read() {
    let store = odds().await;
    let row = store
        .search_all()
        .id(3)
        .select(|t| (t.with_space, t.null, t.size, t.first_column, t.its, t.place.name, t.place.order))
        .await
        .unwrap();
    let text = |text: &str| text.to_owned();
    assert_eq!(row, [(text("s3"), Some(text("null")), 1.5, -3, text("it's 3"), text("place 3"), Some(3))]);
    assert_eq!(
        store.search_all().order_by(|t| t.id.asc()).await.unwrap(),
        (0..6).map(odd).collect::<Vec<_>>()
    );
    assert_eq!(store.search("4 0 0").first().await.unwrap().unwrap().record, odd(4));
    let kinds = store.search_all().select(|t| t.r#type).distinct().await.unwrap();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["type"]);
}

#[tokio::test]
async fn rows_are_deleted_by_columns_of_any_name() {
    let store = odds().await;
    assert_eq!(store.delete().filter(|t| t.with_space.eq("s0").or(t.first_column.eq(-1))).await.unwrap(), 2);
    assert_eq!(store.delete().filter(|t| t.null.eq("null")).await.unwrap(), 1);
    assert_eq!(store.delete().filter(|t| t.place.name.eq("place 4")).await.unwrap(), 1);
    assert_eq!(store.delete().filter(|t| t.its.eq("it's 5").and(t.size.gt(0.0))).await.unwrap(), 1);
    assert_eq!(store.search_all().select(|t| t.id).await.unwrap(), [2]);
}
