//! Maintenance in the background: merging fragments, folding indexes and removing versions after writes.

mod pass;
mod policy;
mod schedule;
mod status;

use std::future::Future;
use std::sync::Arc;

pub use self::policy::Maintenance;
pub(super) use self::schedule::Schedule;
pub use self::status::{MaintenanceState, MaintenanceStatus};
use super::current::Current;
use super::trace::unwound;
use crate::error::{Error, ErrorKind, Result};

impl Current {
    /// Runs a write. If it succeeds, maintenance examines the table a little later.
    pub(super) async fn written<T>(
        self: Arc<Self>,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match write.await {
            Ok(done) => {
                self.maintain();
                Ok(done)
            }
            Err(error) => Err(self.with_cause(error).await),
        }
    }

    /// Requests maintenance of the table, if maintenance is on.
    pub(super) fn maintain(&self) {
        self.maintenance().request(self.table());
    }

    /// Returns the error of a write, or the error that the table was dropped or changed, if that is the cause.
    async fn with_cause(&self, error: Error) -> Error {
        let kinds = [ErrorKind::Engine, ErrorKind::Expired, ErrorKind::Conflict];
        if !kinds.contains(&error.kind()) {
            return error;
        }
        match unwound(async { self.core().check_models().await }).await {
            Err(cause) if [ErrorKind::TableChanged, ErrorKind::TableNotFound].contains(&cause.kind()) => {
                cause.in_place_of(error)
            }
            _ => error,
        }
    }
}
