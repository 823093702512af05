//! The best rows for each value of a column, compared with a full ranking that the test itself limits.

use std::collections::HashMap;

use datus_store::rerank::{Rrf, Siblings};
use datus_store::{Embedding, EmbeddingRecord, ErrorKind, Score, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::full_text::{Recipe, at, recipe, recipes_of};
use super::indexes::{ivf_flat, points};
use super::{ids, line, memory, notes_of};
use crate::support::cases;
use crate::support::models::Toy;

/// Keeps the first `per` rows for each value, and returns one page of the kept rows.
fn cut<T: Clone>(
    rows: &[T],
    value: impl Fn(&T) -> String,
    per: usize,
    page: std::ops::Range<usize>,
) -> Vec<T> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let kept = rows.iter().filter(|row| {
        let count = counts.entry(value(row)).or_default();
        *count += 1;
        *count <= per
    });
    kept.skip(page.start).take(page.len()).cloned().collect()
}

#[tokio::test]
async fn search_all_returns_the_first_rows_of_each_value_in_order() {
    let store = notes_of(&line(10)).await;
    let best = |per| store.search_all().order_by(|t| t.id.desc()).limit_per(|t| t.topic, per);
    assert_eq!(ids(&best(2).await.unwrap()), [9, 8, 7, 6]);
    assert_eq!(ids(&best(1).await.unwrap()), [9, 8]);
    assert_eq!(ids(&best(2).limit(3).await.unwrap()), [9, 8, 7]);
    assert_eq!(ids(&best(2).offset(1).limit(2).await.unwrap()), [8, 7]);
    assert_eq!(ids(&best(100).await.unwrap()), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert!(best(0).await.unwrap().is_empty());
    assert_eq!(ids(&store.search_all().limit_per(|t| t.topic, 2).await.unwrap()), [0, 1, 2, 3]);
    assert_eq!(best(2).filter(|t| t.id.lt(9)).select(|t| t.id).await.unwrap(), [8, 7, 6, 5]);
    assert_eq!(best(3).count().await.unwrap(), 6);
    assert_eq!(best(3).offset(2).limit(9).count().await.unwrap(), 4);
    assert_eq!(best(3).first().await.unwrap().unwrap().id, 9);
    assert_eq!(best(1).with_vectors().await.unwrap()[0].vector(), Some(&[9.0, 0.0, 1.0][..]));
    let by_key = store.search_all().filter(|t| t.id.is_in([1, 3, 4])).limit_per(|t| t.topic, 1);
    assert_eq!(ids(&by_key.await.unwrap()), [1, 4], "the rows of some keys are limited too");
}

#[tokio::test]
async fn nulls_share_a_limit_and_several_columns_are_one_value() {
    let store = notes_of(&line(20)).await;
    let ranks = store.search_all().order_by(|t| t.id.asc()).limit_per(|t| t.rank, 1);
    assert_eq!(ids(&ranks.await.unwrap()), [0, 1, 2, 3, 4]);
    let both = store.search_all().order_by(|t| t.id.asc()).limit_per(|t| (t.topic, t.rank), 1);
    assert_eq!(ids(&both.await.unwrap()), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn more_rows_than_fit_into_memory_are_pruned_to_the_first() {
    let store = notes_of(&line(40_000)).await;
    let found = store.search_all().order_by(|t| t.id.desc()).limit_per(|t| t.id, 1).limit(5).await.unwrap();
    assert_eq!(ids(&found), [39_999, 39_998, 39_997, 39_996, 39_995]);
    let found = store.search_all().order_by(|t| t.id.asc()).limit_per(|t| t.id, 1).offset(3).limit(2);
    assert_eq!(ids(&found.await.unwrap()), [3, 4]);
}

#[tokio::test]
async fn a_search_by_vector_reads_on_until_each_value_has_its_rows() {
    // All rows except the farthest have one topic. The farthest row is the only one with the other topic.
    let mut rows = line(300);
    for row in &mut rows {
        row.topic = if row.id == 299 { "far" } else { "near" }.to_owned();
    }
    let store = notes_of(&rows).await;
    let hits = store.search("0 0 1").limit_per(|t| t.topic, 2).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [0, 1, 299]);
    assert!(matches!(hits[2].score, Score::Distance { value, .. } if value == 299.0 * 299.0), "{hits:?}");
    assert_eq!(hits[1].explain().nearest.map(|leg| leg.rank), Some(2));
    let one = store.search("0 0 1").limit_per(|t| t.topic, 2).limit(1).await.unwrap();
    assert_eq!(one.len(), 1);
    let range = store.search("0 0 1").limit_per(|t| t.topic, 2).distance_range(4.0..).await.unwrap();
    assert_eq!(range.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [2, 3, 299]);
    assert_eq!(store.search("0 0 1").limit_per(|t| t.topic, 2).count().await.unwrap(), 3);
    let plan = store.search("0 0 1").limit_per(|t| t.topic, 2).explain().await.unwrap();
    assert!(plan.contains("At most 2 rows for each value of topic"), "{plan}");
}

#[tokio::test]
async fn a_value_that_has_its_rows_is_left_out_and_its_rows_keep_their_places() {
    // The first row of one value is nearer than all but one row of the other value, and its second row is the farthest of all.
    let mut rows = line(300);
    for row in &mut rows {
        let rare = [1, 299].contains(&row.id);
        row.topic = if rare { "rare" } else { "common" }.to_owned();
        row.rank = if rare { None } else { Some(7) };
    }
    let store = notes_of(&rows).await;
    let ids =
        |hits: Vec<datus_store::Hit<super::Note>>| hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>();
    let search = || store.search("0 0 1");
    assert_eq!(ids(search().limit_per(|t| t.topic, 2).await.unwrap()), [0, 1, 2, 299]);
    assert_eq!(ids(search().limit_per(|t| t.rank, 2).await.unwrap()), [0, 1, 2, 299]);
    assert_eq!(ids(search().limit_per(|t| (t.rank, t.topic), 2).await.unwrap()), [0, 1, 2, 299]);
    // Here, with a limit of one, null is the first value to reach its limit.
    let far = || store.search("300 0 1").filter(|t| t.id.lt(2).or(t.id.gt(100)));
    assert_eq!(ids(far().limit_per(|t| t.rank, 1).limit(2).await.unwrap()), [299, 298]);
    assert_eq!(ids(far().limit_per(|t| t.rank, 2).offset(1).limit(9).await.unwrap()), [298, 297, 1]);
}

#[tokio::test]
async fn similar_rows_are_limited_too() {
    let store = notes_of(&line(10)).await;
    let hits = store.similar_to(5).limit_per(|t| t.topic, 1).await.unwrap();
    let mut found: Vec<i64> = hits.iter().map(|hit| hit.record.id).collect();
    found.sort_unstable();
    // Rows 4 and 6 are equally near, and so are rows 3 and 7.
    assert_eq!(found, [3, 4]);
}

#[tokio::test]
async fn settings_that_do_not_apply_are_errors() {
    let store = notes_of(&line(4)).await;
    let errors = [
        store.search_all().limit_per(|t| t.topic, 1).page(2).await.unwrap_err(),
        store.search("1 0 1").limit_per(|t| t.topic, 1).candidates(5).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidInput, Some("notes")), "{error}");
    }
    let indexed: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    let error = indexed.search_text(|t| t.all().matches("x")).limit_per(|t| t.kind, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingIndex);
}

