//! Tables that LanceDB's Python client and this crate create, read, search and write in turn.
//!
//! The tests need Python, so a plain `cargo test` does not run them. `.ci/run` installs the client, and runs them with the
//! path of its interpreter in `DATUS_PYTHON`:
//!
//! ```sh
//! DATUS_PYTHON=$PWD/$(benches/python/setup) cargo test --workspace --features datus-store-tests/python --test python
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod everything;

use std::io::Write;
use std::process::Command;

use datus_store::model::{
    EmbeddingModel, EmbeddingModelExt, HashingModel, ModelIdentity, PythonFunction, Role, async_trait,
};
use datus_store::{BoxError, Database, EmbeddingRecord, ErrorKind, Store};

/// The dimension of the model.
const DIMENSION: usize = 384;

/// The texts whose vectors Python needs.
const TEXTS: [&str; 13] = [
    "CREATE TABLE orders (customer, amount, ordered_at)",
    "CREATE TABLE orders (customer, total)",
    "CREATE TABLE customers (name, country)",
    "CREATE TABLE weather (station, temperature)",
    "CREATE TABLE weather (station, rain)",
    "CREATE TABLE stations (height)",
    "CREATE TABLE products (title, weight)",
    "which customers are there",
    "water the plants",
    "bake bread",
    "bake a cake",
    "brew tea",
    "a garden with water",
];

fn model() -> HashingModel {
    HashingModel::new(DIMENSION)
}

/// A database in a folder that Python also opens.
struct Shared {
    folder: tempfile::TempDir,
}

impl Shared {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut file = std::fs::File::create(folder.path().join("vectors.jsonl")).unwrap();
        let vectors = model().embed(&TEXTS, Role::Document).await.unwrap();
        for (text, vector) in TEXTS.iter().zip(vectors) {
            writeln!(file, "{}", serde_json::json!({ "text": text, "vector": vector })).unwrap();
        }
        Self { folder }
    }

    async fn connect(&self) -> Database {
        Database::connect(self.folder.path().join("db")).await.unwrap()
    }

    /// Runs a command of `program.py`.
    fn python(&self, command: &str) {
        let python = std::env::var_os("DATUS_PYTHON")
            .expect("DATUS_PYTHON is the path of a Python with lancedb: `benches/python/setup` prints it");
        let output = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/program.py"))
            .arg(command)
            .arg(self.folder.path().join("db"))
            .arg(self.folder.path().join("vectors.jsonl"))
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "program.py {command}: {messages}");
    }
}

/// The table of Datus-agent.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "schema_metadata")]
struct TableSchema {
    #[datus(key)]
    identifier: String,
    catalog_name: Option<String>,
    database_name: String,
    schema_name: String,
    table_name: String,
    table_type: String,
    #[datus(embed, fts)]
    definition: String,
}

fn table(name: &str, definition: &str) -> TableSchema {
    TableSchema {
        identifier: format!("sales.{name}"),
        catalog_name: Some(String::new()),
        database_name: "sales".to_owned(),
        schema_name: "public".to_owned(),
        table_name: name.to_owned(),
        table_type: "table".to_owned(),
        definition: definition.to_owned(),
    }
}

#[tokio::test]
async fn the_table_of_datus_agent_is_adopted_and_used_by_both() {
    let shared = Shared::new().await;
    shared.python("make_datus");
    let db = shared.connect().await;
    let error = db.store::<TableSchema>(model()).await.unwrap_err();
    assert!(error.help().unwrap().contains("db.adopt::<TableSchema>"), "{error}");
    let wrong = HashingModel::new(512).truncated(DIMENSION).unwrap();
    let error = db.adopt::<TableSchema>(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    assert!(error.message().contains("mean cosine of 3 stored vectors"), "{error}");

    let adopted = db.adopt::<TableSchema>(model()).await.unwrap();
    assert_eq!((adopted.rows, adopted.vectors[0].compared), (3, 3));
    let tables: Store<TableSchema> = db.store(model()).await.unwrap();
    let hits = tables.search("the temperature of a station").limit(1).await.unwrap();
    assert_eq!(hits[0].record.table_name, "weather");
    let written = tables
        .upsert([
            table("orders", "CREATE TABLE orders (customer, total)"),
            table("products", "CREATE TABLE products (title, weight)"),
        ])
        .await
        .unwrap();
    assert_eq!((written.updated, written.inserted), (1, 1));
    tables.create_indexes().await.unwrap();

    shared.python("use_datus");
    let mut names: Vec<String> = tables.search_all().select(|t| t.table_name).await.unwrap();
    names.sort();
    assert_eq!(names, ["orders", "products", "stations", "weather"]);
    assert_eq!(tables.search_all().table_type("view").count().await.unwrap(), 1);
    let hits = tables.search("the height of stations").limit(1).await.unwrap();
    assert_eq!(
        hits[0].record,
        TableSchema { table_type: "view".to_owned(), ..table("stations", "CREATE TABLE stations (height)") }
    );
    assert_eq!(tables.search("rain").full_text().await.unwrap()[0].record.table_name, "weather");
    let health = tables.health().thorough().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(0), Some(0)), "{health:?}");
}

