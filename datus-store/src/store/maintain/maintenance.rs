//! Maintenance in the background: merging fragments, updating indexes and removing versions after writes.
//!
//! At the end of each write, `Current::run_write` calls `Schedule::request` (`store/maintain/maintenance/`). The write does
//! nothing else for maintenance. Each process has one task per table, which waits for 250 ms and runs a round (`pass.rs`):
//! it reads the layout of the newest version, plans the next step, takes the maintenance lock if it is free, runs the step,
//! releases the lock, and pauses. Stores and connections share the table's entry in a static map. The entry's key is the
//! location and name of the table, and for an in-memory database also the address of the locks.
//!
//! | file | concern |
//! |---|---|
//! | `store/maintain/maintenance/policy.rs` | `Maintenance`, the settings |
//! | `store/maintain/maintenance/schedule.rs` | one task per table; runtimes; retry delays; the status in `health` |
//! | `store/maintain/maintenance/pass.rs` | a round: attempts, pauses, damaged indexes, when to check for old versions |
//! | `backend/maintain/layout.rs` | fragments and index segments, from the manifest |
//! | `backend/maintain/plan.rs` | the next step, a pure function; its settings and steps in `plan/steps.rs` |
//! | `backend/maintain/step.rs` | rewriting fragments, updating indexes |
//! | `backend/maintain/versions.rs` | removing versions |
//!
//! - **The plan** merges neighboring fragments of similar size. The same index segments must cover their rows, as lance
//!   requires. The result is a size-tiered LSM tree with fanout 3, in which each merge moves a row into a fragment of at
//!   least twice the size. lance's own planner puts all small neighbors up to a million rows into one task, so 2,000 new
//!   rows would rewrite a fragment of 900,000 rows. A rewrite changes row addresses, and lance rewrites every index segment
//!   that covers them, so covered fragments wait until a single rewrite of the segments can serve several of them.
//! - **Idle tables.** When a table has not been written to for a while, the task runs one more round, in which neighbors of any
//!   size are merged if enough of their bytes are new or deleted. While rows arrive, such merges would rewrite the same rows
//!   again and again. A write ends the round. While a task waits for the table to become idle, a write starts a new task, and
//!   the waiting one ends.
//! - **Index segments.** Updating with lance's default merges new rows into the newest segment of a scalar index, which
//!   rewrites a large index for a few rows, and appends a segment to a vector index each time. The plan sets the number of
//!   newest segments to merge: those with at most four times as many rows as are added, and those of at most 16 MiB in
//!   total. Indexes that lack the same rows are updated in one commit, so that they keep covering the same fragments.
//! - **Locks.** Data is rewritten without the write lock. If no index is rewritten, the lock is taken for the commit, so
//!   that no writer's conditional commit fails. The lock is held during the whole step if the step rewrites at most 2 MiB in
//!   a local folder, or at most 32 MiB after a failed attempt. Covered fragments are not rewritten while an index is
//!   damaged: lance drops an index that it cannot open.
//! - **Runtimes.** The task runs on the runtime of the write, whose connections it uses. If the task is dropped, a guard
//!   lets the next write start a new task. A current-thread runtime is not driven between two calls to `block_on`, and a
//!   task that waits there would hold the locks of the table. So the tasks of such a runtime run on a single-threaded
//!   runtime of this crate.
//! - **Versions.** lance's cleanup reads the manifest of each version. It is called when at least 16 versions and a quarter
//!   of all versions can be removed, and otherwise once a day. The age of a version is found by a binary search over one
//!   listing of the versions, which is repeated after 256 commits or an hour.

mod pass;
mod policy;
mod schedule;
mod status;

pub use self::policy::Maintenance;
pub(in crate::store) use self::schedule::Schedule;
pub use self::status::{MaintenanceState, MaintenanceStatus};
