//! Jobs at `s3://`. Their processes reach the storage through a faulty connection, are killed, and are run again.
//!
//! Each process runs one step of a job (`step.rs`). In `chosen.rs`, the server holds back a process's request of a given
//! kind, and the process is killed at that point. In `random.rs` processes are killed after any number of requests.
//! `faults.rs` starts no processes: it makes steps meet at a given request. At the end, the rows of the table and their
//! vectors are compared with those of a table that one process filled with `add`.
//!
//! Environment variables set the size of a longer run:
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `DATUS_BULK_CHECK_ROWS` | 2,000 | the number of rows in the job |
//! | `DATUS_BULK_CHECK_PARTS` | 16 | the number of parts in the job |
//! | `DATUS_BULK_CHECK_PROCESSES` | 8 | the number of workers |
//! | `DATUS_BULK_CHECK_KILLS` | 8 | the number of random kills of workers; processes of other steps are killed half as often |
//! | `DATUS_BULK_CHECK_SEED` | 1 | the seed of the faults and of the kills |
//!
//! ```sh
//! DATUS_BULK_CHECK_ROWS=50000 DATUS_BULK_CHECK_KILLS=50 DATUS_BULK_CHECK_SEED=$RANDOM \
//!   cargo test --test integration bulk::through_s3 -- --nocapture --test-threads 1
//! ```

mod abandoned;
mod chosen;
mod faults;
mod random;
mod run;
mod settings;
mod step;

use datus_store::{Database, Maintenance, Store};

use super::{count, line, rows_of, stored};
use crate::store::{Note, note, notes_of};
use crate::support::models::Toy;
use crate::support::s3::Port;

/// The key suffix of the object that a commit creates.
const COMMIT: &str = ".manifest";

/// The folder of the database. `TABLE` is the key prefix of its table.
const FOLDER: &str = "bulk";
const TABLE: &str = "bucket/bulk/notes.lance/";

async fn connect(port: Port) -> Database {
    port.connect(FOLDER).maintenance(Maintenance::off()).await.unwrap()
}

async fn open(port: Port) -> Store<Note> {
    connect(port).await.store(Toy::new()).await.unwrap()
}

/// Returns the rows that the table has before a job. Their ids are below 0.
fn first_rows() -> Vec<Note> {
    (-30..0).map(|id| note(id, "0 0 0")).collect()
}

/// Asserts that the table has the first rows and the given ones, as if one process had added them.
async fn assert_rows(port: Port, rows: &[Note]) {
    let mut expected = first_rows();
    expected.extend_from_slice(rows);
    let (found, expected) = (stored(&open(port).await).await, stored(&notes_of(&expected).await).await);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!((&found.record, found.vector()), (&expected.record, expected.vector()));
    }
}
