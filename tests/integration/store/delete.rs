use datus_store::query::IntoKey;
use datus_store::{EmbeddingRecord, ErrorKind, Filter, Keyed, Store, Unscoped};

use super::{Note, NoteFilter, ids, line, note, notes_of, sorted_ids};

#[tokio::test]
async fn delete_removes_the_rows_that_pass_and_counts_them() {
    let store = notes_of(&line(10)).await;
    let version = store.version().await.unwrap();
    assert_eq!(store.delete().filter(|t| t.topic.eq("odd").and(t.id.gt(4))).await.unwrap(), 3);
    assert_eq!(store.version().await.unwrap(), version + 1);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 1, 2, 3, 4, 6, 8]);
    assert_eq!(store.count().await.unwrap(), 7);
    assert!(store.search("9 0 1").limit(100).await.unwrap().iter().all(|hit| hit.record.id != 9));
}

#[tokio::test]
async fn deleting_nothing_counts_none() {
    let store = notes_of(&line(3)).await;
    assert_eq!(store.delete().filter(|t| t.id.eq(77)).await.unwrap(), 0);
    assert_eq!(store.delete().filter(|t| t.id.is_in(Vec::<i64>::new())).await.unwrap(), 0);
    assert_eq!(store.delete().filter(|_| Filter::<Note>::none()).await.unwrap(), 0);
    assert_eq!(store.count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_filter_that_keeps_everything_is_refused() {
    let store = notes_of(&line(3)).await;
    let version = store.version().await.unwrap();
    let filters: [fn() -> Filter<Note>; 5] = [
        Filter::all,
        || Note::columns().id.not_in(Vec::<i64>::new()),
        || Filter::all().and(Filter::all()),
        || Note::columns().id.eq(1).or(Filter::all()),
        || Filter::none().not(),
    ];
    for filter in filters {
        let error = store.delete().filter(|_| filter()).await.expect_err(&format!("{:?}", filter()));
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("delete")));
        assert!(error.help().unwrap().contains("`.delete().all_rows()`"), "{error}");
    }
    let error = store.delete().filter(|_| NoteFilter::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 3));
}

#[tokio::test]
async fn a_filter_as_data_deletes() {
    let store = notes_of(&line(4)).await;
    let filter = NoteFilter { topic: Some("even".into()), ..NoteFilter::default() };
    assert_eq!(store.delete().filter(|_| filter).await.unwrap(), 2);
    assert_eq!(ids(&store.search_all().order_by(|t| t.id.asc()).await.unwrap()), [1, 3]);
}

async fn remove<R: Keyed + Unscoped>(store: &Store<R>, key: impl IntoKey<R::Key>) -> usize {
    store.delete().key(key).await.unwrap()
}

#[tokio::test]
async fn a_key_deletes_its_row_in_code_that_names_no_column() {
    let store = notes_of(&line(4)).await;
    assert_eq!((remove(&store, 2).await, remove(&store, 2).await), (1, 0));
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 1, 3]);
    assert_eq!(store.delete().key(3).filter(|t| t.topic.eq("even")).await.unwrap(), 0);
    assert_eq!(store.delete().key(3).filter(|t| t.topic.eq("odd")).await.unwrap(), 1);
}

#[tokio::test]
async fn all_rows_empties_the_table_and_keeps_it() {
    let store = notes_of(&line(10)).await;
    assert_eq!(store.delete().all_rows().await.unwrap(), 10);
    assert_eq!((store.count().await.unwrap(), store.search_all().await.unwrap().len()), (0, 0));
    assert!(store.search("1 0 1").await.unwrap().is_empty());
    assert_eq!(store.delete().all_rows().await.unwrap(), 0);
    store.add([note(1, "1 2 3")]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 1);
}

#[tokio::test]
async fn rows_must_pass_all_filters() {
    let store = notes_of(&line(10)).await;
    assert_eq!(store.delete().filter(|t| t.topic.eq("odd")).filter(|t| t.id.gt(4)).await.unwrap(), 3);
    assert_eq!(store.delete().all_rows().filter(|t| t.id.ge(6)).alone().await.unwrap(), 2);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 1, 2, 3, 4]);
    // A filter that keeps every row is refused, because it does not restrict the deletion.
    let error = store.delete().all_rows().filter(|_| NoteFilter::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let update = store.update().all_rows().filter(|_| NoteFilter::default()).set(|t| t.topic, "new");
    assert_eq!(update.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(store.count().await.unwrap(), 5);
}

#[tokio::test]
async fn rows_with_a_null_are_deleted_only_by_an_explicit_filter() {
    let store = notes_of(&line(10)).await;
    assert_eq!(store.delete().filter(|t| t.rank.ne(0)).await.unwrap(), 6);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 4, 5, 9]);
    assert_eq!(store.delete().filter(|t| t.rank.is_null()).await.unwrap(), 2);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 5]);
}
