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
    /// Runs a write. Where it succeeds, maintenance looks at the table a little later.
    pub(super) async fn written<T>(
        self: Arc<Self>,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match write.await {
            Ok(done) => {
                self.maintain();
                Ok(done)
            }
            Err(error) => Err(self.explained(error).await),
        }
    }

    /// Lets maintenance look at the table soon, if it is on.
    pub(super) fn maintain(&self) {
        self.maintenance().request(self.table());
    }

    /// The error of a write, or in its place one that says that the table was dropped or changed, where that is the cause.
    async fn explained(&self, error: Error) -> Error {
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
