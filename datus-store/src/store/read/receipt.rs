//! Creates the receipt of a search.

use super::execute::Resolved;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BatchStream, QuerySpec, ReadTable, ReadVector, Receipt};
use crate::record::keys;
use crate::store::core::Core;
use crate::store::restriction::Restriction;
use crate::store::snapshot::Snapshot;

impl Core {
    /// Runs a search over the rows of a store, and creates its receipt.
    pub(super) async fn execute_with_receipt(
        &self,
        spec: QuerySpec,
        restriction: &Restriction,
    ) -> Result<(BatchStream, Receipt)> {
        // The scope and the view are not part of the receipt, so that a replay adds those of its own store.
        let asked = spec.clone();
        let spec = restriction.query(spec).into_spec();
        let traced = self.trace(&spec);
        let search = async {
            self.check_has_receipts()?;
            let sampled = self.sample_shadow(&spec);
            let (now, query) = self.resolve(spec).await?;
            self.compare_shadow(&now, &query, sampled);
            let receipt = self.receipt(&now, &query, &asked, restriction)?;
            Ok((self.answer(&now, query).await?, receipt))
        };
        let (answer, receipt) = traced.step(search).await?;
        Ok((BatchStream { schema: answer.schema, batches: traced.stream(answer.batches) }, receipt))
    }

    fn receipt(
        &self,
        now: &Snapshot,
        query: &Resolved<'_>,
        asked: &QuerySpec,
        restriction: &Restriction,
    ) -> Result<Receipt> {
        let info = &now.info;
        let table = ReadTable {
            name: self.table_name(),
            id: info.schema.metadata().get(keys::TABLE_ID).map(String::as_str),
            revision: info.revision,
            restriction: restriction.filter(),
        };
        let vector = match (asked.nearest.as_ref(), query.vector()) {
            (Some(nearest), Some(values)) => {
                let searched = self.vector(nearest.vector)?;
                let (definition, model) = (&searched.definition, searched.model());
                Some(ReadVector { definition, model: model.identity(), kind: model.kind(), values })
            }
            _ => None,
        };
        Receipt::new(table, asked, vector)
    }

    fn check_has_receipts(&self) -> Result<()> {
        if !self.table.is_service() {
            return Ok(());
        }
        let message =
            "LanceDB's service cannot search an older version of a table, so its searches have no receipts";
        Err(Error::new(ErrorKind::Unsupported, message).with_help("await the search itself"))
    }
}