#[tokio::test]
async fn an_index_finds_the_best_rows_of_each_value() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..600).await;
    store.create_indexes().samples(20).await.unwrap();
    let hits = store.search("point 17").limit_per(|t| t.number, 1).limit(20).await.unwrap();
    assert_eq!((hits.len(), hits[0].record.number), (20, 17));
    let all = store.search("point 17").limit_per(|t| t.number, 1).limit(1000).await.unwrap();
    let exact = store.search("point 17").exact().limit(1000).await.unwrap();
    assert_eq!(all.len(), 600);
    let numbers = |hits: &[datus_store::Hit<ivf_flat::Point>]| {
        hits.iter().map(|hit| hit.record.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&all), numbers(&exact));
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Chunk {
    #[datus(key)]
    id: i64,
    document: Option<String>,
    rank: i32,
    #[datus(embed(metric = l2))]
    text: Option<String>,
}

/// Generates chunks with few distinct points and values, so that many rows are equal.
fn chunks() -> impl Strategy<Value = Vec<Chunk>> {
    let document = proptest::option::of(select(&["a", "b", "c", ""][..]));
    let text = proptest::option::weighted(0.9, 0..40_i32);
    let chunk = (document, 0..4, text).prop_map(|(document, rank, x)| Chunk {
        id: 0,
        document: document.map(str::to_owned),
        rank,
        text: x.map(|x| format!("{x} 0 1")),
    });
    proptest::collection::vec(chunk, 0..180)
        .prop_map(|rows| (0..).zip(rows).map(|(id, row)| Chunk { id, ..row }).collect())
}

