//! The operations that workers run, and their outcomes, as the log records them.

use std::fmt;

use datus_store::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// A row as a caller provides it. The store adds its times and its vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) counter: i64,
    pub(super) label: Option<String>,
    pub(super) text: Option<String>,
}

/// A row as a version of the table contains it. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) row: Row,
    pub(super) vector: Option<Vec<f32>>,
    pub(super) created: i64,
    pub(super) updated: i64,
}

/// A placeholder for the time of an operation if no row in the table contains it. The [`MOMENTS`] numbers that start with it
/// are placeholders for the times of several operations.
pub(super) const UNKNOWN: i64 = i64::MIN;
pub(super) const MOMENTS: i64 = 1000;

/// The rows that an update or a delete selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Filter {
    All,
    Key(String),
    Group(String),
    CounterBelow(i64),
    NoLabel,
}

/// A change that an update makes to a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Set {
    Counter(i64),
    /// Adds a number to the counter of the row.
    CounterPlus(i64),
    Label(Option<String>),
    /// Sets the text, which is embedded.
    Text(Option<String>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Operation {
    Read,
    Add {
        rows: Vec<Row>,
    },
    /// Adds the rows whose keys the table does not have. Workers do not request it. Without locks, an `add` can have this
    /// effect and fail with an error of kind `Conflict`.
    AddAbsent {
        rows: Vec<Row>,
    },
    Upsert {
        rows: Vec<Row>,
        last_wins: bool,
    },
    /// Syncs the group, or the whole table if there is no group.
    Sync {
        rows: Vec<Row>,
        within: Option<String>,
    },
    Update {
        filter: Filter,
        set: Vec<Set>,
    },
    Delete {
        filter: Filter,
    },
    Optimize,
    CreateIndexes,
}

/// The counts in the result of an operation. Counts that the result lacks are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    /// The number of rows in an `add` or an `update`.
    pub(super) rows: usize,
    pub(super) inserted: usize,
    pub(super) updated: usize,
    pub(super) unchanged: usize,
    pub(super) deleted: usize,
}

/// The outcome of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Done { counts: Counts, version: Option<u64>, embedded: usize, reused: usize },
    Read(Vec<Stored>),
    Failed { kind: String, message: String },
}

/// The state of the table after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Nothing,
    /// The rows of an `add` whose keys no other writer had added.
    Partly,
    Unknown,
}

impl Operation {
    /// The names of all kinds of operations.
    pub(super) const NAMES: [&str; 11] = [
        "read",
        "add",
        "upsert",
        "upsert, last wins",
        "sync within",
        "sync everything",
        "update",
        "delete all",
        "delete",
        "optimize",
        "create indexes",
    ];

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Add { .. } | Self::AddAbsent { .. } => "add",
            Self::Upsert { last_wins: false, .. } => "upsert",
            Self::Upsert { last_wins: true, .. } => "upsert, last wins",
            Self::Sync { within: Some(_), .. } => "sync within",
            Self::Sync { within: None, .. } => "sync everything",
            Self::Update { .. } => "update",
            Self::Delete { filter: Filter::All } => "delete all",
            Self::Delete { .. } => "delete",
            Self::Optimize => "optimize",
            Self::CreateIndexes => "create indexes",
        }
    }

    /// Returns `true` if the operation never changes a row.
    pub(super) fn is_maintenance(&self) -> bool {
        matches!(self, Self::Optimize | Self::CreateIndexes)
    }

    /// Returns `true` if the operation may share its version with others.
    pub(super) fn can_share(&self) -> bool {
        match self {
            Self::Add { .. } | Self::Upsert { .. } => true,
            Self::Update { filter, .. } | Self::Delete { filter } => matches!(filter, Filter::Key(_)),
            Self::AddAbsent { .. }
            | Self::Read
            | Self::Sync { .. }
            | Self::Optimize
            | Self::CreateIndexes => false,
        }
    }

    /// Returns the effect of the operation on the table if it fails with an error of this kind.
    pub(super) fn written(&self, kind: &str, message: &str) -> Written {
        let names = |kinds: &[ErrorKind]| kinds.iter().any(|named| named.name() == kind);
        match self {
            Self::Add { .. } if names(&[ErrorKind::Conflict]) => Written::Partly,
            _ if names(&CERTAIN) || message.contains("nothing was written") => Written::Nothing,
            _ => Written::Unknown,
        }
    }

    /// Returns `true` if a correct store can return an error of this kind in a run of the checker.
    pub(super) fn can_fail_with(&self, kind: &str) -> bool {
        let exists = matches!(self, Self::Add { .. }) && kind == ErrorKind::InvalidInput.name();
        exists || kind == ErrorKind::Conflict.name()
    }
}

