use std::time::Duration;

use datus_store::model::BatchLimits;
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::{Note, ids, line, memory, note, notes, notes_of, sorted_ids};
use crate::support::models::{Scripted, Toy};

#[tokio::test]
async fn rows_come_from_anything_that_iterates() {
    let store = notes(Toy::new()).await;
    let mut version = store.version().await.unwrap();
    let rows = line(12);

    let added = store.add(rows[0..3].to_vec()).await.unwrap();
    assert_eq!((added.rows, added.embedded, added.version), (3, 3, Some(version + 1)));
    store.add([rows[3].clone(), rows[4].clone()]).await.unwrap();
    store.add(rows[5..8].iter().filter(|row| row.id != 6).cloned()).await.unwrap();
    store.add(&rows[8..10]).await.unwrap();
    store.add(rows.iter().skip(10)).await.unwrap();
    store.add(Some(rows[6].clone())).await.unwrap();
    version += 6;

    assert_eq!(store.version().await.unwrap(), version);
    let mut found: Vec<Note> = store.search_all().await.unwrap();
    found.sort_by_key(|row| row.id);
    assert_eq!(found, rows);
}

#[tokio::test]
async fn rows_come_from_a_stream() {
    let store = notes(Toy::new()).await;
    let rows = line(5000);
    let stream = futures::stream::iter(rows.iter().map(Ok::<_, std::io::Error>));
    let added = store.add_stream(stream).await.unwrap();
    assert_eq!(added.rows, 5000);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), ids(&rows));
}

#[tokio::test]
async fn a_write_of_no_rows_makes_no_commit() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let version = store.version().await.unwrap();
    let added = store.add(Vec::<Note>::new()).await.unwrap();
    assert_eq!((added.rows, added.embedded, added.version), (0, 0, None));
    let nothing = futures::stream::empty::<Result<Note, std::io::Error>>();
    assert_eq!(store.add_stream(nothing).await.unwrap().version, None);
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version, 0));
}

#[tokio::test]
async fn ten_thousand_rows_are_one_commit() {
    let store = notes(Toy::new()).await;
    let version = store.version().await.unwrap();
    let added = store.add(line(10_000)).await.unwrap();
    assert_eq!((added.rows, added.version), (10_000, Some(version + 1)));
    assert_eq!(store.version().await.unwrap(), version + 1);
    assert_eq!(store.count().await.unwrap(), 10_000);
}

#[tokio::test]
async fn equal_texts_are_embedded_once() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let added = store.add((0..1000).map(|id| note(id, ["1 0 0", "0 1 0"][id as usize % 2]))).await.unwrap();
    assert_eq!((added.embedded, model.embedded()), (2, 2));
    let hits = store.search("0 1 0").limit(1000).distance_range(..0.5).await.unwrap();
    assert_eq!(hits.len(), 500);
    assert!(hits.iter().all(|hit| hit.record.id % 2 == 1));
}

#[tokio::test]
async fn an_add_of_an_existing_key_is_an_error() {
    let store = notes_of(&line(1)).await;
    let error = store.add(line(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("add")), "{error}");
    assert!(error.message().contains("the key `0` is already in the table"), "{error}");
    assert_eq!(store.search_all().id(0).count().await.unwrap(), 1);
}

