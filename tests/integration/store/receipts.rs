//! Search receipts, which can replay a search on the version that it read.

mod forged;
mod gone;
mod indexed;
mod models;
mod random;
mod rows;

use datus_store::model::{HashingModel, NoModel};
use datus_store::query::Search;
use datus_store::rerank::{Mmr, Rrf, Weighted};
use datus_store::{ColumnStruct, Database, EmbeddingRecord, ErrorKind, Hit, Maintenance, Receipt, Store};
use futures::future::BoxFuture;

use super::full_text::{Recipe, at, ids, index, recipe};
use super::{Note, line, note};
use crate::support::models::Toy;

type Made = BoxFuture<'static, datus_store::Result<(Vec<Hit<Recipe>>, Receipt)>>;

/// Returns a receipt after a round trip through JSON.
fn stored(receipt: &Receipt) -> Receipt {
    let json = serde_json::to_string(receipt).unwrap();
    let read: Receipt = serde_json::from_str(&json).unwrap();
    assert_eq!(&read, receipt, "{json}");
    read
}

/// Returns a database without background maintenance.
async fn unmaintained() -> Database {
    Database::connect("memory://").maintenance(Maintenance::off()).await.unwrap()
}

fn rows() -> Vec<Recipe> {
    let titles = ["Tomato soup", "Tomato salad", "Onion soup", "Garlic bread"];
    let row = |id: i64| {
        let title = titles[usize::try_from(id).unwrap() % titles.len()];
        recipe(id, title, &format!("{id} 0 1 slice the tomatoes and onions"))
    };
    (0..24).map(row).collect()
}

async fn kitchen(db: &Database) -> Store<Recipe> {
    let store: Store<Recipe> = db.store(Toy::new()).await.unwrap();
    store.add(rows()).await.unwrap();
    index(&store).await;
    store
}

/// Deletes, updates and inserts rows, so that the searches find different ones.
async fn change(store: &Store<Recipe>) {
    store.delete().filter(|t| t.id.lt(6)).await.unwrap();
    store.update().filter(|t| t.id.ge(12)).set(|t| t.title, "Changed").await.unwrap();
    store
        .upsert([recipe(8, "Tomato cake", "0 0 1 tomato"), recipe(99, "Tomato", "0 0 1 tomato")])
        .await
        .unwrap();
}

fn vector_searches(store: &Store<Recipe>) -> Vec<Made> {
    let search = || store.search("3.2 0 1");
    vec![
        search().with_receipt(),
        search().exact().limit(3).offset(2).filter(|t| t.kind.eq("odd")).with_receipt(),
        search().nprobes(3).refine_factor(2).ef(40).limit(usize::MAX).with_receipt(),
        search().distance_range(0.5..=20.5).with_receipt(),
        search().limit_per(|t| t.title, 2).limit(5).with_receipt(),
        store.search(("tomato", at(2.5))).with_receipt(),
        store.vector(|v| v.body).search("7 0 1").limit(4).with_receipt(),
        store.similar_to(5).limit(4).with_receipt(),
    ]
}

fn text_searches(store: &Store<Recipe>) -> Vec<Made> {
    let hybrid = || store.search(("tomato onions", at(2.5))).hybrid();
    vec![
        store.search("tomato soup").full_text().highlight(usize::MAX).with_receipt(),
        store.search_text(|t| t.title.boost(2.5).with(t.body).matches_all("tomato")).limit(30).with_receipt(),
        store.search_text(|t| t.title.combined_with(t.body).matches("onion soup")).offset(1).with_receipt(),
        store
            .search_text(|t| {
                let soup = t.title.matches("soup").must(t.body.phrase_within("slice tomatoes", 2));
                soup.must_not(t.title.fuzzy("tomatoe", 1)).demote(t.body.matches("onions"), 0.25)
            })
            .with_receipt(),
        hybrid().with_receipt(),
        hybrid().candidates(7).limit(6).text_query(|t| t.title).with_receipt(),
        hybrid().limit_per(|t| (t.kind, t.title), 1).with_receipt(),
    ]
}

#[tokio::test]
async fn a_replay_returns_the_same_hits_after_later_writes() {
    let db = unmaintained().await;
    let store = kitchen(&db).await;
    let version = store.version().await.unwrap();
    let mut made = Vec::new();
    for search in vector_searches(&store).into_iter().chain(text_searches(&store)) {
        let (hits, receipt) = search.await.unwrap();
        assert!(!hits.is_empty());
        assert_eq!((receipt.table(), receipt.version()), ("recipes", version));
        made.push((hits, stored(&receipt)));
    }
    change(&store).await;
    for (number, (hits, receipt)) in made.iter().enumerate() {
        assert_eq!(&store.replay(receipt).await.unwrap(), hits, "search {number}");
    }
    // The searches now find different rows.
    let now = vector_searches(&store).into_iter().chain(text_searches(&store));
    for ((hits, _), now) in made.iter().zip(now) {
        match now.await {
            Ok((now, _)) => assert_ne!(&now, hits),
            Err(error) => assert_eq!(error.kind(), ErrorKind::RowNotFound, "{error}"),
        }
    }
}

