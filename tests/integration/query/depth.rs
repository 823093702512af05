//! Filters, expressions, and full-text queries of any depth and length return the right answer or an error, and never abort
//! the process.

use std::future::IntoFuture;

use datus_store::query::{ColumnExpr, FullText, Predicate, TextQuery};
use datus_store::record::{ColumnPath, TextSearchable};
use datus_store::{EmbeddingRecord, Error, ErrorKind, Filter, Store};

use crate::store::full_text::{Recipe, ids, recipe, recipes_of};
use crate::store::{Note, note, notes};
use crate::support::models::Toy;

/// Runs a function on a thread with a stack of 512 KiB.
fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(512 << 10).spawn(run).unwrap().join().unwrap()
}

fn assert_too_deep(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("levels deep"), "{error}");
}

/// Returns filters nested 50,000 levels deep, each in a different way.
fn deep_filters() -> Vec<Filter<Note>> {
    let t = Note::columns();
    let by_hand = (0..50_000).fold(Predicate::Constant(true), |inner, number| match number % 3 {
        0 => Predicate::Not(Box::new(inner)),
        1 => Predicate::And(vec![inner]),
        _ => Predicate::Or(vec![Predicate::IsNull { column: ColumnPath::column("id") }, inner]),
    });
    vec![
        (0..50_000).fold(t.id.eq(1), |filter, id| t.id.ne(id).and(t.topic.eq("x").or(filter))),
        (0..50_000).fold(t.id.eq(1), |filter, id| (filter & t.id.ne(id)) | t.id.eq(7)),
        (0..50_000).fold(t.id.eq(1), |filter, id| !(filter & t.id.ne(id))),
        (0..50_000).fold(t.id.eq(1), |filter, id| !(t.id.ne(id) | filter)),
        Filter::from_predicate(by_hand),
    ]
}

// fault 13
#[test]
fn a_filter_of_any_depth_is_built_cloned_compared_printed_and_dropped() {
    on_a_small_stack(|| {
        for filter in deep_filters() {
            assert!(filter.clone() == filter);
            assert!(format!("{filter:?}").len() < 200, "{filter:?}");
            assert!(matches!(filter.predicate(), Predicate::Invalid(_)));
            let wider = !(filter & Note::columns().id.eq(1)).or(Note::columns().id.eq(2));
            assert!(matches!(wider.into_predicate(), Predicate::Invalid(_)));
        }
    });
}

// fault 13
#[tokio::test]
async fn a_filter_of_any_depth_is_refused_by_every_operation() {
    let store = notes(Toy::new()).await;
    store.add([note(1, "1 0 0")]).await.unwrap();
    for filter in deep_filters() {
        let deep = || filter.clone();
        assert_too_deep(&store.search_all().matching(deep()).await.unwrap_err());
        assert_too_deep(&store.search_all().matching(deep()).count().await.unwrap_err());
        assert_too_deep(&store.search_all().matching(deep()).page(5).await.unwrap_err());
        assert_too_deep(&store.search_all().matching(deep()).explain().await.unwrap_err());
        assert_too_deep(&store.search("1 0 0").matching(deep()).await.unwrap_err());
        assert_too_deep(&store.delete().filter(|_| deep()).await.unwrap_err());
        assert_too_deep(&store.update().filter(|_| deep()).set(|t| t.rank, 1).await.unwrap_err());
        let rows = || [note(1, "1 0 0")];
        assert_too_deep(&store.sync(rows()).within(|_| deep()).await.unwrap_err());
    }
    assert_eq!(store.count().await.unwrap(), 1);
}

