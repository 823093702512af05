use datus_store::{IndexAction, Store, Unscoped};

use super::super::memory;
use super::{actions, auto, hnsw_sq, ivf_flat, ivf_flat_cosine, measured, none, points};

#[tokio::test]
async fn a_small_table_has_no_vector_index_and_the_report_says_why() {
    let store: Store<auto::Point> = points(&memory().await, 0..300).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "auto", IndexAction::NotNeeded)]);
    assert!(report.indexes[0].why.contains("300 vectors of 16"), "{report}");
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..255).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "ivf_flat", IndexAction::NotNeeded)]);
    assert!(report.indexes[0].why.contains("256"), "{report}");
}

#[tokio::test]
async fn auto_builds_an_index_from_the_given_number_of_rows_on() {
    let store: Store<auto::Point> = points(&memory().await, 0..300).await;
    let report = store.create_indexes().samples(20).vectors_from(300).await.unwrap();
    assert_eq!(actions(&report), [("vector", "ivf_pq", IndexAction::Built)], "{report}");
    let again = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&again), [("vector", "ivf_pq", IndexAction::Kept)], "{again}");
    assert_eq!(again.indexes[0].recall, report.indexes[0].recall);
}

#[tokio::test]
async fn rows_without_a_vector_do_not_count_for_an_index() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..200).await;
    store.add((200..400).map(|number| ivf_flat::Point { number, seed: None })).await.unwrap();
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::NotNeeded, "{report}");
    assert!(report.indexes[0].why.contains("200 rows have a vector"), "{report}");
    store.add((400..600).map(ivf_flat::Point::from)).await.unwrap();
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Built, "{report}");
    assert_eq!(report.indexes[0].recall.unwrap().measured, 1.0);
}

async fn redeclared<R>(db: &datus_store::Database) -> Store<R>
where
    R: Unscoped + From<i64>,
    crate::support::cloud::Cloud: datus_store::model::IntoModels<R::Models>,
{
    points(db, 0..0).await
}

#[tokio::test]
async fn an_index_of_a_different_kind_is_rebuilt_or_dropped() {
    let db = memory().await;
    let store: Store<ivf_flat::Point> = points(&db, 0..400).await;
    store.create_indexes().samples(20).await.unwrap();
    assert!(measured(&store).await.unwrap().starts_with("kind=ivf_flat,"));

    let store: Store<hnsw_sq::Point> = redeclared(&db).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "hnsw_sq", IndexAction::Rebuilt)], "{report}");
    assert!(report.indexes[0].recall.unwrap().ef.is_some(), "{report}");
    assert!(measured(&store).await.unwrap().starts_with("kind=hnsw_sq,"));
    assert_eq!(store.as_lancedb().list_indices().await.unwrap().len(), 1);

    let store: Store<auto::Point> = redeclared(&db).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "hnsw_sq", IndexAction::Kept)], "`auto` is content: {report}");

    let store: Store<none::Point> = redeclared(&db).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "hnsw_sq", IndexAction::Dropped)], "{report}");
    assert_eq!(measured(&store).await, None);
    assert!(store.as_lancedb().list_indices().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_index_with_a_different_metric_is_rebuilt() {
    let db = memory().await;
    let store: Store<ivf_flat::Point> = points(&db, 0..300).await;
    store.create_indexes().samples(20).await.unwrap();
    // After a change of the metric, the table has an index with the old metric.
    let mut cosine = datus_store::lancedb::table::FieldMetadataUpdate::new("vector".to_owned());
    cosine.metadata.insert("datus:metric".to_owned(), Some("cosine".to_owned()));
    store.as_lancedb().update_field_metadata(&[cosine]).await.unwrap();
    let store: Store<ivf_flat_cosine::Point> = redeclared(&db).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "ivf_flat", IndexAction::Rebuilt)], "{report}");
    assert!(report.indexes[0].why.contains("cosine"), "{report}");
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}

#[tokio::test]
async fn an_index_is_measured_again_at_twice_its_rows_and_rebuilt_at_four_times() {
    let db = memory().await;
    let store: Store<ivf_flat::Point> = points(&db, 0..300).await;
    store.create_indexes().samples(20).await.unwrap();
    points::<ivf_flat::Point>(&db, 300..599).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Kept, "{report}");
    points::<ivf_flat::Point>(&db, 599..600).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Measured, "{report}");
    points::<ivf_flat::Point>(&db, 600..1200).await;
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Rebuilt, "{report}");
    assert!(measured(&store).await.unwrap().contains("built=1200,rows=1200"));
}

#[tokio::test]
async fn an_index_built_by_hand_is_measured_and_kept() {
    use datus_store::lancedb::index::Index;
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..300).await;
    let by_hand = Index::IvfFlat(Default::default());
    store.as_lancedb().create_index(&["vector"], by_hand).execute().await.unwrap();
    let report = store.create_indexes().samples(20).await.unwrap();
    assert_eq!(actions(&report), [("vector", "ivf_flat", IndexAction::Measured)], "{report}");
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}
