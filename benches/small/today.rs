//! Settings that switch off parts of the write path. Each has its own line in the printed tables.

use datus_store::{Connect, Maintenance, Upsert};

/// Uses the write path from before writes shared commits, which had no background maintenance.
pub(crate) fn as_before(connect: Connect) -> Option<Connect> {
    Some(connect.without_small_writes().maintenance(Maintenance::off()))
}

/// Switches off background maintenance.
pub(crate) fn without_maintenance(connect: Connect) -> Option<Connect> {
    Some(connect.maintenance(Maintenance::off()))
}

/// Gives the write its own commit.
pub(crate) fn in_its_own_commit<R>(upsert: Upsert<'_, R>) -> Option<Upsert<'_, R>> {
    Some(upsert.alone())
}
