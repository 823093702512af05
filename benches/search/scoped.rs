//! Compares searches in one scope with the same searches that use a hand-written filter.

use datus_store::model::HashingModel;
use datus_store::{Database, EmbeddingRecord, Store};
use datus_store_benches::tables;

use crate::latency::{Latency, by_turns};
use crate::rows::questions;

const LIMIT: usize = 10;
const TIMED: usize = 1000;

/// A table of a data catalog whose database is its scope.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "scoped_catalog")]
struct Table {
    #[datus(scope)]
    database_name: String,
    #[datus(key)]
    identifier: String,
    #[datus(embed, fts)]
    definition: String,
}

pub(crate) async fn compare(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Table> = db.store(HashingModel::new(384)).await.unwrap();
    let mut rows: Vec<Table> = tables(count)
        .map(|table| Table {
            identifier: table.identifier,
            database_name: table.database_name,
            definition: table.definition,
        })
        .collect();
    rows.sort_by(|left, right| left.database_name.cmp(&right.database_name));
    let database = rows.first().map(|row| row.database_name.clone()).unwrap_or_default();
    for scope in rows.chunk_by(|left, right| left.database_name == right.database_name) {
        store.scoped(&scope[0].database_name).add(scope).await.unwrap();
    }
    store.optimize().await.unwrap();
    store.create_indexes().vectors_from(0).await.unwrap();

    println!("{count} rows, {TIMED} queries of one scope: scoped; filtered by hand; how many times as long");
    let questions = questions(TIMED);
    let (scoped, all) = (store.scoped(&database), store.across_scopes());
    let ours = async |question: &String| scoped.search(question).limit(LIMIT).await.unwrap();
    let theirs = async |question: &String| {
        all.search(question).filter(|t| t.database_name.eq(&database)).limit(LIMIT).await.unwrap()
    };
    assert_eq!(ours(&questions[0]).await, theirs(&questions[0]).await);
    print("vector", by_turns(&questions, ours, theirs).await);

    let ours = async |question: &String| scoped.search(question).hybrid().limit(LIMIT).await.unwrap();
    let theirs = async |question: &String| {
        let search = all.search(question).hybrid().filter(|t| t.database_name.eq(&database));
        search.limit(LIMIT).await.unwrap()
    };
    print("hybrid", by_turns(&questions, ours, theirs).await);

    let ours = async |_: &String| scoped.count().await.unwrap();
    let theirs =
        async |_: &String| all.search_all().filter(|t| t.database_name.eq(&database)).count().await.unwrap();
    print("count", by_turns(&questions, ours, theirs).await);
}

fn print(name: &str, (ours, theirs): (Latency, Latency)) {
    println!("{name}: {ours}; {theirs}; {:.2} times as long", ours.p50 / theirs.p50);
}
