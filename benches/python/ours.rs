//! The operations of `program.py` with this library, written as its documentation shows.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use datus_store::model::HashingModel;
use datus_store::{Database, Embedded, Embedding, Hit, Store};
use datus_store_benches::timed;

use crate::rows::{BTreeTable, DIMENSION, Query, Table, changed_rows, row};
use crate::settings::Settings;

const LIMIT: usize = 10;

/// The number of warm-up queries before the measured time.
const WARM: usize = 5;

/// The times of an operation in milliseconds, and what it found.
pub(crate) type Answer = (Vec<f64>, Vec<Vec<String>>);

/// The filter of a vector search.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Filter {
    /// Three values, which about 0.7% of the rows have.
    Narrow,
    /// Three conditions, which about 33% of the rows satisfy.
    Wide,
}

/// Returns a vector search with a filter, in a store of `Table` or `BTreeTable`.
macro_rules! filtered {
    ($store:expr, $query:expr, $filter:expr) => {{
        let search = $store.search(vector($query)).limit(LIMIT);
        match $filter {
            Filter::Narrow => search.database_name("database_7").schema_name("public").table_type("table"),
            Filter::Wide => search.filter(|t| {
                t.database_name.lt("database_3").and(t.schema_name.ne("mart")).and(t.table_type.eq("table"))
            }),
        }
    }};
}

pub(crate) struct Ours {
    db: Database,
    model: HashingModel,
    table: Store<Table>,
    btree: Option<Store<BTreeTable>>,
    /// The typed rows, which are created before the measured time of an operation.
    rows: Vec<Embedded<Table>>,
    queries: Vec<Query>,
}

impl Ours {
    pub(crate) async fn open(folder: &Path) -> Self {
        let db = connect(folder).await;
        let model = HashingModel::new(DIMENSION);
        let table = db.store(model.clone()).await.unwrap();
        Self { db, model, table, btree: None, rows: Vec::new(), queries: read_queries(folder) }
    }

    async fn empty(&mut self) {
        self.db.drop_table("catalog").await.unwrap();
        self.table = self.db.store(self.model.clone()).await.unwrap();
    }

    /// Runs the operation of a command, like `program.py serve`.
    pub(crate) async fn answer(&mut self, command: &str, settings: &Settings) -> Answer {
        let &Settings { rows, changed, .. } = settings;
        match command {
            "ingest" => self.ingest(rows).await,
            "indexes" => self.indexes().await,
            "vector_index" => self.vector_index().await,
            "scan" => self.scan().await,
            "scan_vectors" => self.scan_vectors().await,
            "value" => self.value().await,
            "vector" => self.vector().await,
            "full_text" => self.full_text().await,
            "hybrid" => self.hybrid().await,
            "bitmap_narrow" => self.bitmap(Filter::Narrow).await,
            "bitmap_wide" => self.bitmap(Filter::Wide).await,
            "btree_narrow" => self.by_btree(Filter::Narrow).await,
            "btree_wide" => self.by_btree(Filter::Wide).await,
            other => match other.strip_prefix("upsert ") {
                Some(round) => self.upsert(rows, changed, round.parse().unwrap()).await,
                None => panic!("unknown command {other:?}"),
            },
        }
    }

    async fn ingest(&mut self, rows: usize) -> Answer {
        if self.rows.is_empty() {
            self.rows = (0..rows).map(|number| row(&self.model, number)).collect();
        }
        self.empty().await;
        let (time, added) = timed(async { self.table.add(&self.rows).await }).await;
        (vec![time], vec![vec![added.unwrap().rows.to_string()]])
    }

    async fn indexes(&mut self) -> Answer {
        let (time, report) = timed(async { self.table.create_indexes().await }).await;
        report.unwrap();
        let btree: Store<BTreeTable> = self.db.store(self.model.clone()).await.unwrap();
        let rows = self.rows.iter().cloned();
        btree
            .add(rows.map(|row| Embedded { record: BTreeTable::from(row.record), vectors: row.vectors }))
            .await
            .unwrap();
        btree.create_indexes().await.unwrap();
        self.btree = Some(btree);
        (vec![time], Vec::new())
    }

