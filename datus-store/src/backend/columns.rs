//! Adds, renames and drops columns of a table.

use std::sync::Arc;

use arrow_schema::{Field, Schema};
use lancedb::table::{ColumnAlteration, NewColumnTransform};

use super::Table;
use super::commit::following;
use super::error::convert;
use crate::error::Result;

impl Table {
    /// Adds columns that are null in every row, in one commit that writes no data.
    pub(crate) async fn add_null_columns(&self, fields: Vec<Field>) -> Result<()> {
        let transform = NewColumnTransform::AllNulls(Arc::new(Schema::new(fields)));
        self.raw().add_columns().transform(transform).execute().await.map_err(convert)?;
        Ok(())
    }

    /// Renames columns in one commit that follows `version`, so two columns can swap names. Each column keeps its data and
    /// metadata.
    ///
    /// Returns the new version. Returns `None` and changes nothing if another commit follows `version`.
    pub(crate) async fn rename_columns(&self, version: u64, names: &[(&str, &str)]) -> Result<Option<u64>> {
        let renames: Vec<ColumnAlteration> = names
            .iter()
            .map(|(from, to)| ColumnAlteration::new((*from).to_owned()).rename((*to).to_owned()))
            .collect();
        let renamed = following(version, self.raw().alter_columns(&renames)).await?;
        Ok(renamed.map(|renamed| renamed.version))
    }

    /// Drops columns in one commit. Older versions still have them.
    pub(crate) async fn drop_columns(&self, names: &[&str]) -> Result<()> {
        self.raw().drop_columns(names).await.map_err(convert)?;
        Ok(())
    }
}
