//! Compares the columns and the rows of a table with the record that adopts it.

use arrow_schema::Schema;

use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Difference, RecordDef, keys};
use crate::store::maintain::health::{duplicate_keys, null_keys};
use crate::store::python::PythonModel;
use crate::store::target::Target;

/// The result of comparing the schema of a table with the record. All differences that remain are resolved by adopting the
/// table.
#[derive(Debug)]
pub(super) struct AdoptionCheck {
    /// `true` if the table already has the metadata.
    pub(super) is_adopted: bool,
    /// The columns that are nullable in the table but not in the record.
    never_null: Vec<&'static str>,
    /// The columns of the key, if the table does not record a key.
    key: Vec<&'static str>,
}

impl AdoptionCheck {
    /// Compares the schema of a table with the record.
    ///
    /// # Errors
    /// `SchemaMismatch` with the differences that adopting the table does not resolve.
    pub(super) fn new(target: &Target, stored: &Schema, python: &[PythonModel]) -> Result<Self> {
        target.check_version(stored)?;
        let record = &target.record;
        let differences = target.differences(stored);
        let is_adopted = differences.is_empty() && stored.metadata().contains_key(keys::RECORD);
        let named = |column: &str| record.field(column).map(|field| field.name);
        let (mut never_null, mut key, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for difference in differences {
            match &difference {
                Difference::Nullability { column, expected: false } => never_null.extend(named(column)),
                Difference::Key { found, .. } if found.is_empty() => {
                    key = record.key_fields().map(|field| field.name).collect();
                }
                Difference::Nullability { .. }
                | Difference::Model { found: None, .. }
                | Difference::Metric { found: None, .. }
                | Difference::Source { found: None, .. }
                | Difference::SchemaVersion { found: 0, .. } => {}
                _ => refused.push(difference),
            }
        }
        refused.extend(other_sources(record, python));
        if refused.is_empty() {
            Ok(Self { is_adopted, never_null, key })
        } else {
            Err(refuse(record, refused))
        }
    }

    /// Checks that no column contains a null that the record forbids, and that no two rows have the same key.
    ///
    /// # Errors
    /// `SchemaMismatch` with the columns and the number of rows.
    pub(super) async fn check_rows(&self, table: &Table) -> Result<()> {
        let mut found = Vec::new();
        for &column in &self.never_null {
            let nulls = null_keys(table, &[column]).await?;
            if nulls > 0 {
                found.push(format!(
                    "`{column}` is null in {}, but the record does not allow nulls",
                    rows(nulls)
                ));
            }
        }
        if !self.key.is_empty() {
            let duplicates = duplicate_keys(table, &self.key).await?;
            if duplicates.rows > 0 {
                let have = if duplicates.rows == 1 { "has" } else { "have" };
                found.push(format!(
                    "{} {have} the same key (`{}`) as an earlier row, such as {}",
                    rows(duplicates.rows),
                    self.key.join("`, `"),
                    duplicates.key
                ));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let message = format!("rows of the table do not fit the record: {}", found.join("; "));
        Err(Error::new(ErrorKind::SchemaMismatch, message)
            .with_help("make the field an `Option`, choose a different `#[datus(key)]`, or correct the rows"))
    }
}

/// Returns the vectors for which Python recorded a source text that differs from the record's.
fn other_sources(record: &RecordDef, python: &[PythonModel]) -> Vec<Difference> {
    let other = |model: &PythonModel| {
        let vector = record.vectors.iter().find(|vector| vector.name == model.vector)?;
        let sources: Vec<&str> = record.sources(vector).map(|field| field.name).collect();
        (sources != [model.source.as_str()]).then(|| Difference::Source {
            column: model.vector.clone(),
            expected: sources.join(","),
            found: Some(model.source.clone()),
        })
    };
    python.iter().filter_map(other).collect()
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn refuse(record: &RecordDef, differences: Vec<Difference>) -> Error {
    let list: String = differences.iter().map(|difference| format!("\n  - {difference}")).collect();
    let message =
        format!("the table does not match the record `{}`, and was not changed:{list}", record.record);
    let mut help = vec![format!("`db.describe({:?})` prints a struct that matches the table", record.table)];
    if differences.iter().any(|difference| matches!(difference, Difference::Extra { .. })) {
        help.push("`.extra_columns(ExtraColumns::Allow)` ignores columns that the struct lacks".to_owned());
    }
    let recorded = |difference: &Difference| matches!(difference, Difference::Model { found: Some(_), .. });
    if differences.iter().any(recorded) {
        help.push("a table that records its model is opened with `db.store(model)`, or re-embedded with `db.reembed`".to_owned());
    }
    Error::new(ErrorKind::SchemaMismatch, message).with_help(help.join("; ")).with_differences(differences)
}
