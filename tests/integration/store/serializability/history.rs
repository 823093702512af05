//! Reads every version of the table through lancedb.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, StringArray};
use datus_store::lancedb::query::ExecutableQuery;
use datus_store::{Database, EmbeddingRecord};
use futures::TryStreamExt;

use super::entry::Entry;
use super::log::Call;
use super::model::State;
use super::operation::{Row, Stored};

/// A version of the table.
#[derive(Debug, Clone, Default)]
pub(super) struct Version {
    pub(super) number: u64,
    /// The time of its manifest in nanoseconds since 1970. The operation that committed it was running then.
    pub(super) made: i64,
    pub(super) state: State,
    /// The keys that more than one row has.
    pub(super) doubled: Vec<String>,
}

/// The calls of all workers, and the versions of the table.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) calls: Vec<Call>,
    /// All versions, from first to last.
    pub(super) versions: Vec<Version>,
    /// `true` if storage faults were injected, so that operations could fail because of them.
    pub(super) storage_fails: bool,
}

/// Reads all versions of the table.
pub(super) async fn versions(db: &Database) -> Vec<Version> {
    let lance = db.as_lancedb();
    let table = lance.open_table(Entry::TABLE).execute().await.unwrap();
    let mut listed = table.list_versions().await.unwrap();
    listed.sort_by_key(|version| version.version);
    let mut versions = Vec::with_capacity(listed.len());
    for version in listed {
        let table = lance.open_table(Entry::TABLE).version(version.version).execute().await.unwrap();
        let batches: Vec<RecordBatch> = table.query().execute().await.unwrap().try_collect().await.unwrap();
        let made = version.timestamp.timestamp_nanos_opt().unwrap();
        let mut read = Version { number: version.version, made, ..Version::default() };
        for stored in batches.iter().flat_map(rows) {
            let id = stored.row.id.clone();
            if read.state.insert(id.clone(), stored).is_some() {
                read.doubled.push(id);
            }
        }
        versions.push(read);
    }
    versions
}

/// Reads the rows of a batch without the library's codec.
fn rows(batch: &RecordBatch) -> Vec<Stored> {
    let column = |name: &str| batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    let text = |name: &str| column(name).as_string::<i32>();
    let time = |name: &str| column(name).as_primitive::<TimestampMicrosecondType>();
    let optional =
        |values: &StringArray, row: usize| values.is_valid(row).then(|| values.value(row).to_owned());
    let (id, group, label, source) = (text("id"), text("group"), text("label"), text("text"));
    let counter = column("counter").as_primitive::<Int64Type>();
    let (created, updated) = (time("created"), time("updated"));
    let vectors = column("vector").as_fixed_size_list();
    let stored = |row: usize| {
        let values = || vectors.value(row).as_primitive::<Float32Type>().values().to_vec();
        Stored {
            row: Row {
                id: id.value(row).to_owned(),
                group: group.value(row).to_owned(),
                counter: counter.value(row),
                label: optional(label, row),
                text: optional(source, row),
            },
            vector: vectors.is_valid(row).then(values),
            created: created.value(row),
            updated: updated.value(row),
        }
    };
    (0..batch.num_rows()).map(stored).collect()
}
