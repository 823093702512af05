use datus_store::{ErrorKind, IndexAction, Recall, Store};

use super::super::memory;
use super::{hnsw_flat, hnsw_pq, hnsw_sq, ivf_flat, ivf_pq, ivf_rq, ivf_sq, measured, points};
use crate::support::cloud::Cloud;

/// Builds each kind of index over 400 points and checks its measured recall.
macro_rules! recalls {
    ($($name:ident: $kind:ident;)+) => {
        $(#[tokio::test]
        async fn $name() {
            let store: Store<$kind::Point> = points(&memory().await, 0..400).await;
            let report = store.create_indexes().samples(40).await.unwrap();
            let entry = &report.indexes[0];
            assert_eq!((entry.kind.as_str(), entry.action), (stringify!($kind), IndexAction::Built), "{report}");
            check(&entry.recall.unwrap());
            let kept = store.create_indexes().await.unwrap();
            assert_eq!(kept.indexes[0].action, IndexAction::Kept, "{kept}");
            let found = found(&store).await;
            assert!(found >= 0.9, "{found} of the nearest rows are found with what was kept: {report}");
        }

        impl Searched for Store<$kind::Point> {
            async fn nearest(&self, seed: &str, exact: bool) -> Vec<(i64, f32)> {
                let search = self.search(seed);
                let search = if exact { search.exact() } else { search };
                let hits = search.await.unwrap();
                hits.into_iter().map(|hit| (hit.record.number, hit.score.value())).collect()
            }
        })+
    };
}

recalls! {
    whole_vectors_in_partitions_hold_the_target: ivf_flat;
    scalar_quantized_vectors_in_partitions_hold_the_target: ivf_sq;
    product_quantized_vectors_in_partitions_hold_the_target: ivf_pq;
    vectors_of_one_bit_in_partitions_hold_the_target: ivf_rq;
    a_graph_over_whole_vectors_holds_the_target: hnsw_flat;
    a_graph_over_scalar_quantized_vectors_holds_the_target: hnsw_sq;
    a_graph_over_product_quantized_vectors_holds_the_target: hnsw_pq;
}

trait Searched {
    async fn nearest(&self, seed: &str, exact: bool) -> Vec<(i64, f32)>;
}

fn check(recall: &Recall) {
    assert!(recall.measured >= 0.95, "{recall}");
    assert_eq!((recall.target, recall.k, recall.queries), (0.95, 10, 40), "{recall}");
    assert!(recall.nprobes >= 1 && recall.refine_factor >= 1, "{recall}");
}

/// Returns the fraction of the nearest rows that searches find. The queries differ from those of the measurement.
async fn found(store: &impl Searched) -> f64 {
    let mut found = 0;
    for seed in 0..20 {
        let seed = format!("question {seed}");
        let (exact, indexed) = (store.nearest(&seed, true).await, store.nearest(&seed, false).await);
        let farthest = exact.last().unwrap().1 * 1.00001;
        found += indexed.iter().filter(|(_, distance)| *distance <= farthest).count();
    }
    found as f64 / 200.0
}

#[tokio::test]
async fn a_target_that_no_index_reaches_is_an_error_with_the_best_recall() {
    // With one row far away, 8 bits per component cannot distinguish the other rows.
    let store: Store<ivf_sq::Point> = memory().await.store(Cloud::scattered()).await.unwrap();
    store.add((0..1000).map(ivf_sq::Point::from)).await.unwrap();
    store.add([ivf_sq::Point { number: -1, seed: Some("far".to_owned()) }]).await.unwrap();
    let error = store.create_indexes().recall_at(1).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Recall, Some("vector")));
    let message = error.to_string();
    assert!(message.contains("ivf_sq found 0.") && message.contains("`.recall(…)`"), "{message}");
    assert!(store.as_lancedb().list_indices().await.unwrap().is_empty());
    assert_eq!(measured(&store).await, None);
    assert_eq!(store.search("point 7").await.unwrap()[0].record.number, 7);
}

#[tokio::test]
async fn a_target_outside_of_zero_to_one_is_refused() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..300).await;
    for target in [0.0, -0.5, 1.01, f64::NAN] {
        let error = store.create_indexes().recall(target).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[tokio::test]
async fn a_higher_target_measures_the_index_again() {
    let store: Store<ivf_sq::Point> = points(&memory().await, 0..600).await;
    store.create_indexes().recall(0.5).recall_at(5).samples(20).await.unwrap();
    let report = store.create_indexes().recall(0.99).samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Measured, "{report}");
    assert!(report.indexes[0].recall.unwrap().measured >= 0.99, "{report}");
}

#[tokio::test]
async fn an_index_is_measured_with_the_queries_that_are_given() {
    let store: Store<ivf_sq::Point> = points(&memory().await, 0..300).await;
    let queries: Vec<String> = (0..25).map(|number| format!("question {number}")).collect();
    let report = store.create_indexes().queries(&queries).await.unwrap();
    assert_eq!(report.indexes[0].recall.unwrap().queries, 25, "{report}");
    let error = store.create_indexes().recall_at(20).queries([" "]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("vector")), "{error}");
}

#[tokio::test]
async fn searches_of_every_store_use_the_measured_settings_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let db = datus_store::Database::connect(folder.path()).await.unwrap();
    let store: Store<ivf_sq::Point> = points(&db, 0..300).await;
    let other = datus_store::Database::connect(folder.path()).await.unwrap();
    let other: Store<ivf_sq::Point> = points(&other, 0..0).await;
    let before = other.search("point 1").explain().await.unwrap();
    assert!(!before.contains("ANNIvfPartition"), "{before}");

    let report = store.create_indexes().await.unwrap();
    let probes = report.indexes[0].recall.unwrap().nprobes;
    let plan = other.search("point 1").explain().await.unwrap();
    assert!(plan.contains(&format!("minimum_nprobes={probes}, maximum_nprobes=None")), "{plan}");
    let plan = other.search("point 1").nprobes(7).explain().await.unwrap();
    assert!(plan.contains("minimum_nprobes=7, maximum_nprobes=Some(7)"), "{plan}");
    let plan = other.search("point 1").exact().explain().await.unwrap();
    assert!(!plan.contains("ANNIvfPartition"), "{plan}");
}

#[tokio::test]
async fn distances_from_an_index_are_those_of_whole_vectors() {
    let store: Store<ivf_pq::Point> = points(&memory().await, 0..300).await;
    store.create_indexes().samples(20).await.unwrap();
    let hits = store.search("point 11").limit(20).await.unwrap();
    assert_eq!((hits[0].record.number, hits[0].score.value()), (11, 0.0));
    let point = crate::support::cloud::point;
    for hit in &hits {
        let (from, to) = (point("point 11"), point(hit.record.seed.as_deref().unwrap()));
        let exact: f32 = from.iter().zip(&to).map(|(from, to)| (from - to).powi(2)).sum();
        assert!((hit.score.value() - exact).abs() <= exact * 1e-4 + 1e-5, "{} {exact}", hit.score.value());
    }
}
