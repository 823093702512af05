use arrow_schema::SchemaRef;
use lancedb::Table as LanceTable;

use super::error::convert;
use crate::error::Result;

/// A table, opened.
#[derive(Clone)]
pub(crate) struct Table(LanceTable);

impl Table {
    pub(super) fn new(table: LanceTable) -> Self {
        Self(table)
    }

    pub(crate) fn raw(&self) -> &LanceTable {
        &self.0
    }

    pub(crate) async fn schema(&self) -> Result<SchemaRef> {
        self.0.schema().await.map_err(convert)
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.0.version().await.map_err(convert)
    }
}
