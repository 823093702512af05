//! The first page of a full text search, in one query wherever that can be.
//!
//! The engine leaves it to chance which of equally scored rows are among the best k, and chance differs with k: its pages
//! repeat rows and drop others. So equal ones are put into the order of their keys. One row more than the page is read, to
//! see whether the page ends among equal ones; mostly it does not, and the answer of this one query is the page.

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{RecordBatch, UInt64Array};
use futures::{StreamExt, TryStreamExt, stream};

use super::Search;
use super::candidates::key_rows;
use super::page::unfit;
use crate::backend::Request;
use crate::error::Result;
use crate::query::{BM25, BatchStream, QuerySpec};
use crate::store::now::Now;

impl Search<'_> {
    /// The first page; `None` where the rows of it cannot be told by one query.
    pub(super) async fn first_page(&self, now: &Now) -> Result<Option<BatchStream>> {
        let spec = QuerySpec {
            filter: self.filter.clone(),
            limit: Some(self.limit.saturating_add(1)),
            ..QuerySpec::default()
        };
        let request = Request { spec, columns: self.columns.clone(), leg: self.full_text_leg() };
        let BatchStream { schema, batches } = now.table.read(request).await?;
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let found = match batches.as_slice() {
            [only] => only.clone(),
            several => arrow_select::concat::concat_batches(&schema, several).map_err(unfit)?,
        };
        let Some(page) = self.in_order(&found)? else { return Ok(None) };
        let page = page.slice(0, page.num_rows().min(self.limit));
        Ok(Some(BatchStream { schema, batches: stream::iter([Ok(page)]).boxed() }))
    }

    /// The rows that were found, equal ones in the order of their keys; `None` where the page ends among equal ones, or the
    /// keys were not read.
    fn in_order(&self, found: &RecordBatch) -> Result<Option<RecordBatch>> {
        let scores = found.column_by_name(BM25).and_then(|scores| scores.as_primitive_opt::<Float32Type>());
        let Some(scores) = scores.map(|scores| scores.values()) else { return Ok(None) };
        let equal = |row: usize| match (scores.get(row), scores.get(row + 1)) {
            (Some(score), Some(next)) => score.total_cmp(next).is_eq(),
            _ => false,
        };
        if !(0..scores.len()).any(equal) {
            return Ok(Some(found.clone()));
        }
        if self.limit.checked_sub(1).is_some_and(equal) {
            return Ok(None);
        }
        let keys = self.key_paths();
        let places = keys.iter().map(|key| self.columns.iter().position(|column| column == key));
        let columns: Option<Vec<_>> = places.map(|place| found.columns().get(place?).cloned()).collect();
        let Some(keys) = key_rows(&columns.unwrap_or_default())? else { return Ok(None) };
        let mut order: Vec<usize> = (0..found.num_rows()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(keys.row(a).cmp(&keys.row(b))));
        let order: UInt64Array = order.into_iter().map(|row| u64::try_from(row).ok()).collect();
        arrow_select::take::take_record_batch(found, &order).map(Some).map_err(unfit)
    }
}
