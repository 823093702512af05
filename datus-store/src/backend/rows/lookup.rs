use arrow_schema::Schema;
use futures::{StreamExt, stream};

use super::super::Table;
use super::super::error::convert;
use super::super::read::{flat_schema, flatten, roots};
use super::DatasetVersion;
use crate::error::Result;
use crate::query::BatchStream;
use crate::record::ColumnPath;

impl Table {
    /// Reads columns of rows that exist in the version, in the order of the addresses. The result has the same form as that of an engine
    /// query.
    pub(crate) async fn look_up(
        &self,
        at: &DatasetVersion,
        addresses: &[u64],
        columns: &[ColumnPath],
    ) -> Result<BatchStream> {
        self.check_damage(at.look_up(addresses, columns)).await
    }
}

impl DatasetVersion {
    async fn look_up(&self, addresses: &[u64], columns: &[ColumnPath]) -> Result<BatchStream> {
        let failed = |error: lance_core::Error| convert(error.into());
        let projection = self.dataset.schema().project(&roots(columns)).map_err(failed)?;
        if addresses.is_empty() {
            let schema = flat_schema(&Schema::from(&projection), columns, None)?;
            return Ok(BatchStream { schema, batches: stream::empty().boxed() });
        }
        let batch = self.take_columns(addresses, &projection).await?;
        let schema = flat_schema(&batch.schema(), columns, None)?;
        let batch = flatten(&batch, columns, &schema)?;
        Ok(BatchStream { schema, batches: stream::iter([Ok(batch)]).boxed() })
    }
}