    async fn vector_index(&self) -> Answer {
        let store = &self.table;
        let (time, report) = timed(async { store.create_indexes().vectors_from(0).await }).await;
        report.unwrap();
        (vec![time], Vec::new())
    }

    async fn upsert(&self, rows: usize, changed: usize, round: usize) -> Answer {
        let store = &self.table;
        let changed = changed_rows(&self.model, rows, changed, round);
        let (time, upserted) = timed(async { store.upsert(&changed).await }).await;
        let upserted = upserted.unwrap();
        (vec![time], vec![vec![upserted.updated.to_string(), upserted.inserted.to_string()]])
    }

    pub(crate) async fn scan(&self) -> Answer {
        let store = &self.table;
        let (time, rows) = timed(async { store.search_all().await }).await;
        (vec![time], vec![vec![rows.unwrap().len().to_string()]])
    }

    async fn scan_vectors(&self) -> Answer {
        let store = &self.table;
        let (time, rows) = timed(async { store.search_all().with_vectors().await }).await;
        (vec![time], vec![vec![rows.unwrap().len().to_string()]])
    }

    async fn value(&self) -> Answer {
        let store = &self.table;
        let names: Vec<String> = (0..40).map(|number| format!("database_{number}")).collect();
        each(&names, async |name| {
            let rows: Vec<Table> = store.search_all().database_name(name).await.unwrap();
            vec![rows.len().to_string()]
        })
        .await
    }

    pub(crate) async fn vector(&self) -> Answer {
        let store = &self.table;
        each(&self.queries, async |query| keys(store.search(vector(query)).limit(LIMIT).await.unwrap())).await
    }

    async fn full_text(&self) -> Answer {
        let store = &self.table;
        each(&self.queries, async |query| {
            keys(store.search(&query.text).full_text().limit(LIMIT).await.unwrap())
        })
        .await
    }

    async fn hybrid(&self) -> Answer {
        let store = &self.table;
        each(&self.queries, async |query| {
            keys(store.search((&query.text, vector(query))).hybrid().limit(LIMIT).await.unwrap())
        })
        .await
    }

    async fn bitmap(&self, filter: Filter) -> Answer {
        let store = &self.table;
        each(&self.queries, async |query| keys(filtered!(store, query, filter).await.unwrap())).await
    }

    async fn by_btree(&self, filter: Filter) -> Answer {
        let store = self.btree.as_ref().unwrap();
        each(&self.queries, async |query| {
            let hits = filtered!(store, query, filter).await.unwrap();
            hits.into_iter().map(|hit| hit.record.identifier).collect()
        })
        .await
    }

    /// Replaces the table with rows that are created one by one while they are written.
    pub(crate) async fn ingest_stream(&mut self, rows: usize) {
        self.empty().await;
        let model = &self.model;
        self.table.add((0..rows).map(|number| row(model, number))).await.unwrap();
    }
}

pub(crate) async fn connect(folder: &Path) -> Database {
    Database::connect(folder.join("ours")).await.unwrap()
}

/// Runs one vector search, and returns the number of hits.
pub(crate) async fn first_hits(store: &Store<Table>, query: &Query) -> usize {
    store.search(vector(query)).limit(LIMIT).await.unwrap().len()
}

pub(crate) fn read_queries(folder: &Path) -> Vec<Query> {
    serde_json::from_reader(File::open(folder.join("queries.json")).unwrap()).unwrap()
}

fn vector(query: &Query) -> Embedding {
    Embedding::of(HashingModel::ID, query.vector.clone())
}

fn keys(hits: Vec<Hit<Table>>) -> Vec<String> {
    hits.into_iter().map(|hit| hit.record.identifier).collect()
}

/// Times each query, after some warm-up queries.
async fn each<Q>(queries: &[Q], search: impl AsyncFn(&Q) -> Vec<String>) -> Answer {
    for query in queries.iter().take(WARM) {
        search(query).await;
    }
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for query in queries {
        let start = Instant::now();
        found.push(search(query).await);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    (times, found)
}