#[tokio::test]
async fn clones_of_a_store_see_the_writes_of_each_other() {
    let store = notes(Toy::new()).await;
    store.clone().add(line(3)).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_record_without_text_to_embed_is_stored() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Plain {
        id: i64,
        tags: Vec<String>,
    }
    let store: Store<Plain> = memory().await.store(()).await.unwrap();
    let rows = [Plain { id: 1, tags: vec![] }, Plain { id: 2, tags: vec!["a".to_owned()] }];
    let added = store.add(&rows).await.unwrap();
    assert_eq!((added.rows, added.embedded), (2, 0));
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), rows);
    assert_eq!(store.search_all().filter(|t| t.tags.contains("a")).count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_value_that_its_column_cannot_hold_leaves_the_table_as_it_was() {
    #[derive(Debug, Clone, EmbeddingRecord)]
    struct Timed {
        took: Duration,
    }
    let store: Store<Timed> = memory().await.store(()).await.unwrap();
    store.add([Timed { took: Duration::from_secs(1) }]).await.unwrap();
    let version = store.version().await.unwrap();
    let mut rows = vec![Timed { took: Duration::from_secs(1) }; 5000];
    rows[4500].took = Duration::MAX;
    let error = store.add(rows).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("took")));
    assert_eq!((error.operation(), error.table()), (Some("add"), Some("timed")));
    assert!(error.message().contains("nothing was written; 4096 rows"), "{error}");
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 1));
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "angles")]
struct Angle {
    #[datus(embed(metric = cosine))]
    text: String,
}

#[tokio::test]
async fn a_model_that_breaks_its_contract_is_an_error_and_nothing_is_written() {
    let zero = "a vector of `toy` is zero, and the cosine distance of a zero vector is not defined";
    let broken: [(Scripted, &str); 8] = [
        (Scripted::new(|_| Ok(vec![])), "returned 0 vectors for 2 texts"),
        (Scripted::new(|texts| Ok(vec![vec![1.0; 3]; texts.len() + 1])), "returned 3 vectors for 2 texts"),
        (
            Scripted::new(|texts| Ok(vec![vec![1.0; 4]; texts.len()])),
            "returned 4 values for text 0 of a call, but its dimension is 3",
        ),
        (
            Scripted::new(|_| Ok(vec![vec![1.0; 3], vec![]])),
            "returned 0 values for text 1 of a call, but its dimension is 3",
        ),
        (
            Scripted::new(|_| Ok(vec![vec![1.0; 3], vec![1.0, f32::NAN, 1.0]])),
            "returned NaN in the vector of text 1 of a call",
        ),
        (
            Scripted::new(|texts| Ok(vec![vec![f32::INFINITY; 3]; texts.len()])),
            "returned inf in the vector of text 0 of a call",
        ),
        (Scripted::new(|texts| Ok(vec![vec![0.0; 3]; texts.len()])), zero),
        (Scripted::new(|_| Err("no network".into())), "failed to embed"),
    ];
    for (model, fault) in broken {
        let store: Store<Angle> = memory().await.store(model).await.unwrap();
        let version = store.version().await.unwrap();
        let error = store.add(["a", "b"].map(|text| Angle { text: text.to_owned() })).await.unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error}");
        assert!(error.message().contains(fault), "{error}");
        assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 0), "{fault}");
    }
}

#[tokio::test]
async fn a_model_that_breaks_its_contract_for_a_query_is_an_error() {
    let broken = [
        Scripted::new(|_| Ok(vec![])),
        Scripted::new(|_| Ok(vec![vec![1.0; 2]])),
        Scripted::new(|_| Ok(vec![vec![f32::NAN; 3]])),
        Scripted::new(|_| Err("no network".into())),
    ];
    for model in broken {
        let store: Store<Angle> = memory().await.store(model).await.unwrap();
        let error = store.search("a question").await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("search")), "{error}");
        assert!(!format!("{error:?}").contains("a question"), "{error:?}");
    }
}

#[tokio::test]
async fn a_zero_vector_is_stored_if_the_metric_is_not_an_angle() {
    let store = notes_of(&[note(1, "0 0 0"), note(2, "0 0 5")]).await;
    let hits = store.search("0 0 1").await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.score.value()).collect::<Vec<_>>(), [1.0, 16.0]);
}

#[tokio::test]
async fn the_concurrent_calls_of_a_model_stay_within_its_limit() {
    let limits = BatchLimits::default().with_texts(10).with_in_flight(3);
    let model = Toy::new().with_limits(limits).with_delay(Duration::from_millis(20));
    let store = notes(model.clone()).await;
    store.add(line(200)).await.unwrap();
    assert_eq!((model.calls().len(), model.most_at_once()), (20, 3));
}
