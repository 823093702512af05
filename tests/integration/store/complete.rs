//! A search returns as many rows as requested if they exist, with any index, filter, and later writes.

use datus_store::lancedb::DistanceType;
use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::vector::{
    IvfFlatIndexBuilder, IvfHnswFlatIndexBuilder, IvfHnswPqIndexBuilder, IvfHnswSqIndexBuilder,
    IvfPqIndexBuilder, IvfRqIndexBuilder, IvfSqIndexBuilder,
};
use datus_store::rerank::Rrf;
use datus_store::{EmbeddingRecord, Hit, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::memory;
use crate::support::cloud::{Cloud, point};

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "complete")]
struct Row {
    number: i64,
    /// One of `GROUPS`. Later groups are rarer.
    #[datus(index = bitmap)]
    group: i32,
    #[datus(embed(metric = l2))]
    seed: Option<String>,
}

const KINDS: [&str; 8] =
    ["none", "ivf_flat", "ivf_sq", "ivf_pq", "ivf_rq", "hnsw_flat", "hnsw_sq", "hnsw_pq"];

/// A table and the writes to it.
#[derive(Debug, Clone)]
struct Table {
    kind: &'static str,
    partitions: u32,
    /// The number of rows added before the index was built. `after` is the number added later.
    before: i64,
    after: i64,
    /// One row in this many has no vector.
    without: i64,
    /// The time at which an index on `group` was built: before the vector index, after it and the later rows, or never.
    grouped: &'static str,
    /// The divisor and the remainder that select the numbers of the rows to delete at the end.
    deleted: Option<(i64, i64)>,
}

/// A search of the table.
#[derive(Debug, Clone)]
struct Search {
    query: String,
    limit: usize,
    offset: usize,
    filter: Filter,
}

#[derive(Debug, Clone)]
enum Filter {
    None,
    Group(i32),
    GroupAndAbove(i32, i64),
    Above(i64),
    Nothing,
}

impl Filter {
    fn passes(&self, row: &Row) -> bool {
        match self {
            Self::None => true,
            Self::Group(group) => row.group == *group,
            Self::GroupAndAbove(group, number) => row.group == *group && row.number >= *number,
            Self::Above(number) => row.number >= *number,
            Self::Nothing => false,
        }
    }
}

fn row(number: i64, without: i64) -> Row {
    // Halves, quarters, eighths, …
    let group = (number + 1).trailing_zeros() as i32;
    let seed = (number % without != 0).then(|| format!("point {}", number % 500));
    Row { number, group, seed }
}

fn tables() -> impl Strategy<Value = Table> {
    let rows = (300..600_i64, select(vec![0_i64, 1, 40, 300]), select(vec![3_i64, 10, 1000]));
    let others = (
        select(&KINDS[..]),
        1..9_u32,
        select(vec!["before", "after", "never"]),
        select(vec![None, Some((2, 0)), Some((50, 7))]),
    );
    (rows, others).prop_map(|((before, after, without), (kind, partitions, grouped, deleted))| Table {
        kind,
        partitions,
        before,
        after,
        without,
        grouped,
        deleted,
    })
}

fn searches() -> impl Strategy<Value = Vec<Search>> {
    let filter = prop_oneof![
        Just(Filter::None),
        (0..11_i32).prop_map(Filter::Group),
        (0..5_i32, 0..700_i64).prop_map(|(group, number)| Filter::GroupAndAbove(group, number)),
        (0..900_i64).prop_map(Filter::Above),
        Just(Filter::Nothing),
    ];
    let search =
        (0..1000_u32, select(vec![1_usize, 2, 10, 37, 200, 5000]), select(vec![0_usize, 0, 3, 50]), filter);
    let search = search.prop_map(|(seed, limit, offset, filter)| Search {
        query: format!("point {seed}"),
        limit,
        offset,
        filter,
    });
    proptest::collection::vec(search, 20)
}

fn index(kind: &str, partitions: u32) -> Option<Index> {
    macro_rules! sized {
        ($builder:ident) => {
            $builder::default().distance_type(DistanceType::L2).num_partitions(partitions).max_iterations(4)
        };
    }
    Some(match kind {
        "ivf_flat" => Index::IvfFlat(sized!(IvfFlatIndexBuilder)),
        "ivf_sq" => Index::IvfSq(sized!(IvfSqIndexBuilder)),
        "ivf_pq" => Index::IvfPq(sized!(IvfPqIndexBuilder).num_sub_vectors(2)),
        "ivf_rq" => Index::IvfRq(sized!(IvfRqIndexBuilder)),
        "hnsw_flat" => Index::IvfHnswFlat(sized!(IvfHnswFlatIndexBuilder).ef_construction(20)),
        "hnsw_sq" => Index::IvfHnswSq(sized!(IvfHnswSqIndexBuilder).ef_construction(20)),
        "hnsw_pq" => Index::IvfHnswPq(sized!(IvfHnswPqIndexBuilder).num_sub_vectors(2).ef_construction(20)),
        _ => return None,
    })
}

