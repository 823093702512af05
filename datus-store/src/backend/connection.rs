use std::time::Duration;

use arrow_schema::SchemaRef;
use lancedb::Error as LanceDbError;
use lancedb::connection::Connection as LanceConnection;

use super::Table;
use super::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// What a connection is made with.
#[derive(Default)]
pub(crate) struct ConnectOptions {
    /// Options of the storage below, such as credentials.
    pub(crate) storage: Vec<(String, String)>,
    /// How long a read may miss the commits of other processes.
    pub(crate) read_consistency: Duration,
}

/// A connection to a database.
#[derive(Clone)]
pub(crate) struct Connection(LanceConnection);

impl Connection {
    pub(crate) async fn open(uri: &str, options: ConnectOptions) -> Result<Self> {
        check_scheme(uri)?;
        let ConnectOptions { storage, read_consistency } = options;
        lancedb::connect(&local_path(uri))
            .storage_options(storage)
            .read_consistency_interval(read_consistency)
            .execute()
            .await
            .map(Self)
            .map_err(convert)
    }

    pub(crate) fn raw(&self) -> &LanceConnection {
        &self.0
    }

    /// The names of all tables, in order. lancedb lists them a page at a time.
    pub(crate) async fn table_names(&self) -> Result<Vec<String>> {
        const PAGE: u32 = 1000;
        let mut names: Vec<String> = Vec::new();
        loop {
            let mut page = self.0.table_names().limit(PAGE);
            if let Some(last) = names.last() {
                page = page.start_after(last);
            }
            let page = page.execute().await.map_err(convert)?;
            let done = page.len() < PAGE as usize;
            names.extend(page);
            if done {
                return Ok(names);
            }
        }
    }

    pub(crate) async fn drop_table(&self, name: &str) -> Result<()> {
        self.0.drop_table(name, &[]).await.map_err(convert)
    }

    /// Opens the table; `None` when there is none.
    pub(crate) async fn open_table(&self, name: &str) -> Result<Option<Table>> {
        match self.0.open_table(name).execute().await {
            Ok(table) => Ok(Some(Table::new(table))),
            Err(LanceDbError::TableNotFound { .. }) => Ok(None),
            Err(error) => Err(convert(error)),
        }
    }

    /// Creates the table; `None` when another writer created it first.
    pub(crate) async fn create_table(&self, name: &str, schema: SchemaRef) -> Result<Option<Table>> {
        match self.0.create_empty_table(name, schema).execute().await {
            Ok(table) => Ok(Some(Table::new(table))),
            Err(LanceDbError::TableAlreadyExists { .. }) => Ok(None),
            Err(error) => Err(convert(error)),
        }
    }
}

/// Fails for a scheme whose cargo feature is off, and for an unknown one.
fn check_scheme(uri: &str) -> Result<()> {
    if uri.trim().is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the database's URI is empty: give a path, `memory://`, or the address of an object store",
        ));
    }
    let Some((scheme, _)) = uri.split_once("://") else { return Ok(()) };
    let (feature, enabled) = match scheme {
        "memory" | "file" => return Ok(()),
        "s3" | "s3a" | "s3+ddb" => ("aws", cfg!(feature = "aws")),
        "gs" => ("gcs", cfg!(feature = "gcs")),
        "az" | "abfss" => ("azure", cfg!(feature = "azure")),
        "db" => ("remote", cfg!(feature = "remote")),
        _ => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "`{scheme}://` is not a database that LanceDB knows: use a path, `memory://`, `s3://`, `gs://`, \
                     `az://` or `db://`"
                ),
            ));
        }
    };
    if enabled {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{scheme}://` needs the cargo feature `{feature}`: \
             `datus-store = {{ version = \"0.1\", features = [\"{feature}\"] }}`"
        ),
    ))
}

/// lancedb takes every URI that begins with `db` for its remote service, even the path `dbs/sales`.
fn local_path(uri: &str) -> String {
    if uri.starts_with("db") && !uri.contains("://") { format!("./{uri}") } else { uri.to_owned() }
}
