//! Maintenance in the background: merging fragments, folding indexes and removing versions after writes.
//!
//! `Current::run_write`, where a write ends, calls `Schedule::request` (`store/maintain/maintenance/`), and nothing
//! else is done for it on the path of the write. One task for each table and process waits for 250 ms and makes a round
//! (`pass.rs`): it takes the layout of the newest version, asks for the next step, takes the maintenance lock if it is
//! free, makes the step, releases the lock, and pauses. The table's entry in a static map, by location and name (by the
//! locks' address for a database in memory), is what stores and connections share.
//!
//! | file | concern |
//! |---|---|
//! | `store/maintain/maintenance/policy.rs` | `Maintenance`, the settings |
//! | `store/maintain/maintenance/schedule.rs` | one task for each table; runtimes; the wait after a failure; the status that `health` shows |
//! | `store/maintain/maintenance/pass.rs` | a round: attempts, pauses, damaged indexes, when versions are looked for |
//! | `backend/maintain/layout.rs` | fragments and index segments, from the manifest |
//! | `backend/maintain/plan.rs` | the next step, a pure function |
//! | `backend/maintain/step.rs` | rewriting fragments, folding |
//! | `backend/maintain/versions.rs` | removing versions |
//!
//! - **The plan** merges neighbors of like size whose rows the same index segments cover, as lance requires: a
//!   size-tiered LSM tree with fanout 4, in which every row comes into a fragment of at least twice the size. lance's
//!   own planner puts all small neighbors up to a million rows into one task, so 2,000 new rows would rewrite a
//!   fragment of 900,000. A rewrite moves row addresses, and lance rewrites every index segment that covers them, so
//!   covered fragments wait until more of them go with one rewrite of the segments.
//! - **Index segments.** Folding with lance's default merges new rows into the newest segment of a scalar index, which
//!   rewrites a large index for a few rows, and appends a segment to a vector index each time. The plan gives the
//!   number of newest segments to merge: those with at most four times the rows that come in. Indexes that lag alike
//!   are folded in one commit, so that they cover the same fragments.
//! - **Locks.** Data is rewritten without the write lock. It is taken for the commit where no index is rewritten, so
//!   that no writer's conditional commit fails; after two lost attempts it is held for all of a step of up to 32 MiB.
//!   Covered fragments are not rewritten while an index is damaged: lance drops an index that it can't open.
//! - **Runtimes.** The task runs on the runtime of the write, whose connections it uses. If the task is dropped, a guard
//!   lets the next write start a new task. A current-thread runtime is not driven between two calls of
//!   `block_on`, and a task that waits there would hold the locks of the table, so its tasks run on a runtime of this
//!   crate with one thread.
//! - **Versions.** lance's cleanup reads the manifest of each version. It is called when at least a quarter of the
//!   versions can go; the age of a version is found by a binary search over one listing, which is made after 256
//!   commits or an hour.

mod pass;
mod policy;
mod schedule;
mod status;

pub use self::policy::Maintenance;
pub(in crate::store) use self::schedule::Schedule;
pub use self::status::{MaintenanceState, MaintenanceStatus};
