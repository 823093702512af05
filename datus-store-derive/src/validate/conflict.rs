//! Conflicts between keys on one field.

use darling::error::Accumulator;

use crate::input::FieldInput;
use crate::validate::report;
use Others::{AllBut, These};

/// The keys that a key excludes.
enum Others {
    These(&'static [&'static str]),
    /// All keys except these and the key itself.
    AllBut(&'static [&'static str]),
}

/// The conflicts: a key, the keys that it excludes, and the reason.
const CONFLICTS: &[(&str, Others, &str)] = &[
    ("skip", AllBut(&["default"]), "a skipped field is not a column"),
    ("json", These(&["embed", "index", "fts", "key", "scope"]), "LanceDB does not parse JSON text"),
    ("json", These(&["decimal", "timestamp", "dictionary", "with"]), ONE_STORAGE),
    ("decimal", These(&["timestamp", "dictionary", "with"]), ONE_STORAGE),
    ("timestamp", These(&["dictionary", "with"]), ONE_STORAGE),
    ("dictionary", These(&["with"]), ONE_STORAGE),
    ("decimal", These(&["embed", "fts"]), "a number is not text"),
    ("timestamp", These(&["embed", "fts"]), "a time is not text"),
    (
        "dictionary",
        These(&["embed", "fts"]),
        "a dictionary is for few distinct values, not for text to search",
    ),
    (
        "flatten",
        AllBut(&["skip", "column", "filter"]),
        "a flattened field becomes several columns, which its struct describes",
    ),
    ("flatten", These(&["column"]), "a flattened field reads several columns, which its projection names"),
    (
        "created_at",
        These(&["updated_at"]),
        "a column stores the time of either the first or the latest write",
    ),
    ("created_at", These(&["key"]), STAMPED_KEY),
    ("updated_at", These(&["key"]), STAMPED_KEY),
    ("created_at", These(&["scope"]), STAMPED_SCOPE),
    ("updated_at", These(&["scope"]), STAMPED_SCOPE),
    ("scope", These(&["key"]), "the scope is already part of every key"),
    ("created_at", These(NOT_A_TIMESTAMP), STAMPED_COLUMN),
    ("updated_at", These(NOT_A_TIMESTAMP), STAMPED_COLUMN),
];

const ONE_STORAGE: &str = "a column has only one storage format";

const STAMPED_KEY: &str = "the store sets the column to the current time, but a key must not change";

const STAMPED_SCOPE: &str =
    "the store sets the column to the current time, but a scope is chosen by the program";

const STAMPED_COLUMN: &str = "the store writes a timestamp into the column";

/// The keys that a timestamp column cannot have.
const NOT_A_TIMESTAMP: &[&str] = &["json", "decimal", "dictionary", "embed", "fts"];

impl Others {
    fn contain(&self, key: &str, other: &str) -> bool {
        match self {
            These(others) => others.contains(&other),
            AllBut(allowed) => other != key && !allowed.contains(&other),
        }
    }
}

/// Reports the conflicts between the keys of one field.
pub(super) fn check(field: &FieldInput, errors: &mut Accumulator) {
    let present = field.keys.present();
    for (key, others, why) in CONFLICTS {
        if !present.iter().any(|(name, _)| name == key) {
            continue;
        }
        for (other, span) in present.iter().filter(|(name, _)| others.contain(key, name)) {
            let message = format!(
                "`{key}` and `{other}` conflict on field `{}`: {why}, so remove one of them",
                field.ident
            );
            report(errors, *span, message);
        }
    }
}
