//! The switches that issue 12 adds. They are commented out until they are merged: then each function returns `Some`, and
//! the tables have a line more.

use datus_store::{Connect, Upsert};

/// Keeps the write path and the maintenance as they were before issue 12.
pub(crate) fn as_before(connect: Connect) -> Option<Connect> {
    // Some(connect.without_small_writes().maintenance(datus_store::Maintenance::off()))
    let _ = connect;
    None
}

/// Switches background maintenance off.
pub(crate) fn without_maintenance(connect: Connect) -> Option<Connect> {
    // Some(connect.maintenance(datus_store::Maintenance::off()))
    let _ = connect;
    None
}

/// Gives the write a commit of its own.
pub(crate) fn in_its_own_commit<R, S>(upsert: Upsert<'_, R, S>) -> Option<Upsert<'_, R, S>> {
    // Some(upsert.alone())
    let _ = upsert;
    None
}
