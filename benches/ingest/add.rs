use std::sync::Arc;
use std::time::Instant;

use datus_store::model::{EmbeddingModel, HashingModel, Role};
use datus_store::{Database, Embedded, Embedding, Store};
use datus_store_benches::{Ratio, TableSchema, append_by_hand, batch_by_hand, schema_by_hand, tables};
use futures::StreamExt;

const ROUNDS: usize = 5;
const DIMENSION: usize = 384;

pub(crate) async fn against_hand_written(rows: usize) {
    let model = HashingModel::new(DIMENSION);
    let tables: Vec<TableSchema> = tables(rows).collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..2 * ROUNDS {
        if round % 2 == 0 {
            ours.push(add(&tables, &model).await)
        } else {
            theirs.push(add_by_hand(&tables, &model).await)
        }
    }
    ratio(ours, theirs).print("add, HashingModel, 384 dimensions", rows, "rows");

    let texts: Vec<&str> = tables.iter().map(|table| table.definition.as_str()).collect();
    let vectors = model.embed(&texts, Role::Document).await.unwrap();
    let embedded: Vec<Embedded<TableSchema>> = tables
        .iter()
        .zip(&vectors)
        .map(|(table, vector)| Embedded::new(table.clone(), Embedding::of(HashingModel::ID, vector.clone())))
        .collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..2 * ROUNDS {
        if round % 2 == 0 {
            ours.push(add_embedded(&embedded, &model).await);
        } else {
            theirs.push(add_embedded_by_hand(&tables, &vectors).await);
        }
    }
    ratio(ours, theirs).print("add, vectors given, 384 dimensions", rows, "rows");
}

fn ratio(ours: Vec<f64>, theirs: Vec<f64>) -> Ratio {
    let median = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    Ratio { ours: median(ours), theirs: median(theirs) }
}

async fn add(tables: &[TableSchema], model: &HashingModel) -> f64 {
    let (_folder, store) = open(model).await;
    let start = Instant::now();
    store.add(tables).await.unwrap();
    start.elapsed().as_secs_f64()
}

async fn add_embedded(tables: &[Embedded<TableSchema>], model: &HashingModel) -> f64 {
    let (_folder, store) = open(model).await;
    let start = Instant::now();
    store.add(tables).await.unwrap();
    start.elapsed().as_secs_f64()
}

async fn open(model: &HashingModel) -> (tempfile::TempDir, Store<TableSchema>) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store = db.store(model.clone()).await.unwrap();
    (folder, store)
}

async fn open_by_hand() -> (tempfile::TempDir, lancedb::Table) {
    let folder = tempfile::tempdir().unwrap();
    let db = lancedb::connect(folder.path().to_str().unwrap()).execute().await.unwrap();
    let schema = schema_by_hand(Some(384));
    let table = db.create_empty_table("schema_metadata", schema).execute().await.unwrap();
    (folder, table)
}

/// Adds the rows with hand-written code, and returns the elapsed seconds. Each batch of 4,096 rows is embedded while the
/// previous one is written.
async fn add_by_hand(tables: &[TableSchema], model: &HashingModel) -> f64 {
    let (_folder, table) = open_by_hand().await;
    let schema = schema_by_hand(Some(384));
    // A stream for lancedb must own its rows, so they are cloned before the measured time.
    let chunks: Vec<Vec<TableSchema>> = tables.chunks(4096).map(<[TableSchema]>::to_vec).collect();
    let model = model.clone();
    let start = Instant::now();
    let batches = {
        let schema = Arc::clone(&schema);
        futures::stream::iter(chunks).then(move |rows| {
            let (schema, model) = (Arc::clone(&schema), model.clone());
            async move {
                let mut vectors = Vec::with_capacity(rows.len() * DIMENSION);
                for texts in rows.chunks(1024) {
                    let texts: Vec<&str> = texts.iter().map(|row| row.definition.as_str()).collect();
                    for vector in model.embed(&texts, Role::Document).await.unwrap() {
                        vectors.extend(vector);
                    }
                }
                batch_by_hand(&schema, &rows, Some(vectors))
            }
        })
    };
    append_by_hand(&table, schema, batches).await.unwrap();
    start.elapsed().as_secs_f64()
}

async fn add_embedded_by_hand(tables: &[TableSchema], vectors: &[Vec<f32>]) -> f64 {
    let (_folder, table) = open_by_hand().await;
    let schema = schema_by_hand(Some(384));
    let chunks: Vec<(Vec<TableSchema>, Vec<Vec<f32>>)> = tables
        .chunks(4096)
        .zip(vectors.chunks(4096))
        .map(|(rows, vectors)| (rows.to_vec(), vectors.to_vec()))
        .collect();
    let start = Instant::now();
    let batches = {
        let schema = Arc::clone(&schema);
        futures::stream::iter(chunks)
            .map(move |(rows, vectors)| batch_by_hand(&schema, &rows, Some(vectors.concat())))
    };
    append_by_hand(&table, schema, batches).await.unwrap();
    start.elapsed().as_secs_f64()
}
