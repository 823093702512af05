//! Jobs at `s3://`. Their processes reach the storage through faults, are killed, and are repeated.
//!
//! Each process makes one step of a job (`step.rs`). In `chosen.rs` the server stops a process at a request of a given kind,
//! and the process is killed there. In `random.rs` processes are killed after any number of requests. `faults.rs` has
//! no processes: it makes steps meet at a given request. At the end the table is compared with one that a process made
//! with `add`, row by row, with the vectors.
//!
//! Environment variables set the size of a longer run:
//!
//! | variable | default | |
//! |---|---|---|
//! | `DATUS_BULK_CHECK_ROWS` | 2,000 | the rows of the job |
//! | `DATUS_BULK_CHECK_PARTS` | 16 | its parts |
//! | `DATUS_BULK_CHECK_PROCESSES` | 8 | the workers |
//! | `DATUS_BULK_CHECK_KILLS` | 8 | the workers that are killed at random, and half as many processes of each other step |
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

/// The end of the name of the object that a commit creates.
const COMMIT: &str = ".manifest";

/// The folder of the database, and the start of the keys of its table.
const FOLDER: &str = "bulk";
const TABLE: &str = "bucket/bulk/notes.lance/";

async fn connect(port: Port) -> Database {
    port.connect(FOLDER).maintenance(Maintenance::off()).await.unwrap()
}

async fn open(port: Port) -> Store<Note> {
    connect(port).await.store(Toy::new()).await.unwrap()
}

/// The rows that the table has before a job, with ids below 0.
fn first_rows() -> Vec<Note> {
    (-30..0).map(|id| note(id, "0 0 0")).collect()
}

/// Asserts that the table has the first rows and some more, as if one process had added them.
async fn assert_rows(port: Port, rows: &[Note]) {
    let mut expected = first_rows();
    expected.extend_from_slice(rows);
    let (found, expected) = (stored(&open(port).await).await, stored(&notes_of(&expected).await).await);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!((&found.record, found.vector()), (&expected.record, expected.vector()));
    }
}
