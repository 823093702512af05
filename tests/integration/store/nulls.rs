use super::{Note, note, notes_of, sorted_ids};

fn with_text(id: i64, text: Option<&str>) -> Note {
    Note { text: text.map(str::to_owned), ..note(id, "") }
}

fn rows() -> Vec<Note> {
    let texts = [Some("1 0 0"), None, Some(""), Some("  \n\t"), Some("0 1 0"), Some("\u{a0}")];
    (0..).zip(texts).map(|(id, text)| with_text(id, text)).collect()
}

#[tokio::test]
async fn rows_without_text_are_stored_with_a_null_vector() {
    let store = notes_of(&rows()).await;
    let mut found = store.search_all().with_vectors().await.unwrap();
    found.sort_by_key(|row| row.record.id);
    assert_eq!(found.iter().map(|row| row.record.clone()).collect::<Vec<_>>(), rows());
    let vectors: Vec<bool> = found.iter().map(|row| row.vector().is_some()).collect();
    assert_eq!(vectors, [true, false, false, false, true, false]);
}

#[tokio::test]
async fn rows_without_text_are_never_found_by_a_search() {
    let store = notes_of(&rows()).await;
    let found = |hits: Vec<datus_store::Hit<Note>>| sorted_ids(hits.iter().map(|hit| &hit.record));
    assert_eq!(found(store.search("0 0 0").limit(100).await.unwrap()), [0, 4]);
    assert_eq!(found(store.search("0 0 0").limit(100).exact().await.unwrap()), [0, 4]);
    assert!(store.search("0 0 0").text(None::<String>).await.unwrap().is_empty());
    assert_eq!(store.search("0 0 0").limit(100).count().await.unwrap(), 2);
}

#[tokio::test]
async fn a_table_of_rows_without_text_can_be_searched() {
    let store = notes_of(&[with_text(1, None), with_text(2, Some(" "))]).await;
    assert!(store.search("1 2 3").await.unwrap().is_empty());
    assert_eq!(store.search("1 2 3").first().await.unwrap(), None);
}

#[tokio::test]
async fn an_empty_table_can_be_searched_and_read() {
    let store = notes_of(&[]).await;
    assert!(store.search("1 2 3").await.unwrap().is_empty());
    assert!(store.search_all().order_by(|t| t.id.asc()).await.unwrap().is_empty());
    assert_eq!(store.search_all().first().await.unwrap(), None);
    assert_eq!(store.count().await.unwrap(), 0);
    assert!(store.search_all().select(|t| t.topic).distinct().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reference_to_an_option_is_compared_as_the_option() {
    let store = notes_of(&rows()).await;
    for text in [Some("1 0 0".to_owned()), None] {
        let same = store.search_all().filter(|t| t.text.eq(&text)).await.unwrap();
        assert_eq!(sorted_ids(&same), if text.is_some() { [0] } else { [1] });
    }
}
