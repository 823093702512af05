//! Writes: `add`, `upsert`, `sync`, `update` and `delete`, and the pipeline and the commits that they share.
//!
//! `add`, `upsert`, `sync` and an `update` of an embedded text share one pipeline (`store/write/ingest`). It reads rows in
//! chunks of 4,096 rows if they are compared with the table, which costs one query per chunk, and of 1,024 rows if they are
//! only added. A chunk has fewer rows if their text reaches 16 MiB. It encodes the columns of each chunk, and then each
//! vector column. Each distinct text in flight is embedded once, in calls within the model's limits. Texts are sorted by
//! length for the calls, and vectors are returned in the original order. Vectors from the caller are checked for model, size
//! and finite values. A `None` or blank text has a null vector. Generated code fills a template from the values of its
//! fields; the result is `None` if all of them are blank.
//!
//! - **`add`** (`backend/append.rs`): finished batches go through a channel with a capacity of one to a task that writes
//!   them to files. The engine buffers 1.25 MiB per column before it writes pages, and at most 32 MiB in total. With its own
//!   default of 8 MiB per column, fifty columns would need 400 MiB. The sender ends with an explicit `End`; the writer
//!   treats a channel that closes without it (after an error or a dropped future) as an error. Then the lock is taken, keys
//!   are looked up, and the files are committed.
//! - **`upsert`, `sync`, and an `update` that embeds** (`store/write/merge/`) compare each chunk with the table, keep
//!   the vectors of texts that did not change, and skip unchanged rows. Both the input and the rows to write are kept in
//!   memory up to 256 MiB, and beyond that in an unnamed temporary file (Arrow IPC, in `TMPDIR`). Under the lock, if another
//!   commit has changed rows, all input rows are compared again, and the vectors are reused. The commit is one
//!   `merge_insert`, one delete, or an append if every key is new.
//! - **Small writes** (`store/write/group/`) are `add` and `upsert` of at most 256 rows, and `update` and `delete` whose
//!   filter names keys. Each first runs without the lock on the newest version, to find the texts to embed, and embeds them
//!   in calls that concurrent writes share (`core/shared_calls.rs`). Then it joins a queue (`core/queue.rs`). The first in
//!   the queue takes the write lock, and then takes the waiting writes, up to 4,096 rows. The writes run one after another
//!   on the rows with their keys (`group/execute.rs`, with the same comparison as large writes), and
//!   `backend/rows/change.rs` commits the resulting rows: one new file, deletion files for replaced rows, one manifest. A
//!   write that needs an additional text, since an earlier write changed its row, goes back to the model. A leader runs on
//!   its own task, makes one commit, and then lets the next write lead. So no write depends on another writer's async
//!   runtime for longer than one commit.
//! - **Finding keys** (`store/core/key_cache.rs`, `store/locate.rs`): the files of a fragment never change, so the sorted
//!   fingerprints of its keys are kept in memory (16 bytes per key, 4 million keys at most) and are searched fragment by
//!   fragment; deletions are looked up in the version. The engine looks up keys in fragments beyond that limit.
//! - **Few fragments** (`backend/rows/merge_fragments.rs`): a small write moves the rows of the newest small fragment, up to
//!   1,024 rows or 128 KiB, into the fragment that it writes; they are taken from memory if this process wrote them. Four
//!   full fragments are merged into one. Fragments that an index covers are not changed, since a moved row is no longer in
//!   the index.
//! - **Conditional commits** (`backend/commit.rs`): if another commit came first, Lance rebases the commit that lost,
//!   without knowing what the write had read. So tables are opened with a commit handler that refuses a commit unless it
//!   directly follows the version that the write names in a task-local variable. `Attempts` then reads the table again. An
//!   append to a table without a key names no version, since it reads nothing. So writes are serializable with or without
//!   locks, even alongside programs that take no lock.
//! - **The newest version** (`backend/commit/newest.rs`): Lance finds it by listing the whole folder `_versions`, once per
//!   read and several times per write, so each commit makes the next one slower. For tables in a local folder, the commit
//!   handler remembers the newest version for the whole process, with the timestamps, the inode and the size of that folder
//!   (`folder_state.rs`). Three calls to `stat` confirm it: the folder is unchanged, the file of the version exists, and the
//!   file of the next version does not. A version that a listing found is used once its folder state is older than a tick of
//!   the file system's clock, so that no change can go undetected by leaving the state unchanged. A commit by this process
//!   is remembered without a listing. In all other cases Lance lists the folder: after commits by other processes, where
//!   timestamps have one-second resolution, on file systems that are not known to be local, and on systems other than Linux.
//!   The documentation at the top of the file explains why this is correct; each listing is a `trace` event.
//! - **Locks**: writers hold the table's write lock while they commit, so that they do not repeat work. Every operation that
//!   can commit runs on a task that owns the lock, so a dropped future cannot release it before its commit.
//! - **After the commit**, the key's index may be built (`backend/key_index.rs`). The write is complete by then, so a
//!   failure is logged.
//! - **Keys in memory** are 80-bit fingerprints in a hash table of 256 parts, each of which grows by a sixteenth at a time:
//!   10 to 11.5 bytes per row.
//! - **Errors**: `backend/error.rs` determines the kind from the error types of lance, lancedb and object_store in the chain
//!   of causes, never from their messages. Its tests provoke the engine's own errors. `Table::with_drop_cause` looks for the
//!   versions of a table to decide whether it was dropped. `store/trace.rs` turns a panic into an error.
//! - **Changes by other programs**: a table that this crate creates has a random `datus:table_id` in its schema's metadata.
//!   Reads compare the table with the opened one once per version (`store/snapshot.rs`), and writes compare it under
//!   the lock. `store/changed.rs` defines a change. Vectors matter only to operations that read or write them.
//!   `Store::reopen` sets a new `Core` for all clones.
//! - **Tables without rows** are changed by one overwrite that commits as the very next version or not at all
//!   (`Table::replace_empty`). So a row that another writer commits meanwhile is never lost, and a new plan is computed.

mod add;
mod compare;
mod delete;
pub(super) mod files;
pub(super) mod group;
pub(super) mod ingest;
mod merge;
mod row_write;
pub(super) mod spill;
mod sync;
mod unique;
mod unspecified;
mod update;
mod upsert;

pub use self::add::{Add, Added};
pub use self::delete::{Delete, DeleteBuilder};
pub use self::ingest::Progress;
pub use self::sync::{SyncBuilder, SyncRows, Synced};
pub use self::update::{Update, UpdateBuilder, Updated};
pub use self::upsert::{Upsert, Upserted};