#[tokio::test]
async fn double_negations_and_chains_in_any_order_add_no_levels() {
    let store = notes(Toy::new()).await;
    store.add((0..3).map(|id| note(id, "1 0 0"))).await.unwrap();
    let t = Note::columns();
    let even = (0..50_000).fold(t.id.eq(1), |filter, _| !filter);
    let right = (0..1000).fold(t.id.eq(1), |filter, id| t.id.eq(id + 2) | filter);
    let all = (10..1000).fold(t.id.eq(1), |filter, id| t.id.ne(id) & filter);
    for (filter, wanted) in [(even, vec![1]), (right, vec![1, 2]), (all, vec![1])] {
        let found = store.search_all().matching(filter).order_by(|t| t.id.asc()).select(|t| t.id);
        assert_eq!(found.await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_chain_can_have_the_length_that_the_error_names() {
    let store = notes(Toy::new()).await;
    store.add((0..3).map(|id| note(id, "1 0 0"))).await.unwrap();
    let any = |length: i64| {
        let t = Note::columns();
        (0..length).fold(Filter::none(), |filter, id| filter.or(t.id.eq(id + 2)))
    };
    assert_eq!(store.search_all().matching(any(5_000)).count().await.unwrap(), 1);
    let error = store.search_all().matching(any(100_001)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("more than"), "{error}");
    // For the engine, a list of many values is a single condition.
    let among = |length: i64| store.search_all().filter(move |t| t.id.is_in((0..length).map(|id| id + 2)));
    assert_eq!(among(100_000).count().await.unwrap(), 1);
    assert_eq!(among(100_001).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn an_expression_of_any_depth_is_built_and_dropped() {
    on_a_small_stack(|| {
        let t = Note::columns();
        let sum = (0..50_000).fold(t.rank.plus(1), |sum, _| sum.plus(1));
        let text = (0..50_000).fold(t.topic.lower(), |text, _| text.concat("x").upper());
        let long: ColumnExpr<Note, String> = (0..50_000).fold(t.topic.lower(), |text, _| text.concat("x"));
        for debug in [format!("{sum:?}"), format!("{text:?}"), format!("{:?}", long.clone())] {
            assert!(debug.contains("Invalid") && debug.len() < 200, "{debug}");
        }
    });
}

#[tokio::test]
async fn an_expression_that_is_nested_too_deep_is_refused() {
    let store = notes(Toy::new()).await;
    store.add([note(1, "1 0 0")]).await.unwrap();
    let plus = |times: usize| {
        store
            .update()
            .all_rows()
            .set_to(|t| t.rank, move |t| (1..times).fold(t.rank.unwrap_or(0).plus(1), |sum, _| sum.plus(1)))
    };
    assert_too_deep(&plus(9).await.unwrap_err());
    plus(7).await.unwrap();
    assert_eq!(store.get(1).await.unwrap().unwrap().rank, Some(7));
    let concat = |times: usize| {
        store
            .update()
            .all_rows()
            .set_to(|t| t.topic, move |t| (1..times).fold(t.topic.concat("x"), |text, _| text.concat("x")))
    };
    concat(12).await.unwrap();
    assert_eq!(store.get(1).await.unwrap().unwrap().topic, format!("none{}", "x".repeat(12)));
    assert_eq!(concat(2000).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// Returns queries nested 50,000 levels deep, each in a different way.
fn deep_queries() -> Vec<TextQuery<Recipe>> {
    let t = Recipe::texts();
    let word = || t.title.matches("soup");
    vec![
        (0..50_000).fold(word(), |query, _| query.demote(word(), 0.5)),
        (0..50_000).fold(word(), |query, _| query.or(word()).must_not(word())),
        (0..50_000).fold(word(), |query, _| word().must(word().or(query))),
        (0..50_000).fold(word(), |query, _| word().must_not(word().must(query).should(word()))),
        (0..50_000).fold(word(), |query, _| word().should(query)),
    ]
}

// fault 13
#[test]
fn a_full_text_query_of_any_depth_is_built_cloned_printed_and_dropped() {
    on_a_small_stack(|| {
        for query in deep_queries() {
            assert!(format!("{:?}", query.clone()).len() < 200, "{query:?}");
            assert!(matches!(query.into_untyped(), FullText::Invalid(_)));
        }
    });
}

// fault 13
#[tokio::test]
async fn a_full_text_query_of_any_depth_is_refused() {
    let store = recipes_of(&[recipe(1, "Tomato soup", "1 0 1 tomato")]).await;
    for query in deep_queries() {
        assert_too_deep(&store.search_text(|_| query.clone()).await.unwrap_err());
        assert_too_deep(&store.search_text(|_| query.clone()).count().await.unwrap_err());
        assert_too_deep(&store.search("1 0 1").hybrid().text_query(|_| query).await.unwrap_err());
    }
}

// fault 13
#[tokio::test]
async fn a_full_text_query_of_the_maximum_depth_runs_and_chains_are_one_level() {
    let store =
        recipes_of(&[recipe(1, "Tomato soup", "1 0 1 tomato"), recipe(2, "Bread", "2 0 1 flour")]).await;
    let t = Recipe::texts();
    let word = || t.title.matches("soup");
    let found = |query: TextQuery<Recipe>| {
        let search = store.search_text(|_| query);
        // Runs on a worker thread, whose stack is smaller.
        async move { ids(&tokio::spawn(search.into_future()).await.unwrap().unwrap()) }
    };
    assert_eq!(found((0..6).fold(word(), |query, _| query.demote(t.title.matches("bread"), 0.5))).await, [1]);
    assert_eq!(found((0..3).fold(word(), |query, _| query.or(word()).must(word()))).await, [1]);
    assert_eq!(found((0..3).fold(word(), |query, _| word().must(word().should(query)))).await, [1]);
    // A chain of clauses of one kind forms a single level, whichever side it is nested on.
    assert_eq!(
        found((0..100).fold(word(), |query, at| t.title.matches(format!("w{at}")).or(query))).await,
        [1]
    );
    assert_eq!(found((0..100).fold(word(), |query, _| word().must(query))).await, [1]);
    assert_eq!(
        found((0..100).fold(word(), |query, at| query.must_not(t.title.matches(format!("w{at}"))))).await,
        [1]
    );
    let neither =
        (0..100).fold(t.title.matches("w"), |query, at| t.title.matches(format!("w{at}")).or(query));
    assert_eq!(found(word().must_not(neither.or(t.title.matches("bread")))).await, [1]);
}

#[tokio::test]
async fn a_full_text_query_can_have_the_number_of_clauses_that_the_error_names() {
    let store: Store<Recipe> = recipes_of(&[recipe(1, "Tomato soup", "1 0 1 tomato")]).await;
    let t = Recipe::texts();
    let any = |clauses: usize| {
        (1..clauses).fold(t.title.matches("soup"), |query, at| query.or(t.title.matches(format!("w{at}"))))
    };
    assert_eq!(ids(&store.search_text(|_| any(1024)).await.unwrap()), [1]);
    for clauses in [1025, 100_000] {
        let error = store.search_text(|_| any(clauses)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("1024 clauses"), "{error}");
    }
}
