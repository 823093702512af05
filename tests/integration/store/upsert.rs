use std::collections::HashMap;

use datus_store::{ColumnStruct, Embedded, Embedding, EmbeddingRecord, ErrorKind, Store};

use super::{Note, ids, line, memory, note, notes, notes_of, sorted_ids};
use crate::support::models::Toy;

/// Returns the rows in ascending order of id.
async fn all(store: &Store<Note>) -> Vec<Note> {
    store.search_all().order_by(|t| t.id.asc()).await.unwrap()
}

#[tokio::test]
async fn new_rows_are_inserted_in_one_commit() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let version = store.version().await.unwrap();
    let done = store.upsert(line(5000)).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged), (5000, 0, 0));
    assert_eq!((done.embedded, done.reused, done.version), (5000, 0, Some(version + 1)));
    assert_eq!(model.embedded(), 5000);
    assert_eq!(store.version().await.unwrap(), version + 1);
    assert_eq!(all(&store).await, line(5000));
}

#[tokio::test]
async fn rows_that_are_equal_are_not_written_and_not_embedded() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.upsert(line(5000)).await.unwrap();
    let version = store.version().await.unwrap();
    let again = store.upsert(line(5000)).await.unwrap();
    assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, 5000));
    assert_eq!((again.embedded, again.reused, again.version), (0, 0, None));
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version, 5000));
}

#[tokio::test]
async fn only_new_and_changed_texts_are_embedded() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let mut rows = line(10);
    store.upsert(&rows).await.unwrap();
    let version = store.version().await.unwrap();
    rows[1].topic = "moved".to_owned();
    rows[2].text = Some("7 7 7".to_owned());
    rows[3].rank = None;
    rows[3].text = None;
    rows.push(note(10, "8 8 8"));
    let done = store.upsert(&rows).await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged), (1, 3, 7));
    assert_eq!((done.embedded, done.reused, done.version), (2, 1, Some(version + 1)));
    assert_eq!(model.embedded(), 12);
    assert_eq!(all(&store).await, rows);
    let read = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    let vectors: Vec<Option<Vec<f32>>> = read.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect();
    assert_eq!(vectors[1..4], [Some(vec![1.0, 0.0, 1.0]), Some(vec![7.0; 3]), None]);
    assert_eq!(vectors[10], Some(vec![8.0; 3]));
}

#[tokio::test]
async fn a_row_whose_text_comes_back_is_embedded_again() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.upsert([note(1, "1 1 1")]).await.unwrap();
    store.upsert([Note { text: Some("  ".to_owned()), ..note(1, "") }]).await.unwrap();
    assert_eq!(store.search("1 1 1").await.unwrap().len(), 0);
    let back = store.upsert([note(1, "1 1 1")]).await.unwrap();
    assert_eq!((back.updated, back.embedded, back.reused), (1, 1, 0));
    assert_eq!(store.search("1 1 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_rows_of_one_key_are_an_error_that_names_it() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(3)).await.unwrap();
    let version = store.version().await.unwrap();
    for distance in [1, 100] {
        let mut rows = line(9100);
        rows[distance].id = 0;
        let error = store.upsert(rows).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("upsert")), "{error}");
        assert!(error.message().contains("two of the rows have the key `0`"), "{error}");
        assert!(error.help().unwrap().contains("last_wins"), "{error}");
    }
    assert_eq!(
        (store.version().await.unwrap(), model.embedded()),
        (version, 3),
        "found before anything is embedded"
    );
    for distance in [5000, 9000] {
        let mut rows = line(9100);
        rows[distance].id = 0;
        let error = store.upsert(rows).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(store.version().await.unwrap(), version);
}

/// Fault 10: a row whose vector another program left null was always `unchanged`.
#[tokio::test]
async fn a_missing_vector_is_embedded() {
    let store = notes_of(&line(3)).await;
    let null = store.as_lancedb().update().only_if("id < 2").column("vector", "NULL");
    null.execute().await.unwrap();
    assert_eq!(store.search("0 0 1").await.unwrap().len(), 1);
    let upserted = store.upsert(line(3)).await.unwrap();
    assert_eq!((upserted.updated, upserted.unchanged, upserted.embedded), (2, 1, 2));
    assert_eq!(store.search("0 0 1").await.unwrap().len(), 3);
    let blank = Note { text: None, ..note(7, "") };
    store.upsert([blank.clone()]).await.unwrap();
    assert_eq!(
        store.upsert([blank]).await.unwrap().unchanged,
        1,
        "a row without a text has no vector to make"
    );
}