/// The kinds of errors that leave the table unchanged. After `Engine` or `Expired` the state is unknown, unless the
/// message says that nothing was written.
const CERTAIN: [ErrorKind; 8] = [
    ErrorKind::InvalidInput,
    ErrorKind::SchemaMismatch,
    ErrorKind::Model,
    ErrorKind::TableNotFound,
    ErrorKind::TableChanged,
    ErrorKind::Unsupported,
    ErrorKind::Conflict,
    ErrorKind::Source,
];

impl Outcome {
    pub(super) fn failed(error: &Error) -> Self {
        Self::Failed { kind: error.kind().name().to_owned(), message: error.to_string() }
    }
}

impl Filter {
    pub(super) fn keeps(&self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Key(id) => row.id == *id,
            Self::Group(group) => row.group == *group,
            Self::CounterBelow(bound) => row.counter < *bound,
            Self::NoLabel => row.label.is_none(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, group, counter, label, text } = self;
        let or_null = |value: &Option<String>| value.as_ref().map_or("null".to_owned(), |v| format!("{v:?}"));
        write!(f, "{id}({group}, {counter}, {}, {})", or_null(label), or_null(text))
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, vector, created, updated } = self;
        let time = |time: &i64| if *time < UNKNOWN + MOMENTS { "now".to_owned() } else { time.to_string() };
        write!(f, "{row} created {} updated {} vector {vector:?}", time(created), time(updated))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |rows: &[Row]| rows.iter().map(Row::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Add { rows } => write!(f, "add [{}]", list(rows)),
            Self::AddAbsent { rows } => write!(f, "add, where absent, [{}]", list(rows)),
            Self::Upsert { rows, last_wins: false } => write!(f, "upsert [{}]", list(rows)),
            Self::Upsert { rows, last_wins: true } => write!(f, "upsert, last wins, [{}]", list(rows)),
            Self::Sync { rows, within: Some(group) } => write!(f, "sync within {group} [{}]", list(rows)),
            Self::Sync { rows, within: None } => write!(f, "sync everything [{}]", list(rows)),
            Self::Update { filter, set } => write!(f, "update {filter:?} {set:?}"),
            Self::Delete { filter } => write!(f, "delete {filter:?}"),
            Self::Read | Self::Optimize | Self::CreateIndexes => write!(f, "{self:?}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { counts, version, .. } => {
                let Counts { rows, inserted, updated, unchanged, deleted } = counts;
                let version = version.map_or("no version".to_owned(), |version| format!("version {version}"));
                let counts = [
                    (rows, "rows"),
                    (inserted, "inserted"),
                    (updated, "updated"),
                    (unchanged, "unchanged"),
                    (deleted, "deleted"),
                ];
                counts
                    .iter()
                    .filter(|(count, _)| **count > 0)
                    .try_for_each(|(count, name)| write!(f, "{count} {name}, "))?;
                f.write_str(&version)
            }
            Self::Read(rows) => {
                let rows: Vec<String> = rows.iter().map(|stored| stored.row.to_string()).collect();
                write!(f, "[{}]", rows.join(", "))
            }
            Self::Failed { kind, message } => write!(f, "error {kind}: {message}"),
        }
    }
}