#[test]
fn random_results_are_those_of_a_ranking_of_all_rows() {
    let settings = (1..5_usize, 0..5_usize, 1..40_usize, 0..40_i32);
    let mut runner = TestRunner::new(Config { cases: cases(24), ..Config::default() });
    let tested = runner.run(&(chunks(), settings), |(rows, (per, offset, limit, x))| {
        datus_store::block_on(async {
            let store: Store<Chunk> = memory().await.store(Toy::new()).await?;
            store.add(&rows).await?;
            let page = offset..offset + limit;
            let document = |row: &Chunk| format!("{:?}", row.document);

            let all = || store.search_all().order_by(|t| (t.rank.desc(), t.id.asc()));
            let found = all().limit_per(|t| t.document, per).offset(offset).limit(limit).await?;
            assert_eq!(found, cut(&all().await?, document, per, page.clone()));
            assert_eq!(
                all().limit_per(|t| t.document, per).await?,
                cut(&all().await?, document, per, 0..999)
            );

            let vector = || Embedding::of(Toy::ID, [x as f32, 0.0, 1.0]);
            let search = || store.search(vector()).filter(|t| t.rank.ne(3));
            let ranked = {
                let mut ranked = search().limit(1000).await?;
                ranked.sort_by(|a, b| {
                    a.score.value().total_cmp(&b.score.value()).then(a.record.id.cmp(&b.record.id))
                });
                ranked
            };
            let expected = cut(&ranked, |hit| document(&hit.record), per, page);
            let found = search().limit_per(|t| t.document, per).offset(offset).limit(limit).await?;
            let short = |hits: &[datus_store::Hit<Chunk>]| -> Vec<(i64, f32)> {
                hits.iter().map(|hit| (hit.record.id, hit.score.value())).collect()
            };
            assert_eq!(short(&found), short(&expected));
            Ok::<_, datus_store::Error>(())
        })
        .unwrap();
        Ok(())
    });
    tested.unwrap();
}

fn kitchen() -> Vec<Recipe> {
    let words = ["tomato", "soup", "bread", "tomato soup", "tomato tomato bread"];
    let row = |id: i64| {
        let title = words[usize::try_from(id).unwrap() % 5];
        let kind = if id % 11 == 0 { "rare" } else { "common" };
        Recipe { kind: kind.to_owned(), ..recipe(id, title, &format!("{} 0 1 {title}", id % 37)) }
    };
    (1..=140).map(row).collect()
}

#[tokio::test]
async fn full_text_and_hybrid_results_are_those_of_a_ranking_of_all_rows() {
    let store = recipes_of(&kitchen()).await;
    let kind = |hit: &datus_store::Hit<Recipe>| hit.record.kind.clone();
    let ids = |hits: &[datus_store::Hit<Recipe>]| hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>();
    for (per, page) in [(1, 0..10), (3, 0..10), (3, 2..5), (100, 0..120), (20, 0..25)] {
        let (offset, limit) = (page.start, page.len());
        let text = || store.search_text(|t| t.all().matches("tomato soup"));
        let found = text().limit_per(|t| t.kind, per).offset(offset).limit(limit).await.unwrap();
        let all = text().limit(1000).await.unwrap();
        assert_eq!(ids(&found), ids(&cut(&all, kind, per, page.clone())), "{per} {page:?}");
        assert!(found.iter().all(|hit| matches!(hit.score, Score::Bm25(_))));

        // The number of candidates is set explicitly, because by default it depends on the limit.
        let hybrid = || store.search(("tomato soup", at(5.0))).hybrid().candidates(30);
        let found = hybrid().limit_per(|t| t.kind, per).offset(offset).limit(limit).await.unwrap();
        let all = hybrid().limit(1000).await.unwrap();
        assert_eq!(ids(&found), ids(&cut(&all, kind, per, page.clone())), "{per} {page:?}");

        let reranked = || hybrid().rerank_by(|t| Siblings::by(t.kind));
        let found = reranked().limit_per(|t| t.kind, per).offset(offset).limit(limit).await.unwrap();
        let all = reranked().limit(1000).await.unwrap();
        assert_eq!(ids(&found), ids(&cut(&all, kind, per, page.clone())), "{per} {page:?}");
    }
    let fused = store.search(("tomato", at(0.0))).hybrid().rerank(Rrf::default()).limit_per(|t| t.kind, 1);
    assert_eq!(fused.await.unwrap().len(), 2);
}
