use datus_store::{EmbeddingRecord, ErrorKind, Filter};

use crate::store::{Note, note, notes};
use crate::support::models::Toy;

#[tokio::test]
async fn long_chains_are_not_deep_filters() {
    let store = notes(Toy::new()).await;
    store.add((0..50).map(|id| note(id, "1 0 0"))).await.unwrap();
    let t = Note::columns();
    let any = (0..500).fold(Filter::none(), |filter, id| filter.or(t.id.eq(id * 2)));
    assert_eq!(store.search_all().matching(any.clone()).count().await.unwrap(), 25);
    let all = (0..500).fold(Filter::all(), |filter, id| filter.and(t.id.ne(id * 2)));
    assert_eq!(store.search_all().matching(all.clone()).count().await.unwrap(), 25);
    assert_eq!(store.delete().filter(|_| any).await.unwrap(), 25);
    assert_eq!(store.delete().filter(|_| all).await.unwrap(), 25);
}

#[tokio::test]
async fn a_filter_that_is_nested_too_deep_is_refused() {
    let store = notes(Toy::new()).await;
    store.add([note(1, "1 0 0")]).await.unwrap();
    let t = Note::columns();
    let deep = (0..40).fold(t.id.eq(1), |filter, id| t.id.ne(id).and(t.topic.eq("x").or(filter)));
    let error = store.search_all().matching(deep.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("20 levels"), "{error}");
    assert_eq!(
        store.search("1 0 0").matching(deep.clone()).await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(store.delete().filter(|_| deep).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}
