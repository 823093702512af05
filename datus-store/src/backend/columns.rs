//! Columns of a table that come, go and change their names.

use std::sync::Arc;

use arrow_schema::{Field, Schema};
use lancedb::table::{ColumnAlteration, NewColumnTransform};

use super::Table;
use super::error::convert;
use crate::error::Result;

impl Table {
    /// Adds columns that are null in every row, in one commit that writes no data.
    pub(crate) async fn add_null_columns(&self, fields: Vec<Field>) -> Result<()> {
        let transform = NewColumnTransform::AllNulls(Arc::new(Schema::new(fields)));
        self.raw().add_columns().transform(transform).execute().await.map_err(convert)?;
        Ok(())
    }

    /// Renames columns, all in one commit: two can change places. Data and metadata stay with the column. Returns the
    /// version that has the names.
    pub(crate) async fn rename_columns(&self, names: &[(&str, &str)]) -> Result<u64> {
        let renames: Vec<ColumnAlteration> = names
            .iter()
            .map(|(from, to)| ColumnAlteration::new((*from).to_owned()).rename((*to).to_owned()))
            .collect();
        Ok(self.raw().alter_columns(&renames).await.map_err(convert)?.version)
    }

    /// Drops columns, in one commit. Older versions still have them.
    pub(crate) async fn drop_columns(&self, names: &[&str]) -> Result<()> {
        self.raw().drop_columns(names).await.map_err(convert)?;
        Ok(())
    }
}