#[tokio::test]
async fn what_python_wrote_against_the_struct_is_found_and_repaired() {
    let shared = Shared::new().await;
    shared.python("make_datus");
    let db = shared.connect().await;
    db.adopt::<TableSchema>(model()).await.unwrap();
    let tables: Store<TableSchema> = db.store(model()).await.unwrap();
    shared.python("break_datus");
    let health = tables.health().thorough().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(1), Some(1)), "{health}");
    assert!(health.indexes.iter().any(|index| !index.declared && index.column == "table_type"), "{health}");
    let verified = &tables.verify_vectors(100).await.unwrap()[0];
    assert_eq!(
        (verified.stale, &verified.stale_keys[..]),
        (1, &["`sales.weather`".to_owned()][..]),
        "{verified}"
    );

    let repair = || tables.repair().keep_max(|t| t.catalog_name).stale_vectors().drop_undeclared_indexes();
    let plan = repair().plan().await.unwrap();
    assert_eq!((plan.steps.len(), plan.remaining.len()), (4, 0), "{plan}");
    let repaired = repair().await.unwrap();
    let done = (repaired.missing, repaired.stale, repaired.removed, repaired.dropped_indexes.len());
    assert_eq!(done, (1, 1, 1, 1), "{repaired:?}");
    let orders = tables.get("sales.orders").await.unwrap().unwrap();
    assert_eq!(orders.catalog_name.as_deref(), Some("newer"));
    assert_eq!(tables.verify_vectors(100).await.unwrap()[0].stale, 0);
    let health = tables.health().thorough().await.unwrap();
    assert_eq!((health.rows, health.missing_vectors, health.duplicate_keys), (4, Some(0), Some(0)));
    let hits = tables.search("the height of stations").limit(1).await.unwrap();
    assert_eq!(hits[0].record.table_name, "weather");
}

/// A model that reports the name of its embedding function in `program.py`.
struct Known(HashingModel);

#[async_trait]
impl EmbeddingModel for Known {
    fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.0.embed(texts, role).await
    }

    fn python_function(&self) -> Option<PythonFunction> {
        Some(PythonFunction::new("datus-hashing").with("name", "datus/hashing"))
    }
}

/// A table created in Rust.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "ours")]
struct Ours {
    #[datus(key)]
    id: i64,
    #[datus(embed)]
    text: String,
}

#[tokio::test]
async fn python_searches_a_table_of_rust_by_text_and_embeds_what_it_adds() {
    let shared = Shared::new().await;
    let ours: Store<Ours> = shared.connect().await.store(Known(model())).await.unwrap();
    let row = |id, text: &str| Ours { id, text: text.to_owned() };
    ours.add([row(1, "water the plants"), row(2, "bake bread")]).await.unwrap();
    shared.python("use_ours");
    assert_eq!(ours.search("some tea to brew").limit(1).await.unwrap()[0].record, row(9, "brew tea"));
    let health = ours.health().thorough().await.unwrap();
    assert_eq!((health.rows, health.missing_vectors, health.duplicate_keys), (3, Some(0), Some(0)));
}

/// The table of the program's `LanceModel`.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "documents")]
struct Document {
    #[datus(key)]
    id: i64,
    #[datus(embed)]
    text: String,
    note: Option<String>,
}

#[tokio::test]
async fn the_table_of_a_lance_model_is_adopted_and_python_still_searches_it_by_text() {
    let shared = Shared::new().await;
    shared.python("make_documents");
    let db = shared.connect().await;
    let wrong = HashingModel::new(512).truncated(DIMENSION).unwrap();
    assert_eq!(db.adopt::<Document>(wrong).await.unwrap_err().kind(), ErrorKind::Model);
    let adopted = db.adopt::<Document>(model()).await.unwrap();
    assert_eq!(adopted.vectors[0].python_model.as_deref(), Some("datus/hashing"));
    let documents: Store<Document> = db.store(model()).await.unwrap();
    assert_eq!(documents.search("a cake to bake").limit(1).await.unwrap()[0].record.id, 2);
    let document = |id, text: &str| Document { id, text: text.to_owned(), note: None };
    documents.upsert([document(1, "water the garden"), document(3, "brew tea")]).await.unwrap();

    shared.python("use_documents");
    let hits = documents.search("a cake").limit(1).await.unwrap();
    assert_eq!(hits[0].record, document(4, "bake a cake"));
    let health = documents.health().thorough().await.unwrap();
    assert_eq!((health.rows, health.missing_vectors, health.duplicate_keys), (4, Some(0), Some(0)));
    assert_eq!(documents.verify_model().await.unwrap().len(), 1);
}