#[tokio::test]
async fn the_last_of_several_rows_wins_on_request() {
    let store = notes_of(&[note(0, "0 0 0"), note(1, "1 1 1"), note(2, "2 2 2")]).await;
    let rows = [
        note(1, "9 9 9"),
        note(3, "3 3 3"),
        Note { topic: "first".to_owned(), ..note(2, "2 2 2") },
        note(1, "1 1 1"),
        Note { topic: "last".to_owned(), ..note(2, "2 2 2") },
        note(3, "4 4 4"),
    ];
    let done = store.upsert(rows.clone()).last_wins().await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged, done.reused), (1, 1, 1, 1));
    assert_eq!(all(&store).await, [note(0, "0 0 0"), note(1, "1 1 1"), rows[4].clone(), note(3, "4 4 4")]);
}

#[tokio::test]
async fn the_last_row_wins_across_thousands_of_rows() {
    let store = notes_of(&line(10)).await;
    let rows = (0..3).flat_map(|round| {
        (0..4000).map(move |id| Note { topic: format!("round {round}"), ..note(id, &format!("{id} 0 1")) })
    });
    let done = store.upsert(rows).last_wins().await.unwrap();
    assert_eq!((done.inserted, done.updated, done.unchanged, done.reused), (3990, 10, 0, 10));
    let found = all(&store).await;
    assert_eq!(ids(&found), (0..4000).collect::<Vec<_>>());
    assert!(found.iter().all(|row| row.topic == "round 2"));
}

#[tokio::test]
async fn a_replaced_row_is_not_embedded_and_counts_as_done() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let rows = (0..300).map(|n| note(n % 10, &format!("{n} 0 0")));
    let mut last = None;
    let done = store.upsert(rows).last_wins().progress(|progress| last = Some(progress)).await.unwrap();
    assert_eq!((done.inserted, done.embedded, model.embedded()), (10, 10, 10));
    let last = last.unwrap();
    assert_eq!((last.read, last.written, last.total), (300, 300, Some(300)));
    // The rows are thousands apart, so they are in different chunks.
    let rows = (0..9000).map(|n| note(n % 4500, &format!("{n} 0 0")));
    let mut last = None;
    let done = store.upsert(rows).last_wins().progress(|progress| last = Some(progress)).await.unwrap();
    assert_eq!((done.inserted, done.updated), (4490, 10));
    let last = last.unwrap();
    assert_eq!((last.read, last.written, last.total), (9000, 9000, Some(9000)));
    assert_eq!(all(&store).await[7].text.as_deref(), Some("4507 0 0"));
}

#[tokio::test]
async fn a_write_of_no_rows_makes_no_commit() {
    let store = notes_of(&line(3)).await;
    let version = store.version().await.unwrap();
    let done = store.upsert(Vec::<Note>::new()).await.unwrap();
    assert_eq!(done, datus_store::Upserted::default());
    assert_eq!(store.version().await.unwrap(), version);
}

#[tokio::test]
async fn rows_come_from_a_stream() {
    let store = notes_of(&line(2)).await;
    let rows = line(5000);
    let stream = futures::stream::iter(rows.iter().map(Ok::<_, std::io::Error>));
    let done = store.upsert_stream(stream).await.unwrap();
    assert_eq!((done.inserted, done.unchanged), (4998, 2));
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), ids(&rows));
}