#[tokio::test]
async fn a_receipt_says_what_was_searched() {
    let db = unmaintained().await;
    let store = kitchen(&db).await;
    let (hits, receipt) = store.search("2 0 1").select(|t| t.id).limit(3).with_receipt().await.unwrap();
    assert_eq!(hits, store.search("2 0 1").select(|t| t.id).limit(3).await.unwrap());
    assert_eq!((receipt.text(), receipt.reranker()), (Some("2 0 1"), None));
    assert_eq!(receipt.model().unwrap().to_string(), "toy (3 dimensions)");
    // A replay returns whole records.
    let replayed = store.replay(&receipt).await.unwrap();
    assert_eq!(replayed[1].record, rows()[usize::try_from(hits[1].record).unwrap()]);
    assert_eq!(ids(&replayed), hits.iter().map(|hit| hit.record).collect::<Vec<_>>());

    let (_, by_text) = store.search_text(|t| t.title.matches("soup")).with_receipt().await.unwrap();
    assert_eq!((by_text.text(), by_text.model()), (None, None));
    let (_, by_vector) = store.search(at(1.0)).rerank(Mmr::default()).with_receipt().await.unwrap();
    assert_eq!((by_vector.text(), by_vector.reranker()), (None, Some("mmr")));
}

#[tokio::test]
async fn a_replay_embeds_nothing() {
    let model = Toy::new();
    let db = unmaintained().await;
    let store: Store<Note> = db.store(model.clone()).await.unwrap();
    store.add(line(6)).await.unwrap();
    let (hits, receipt) = store.search("4 0 1").limit(2).with_receipt().await.unwrap();
    let embedded = model.embedded();
    assert_eq!(store.replay(&receipt).await.unwrap(), hits);
    assert_eq!(model.embedded(), embedded);
    let without: Store<Note> = db.store(NoModel).await.unwrap();
    assert_eq!(without.replay(&receipt).await.unwrap(), hits);
}

#[tokio::test]
async fn a_replay_needs_the_reranker_of_the_search() {
    let db = unmaintained().await;
    let store = kitchen(&db).await;
    let search = || store.search(("tomato", at(2.5))).hybrid();
    let (hits, receipt) = search().rerank(Rrf::new(5)).limit(4).with_receipt().await.unwrap();
    let (_, plain) = search().with_receipt().await.unwrap();
    change(&store).await;
    let receipt = stored(&receipt);
    assert_eq!(store.replay(&receipt).rerank(Rrf::new(5)).await.unwrap(), hits);
    let errors = [
        store.replay(&receipt).await.unwrap_err(),
        store.replay(&receipt).rerank(Weighted::new(1.0, 1.0)).await.unwrap_err(),
        store.replay(&plain).rerank(Rrf::default()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("replay")), "{error}");
        assert!(error.message().contains("`rrf`") && error.help().is_some(), "{error}");
    }
}

#[tokio::test]
async fn a_hybrid_order_needs_the_kind_of_the_model() {
    let db = unmaintained().await;
    let store: Store<Recipe> = db.store(HashingModel::default()).await.unwrap();
    store.add(rows()).await.unwrap();
    index(&store).await;
    let (hits, hybrid) = store.search("tomato soup").hybrid().with_receipt().await.unwrap();
    let (nearest, by_vector) = store.search("tomato soup").with_receipt().await.unwrap();
    assert_eq!(store.replay(&hybrid).await.unwrap(), hits);
    // If the store is opened without the model, the kind of the model is unknown.
    let without: Store<Recipe> = db.store(NoModel).await.unwrap();
    let error = without.replay(&hybrid).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    assert_eq!(without.replay(&by_vector).await.unwrap(), nearest);
}

#[tokio::test]
async fn a_mistake_in_a_search_gives_no_receipt() {
    let db = unmaintained().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let search = || -> Search<Note> { store.search("1 0 1") };
    let deep = (0..40).fold(Note::columns().id.eq(1), |filter, _| !filter.or(Note::columns().id.eq(2)));
    for search in [search().matching(deep), search().distance_range(2.0..1.0), store.search(" ")] {
        assert_eq!(search.with_receipt().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let (hits, receipt) = search().with_receipt().await.unwrap();
    store.add([note(1, "1 0 1")]).await.unwrap();
    assert_eq!((hits.len(), store.replay(&receipt).await.unwrap().len()), (0, 0));
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: String,
    floor: Option<i16>,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "shops")]
struct Shop {
    place: Place,
    #[datus(flatten(prefix = "home_"))]
    home: Place,
    tags: Vec<String>,
    price: f64,
    code: [u8; 4],
    #[datus(embed(metric = l2))]
    text: String,
}

#[tokio::test]
async fn nested_flattened_and_listed_columns_are_replayed() {
    let db = unmaintained().await;
    let store: Store<Shop> = db.store(Toy::new()).await.unwrap();
    let shop = |number: i16| Shop {
        place: Place { city: "Oslo".into(), floor: Some(number) },
        home: Place { city: format!("city {number}"), floor: None },
        tags: vec![format!("tag {number}"), "all".into()],
        price: f64::from(number) / 10.0,
        code: [7, 0, 0, 1],
        text: format!("{number} 0 1"),
    };
    store.add((0..6).map(shop)).await.unwrap();
    let search = |number: usize| {
        let search = store.search("5 0 1").limit(2);
        match number {
            0 => search.filter(|t| t.place.floor.lt(3)).limit_per(|t| t.place.floor, 1),
            1 => search.filter(|t| t.home.city.ends_with("4")),
            2 => search.filter(|t| t.tags.contains_all(["all", "tag 2"])),
            _ => search.filter(|t| t.price.gt(0.1 + 0.1).and(t.code.eq([7, 0, 0, 1]))),
        }
    };
    let expected = [vec![2, 1], vec![4], vec![2], vec![5, 4]];
    let mut receipts = Vec::new();
    for number in 0..expected.len() {
        receipts.push(search(number).with_receipt().await.unwrap().1);
    }
    store.delete().all_rows().await.unwrap();
    for (receipt, expected) in receipts.iter().zip(expected) {
        let hits = store.replay(&stored(receipt)).await.unwrap();
        assert_eq!(
            hits.into_iter().map(|hit| hit.record).collect::<Vec<_>>(),
            expected.into_iter().map(shop).collect::<Vec<_>>()
        );
    }
}
