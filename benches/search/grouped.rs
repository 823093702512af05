//! Compares counts of values and the best rows for each value with hand-written lancedb code.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use datus_store::model::{EmbeddingModel, HashingModel, Role};
use datus_store::{Database, Store};
use futures::TryStreamExt;
use lancedb::DistanceType;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use crate::by_hand::{self, Probes};
use crate::latency::{Latency, by_turns};
use crate::rows::{Table, questions, rows};

/// The number of rows to find for each value.
const BEST: usize = 3;

/// The number of queries of each kind. The slowest hand-written ones take seconds.
const TURNS: usize = 10;

/// The number of distinct values in the `database_name` column.
const VALUES: usize = 40;

pub(crate) async fn compare(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let model = HashingModel::new(384);
    let store: Store<Table> = db.store(model.clone()).await.unwrap();
    store.add(rows(count)).await.unwrap();
    store.create_indexes().vectors_from(usize::MAX).await.unwrap();
    let table = store.as_lancedb();
    println!("{count} rows of {VALUES} values: ours; by hand; how many times as long");

    let turns: Vec<String> = (0..TURNS).map(|turn| turn.to_string()).collect();
    let ours = async |_: &String| store.search_all().count_by(|t| t.database_name).await.unwrap();
    let theirs = async |_: &String| most_frequent(table).await;
    assert_eq!(ours(&turns[0]).await, theirs(&turns[0]).await);
    print("count_by", by_turns(&turns, ours, theirs).await);

    let ours = async |_: &String| {
        let rows = store.search_all().order_by(|t| t.identifier.asc());
        rows.limit_per(|t| t.database_name, BEST).await.unwrap()
    };
    let theirs = async |_: &String| first_of_each(table).await;
    assert_eq!(ours(&turns[0]).await, theirs(&turns[0]).await);
    print("search_all, limit_per", by_turns(&turns, ours, theirs).await);

    let questions = questions(TURNS);
    let databases = store.search_all().select(|t| t.database_name).distinct().await.unwrap();
    let ours = async |question: &String| {
        let search = store.search(question).limit(BEST * VALUES).limit_per(|t| t.database_name, BEST);
        search.await.unwrap().iter().filter_map(|hit| hit.distance()).collect::<Vec<f32>>()
    };
    let one_search = async |question: &String| nearest_of_each(table, &model, question, count).await;
    let filtered = async |question: &String| nearest_by_filters(table, &model, question, &databases).await;
    assert_eq!(ours(&questions[0]).await, one_search(&questions[0]).await);
    assert_eq!(ours(&questions[0]).await, filtered(&questions[0]).await);
    print("search, limit_per, against one search of all rows", by_turns(&questions, ours, one_search).await);
    print("search, limit_per, against a search of each value", by_turns(&questions, ours, filtered).await);
}

fn print(name: &str, (ours, theirs): (Latency, Latency)) {
    println!("{name}: {ours}; {theirs}; {:.2} times as long", ours.p50 / theirs.p50);
}

/// Counts the values while the column is read. The most frequent values come first, and those with equal counts are sorted.
async fn most_frequent(table: &lancedb::Table) -> Vec<(String, usize)> {
    let query = table.query().select(Select::columns(&["database_name"]));
    let mut batches = query.execute().await.unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(batch) = batches.try_next().await.unwrap() {
        for value in batch["database_name"].as_string::<i32>().iter().flatten() {
            match counts.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(value.to_owned(), 1);
                }
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, left), (_, right)| right.cmp(left));
    counts
}

/// Keeps the first identifiers for each value while both columns are read, and then reads these rows.
async fn first_of_each(table: &lancedb::Table) -> Vec<Table> {
    let query = table.query().select(Select::columns(&["database_name", "identifier"])).with_row_id();
    let mut batches = query.execute().await.unwrap();
    let mut first: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    while let Some(batch) = batches.try_next().await.unwrap() {
        let column = |name: &str| batch[name].as_string::<i32>().iter().flatten();
        let ids = batch["_rowid"].as_primitive::<UInt64Type>().values();
        for ((database, identifier), id) in column("database_name").zip(column("identifier")).zip(ids) {
            if !first.contains_key(database) {
                first.insert(database.to_owned(), BTreeMap::new());
            }
            let Some(kept) = first.get_mut(database) else { continue };
            if kept.len() == BEST && kept.last_key_value().is_some_and(|(last, _)| identifier > last.as_str())
            {
                continue;
            }
            kept.insert(identifier.to_owned(), *id);
            if kept.len() > BEST {
                kept.pop_last();
            }
        }
    }
    let ids: Vec<u64> = first.into_values().flat_map(BTreeMap::into_values).collect();
    let mut rows = by_hand::take(table, ids).await;
    rows.sort_by(|left, right| left.identifier.cmp(&right.identifier));
    rows
}

/// Returns the distances of the best rows for each value. Ranks all rows, and stops reading when each value has its rows.
async fn nearest_of_each(
    table: &lancedb::Table,
    model: &HashingModel,
    question: &str,
    count: usize,
) -> Vec<f32> {
    let vector = model.embed(&[question], Role::Query).await.unwrap().remove(0);
    let query = table.query().limit(count).select(Select::columns(&["database_name", "_distance"]));
    let query = query.with_row_id().nearest_to(vector).unwrap();
    let query = query.column("vector").distance_type(DistanceType::Cosine);
    let mut batches = query.execute().await.unwrap();
    let (mut kept, mut found): (BTreeMap<String, usize>, Vec<(f32, u64)>) = (BTreeMap::new(), Vec::new());
    while let Some(batch) = batches.try_next().await.unwrap() {
        let values = batch["database_name"].as_string::<i32>().iter().flatten();
        let distances = batch["_distance"].as_primitive::<Float32Type>().values();
        let ids = batch["_rowid"].as_primitive::<UInt64Type>().values();
        for ((value, distance), id) in values.zip(distances).zip(ids) {
            let rows = match kept.entry(value.to_owned()) {
                Entry::Occupied(rows) => rows.into_mut(),
                Entry::Vacant(rows) => rows.insert(0),
            };
            if *rows < BEST {
                *rows += 1;
                found.push((*distance, *id));
            }
        }
        if found.len() == VALUES * BEST {
            break;
        }
    }
    let rows = by_hand::take(table, found.iter().map(|(_, id)| *id).collect()).await;
    assert_eq!(rows.len(), found.len());
    found.into_iter().map(|(distance, _)| distance).collect()
}

/// Returns the distances of the best rows for each value. Runs one search for each value, with the value as a filter.
async fn nearest_by_filters(
    table: &lancedb::Table,
    model: &HashingModel,
    question: &str,
    databases: &HashSet<String>,
) -> Vec<f32> {
    let searches = databases.iter().map(async |database| {
        let filter = format!("database_name = '{database}'");
        by_hand::nearest(table, model, question, Some(&filter), BEST, Probes::default()).await
    });
    let found = futures::future::join_all(searches).await;
    let mut distances: Vec<f32> = found.iter().flatten().map(|found| found.score).collect();
    distances.sort_by(f32::total_cmp);
    distances
}