#[tokio::test]
async fn a_given_vector_is_kept_and_compared() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let given = |values: [f32; 3]| Embedded::new(note(1, "1 2 3"), Embedding::of("toy", values));
    assert_eq!(store.upsert([given([5.0, 0.0, 0.0])]).await.unwrap().inserted, 1);
    let same = store.upsert([given([5.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!((same.unchanged, same.version), (1, None));
    let other = store.upsert([given([0.0, 5.0, 0.0])]).await.unwrap();
    assert_eq!((other.updated, other.embedded, other.reused), (1, 0, 0));
    let without = store.upsert([note(1, "1 2 3")]).await.unwrap();
    assert_eq!((without.unchanged, model.embedded()), (1, 0));
    let moved = store.upsert([Note { topic: "x".to_owned(), ..note(1, "1 2 3") }]).await.unwrap();
    assert_eq!((moved.updated, moved.reused, model.embedded()), (1, 1, 0));
    let row = store.search_all().with_vectors().first().await.unwrap().unwrap();
    assert_eq!(row.vector(), Some(&[0.0, 5.0, 0.0][..]));
}

#[tokio::test]
async fn each_of_several_vectors_is_kept_if_its_text_did_not_change() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "books")]
    struct Book {
        #[datus(key)]
        id: i64,
        #[datus(embed(metric = l2))]
        title: String,
        #[datus(embed(metric = l2, column = "summary_vector"))]
        summary: String,
    }
    let book =
        |title: &str, summary: &str| Book { id: 1, title: title.to_owned(), summary: summary.to_owned() };
    let model = Toy::new();
    let store: Store<Book> = memory().await.store(model.clone()).await.unwrap();
    store.upsert([book("1 1 1", "2 2 2")]).await.unwrap();
    let done = store.upsert([book("1 1 1", "3 3 3")]).await.unwrap();
    assert_eq!((done.updated, done.embedded, done.reused), (1, 1, 1));
    let row = store.search_all().with_vectors().first().await.unwrap().unwrap();
    let vectors: Vec<&[f32]> = row.vectors.iter().flatten().map(|vector| vector.values()).collect();
    assert_eq!(vectors, [&[1.0, 1.0, 1.0][..], &[3.0, 3.0, 3.0][..]]);

    let one =
        Embedded { record: row.record.clone(), vectors: vec![Some(Embedding::of("toy", [1.0; 3])), None] };
    assert_eq!(store.upsert([one]).await.unwrap().unchanged, 1);
    let one = Embedded { record: row.record, vectors: vec![Some(Embedding::of("toy", [8.0; 3])), None] };
    let done = store.upsert([one]).await.unwrap();
    assert_eq!((done.updated, done.embedded, done.reused, model.embedded()), (1, 0, 1, 3));
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: Option<String>,
    at: Vec<f64>,
}

/// One column of each kind that is not compared byte by byte.
#[derive(Debug, Clone, EmbeddingRecord)]
struct Everything {
    #[datus(key)]
    id: i64,
    labels: HashMap<String, i32>,
    maybe: Option<HashMap<String, String>>,
    ratio: f32,
    exact: Option<f64>,
    tags: Vec<Option<String>>,
    lists: Vec<Vec<i64>>,
    place: Place,
    home: Option<Place>,
    #[datus(dictionary)]
    kind: String,
    #[datus(dictionary)]
    kinds: Option<String>,
    #[datus(json)]
    json: serde_json::Value,
    bytes: Vec<u8>,
    fixed: [u8; 4],
    flag: Option<bool>,
    #[datus(decimal(20, 3))]
    price: rust_decimal::Decimal,
    on: chrono::NaiveDate,
    at: chrono::DateTime<chrono::Utc>,
    #[datus(timestamp(ms, "Europe/Berlin"))]
    local: chrono::DateTime<chrono::Utc>,
    took: std::time::Duration,
    half: half::f16,
}

fn everything(id: i64) -> Everything {
    let labels = (0..50).map(|n| (format!("label {n}"), n)).collect();
    let place = Place { city: None, at: vec![f64::NAN, -0.0, id as f64] };
    Everything {
        id,
        labels,
        maybe: (id % 2 == 0)
            .then(|| HashMap::from([("a".to_owned(), "b".to_owned()), (String::new(), "c".to_owned())])),
        ratio: [f32::NAN, -0.0, 0.0, 1.5][id as usize % 4],
        exact: (id % 3 == 0).then_some(f64::NAN),
        tags: vec![None, Some(String::new()), Some(format!("tag {id}"))],
        lists: vec![vec![], vec![id, id + 1]],
        home: (id % 2 == 1).then(|| place.clone()),
        place,
        kind: format!("kind {}", id % 3),
        kinds: (id % 2 == 0).then(|| format!("kind {}", id % 5)),
        json: serde_json::json!({ "id": id, "list": [1, null, {"b": 1.5, "a": "x"}] }),
        bytes: vec![0, 255, id as u8],
        fixed: [id as u8; 4],
        flag: [None, Some(true), Some(false)][id as usize % 3],
        price: rust_decimal::Decimal::new(id * 1001, 3),
        on: chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
        at: chrono::DateTime::from_timestamp_micros(id * 1_000_003).unwrap(),
        local: chrono::DateTime::from_timestamp_millis(id * 1003).unwrap(),
        took: std::time::Duration::from_nanos(id as u64),
        half: half::f16::from_f32(0.5),
    }
}

