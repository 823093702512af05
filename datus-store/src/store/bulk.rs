//! Bulk builds: many processes embed rows and write files, and one commit adds all of them to the table.
//!
//! - **A job** (`job.rs`) is a value that pins what all processes must agree on: the table by its id, the columns by the
//!   ids that files use, the key, the scope, the models with a vector of the probe text (`models.rs`), and the number of
//!   parts. The version at the start bounds the search for the commit.
//! - **A worker** (`worker.rs`, `write.rs`) checks its store and its models against the job, runs the pipeline of `add`, and
//!   stops before the commit. The description of the part is returned, and also stored in the folder `_bulk` of the table.
//!   No lock is taken. Files of a worker that was killed are named by nobody.
//! - **Keys.** A row belongs to the part that a fixed hash of its key selects (`partition.rs`). The worker checks this, and
//!   that no key occurs twice in its part. So no key is in two parts, without communication between workers. The commit
//!   compares the keys with those of the table (`keys.rs`).
//! - **The commit** (`commit.rs`) is one append that directly follows the version in which everything was checked. The id of
//!   the job is a property of its transaction. A repeated commit finds it in the versions since the start. The outcome is
//!   also stored in the folder `_bulk`, for the time after that version was removed. If the process was killed before it
//!   stored the outcome, the files decide: they are in the newest version, or they were removed with the last version
//!   that had them. So files that exist, and that no version since the start has, were never committed. The descriptions
//!   of parts stay until the outcome is stored, so the files of all writes are known until then.
//! - **The end without a commit** (`abandon.rs`) is an append without rows that has a property too. A commit and an
//!   `abandon` at the same time exclude each other, since both have to follow the version that they checked. The
//!   description of a part is removed after its files, so that a repeated call finds what is left.
//! - **Cleanup.** Lance removes files that no version names when they are seven days old. The commit refuses files that
//!   are older than six, so that no file disappears during a commit.

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
