//! Bulk builds: many processes embed rows and write files, and one commit adds all of them to the table.
//!
//! - **A job** (`job.rs`) is a value that pins what all processes must agree on: the table by its id, the columns by the
//!   ids that files use, the key, the scope, the models, each with its vector of the probe text (`models.rs`), and the
//!   number of parts. The version at the start bounds the search for the commit.
//! - **A worker** (`worker.rs`, `write.rs`) checks its store and its models against the job, runs the pipeline of `add`, and
//!   stops before the commit. It returns a description of the part, and also stores it in the table's `_bulk` folder. A
//!   worker takes no lock. If a worker is killed, nothing refers to its files.
//! - **Keys.** A row belongs to the part that a fixed hash of its key selects (`partition.rs`). The worker checks this, and
//!   that no key occurs twice in its part. So no key is in two parts, and workers need not communicate. The commit
//!   compares the keys with those of the table (`keys.rs`).
//! - **The commit** (`commit.rs`) is one append that directly follows the version in which everything was checked. Its
//!   transaction has the job's id as a property, so a repeated commit finds it in the versions since the start. The outcome
//!   is also stored in the `_bulk` folder, because that version may be removed later. If the process was killed before it
//!   stored the outcome, the files show what happened: committed files are in the newest version, or were removed with the
//!   last version that contained them. So files that still exist, but are in no version since the start, were never
//!   committed. The descriptions of the parts stay until the outcome is stored. Until then, they show where the files of
//!   every write are.
//! - **Abandoning** (`abandon.rs`) is an append without rows, whose transaction also has the job's id as a property. A
//!   concurrent commit and `abandon` exclude each other, since each must directly follow the version that it checked. The
//!   description of a part is removed after its files, so that a repeated call finds the remaining files.
//! - **Cleanup.** Lance removes files that no version refers to when they are seven days old. The commit refuses files that
//!   are older than six days, so that no file disappears during a commit.

mod abandon;
mod commit;
mod job;
mod keys;
mod models;
mod part;
mod partition;
mod start;
mod worker;
mod write;

pub use self::commit::BulkCommit;
pub use self::job::BulkJob;
pub use self::part::BulkPart;
pub use self::start::Bulk;
pub use self::worker::BulkWorker;
pub use self::write::BulkWrite;