#[tokio::test]
async fn columns_of_every_kind_are_equal_to_what_was_stored() {
    let store: Store<Everything> = memory().await.store(()).await.unwrap();
    assert_eq!(store.upsert((0..100).map(everything)).await.unwrap().inserted, 100);
    store.upsert((100..120).map(everything)).await.unwrap();
    let again = store.upsert((0..120).map(everything)).await.unwrap();
    assert_eq!((again.unchanged, again.updated, again.version), (120, 0, None));
}

/// A function that changes a row.
type Change = fn(&mut Everything);

#[tokio::test]
async fn a_change_of_any_column_is_detected() {
    let changes: [Change; 22] = [
        |row| assert!(row.labels.insert("label 7".to_owned(), 8).is_some()),
        |row| assert!(row.labels.remove("label 7").is_some()),
        |row| row.maybe = row.maybe.is_none().then(HashMap::new),
        |row| row.ratio = if row.ratio.is_nan() { 0.0 } else { -row.ratio },
        |row| row.exact = if row.exact.is_none() { Some(f64::NAN) } else { None },
        |row| row.tags[0] = Some(String::new()),
        |row| row.lists[0].push(1),
        |row| row.lists.push(Vec::new()),
        |row| row.place.at[1] = 0.0,
        |row| row.place.city = Some(String::new()),
        |row| row.home = row.home.is_none().then(|| row.place.clone()),
        |row| row.kind.push('!'),
        |row| row.kinds = row.kinds.is_none().then(String::new),
        |row| row.json = serde_json::Value::Null,
        |row| row.bytes.push(0),
        |row| row.fixed[3] = 200,
        |row| row.flag = if row.flag.is_none() { Some(false) } else { None },
        |row| row.price += rust_decimal::Decimal::new(1, 3),
        |row| row.on = row.on.succ_opt().unwrap(),
        |row| row.at += chrono::TimeDelta::microseconds(1),
        |row| row.took += std::time::Duration::from_nanos(1),
        |row| row.half = half::f16::from_f32(0.25),
    ];
    let store: Store<Everything> = memory().await.store(()).await.unwrap();
    store.upsert((0..30).map(everything)).await.unwrap();
    let mut rows: Vec<Everything> = (0..30).map(everything).collect();
    for (number, change) in changes.into_iter().enumerate() {
        change(&mut rows[number]);
        let done = store.upsert(rows.clone()).await.unwrap();
        assert_eq!((done.updated, done.unchanged), (1, 29), "change {number}");
        assert_eq!(store.upsert(rows.clone()).await.unwrap().unchanged, 30, "change {number}");
    }
}

#[tokio::test]
async fn a_row_that_another_store_wrote_meanwhile_is_upserted() {
    let db = memory().await;
    let first: Store<Note> = db.store(Toy::new()).await.unwrap();
    let second: Store<Note> = db.store(Toy::new()).await.unwrap();
    let pause = futures::stream::iter([Ok::<_, std::io::Error>(note(1, "1 1 1"))]).chain(
        futures::stream::once(async {
            second.upsert([note(1, "2 2 2"), note(2, "2 2 2")]).await.unwrap();
            Ok(note(3, "3 3 3"))
        }),
    );
    use futures::StreamExt;
    let done = first.upsert_stream(Box::pin(pause)).await.unwrap();
    assert_eq!(done.inserted + done.updated, 2);
    assert_eq!(all(&first).await, [note(1, "1 1 1"), note(2, "2 2 2"), note(3, "3 3 3")]);
}
