//! Pages with a cursor.

mod expired;
mod kinds;
mod random;

use datus_store::query::{Page, Paged};
use datus_store::{Cursor, EmbeddingRecord, ErrorKind, Projection, Store};

use super::{Note, ids, line, memory, note, notes, notes_of, sorted_ids};

/// Reads all pages after `cursor`, or all pages if it is `None`.
pub(super) async fn all<R, O>(
    mut query: impl FnMut() -> Paged<R, O>,
    cursor: Option<Cursor>,
) -> Vec<Vec<O::Item>>
where
    R: 'static,
    O: datus_store::query::RowOutput<R>,
{
    let (mut pages, mut next) = (Vec::new(), cursor);
    loop {
        let Page { items, next: following, .. } = query().after(next.as_ref()).await.unwrap();
        pages.push(items);
        assert!(pages.len() < 1000, "the pages end");
        next = following;
        if next.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_last() {
    let store = notes_of(&line(25)).await;
    let pages = all(|| store.search_all().order_by(|t| t.id.desc()).page(10), None).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    assert_eq!(ids(pages.iter().flatten()), (0..25).rev().collect::<Vec<_>>());

    let exact = store.search_all().order_by(|t| t.id.asc()).page(25).await.unwrap();
    assert_eq!((exact.items.len(), exact.next), (25, None));
    let single = all(|| store.search_all().order_by(|t| t.id.asc()).page(1), None).await;
    assert_eq!(single.len(), 25);
}

#[tokio::test]
async fn rows_with_equal_sort_keys_come_once_each() {
    let mut rows = line(24);
    rows.iter_mut().for_each(|row| row.topic = "all".to_owned());
    let store = notes_of(&rows).await;
    for size in [1, 5, 24] {
        let pages = all(|| store.search_all().order_by(|t| t.topic.asc()).page(size), None).await;
        assert_eq!(sorted_ids(pages.iter().flatten()), ids(&rows), "pages of {size}");
        let ranks =
            all(|| store.search_all().order_by(|t| (t.rank.desc(), t.topic.asc())).page(size), None).await;
        let ranks: Vec<Option<i32>> = ranks.iter().flatten().map(|row| row.rank).collect();
        let expected = store.search_all().order_by(|t| t.rank.desc()).select(|t| t.rank).await.unwrap();
        assert_eq!(ranks, expected, "pages of {size}, nulls last");
        assert_eq!(all(|| store.search_all().page(size), None).await.into_iter().flatten().count(), 24);
    }
}

#[tokio::test]
async fn pages_need_no_order() {
    let store = notes_of(&line(30)).await;
    store.delete().filter(|t| t.id.between(4, 11)).await.unwrap();
    store.add((100..120).map(|id| note(id, "1 2 3"))).await.unwrap();
    let pages = all(|| store.search_all().filter(|t| t.topic.ne("odd")).page(4), None).await;
    let expected: Vec<i64> =
        (0..30).filter(|id| id % 2 == 0 && !(4..=11).contains(id)).chain(100..120).collect();
    assert_eq!(ids(pages.iter().flatten()), expected, "in the order of the row ids");
    assert!(pages.iter().rev().skip(1).all(|page| page.len() == 4), "every page but the last one is full");
}

#[tokio::test]
async fn writes_between_pages_are_not_seen() {
    let rows = line(12);
    let store = notes_of(&rows).await;
    let query = || store.search_all().order_by(|t| t.rank.asc()).page(5);
    let first = query().await.unwrap();
    store.upsert([Note { rank: Some(-1), ..rows[3].clone() }, note(77, "7 7 7")]).await.unwrap();
    let second = query().after(first.next.as_ref()).await.unwrap();
    store.delete().filter(|t| t.id.ge(3)).await.unwrap();
    let rest = all(query, second.next).await;
    let read = first.items.into_iter().chain(second.items).chain(rest.into_iter().flatten());
    let read: Vec<Note> = read.collect();
    assert_eq!(sorted_ids(&read), ids(&rows));
    assert!(read.iter().all(|row| rows.contains(row)), "as they were when the first page was read");

    let anew = query().await.unwrap();
    assert_eq!(sorted_ids(&anew.items), [0, 1, 2], "a first page sees the table as it is");
}

#[tokio::test]
async fn a_page_has_the_selected_columns() {
    #[derive(Debug, PartialEq, Projection)]
    #[datus(of = Note)]
    struct Line {
        #[datus(column = topic)]
        name: String,
        id: i64,
    }

    let store = notes_of(&line(5)).await;
    let query = || store.search_all().order_by(|t| t.rank.asc());
    let first: Page<i64> = query().select(|t| t.id).page(2).await.unwrap();
    assert_eq!(first.items, [0, 1]);
    // For a cursor, a query for different columns of the same rows is the same query.
    let lines: Page<Line> = query().select_as::<Line>().page(2).after(first.next.as_ref()).await.unwrap();
    assert_eq!(
        lines.items,
        [Line { name: "even".to_owned(), id: 2 }, Line { name: "odd".to_owned(), id: 3 }]
    );
    let embedded = query().with_vectors().page(2).after(lines.next.as_ref()).await.unwrap();
    assert_eq!(embedded.items[0].vector(), Some(&[4.0, 0.0, 1.0][..]));
    assert_eq!((embedded.items.len(), embedded.next), (1, None));
}

#[tokio::test]
async fn a_cursor_is_valid_as_text_in_another_connection() {
    let folder = tempfile::tempdir().unwrap();
    let token = {
        let db = datus_store::Database::connect(folder.path()).await.unwrap();
        let store: Store<Note> = db.store(crate::support::models::Toy::new()).await.unwrap();
        store.add(line(9)).await.unwrap();
        let page = store.search_all().filter(|t| t.id.gt(0)).order_by(|t| t.id.asc()).page(3).await.unwrap();
        serde_json::to_string(&page.next).unwrap()
    };
    let db = datus_store::Database::connect(folder.path()).await.unwrap();
    let store: Store<Note> = db.store(crate::support::models::Toy::new()).await.unwrap();
    let cursor: Option<Cursor> = serde_json::from_str(&token).unwrap();
    let page =
        store.search_all().filter(|t| t.id.gt(0)).order_by(|t| t.id.asc()).page(3).after(cursor.as_ref());
    assert_eq!(ids(&page.await.unwrap().items), [4, 5, 6]);
}

#[tokio::test]
async fn a_cursor_of_a_different_query_is_refused() {
    #[derive(Debug, Clone, EmbeddingRecord)]
    struct Other {
        id: i64,
    }

    let store = notes_of(&line(9)).await;
    let page = store.search_all().topic("even").order_by(|t| t.id.asc()).page(2).await.unwrap();
    let cursor = page.next.unwrap();
    let refused = async |query: Paged<Note, _>, what: &str| {
        let error = query.after(&cursor).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("page")));
        assert!(error.to_string().contains(what), "{error}");
    };
    refused(store.search_all().topic("odd").order_by(|t| t.id.asc()).page(2), "a different filter").await;
    refused(store.search_all().order_by(|t| t.id.asc()).page(2), "a different filter").await;
    refused(store.search_all().topic("even").order_by(|t| t.id.desc()).page(2), "a different order").await;
    refused(store.search_all().topic("even").page(2), "a different order").await;

    let others: Store<Other> = memory().await.store(()).await.unwrap();
    others.add([Other { id: 1 }]).await.unwrap();
    let error = others.search_all().page(2).after(&cursor).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidInput, Some("other")));
    assert!(error.to_string().contains("a different table"), "{error}");

    let larger =
        store.search_all().topic("even").order_by(|t| t.id.asc()).page(100).after(&cursor).await.unwrap();
    assert_eq!(ids(&larger.items), [4, 6, 8], "a page of another size is a page of the same query");
}

#[tokio::test]
async fn a_page_without_rows_or_with_a_limit_or_offset_is_refused() {
    let store = notes_of(&line(3)).await;
    let refused = async |query: Paged<Note, _>, what: &str| {
        let error = query.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(what), "{error}");
    };
    refused(store.search_all().page(0), "one row or more").await;
    refused(store.search_all().limit(7).page(1), "without `.limit`").await;
    refused(store.search_all().offset(7).page(1), "without `.offset`").await;
}

#[tokio::test]
async fn an_empty_table_has_one_empty_page() {
    let store = notes(crate::support::models::Toy::new()).await;
    let page = store.search_all().order_by(|t| t.id.asc()).page(10).await.unwrap();
    assert_eq!((page.items.len(), page.next), (0, None));
    let page = store.search_all().topic("none").page(10).await.unwrap();
    assert_eq!((page.items.len(), page.next), (0, None));
}
