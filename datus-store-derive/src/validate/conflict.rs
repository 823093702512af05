//! Keys that cannot stand together on one field.

use darling::error::Accumulator;

use crate::input::FieldInput;
use crate::validate::report;
use Others::{AllBut, These};

/// The other keys that a key excludes.
enum Others {
    These(&'static [&'static str]),
    /// All but itself and these.
    AllBut(&'static [&'static str]),
}

/// A key, the keys it excludes, and why.
const CONFLICTS: &[(&str, Others, &str)] = &[
    ("skip", AllBut(&["default"]), "a skipped field is no column"),
    ("json", These(&["embed", "index", "fts", "key"]), "LanceDB cannot look into JSON text"),
    ("json", These(&["decimal", "timestamp", "dictionary", "with"]), "a column is stored in one way"),
    ("decimal", These(&["timestamp", "dictionary", "with"]), "a column is stored in one way"),
    ("timestamp", These(&["dictionary", "with"]), "a column is stored in one way"),
    ("dictionary", These(&["with"]), "a column is stored in one way"),
    ("decimal", These(&["embed", "fts"]), "a number is no text"),
    ("timestamp", These(&["embed", "fts"]), "a time is no text"),
    (
        "dictionary",
        These(&["embed", "fts"]),
        "a dictionary is for few distinct values, not for text to search in",
    ),
    (
        "flatten",
        AllBut(&["skip", "column"]),
        "a flattened field is several columns, which its own struct describes",
    ),
    ("flatten", These(&["column"]), "a flattened field is several columns, which its own struct names"),
    ("created_at", These(&["updated_at"]), "a row is stamped once where it is new, or at every write"),
    ("created_at", These(&["key"]), STAMPED_KEY),
    ("updated_at", These(&["key"]), STAMPED_KEY),
    ("created_at", These(STAMPED_AS_WHAT), "the store stamps a column of timestamps"),
    ("updated_at", These(STAMPED_AS_WHAT), "the store stamps a column of timestamps"),
];

const STAMPED_KEY: &str = "the store writes the time there, and rows are found again by their key";

/// What a column of timestamps cannot be.
const STAMPED_AS_WHAT: &[&str] = &["json", "decimal", "dictionary", "embed", "fts"];

impl Others {
    fn contain(&self, key: &str, other: &str) -> bool {
        match self {
            These(others) => others.contains(&other),
            AllBut(allowed) => other != key && !allowed.contains(&other),
        }
    }
}

/// Checks the keys of one field.
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
