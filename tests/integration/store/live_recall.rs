//! Searches that are repeated in the background as exact searches.

use std::time::{Duration, Instant};

use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::vector::IvfFlatIndexBuilder;
use datus_store::lancedb::table::FieldMetadataUpdate;
use datus_store::model::HashingModel;
use datus_store::{Advice, Connect, Database, EmbeddingRecord, Health, LiveRecall, Store};

use super::tracing::Capture;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "live_notes")]
struct Note {
    #[datus(key)]
    number: i64,
    #[datus(embed(index = ivf_flat), fts)]
    text: String,
}

fn note(number: i64) -> Note {
    Note { number, text: format!("note {number} about {} and {}", number % 17, number * 31 % 101) }
}

/// Returns a store whose index has 16 partitions, and whose searches read `probes` of them.
async fn notes(connect: Connect, probes: usize) -> Store<Note> {
    let db: Database = connect.await.unwrap();
    let store: Store<Note> = db.store(HashingModel::new(64)).await.unwrap();
    store.add((0..400).map(note)).await.unwrap();
    let partitions = IvfFlatIndexBuilder::default()
        .num_partitions(16)
        .distance_type(datus_store::lancedb::DistanceType::Cosine);
    store.as_lancedb().create_index(&["vector"], Index::IvfFlat(partitions)).execute().await.unwrap();
    let measured = format!(
        "kind=ivf_flat,partitions=16,built=400,rows=400,probes={probes},refine=1,recall=0.9600,error=0.0050,target=0.95,\
         at=10,queries=100,query_kind=drawn_words"
    );
    let mut update = FieldMetadataUpdate::new("vector".to_owned());
    update.metadata.insert("datus:vector_index".to_owned(), Some(measured));
    store.as_lancedb().update_field_metadata(&[update]).await.unwrap();
    // Builds the full-text index, and keeps the vector index as it is.
    store.create_indexes().await.unwrap();
    store
}

fn live(health: &Health) -> Option<LiveRecall> {
    health.indexes.iter().find(|index| index.column == "vector").unwrap().live
}

/// Searches until the table's health meets the condition.
async fn search_until(store: &Store<Note>, condition: impl Fn(&Health) -> bool) -> Health {
    let started = Instant::now();
    for number in 0.. {
        store.search(format!("about {}", number % 101)).await.unwrap();
        let health = store.health().await.unwrap();
        if condition(&health) {
            return health;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{health}");
    }
    unreachable!()
}

#[tokio::test]
async fn searches_are_not_repeated_unless_it_is_turned_on() {
    let store = notes(Database::connect("memory://"), 1).await;
    for number in 0..20 {
        store.search(format!("about {number}")).await.unwrap();
    }
    let other = notes(Database::connect("memory://").recall_live(1), 16).await;
    search_until(&other, |health| live(health).is_some()).await;
    assert_eq!(live(&store.health().await.unwrap()), None);
}

#[tokio::test]
async fn the_recall_of_searches_is_estimated_with_an_interval() {
    let store = notes(Database::connect("memory://").recall_live(1), 16).await;
    let health = search_until(&store, |health| live(health).is_some_and(|live| live.searches >= 5)).await;
    let estimate = live(&health).unwrap();
    assert_eq!((estimate.recall, estimate.interval.high), (1.0, 1.0), "all partitions are read: {health}");
    assert!(estimate.interval.low > 0.4 && estimate.interval.low < 1.0, "{health}");
    assert!(health.advice.iter().all(|advice| !matches!(advice, Advice::MeasureIndex { .. })), "{health}");
    assert!(health.to_string().contains(&format!("live 1.000 ({}) over", estimate.interval)), "{health}");
}

#[tokio::test]
async fn a_recall_below_the_target_is_advised_to_be_measured_again() {
    let capture = Capture::of_this_process();
    let store = notes(Database::connect("memory://").recall_live(1), 1).await;
    let is_advised =
        |health: &Health| health.advice.iter().any(|advice| matches!(advice, Advice::MeasureIndex { .. }));
    let health = search_until(&store, is_advised).await;
    let low = live(&health).unwrap();
    assert!(low.interval.high < 0.95 && low.recall < 0.95, "{health}");
    assert!(health.to_string().contains("`create_indexes().queries(…)`, for the index"), "{health}");
    let has_event = |part: &str| {
        capture.events("live_notes").iter().any(|(column, text)| column == "vector" && text.contains(part))
    };
    assert!(has_event("a search was repeated exactly") && has_event("below the target of the index"));
    // A new measurement starts a new estimate.
    let queries = (0..30).map(|number| format!("about {number}"));
    store.create_indexes().queries(queries).await.unwrap();
    let health = store.health().await.unwrap();
    assert!(live(&health).is_none() && !is_advised(&health), "{health}");
    let health = search_until(&store, |health| live(health).is_some_and(|live| live.searches >= 5)).await;
    assert!(live(&health).unwrap().recall > low.recall, "{health}");
}

#[tokio::test]
async fn filtered_hybrid_and_deeper_searches_are_repeated_too_and_exact_ones_are_not() {
    let store = notes(Database::connect("memory://").recall_live(1), 16).await;
    for _ in 0..5 {
        store.search("about 7").exact().await.unwrap();
        store.search("about 7").nprobes(1).await.unwrap();
        store.search("about 7").explain().await.unwrap();
        store.search("about 7").count().await.unwrap();
        store.search("about 7").full_text().await.unwrap();
    }
    assert_eq!(live(&store.health().await.unwrap()), None);
    let started = Instant::now();
    let mut repeated = 0;
    for kind in [0, 1, 2].into_iter().cycle() {
        let search = store.search("about 7");
        match kind {
            0 => drop(search.filter(|t| t.number.lt(50)).await.unwrap()),
            1 => drop(search.hybrid().await.unwrap()),
            _ => drop(search.offset(20).limit(20).await.unwrap()),
        }
        let health = store.health().await.unwrap();
        let live = live(&health);
        assert!(live.is_none_or(|live| live.recall == 1.0), "{health}");
        repeated = live.map_or(0, |live| live.searches);
        if repeated >= 12 {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{health}");
    }
    assert!(repeated >= 12);
}
