//! Fills the stores of a data source from files. Loading a file again writes only the rows that changed, and
//! deletes the rows that the file no longer contains.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use datus_store::{BoxError, Keyed, Scoped, ScopedStore, Synced};
use futures::stream;
use serde::de::DeserializeOwned;

use crate::document::Chunk;
use crate::schema::TableSchema;
use crate::{Datasource, Modules, sqlite};

/// Loads a file into the module that its name determines.
///
/// | file | becomes |
/// |---|---|
/// | `NAME.sqlite`, `NAME.db` | all tables of the database `NAME` |
/// | `PLATFORM/VERSION/NAME.md` | all chunks of the document |
/// | `schema_metadata.jsonl`, `metrics.jsonl`, `reference_sql.jsonl`, `ext_knowledge.jsonl` | all rows of the module |
pub async fn load(source: &Datasource, path: &Path) -> Result<Synced, BoxError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let unreadable = |error| format!("{}: {error}", path.display());
    let lines = || File::open(path).map(BufReader::new).map_err(unreadable);
    Ok(match (&*stem, &*extension) {
        (database, "sqlite" | "db") => {
            let tables = sqlite::read_file(path, &source.name, database)?;
            load_tables(source, database, tables).await?
        }
        (_, "md") => {
            let markdown = fs::read_to_string(path).map_err(unreadable)?;
            load_document(source, &path.to_string_lossy(), &markdown).await?
        }
        ("schema_metadata", "jsonl") => load_lines(&source.tables, lines()?).await?,
        ("metrics", "jsonl") => load_lines(&source.metrics, lines()?).await?,
        ("reference_sql", "jsonl") => load_lines(&source.reference_sql, lines()?).await?,
        ("ext_knowledge", "jsonl") => load_lines(&source.knowledge, lines()?).await?,
        _ => return Err(format!("no module is loaded from files named {stem}.{extension}").into()),
    })
}

/// Loads the sample: the data source `retail` with all modules, and `hospital` with only its tables.
pub async fn load_sample(modules: &Modules) -> Result<(), BoxError> {
    let retail = modules.datasource("retail");
    for (source, script) in [
        (&retail, include_str!("../catalog/sample/retail.sql")),
        (&modules.datasource("hospital"), include_str!("../catalog/sample/hospital.sql")),
    ] {
        let tables = sqlite::read_script(script, &source.name, &source.name)?;
        load_tables(source, &source.name, tables).await?;
    }
    load_document(&retail, "shop/1.0/manual.md", include_str!("sample/shop/1.0/manual.md")).await?;
    let (metrics, sql) = (include_str!("sample/metrics.jsonl"), include_str!("sample/reference_sql.jsonl"));
    let knowledge = include_str!("sample/ext_knowledge.jsonl");
    load_lines(&retail.metrics, metrics.as_bytes()).await?;
    load_lines(&retail.reference_sql, sql.as_bytes()).await?;
    load_lines(&retail.knowledge, knowledge.as_bytes()).await?;
    Ok(modules.create_indexes().await?)
}

/// Replaces the tables of one database. The tables of other databases are kept.
pub async fn load_tables(
    source: &Datasource,
    database: &str,
    tables: Vec<TableSchema>,
) -> datus_store::Result<Synced> {
    source.tables.sync(tables).within(|t| t.database_name.eq(database)).await
}

/// Replaces the chunks of the document `PLATFORM/VERSION/NAME.md`. Chunks whose text did not change keep their vectors.
pub async fn load_document(source: &Datasource, path: &str, markdown: &str) -> datus_store::Result<Synced> {
    let mut folders = path.rsplit('/').skip(1);
    let (version, platform) = (folders.next().unwrap_or_default(), folders.next().unwrap_or_default());
    let chunks = Chunk::split(&source.name, platform, version, path, markdown);
    source.documents.sync(chunks).within(|t| t.doc_path.eq(path)).await
}

/// Replaces the rows of a module with those in a JSON Lines file. The store sets their data source.
async fn load_lines<R: Keyed + Scoped + DeserializeOwned>(
    store: &ScopedStore<R>,
    lines: impl BufRead + Send,
) -> datus_store::Result<Synced> {
    let rows = lines.lines().enumerate().map(|(index, line)| {
        let row = line.map_err(BoxError::from).and_then(|line| Ok(serde_json::from_str::<R>(&line)?));
        row.map_err(|error| BoxError::from(format!("line {}: {error}", index + 1)))
    });
    store.sync_stream(stream::iter(rows)).all_rows().stamp_scope().await
}
