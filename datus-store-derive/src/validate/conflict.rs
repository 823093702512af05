//! Keys that cannot stand together on one field.

use darling::error::Accumulator;

use crate::input::FieldInput;
use crate::validate::report;

/// A key, the keys it excludes, and why.
const CONFLICTS: &[(&str, &[&str], &str)] = &[
    (
        "skip",
        &[
            "rename",
            "json",
            "key",
            "embed",
            "index",
            "fts",
            "decimal",
            "timestamp",
            "dictionary",
            "with",
            "flatten",
            "created_at",
            "updated_at",
            "rename_from",
            "private",
        ],
        "a skipped field is no column",
    ),
    ("json", &["embed", "index", "fts", "key"], "LanceDB cannot look into JSON text"),
    ("json", &["decimal", "timestamp", "dictionary", "with"], "a column is stored in one way"),
    ("decimal", &["timestamp", "dictionary", "with"], "a column is stored in one way"),
    ("timestamp", &["dictionary", "with"], "a column is stored in one way"),
    ("dictionary", &["with"], "a column is stored in one way"),
    ("decimal", &["embed", "fts"], "a number is no text"),
    ("timestamp", &["embed", "fts"], "a time is no text"),
    ("dictionary", &["embed", "fts"], "a dictionary is for few distinct values, not for text to search in"),
    (
        "flatten",
        &[
            "rename",
            "default",
            "json",
            "key",
            "embed",
            "index",
            "fts",
            "decimal",
            "timestamp",
            "dictionary",
            "with",
            "created_at",
            "updated_at",
            "rename_from",
            "private",
        ],
        "a flattened field is several columns, which its own struct describes",
    ),
    ("flatten", &["column"], "a flattened field is several columns, which its own struct names"),
    ("created_at", &["updated_at"], "a row is stamped once where it is new, or at every write"),
    ("created_at", &["key"], STAMPED_KEY),
    ("updated_at", &["key"], STAMPED_KEY),
    ("created_at", STAMPED_AS_WHAT, "the store stamps a column of timestamps"),
    ("updated_at", STAMPED_AS_WHAT, "the store stamps a column of timestamps"),
];

const STAMPED_KEY: &str = "the store writes the time there, and rows are found again by their key";

/// What a column of timestamps cannot be.
const STAMPED_AS_WHAT: &[&str] = &["json", "decimal", "dictionary", "embed", "fts"];

/// Checks the keys of one field.
pub(super) fn check(field: &FieldInput, errors: &mut Accumulator) {
    let present = field.keys.present();
    for (key, others, why) in CONFLICTS {
        if !present.iter().any(|(name, _)| name == key) {
            continue;
        }
        for (other, span) in present.iter().filter(|(name, _)| others.contains(name)) {
            let message = format!(
                "`{key}` and `{other}` conflict on field `{}`: {why}, so remove one of them",
                field.ident
            );
            report(errors, *span, message);
        }
    }
}
