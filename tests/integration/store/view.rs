//! Views: read-only stores with a filter that is added to every read.

use std::collections::HashSet;

use datus_store::rerank::Mmr;
use datus_store::{Cursor, ErrorKind, Filter, Hit, View};
use futures::TryStreamExt;

use super::full_text::{Recipe, recipe, recipes_of};
use super::{Note, NoteColumns, NoteFilter, line, note, notes_of, sorted_ids};

const EVEN: [i64; 6] = [0, 2, 4, 6, 8, 10];

/// Returns a view of 12 notes that shows those with an even id.
async fn even() -> View<Note> {
    notes_of(&line(12)).await.view(|t| t.topic.eq("even"))
}

fn found(hits: &[Hit<Note>]) -> Vec<i64> {
    sorted_ids(hits.iter().map(|hit| &hit.record))
}

#[tokio::test]
async fn every_way_to_read_rows_has_the_filter() {
    let view = even().await;
    assert_eq!(view.count().await.unwrap(), 6);
    assert_eq!(sorted_ids(&view.search_all().await.unwrap()), EVEN);
    let streamed: Vec<Note> = view.search_all().stream().try_collect().await.unwrap();
    assert_eq!(sorted_ids(&streamed), EVEN);
    let second = view.search_all().order_by(|t| t.id.asc()).offset(1).first().await.unwrap().unwrap();
    assert_eq!(second.id, 2);
    let batches = view.search_all().arrow().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 6);
    let stream = view.search_all().arrow_stream().await.unwrap();
    let batches: Vec<_> = stream.batches.try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 6);
    let topics = view.search_all().select(|t| t.topic).distinct().await.unwrap();
    assert_eq!(topics, HashSet::from(["even".to_owned()]));
    assert_eq!(view.search_all().with_vectors().await.unwrap().len(), 6);
    assert!(view.search_all().explain().await.unwrap().contains("even"));
    let data = NoteFilter { topic: Some("odd".into()), ..NoteFilter::default() };
    assert_eq!(view.search_all().matching(data).count().await.unwrap(), 0);
}

#[tokio::test]
async fn every_search_by_vector_has_the_filter() {
    let view = even().await;
    let nearest = view.search("3 0 1").limit(2).await.unwrap();
    assert_eq!(found(&nearest), [2, 4]);
    assert_eq!(view.search("3 0 1").limit(50).count().await.unwrap(), 6);
    assert_eq!(found(&view.search("3 0 1").exact().limit(50).await.unwrap()), EVEN);
    assert_eq!(found(&view.vector(|v| v.text).search("3 0 1").limit(50).await.unwrap()), EVEN);
    let reranked = view.search("3 0 1").rerank(Mmr::default()).limit(50).await.unwrap();
    assert_eq!(found(&reranked), EVEN);
    assert_eq!(found(&view.similar_to(4).limit(50).await.unwrap()), [0, 2, 6, 8, 10]);
    let similar = view.vector(|v| v.text).similar_to(4).limit(50).await.unwrap();
    assert_eq!(found(&similar), [0, 2, 6, 8, 10]);
}

#[tokio::test]
async fn both_legs_of_a_hybrid_search_have_the_filter() {
    let rows: Vec<Recipe> = (0..8).map(|id| recipe(id, "tomato soup", &format!("{id} 0 1 soup"))).collect();
    let store = recipes_of(&rows).await;
    // The engine searches rows that are newer than the index in a different way.
    store.add([recipe(8, "tomato", "8 0 1 tomato"), recipe(9, "tomato", "9 0 1 tomato")]).await.unwrap();
    let view = store.view(|t| t.kind.eq("odd"));
    let odd = [1, 3, 5, 7, 9];
    let found = |hits: Vec<Hit<Recipe>>| {
        let mut ids: Vec<i64> = hits.iter().map(|hit| hit.record.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(found(view.search("tomato").full_text().limit(50).await.unwrap()), odd);
    assert_eq!(found(view.search_text(|t| t.title.matches("tomato")).limit(50).await.unwrap()), odd);
    assert_eq!(found(view.search_text(|t| t.title.fuzzy("tomata", 1)).limit(50).await.unwrap()), odd);
    assert_eq!(view.search_text(|t| t.title.fuzzy("tomata", 1)).limit(50).count().await.unwrap(), 5);
    assert_eq!(found(view.search("1 0 1 tomato").hybrid().limit(50).await.unwrap()), odd);
    let reranked = view.search("1 0 1 tomato").hybrid().rerank(Mmr::default()).limit(50).await.unwrap();
    assert_eq!(found(reranked), odd);
}

#[tokio::test]
async fn a_row_outside_of_the_view_cannot_be_read_by_its_key() {
    let view = even().await;
    assert_eq!(view.get(4).await.unwrap().unwrap().id, 4);
    assert_eq!(view.get(5).await.unwrap(), None);
    let error = view.similar_to(5).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RowNotFound);
    assert_eq!(view.search_all().filter(|t| t.id.is_in([4, 5])).count().await.unwrap(), 1);
}

#[tokio::test]
async fn views_nest() {
    let view = even().await;
    let few = view.view(|t| t.id.lt(5));
    assert_eq!(sorted_ids(&few.search_all().await.unwrap()), [0, 2, 4]);
    let none = few.view(|t| t.topic.eq("odd").or(t.id.gt(7)));
    assert_eq!((none.count().await.unwrap(), none.get(2).await.unwrap()), (0, None));
    assert_eq!(few.view(|_| Filter::all()).count().await.unwrap(), 3);
    assert_eq!(view.view(|_| Filter::none()).count().await.unwrap(), 0);
    assert_eq!(view.count().await.unwrap(), 6);
}

#[tokio::test]
async fn a_view_shows_later_writes() {
    let store = notes_of(&line(4)).await;
    let view = store.view(|t| t.id.ge(3));
    assert_eq!(view.count().await.unwrap(), 1);
    store.add([note(7, "7 0 1")]).await.unwrap();
    store.delete().filter(|t| t.id.eq(3)).await.unwrap();
    assert_eq!(sorted_ids(&view.search_all().await.unwrap()), [7]);
}

#[tokio::test]
async fn a_cursor_of_one_view_is_refused_by_another() {
    let store = notes_of(&line(12)).await;
    let view = |topic: &'static str| store.view(move |t| t.topic.eq(topic));
    let cursor: Cursor = view("even").search_all().page(2).await.unwrap().next.unwrap();
    let next = view("even").search_all().page(9).after(&cursor).await.unwrap();
    assert_eq!(sorted_ids(&next.items).len(), 4);
    for error in [
        view("odd").search_all().page(2).after(&cursor).await.unwrap_err(),
        store.search_all().page(2).after(&cursor).await.unwrap_err(),
        view("even").view(|t| t.id.ge(0)).search_all().page(2).after(&cursor).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.message(), "the cursor belongs to a query with a different filter, view or scope");
    }
}

#[tokio::test]
async fn views_that_are_nested_too_deep_read_nothing() {
    let store = notes_of(&line(4)).await;
    let deep =
        |t: NoteColumns| (0..15).fold(t.id.ge(0), |filter, id| filter.and(t.id.ne(id + 100)).or(t.id.eq(id)));
    let error = store.view(deep).count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("levels deep"), "{error}");
}
