//! Limits row counts that exceed the size of the table.
//!
//! The engine adds and multiplies these numbers, casts them to signed integers, and allocates memory in proportion to them.
//! So `limit(usize::MAX)` would overflow or abort the process.

use super::{DEFAULT_HITS, LegQuery, NearestTo, Request, min_ef};
use crate::backend::Table;
use crate::backend::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// The largest number of rows that is always safe to pass to the engine. Up to this number, the table's rows are not
/// counted.
const SAFE_ROWS: usize = 10_000;

impl Table {
    /// Returns the smaller of `rows` and the number of rows in the table. A small `rows` is returned without counting.
    pub(crate) async fn at_most(&self, rows: usize) -> Result<usize> {
        match rows <= SAFE_ROWS {
            true => Ok(rows),
            false => Ok(rows.min(self.raw().count_rows(None).await.map_err(convert)?)),
        }
    }

    /// Returns the request with each number limited to the number of rows in the table. This does not change the answer.
    pub(super) async fn bounded(&self, mut request: Request) -> Result<Request> {
        if request.limit.unwrap_or_default().saturating_add(request.offset) > SAFE_ROWS {
            let rows = self.raw().count_rows(None).await.map_err(convert)?;
            request.offset = request.offset.min(rows);
            request.limit = request.limit.map(|limit| limit.min(rows - request.offset));
        }
        if let Some(LegQuery::Nearest(nearest)) = &mut request.leg {
            let hits = request.limit.unwrap_or(DEFAULT_HITS).max(1).saturating_add(request.offset);
            self.bound_settings(nearest, hits).await?;
        }
        Ok(request)
    }

    /// Limits the number of partitions to search, and of vectors to refine, to the number of rows in the table.
    async fn bound_settings(&self, nearest: &mut NearestTo, hits: usize) -> Result<()> {
        let settings = &mut nearest.settings;
        check_partitions(settings.minimum_nprobes, settings.maximum_nprobes)?;
        if settings.refine_factor == Some(0) {
            let message = "the refine factor of the search is 0";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("set `.refine_factor(n)` to 1 or more"));
        }
        settings.ef = settings.ef.map(|ef| ef.max(min_ef(nearest.layout, hits)));
        let refined = settings.refine_factor.map(|factor| hits.saturating_mul(factor as usize));
        let limits = [settings.minimum_nprobes, settings.maximum_nprobes, settings.ef, refined];
        if limits.into_iter().flatten().all(|number| number <= SAFE_ROWS) {
            return Ok(());
        }
        let rows = self.raw().count_rows(None).await.map_err(convert)?.max(1);
        settings.minimum_nprobes = settings.minimum_nprobes.map(|number| number.min(rows));
        settings.maximum_nprobes = settings.maximum_nprobes.map(|number| number.min(rows));
        let max_ef = rows.max(hits).max(min_ef(nearest.layout, hits));
        settings.ef = settings.ef.map(|number| number.min(max_ef));
        settings.refine_factor = settings.refine_factor.map(|factor| {
            let enough = u32::try_from(rows.div_ceil(hits.max(1))).unwrap_or(u32::MAX).max(1);
            factor.min(enough)
        });
        Ok(())
    }
}

/// Checks that a range of partitions is not empty. A maximum of 0 means no limit.
fn check_partitions(min: Option<usize>, max: Option<usize>) -> Result<()> {
    let min = min.unwrap_or(1);
    if min > 0 && max.is_none_or(|max| max == 0 || min <= max) {
        return Ok(());
    }
    let message = "the minimum number of partitions to search is 0 or above the maximum";
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("set `.minimum_nprobes(n)` to 1 or more, and `.maximum_nprobes(n)` to at least that"))
}
