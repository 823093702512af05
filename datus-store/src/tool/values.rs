use std::collections::BTreeMap;

use futures::TryStreamExt;
use serde_json::Value;

use super::offer::Offer;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Execute, QuerySpec, column_paths};
use crate::record::{ColumnKind, ScalarKind};

/// The maximum number of distinct values of a column that the schema lists.
const MAX_VALUES: usize = 100;

/// The values of columns, by column name.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnValues(BTreeMap<String, Vec<Value>>);

impl ColumnValues {
    pub(super) fn get(&self, name: &str) -> Option<Vec<Value>> {
        self.0.get(name).cloned()
    }

    /// Reads the distinct values of a column.
    pub(super) async fn read(&mut self, executor: &dyn Execute, offer: &Offer, name: &str) -> Result<()> {
        let paths = column_paths(&offer.definition, [name])?;
        let invalid = |message: &str| {
            Error::new(ErrorKind::InvalidInput, message).with_table(executor.table()).with_column(name)
        };
        if offer.is_scope(name) {
            let message =
                "the store reads only rows with one value of the column, so a filter cannot use the column";
            return Err(invalid(message).with_help("leave it out of `with_values_of`"));
        }
        let column = offer.filter.iter().find(|column| column.name == name && column.prefix.is_none());
        match column.map(|column| column.field.kind) {
            Some(ColumnKind::Scalar(kind) | ColumnKind::List(kind)) if is_countable(kind) => {}
            Some(_) => return Err(invalid("only the values of text and integers can be listed")),
            None => {
                return Err(invalid("the filter does not have the column, so its values cannot be listed"));
            }
        }
        let spec = QuerySpec { columns: Some(paths), ..QuerySpec::default() };
        let mut stream = executor.execute(spec).await?;
        // Keyed by their JSON text, which also orders them.
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        while let Some(batch) = stream.batches.try_next().await? {
            for row in (offer.rows)(&batch) {
                let row = serde_json::to_value(row)
                    .map_err(|source| invalid("a value cannot be written as JSON").with_source(source))?;
                for value in row.get(name).into_iter().flat_map(items).filter(|value| !value.is_null()) {
                    values.entry(value.to_string()).or_insert_with(|| value.clone());
                }
            }
            if values.len() > MAX_VALUES {
                let message = format!("the column has more than {MAX_VALUES} distinct values");
                return Err(invalid(&message).with_help("leave it out of `with_values_of`"));
            }
        }
        // An empty enumeration would not permit any value.
        if !values.is_empty() {
            self.0.insert(name.to_owned(), values.into_values().collect());
        }
        Ok(())
    }
}

fn is_countable(kind: ScalarKind) -> bool {
    use ScalarKind as S;
    matches!(
        kind,
        S::Text
            | S::Enum(_)
            | S::Int8
            | S::Int16
            | S::Int32
            | S::Int64
            | S::UInt8
            | S::UInt16
            | S::UInt32
            | S::UInt64
    )
}

/// Returns the items of a list, or the value itself.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        value => std::slice::from_ref(value),
    }
}
