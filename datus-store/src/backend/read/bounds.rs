//! Numbers of rows that are larger than the table.
//!
//! The engine adds and multiplies them, casts them to signed numbers, and keeps room for as many rows, so that a
//! `limit(usize::MAX)` would overflow or end the process.

use super::{DEFAULT_HITS, LegQuery, NearestTo, Request};
use crate::backend::Table;
use crate::backend::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// A number of rows that the engine takes without harm, so that the table need not be asked for its own number.
const HARMLESS: usize = 10_000;

impl Table {
    /// The number, or that of the rows of the table where that is less.
    pub(crate) async fn at_most(&self, rows: usize) -> Result<usize> {
        match rows <= HARMLESS {
            true => Ok(rows),
            false => Ok(rows.min(self.raw().count_rows(None).await.map_err(convert)?)),
        }
    }

    /// The request with no number above what the table's rows make possible. The answer is the same.
    pub(super) async fn bounded(&self, mut request: Request) -> Result<Request> {
        let spec = &mut request.spec;
        if spec.limit.unwrap_or_default().saturating_add(spec.offset) > HARMLESS {
            let rows = self.raw().count_rows(None).await.map_err(convert)?;
            spec.offset = spec.offset.min(rows);
            spec.limit = spec.limit.map(|limit| limit.min(rows - spec.offset));
        }
        if let Some(LegQuery::Nearest(nearest)) = &mut request.leg {
            let hits = spec.limit.unwrap_or(DEFAULT_HITS).max(1).saturating_add(spec.offset);
            self.bound_settings(nearest, hits).await?;
        }
        Ok(request)
    }

    /// No search looks into more partitions, or measures more vectors again, than there are rows.
    async fn bound_settings(&self, nearest: &mut NearestTo, hits: usize) -> Result<()> {
        let options = &mut nearest.options;
        check_partitions(options.minimum_nprobes, options.maximum_nprobes)?;
        if options.refine_factor == Some(0) {
            let message = "the refine factor is 0, and a search reads at least as many vectors as it returns";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("set `.refine_factor(n)` to 1 or more"));
        }
        let refined = options.refine_factor.map(|factor| hits.saturating_mul(factor as usize));
        let most = [options.minimum_nprobes, options.maximum_nprobes, options.ef, refined];
        if most.into_iter().flatten().all(|number| number <= HARMLESS) {
            return Ok(());
        }
        let rows = self.raw().count_rows(None).await.map_err(convert)?.max(1);
        options.minimum_nprobes = options.minimum_nprobes.map(|number| number.min(rows));
        options.maximum_nprobes = options.maximum_nprobes.map(|number| number.min(rows));
        options.ef = options.ef.map(|number| number.min(rows.max(hits)));
        options.refine_factor = options.refine_factor.map(|factor| {
            let enough = u32::try_from(rows.div_ceil(hits.max(1))).unwrap_or(u32::MAX).max(1);
            factor.min(enough)
        });
        Ok(())
    }
}

/// Fails for a range of partitions that has none. A greatest number of 0 is no limit.
fn check_partitions(least: Option<usize>, most: Option<usize>) -> Result<()> {
    let least = least.unwrap_or(1);
    if least > 0 && most.is_none_or(|most| most == 0 || least <= most) {
        return Ok(());
    }
    let message = "the search is to look into at least as many partitions as it may look into at most, and into one or more";
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("set `.minimum_nprobes(n)` to 1 or more, and `.maximum_nprobes(n)` to no less"))
}