/// Creates the table. Returns its store and its rows.
async fn make(table: &Table) -> (Store<Row>, Vec<Row>) {
    let Table { kind, partitions, before, after, without, grouped, deleted } = *table;
    let store: Store<Row> = memory().await.store(Cloud::new()).await.unwrap();
    let mut rows: Vec<Row> = (0..before).map(|number| row(number, without)).collect();
    store.add(&rows).await.unwrap();
    let by_group = async || {
        let bitmap = Index::Bitmap(Default::default());
        store.as_lancedb().create_index(&["group"], bitmap).execute().await.unwrap();
    };
    if grouped == "before" {
        by_group().await;
    }
    if let Some(index) = index(kind, partitions) {
        store.as_lancedb().create_index(&["vector"], index).execute().await.unwrap();
    }
    let later: Vec<Row> = (before..before + after).map(|number| row(number, without)).collect();
    store.add(&later).await.unwrap();
    rows.extend(later);
    if grouped == "after" {
        by_group().await;
    }
    if let Some((divisor, rest)) = deleted {
        let gone: Vec<i64> =
            rows.iter().map(|row| row.number).filter(|number| number % divisor == rest).collect();
        store.delete().filter(|t| t.number.is_in(gone)).await.unwrap();
        rows.retain(|row| row.number % divisor != rest);
    }
    (store, rows)
}

async fn find(store: &Store<Row>, search: &Search) -> (Vec<Hit<Row>>, usize) {
    let query = || {
        let query = store.search(search.query.as_str()).limit(search.limit).offset(search.offset);
        match search.filter {
            Filter::None => query,
            Filter::Group(group) => query.group(group),
            Filter::GroupAndAbove(group, number) => query.group(group).filter(|t| t.number.ge(number)),
            Filter::Above(number) => query.filter(|t| t.number.ge(number)),
            Filter::Nothing => query.filter(|t| t.number.lt(0)),
        }
    };
    (query().await.unwrap(), query().count().await.unwrap())
}

/// Returns the numbers and distances of all matching rows, nearest first.
fn exact(rows: &[Row], search: &Search) -> Vec<(i64, f32)> {
    let from = point(&search.query);
    let distance = |seed: &str| from.iter().zip(point(seed)).map(|(from, to)| (from - to).powi(2)).sum();
    let passing = rows.iter().filter(|row| search.filter.passes(row));
    let mut passing: Vec<(i64, f32)> =
        passing.filter_map(|row| Some((row.number, distance(row.seed.as_deref()?)))).collect();
    passing.sort_by(|left, right| left.1.total_cmp(&right.1));
    passing
}

fn check(
    hits: &[Hit<Row>],
    counted: usize,
    all: &[(i64, f32)],
    search: &Search,
) -> Result<(), TestCaseError> {
    let expected = all.len().saturating_sub(search.offset).min(search.limit);
    prop_assert_eq!(hits.len(), expected, "rows are missing of {}", all.len());
    prop_assert_eq!(counted, expected, "the count differs");
    let mut numbers: Vec<i64> = hits.iter().map(|hit| hit.record.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    prop_assert_eq!(numbers.len(), hits.len(), "a row came twice");
    for hit in hits {
        let known = all.iter().find(|(number, _)| *number == hit.record.number);
        let Some((_, distance)) = known else {
            return Err(TestCaseError::fail(format!("row {} does not pass", hit.record.number)));
        };
        prop_assert!(
            (hit.score.value() - distance).abs() <= distance * 1e-4 + 1e-4,
            "{} {distance}",
            hit.score.value()
        );
    }
    prop_assert!(hits.is_sorted_by(|left, right| left.distance() <= right.distance()), "not in order");
    Ok(())
}

#[test]
fn a_search_returns_its_limit_of_rows_if_they_exist() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(tables(), searches()), |(table, searches)| {
            runtime.block_on(async {
                let (store, rows) = make(&table).await;
                for search in &searches {
                    let (hits, counted) = find(&store, search).await;
                    let checked = check(&hits, counted, &exact(&rows, search), search);
                    checked.map_err(|error| TestCaseError::fail(format!("{error}: {search:?}")))?;
                }
                Ok(())
            })
        })
        .unwrap();
}

fn with_index(kind: &'static str) -> Table {
    let deleted = Some((50, 7));
    Table { kind, partitions: 4, before: 520, after: 20, without: 1000, grouped: "never", deleted }
}

/// Tests each kind of index once, with a filter that keeps only a few rows, far from the query.
#[tokio::test]
async fn a_few_rows_far_away_are_found_through_every_kind_of_index() {
    for kind in KINDS {
        let (store, rows) = make(&with_index(kind)).await;
        for group in [0, 4, 6, 8] {
            let filter = Filter::Group(group);
            let search = Search { query: "far away".to_owned(), limit: 12, offset: 0, filter };
            let (hits, counted) = find(&store, &search).await;
            let checked = check(&hits, counted, &exact(&rows, &search), &search);
            checked.unwrap_or_else(|error| panic!("{kind}, group {group}: {error}"));
        }
    }
}

/// An index search for more rows can find better ones, which must not change the rows of a later page.
#[tokio::test]
async fn pages_of_a_reranked_search_have_each_row_once_through_every_kind_of_index() {
    for kind in KINDS {
        let (store, rows) = make(&with_index(kind)).await;
        let mut expected: Vec<i64> =
            rows.iter().filter(|row| row.seed.is_some()).map(|row| row.number).collect();
        let page = async |limit: usize, offset: usize| {
            let search = store.search("point 1234").rerank(Rrf::default()).candidates(20);
            let hits = search.limit(limit).offset(offset).await.unwrap();
            hits.iter().map(|hit| hit.record.number).collect::<Vec<i64>>()
        };
        let mut paged: Vec<i64> = Vec::new();
        while paged.len() < expected.len() + 10 {
            let rows = page(10, paged.len()).await;
            paged.extend(&rows);
            if rows.len() < 10 {
                break;
            }
        }
        assert_eq!(page(10, 30).await, paged[30..40], "{kind}");
        paged.sort_unstable();
        expected.sort_unstable();
        assert_eq!(paged, expected, "{kind}");
    }
}
