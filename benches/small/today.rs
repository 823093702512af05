//! Switches that take parts of the write path away, for a line of their own in the tables.

use datus_store::{Connect, Maintenance, Upsert};

/// Keeps the write path and the maintenance as they were before issue 12.
pub(crate) fn as_before(connect: Connect) -> Option<Connect> {
    Some(connect.without_small_writes().maintenance(Maintenance::off()))
}

/// Switches background maintenance off.
pub(crate) fn without_maintenance(connect: Connect) -> Option<Connect> {
    Some(connect.maintenance(Maintenance::off()))
}

/// Gives the write a commit of its own.
pub(crate) fn in_its_own_commit<R>(upsert: Upsert<'_, R>) -> Option<Upsert<'_, R>> {
    Some(upsert.alone())
}
