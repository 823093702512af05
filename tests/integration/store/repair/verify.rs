//! The samples of `Store::verify_vectors`.

use datus_store::Store;

use super::{Raw, raw, set_text_by_hand, write_by_hand};
use crate::store::{Note, line, notes, notes_of, unmaintained};
use crate::support::models::Toy;

fn without(ids: std::ops::Range<i64>) -> Vec<Raw> {
    ids.map(|id| Raw { vector: None, ..raw(id, 1, &format!("{id} 0 1")) }).collect()
}

/// More rows are sampled if some of the sampled rows lack a vector.
#[tokio::test]
async fn a_sample_has_the_requested_rows_with_a_vector_and_no_more() {
    let store: Store<Note> = unmaintained().await.store(Toy::new()).await.unwrap();
    store.add(line(40)).await.unwrap();
    write_by_hand(&store, &without(100..160)).await;
    let sample = &store.verify_vectors(39).await.unwrap()[0];
    assert_eq!((sample.compared, sample.stale), (39, 0));
    assert!(sample.interval.high > 0.0, "one row was not compared: {sample}");
    let all = &store.verify_vectors(40).await.unwrap()[0];
    assert_eq!(all.compared, 40);
    let all = &store.verify_vectors(100).await.unwrap()[0];
    assert_eq!((all.compared, all.interval.high), (40, 0.0));
}

#[tokio::test]
async fn a_few_vectors_among_many_rows_are_compared() {
    let store = notes(Toy::new()).await;
    write_by_hand(&store, &without(0..1000)).await;
    let none = &store.verify_vectors(1).await.unwrap()[0];
    assert_eq!((none.compared, none.interval.low, none.interval.high), (0, 0.0, 1.0), "{none}");
    write_by_hand(&store, &[raw(1000, 1, "1 2 3")]).await;
    assert_eq!(store.verify_vectors(1).await.unwrap()[0].compared, 1);
}

#[tokio::test]
async fn at_most_ten_keys_are_reported() {
    let store = notes_of(&line(20)).await;
    set_text_by_hand(&store, "id < 15", "7 7 7").await;
    let verified = &store.verify_vectors(20).await.unwrap()[0];
    assert_eq!((verified.stale, verified.stale_keys.len()), (15, 10), "{verified}");
}
