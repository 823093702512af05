use datus_store::model::Role;
use datus_store::{Embedding, ErrorKind, Hit};

use super::{Note, NoteFilter, line, note, notes, notes_of};
use crate::support::models::Toy;

fn ids(hits: &[Hit<Note>]) -> Vec<i64> {
    hits.iter().map(|hit| hit.record.id).collect()
}

#[tokio::test]
async fn hits_are_ordered_by_their_distance() {
    let store = notes_of(&line(20)).await;
    let hits: Vec<Hit<Note>> = store.search("2.9 0 1").limit(4).await.unwrap();
    assert_eq!(ids(&hits), [3, 2, 4, 1]);
    let distances = [0.01, 0.81, 1.21, 3.61];
    assert!(
        hits.iter().zip(distances).all(|(hit, distance)| (hit.score.value() - distance).abs() < 1e-4),
        "{hits:?}"
    );
    assert_eq!(hits[0].record, line(4)[3]);
}

#[tokio::test]
async fn a_search_returns_ten_hits_by_default() {
    let store = notes_of(&line(50)).await;
    assert_eq!(store.search("0 0 1").await.unwrap().len(), 10);
    assert_eq!(store.search("0 0 1").limit(37).await.unwrap().len(), 37);
    assert_eq!(store.search("0 0 1").limit(1000).await.unwrap().len(), 50);
}

#[tokio::test]
async fn filters_apply_before_the_limit_in_any_order_of_calls() {
    let store = notes_of(&line(100)).await;
    let expected = [91, 93, 95];
    let before = store.search("0 0 1").topic("odd").filter(|t| t.id.gt(90)).limit(3).await.unwrap();
    assert_eq!(ids(&before), expected);
    let after =
        store.search("0 0 1").limit(3).exact().topic("odd").maybe_rank(None::<i32>).filter(|t| t.id.gt(90));
    assert_eq!(ids(&after.await.unwrap()), expected);
    let data = NoteFilter { topic: Some("odd".into()), ..NoteFilter::default() };
    let data = store.search("0 0 1").matching(data).limit(3).filter(|t| t.id.gt(90)).await.unwrap();
    assert_eq!(ids(&data), expected);
    assert!(store.search("0 0 1").topic("neither").await.unwrap().is_empty());
    let selected =
        store.search("0 0 1").select(|t| t.id).topic("odd").filter(|t| t.id.gt(90)).limit(3).await.unwrap();
    assert_eq!(selected.iter().map(|hit| hit.record).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn limit_and_offset_page_through_the_hits() {
    let store = notes_of(&line(50)).await;
    let mut paged = Vec::new();
    for page in 0..6 {
        paged.extend(ids(&store.search("0 0 1").limit(10).offset(page * 10).await.unwrap()));
    }
    assert_eq!(paged, (0..50).collect::<Vec<_>>());
    assert_eq!(ids(&store.search("0 0 1").offset(5).limit(2).topic("even").await.unwrap()), [10, 12]);
}

#[tokio::test]
async fn a_distance_range_respects_its_bounds() {
    let store = notes_of(&line(10)).await;
    let found = |query: NoteQuery| async move { ids(&query.await.unwrap()) };
    let search = || store.search("0 0 1");
    assert_eq!(found(search().distance_range(..4.0)).await, [0, 1]);
    assert_eq!(found(search().distance_range(..=4.0)).await, [0, 1, 2]);
    assert_eq!(found(search().distance_range(1.0..9.0)).await, [1, 2]);
    assert_eq!(found(search().distance_range(49.0..)).await, [7, 8, 9]);
    assert_eq!(found(search().distance_range(..).limit(2)).await, [0, 1]);
    assert_eq!(search().distance_range(..=4.0).count().await.unwrap(), 3);
}

type NoteQuery = datus_store::query::Search<Note>;

#[tokio::test]
async fn the_settings_of_a_vector_index_are_accepted_without_one() {
    let store = notes_of(&line(30)).await;
    let expected = [4, 5, 3];
    let search = || store.search("4.1 0 1").limit(3);
    let mut found = Vec::new();
    for query in [
        search().exact(),
        search().nprobes(1),
        search().minimum_nprobes(2),
        search().maximum_nprobes(30),
        search().maximum_nprobes(0),
        search().minimum_nprobes(40).maximum_nprobes(50),
        search().maximum_nprobes(50).minimum_nprobes(40),
        search().refine_factor(5),
        search().ef(100),
        search().nprobes(100).refine_factor(2).ef(50).exact(),
    ] {
        found.push(ids(&query.await.unwrap()));
    }
    assert!(found.iter().all(|ids| *ids == expected), "{found:?}");
}

#[tokio::test]
async fn a_blank_query_is_an_error() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(3)).await.unwrap();
    for blank in ["", "   ", "\n\t", "\u{2003}"] {
        let error = store.search(blank).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("search")), "{blank:?}");
        assert_eq!((error.table(), error.column()), (Some("notes"), Some("vector")));
        assert!(error.message().contains("blank"), "{error}");
        assert!(store.search(blank).count().await.is_err());
        assert!(store.search(blank).first().await.is_err());
        assert!(store.search(blank).explain().await.is_err());
    }
    assert!(model.calls().iter().all(|(role, _)| *role == Role::Document));
}

#[tokio::test]
async fn a_query_is_embedded_once_and_as_a_query() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add([note(1, "1 2 3")]).await.unwrap();
    store.search(String::from("4 5 6")).await.unwrap();
    let query = String::from("7 8 9");
    store.search(&query).await.unwrap();
    let text = |text: &str| vec![text.to_owned()];
    let expected =
        [(Role::Document, text("1 2 3")), (Role::Query, text("4 5 6")), (Role::Query, text("7 8 9"))];
    assert_eq!(model.calls(), expected);
}

#[tokio::test]
async fn a_vector_is_searched_for_without_a_model_call() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(10)).await.unwrap();
    let calls = model.calls().len();
    let vector = Embedding::of("toy", [7.2, 0.0, 1.0]);
    assert_eq!(ids(&store.search(&vector).limit(2).await.unwrap()), [7, 8]);
    assert_eq!(ids(&store.search(vector).limit(1).await.unwrap()), [7]);
    let found = store.search("3 0 1").with_vectors().first().await.unwrap().unwrap();
    let near = found.record.vectors[0].clone().unwrap();
    assert_eq!(ids(&store.search(near).limit(1).await.unwrap()), [3]);
    assert_eq!(model.calls().len(), calls + 1);
}

#[tokio::test]
async fn a_vector_of_a_different_model_or_size_is_refused() {
    let store = notes_of(&line(3)).await;
    let cases = [
        (Embedding::of("other", [1.0, 2.0, 3.0]), "made by `other`"),
        (Embedding::of("toy", [1.0, 2.0]), "has 2 values"),
        (Embedding::of("toy", []), "has 0 values"),
        (Embedding::of("toy", [1.0, f32::NAN, 3.0]), "contains NaN"),
    ];
    for (vector, fault) in cases {
        let error = store.search(vector).await.unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("vector")), "{fault}");
        assert!(error.message().contains(fault), "{error}");
    }
}
