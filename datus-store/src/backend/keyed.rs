//! Reads rows by their key, and builds filters on keys.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use datafusion_common::ScalarValue;
use datafusion_functions::string::expr_fn::concat;
use futures::TryStreamExt;
use lancedb::expr::{DfExpr as Expr, col, expr_cast, expr_to_sql_string, lit};
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use super::Table;
use super::error::convert;
use super::lower::{joined, lower};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;

/// Returns the name of the computed column that is true where a column is null. The prefix is reserved, so no record has such a
/// column.
pub(crate) fn null_flag(column: &str) -> String {
    format!("__datus_null_{column}")
}

/// A column of a key, with its name.
pub(crate) type KeyColumn = (&'static str, ArrayRef);

impl Table {
    /// Reads columns of the rows that may have one of the keys, batch by batch.
    ///
    /// All rows that have one of the keys are included. If the key has several columns, other rows can be included too:
    /// those that combine values from different keys. Each column of `nulls` adds a boolean column,
    /// [`null_flag`]`(name)`, that is true where the column is null.
    pub(crate) async fn rows_of_keys(
        &self,
        keys: &[KeyColumn],
        columns: &[&str],
        nulls: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let filter = key_parts_predicate(keys)?;
        let select = match nulls {
            [] => Select::columns(columns),
            nulls => {
                let columns = columns.iter().map(|&name| (name.to_owned(), col(name)));
                let flags = nulls.iter().map(|&name| (null_flag(name), col(name).is_null()));
                let sql = |(name, value)| Ok((name, expr_to_sql_string(&value).map_err(convert)?));
                Select::Dynamic(columns.chain(flags).map(sql).collect::<Result<_>>()?)
            }
        };
        self.each(filter, select, use_batch).await
    }

    /// Reads columns of the rows that pass the predicate, batch by batch.
    pub(crate) async fn rows_of(
        &self,
        predicate: &Predicate,
        columns: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.each(Some(lower(predicate)?), Select::columns(columns), use_batch).await
    }

    /// Reads columns of all rows, batch by batch.
    pub(crate) async fn all_rows(
        &self,
        columns: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.each(None, Select::columns(columns), use_batch).await
    }

    /// Returns columns of the rows at these offsets, counted from 0 in the current version.
    pub(crate) async fn rows_at(&self, offsets: Vec<u64>, columns: &[&str]) -> Result<Vec<RecordBatch>> {
        let query = self.raw().take_offsets(offsets).select(Select::columns(columns));
        query.execute().await.map_err(convert)?.try_collect().await.map_err(convert)
    }

    /// Returns the number of rows in the table.
    pub(crate) async fn rows(&self) -> Result<usize> {
        self.raw().count_rows(None).await.map_err(convert)
    }

    async fn each(
        &self,
        filter: Option<Expr>,
        select: Select,
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.check_damage(self.each_of(filter, select, use_batch)).await
    }

    async fn each_of(
        &self,
        filter: Option<Expr>,
        select: Select,
        mut use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let mut query = self.raw().query().select(select);
        if let Some(filter) = filter {
            query = query.only_if_expr(filter);
        }
        let mut batches = query.execute().await.map_err(convert)?;
        while let Some(batch) = batches.try_next().await.map_err(convert)? {
            use_batch(batch)?;
        }
        Ok(())
    }
}

/// The maximum number of combinations of the other key columns that each get a list comparison. The engine makes one
/// comparison per combination for each row.
const MAX_COMBINATIONS: usize = 64;

/// Returns a filter that matches the rows whose key is one of these.
pub(super) fn keys_predicate(keys: &[KeyColumn]) -> Result<Expr> {
    // The column with the most distinct values is compared with a list, once for each combination of the other columns.
    let Some(rows) = keys.first().map(|(_, column)| column.len()) else { return Ok(lit(false)) };
    let mut literals = Vec::with_capacity(keys.len());
    for (name, column) in keys {
        literals.push((*name, scalars(column, name)?));
    }
    let different = |values: &[ScalarValue]| values.iter().collect::<std::collections::HashSet<_>>().len();
    let Some(list_column) = (0..literals.len()).max_by_key(|&part| different(&literals[part].1)) else {
        return Ok(lit(false));
    };
    let mut groups: std::collections::HashMap<Vec<ScalarValue>, Vec<Expr>> = Default::default();
    for row in 0..rows {
        let others = literals.iter().enumerate().filter(|(part, _)| *part != list_column);
        let others = others.filter_map(|(_, (_, values))| values.get(row).cloned()).collect();
        groups.entry(others).or_default().extend(literals[list_column].1.get(row).cloned().map(lit));
    }
    if groups.len() > MAX_COMBINATIONS
        && let Some(filter) = joined_keys_predicate(keys)
    {
        return Ok(filter);
    }
    let names: Vec<&str> = literals
        .iter()
        .enumerate()
        .filter(|(part, _)| *part != list_column)
        .map(|(_, (name, _))| *name)
        .collect();
    let groups = groups.into_iter().map(|(others, list)| {
        let equal = names.iter().zip(others).map(|(name, value)| col(*name).eq(lit(value)));
        equal.fold(col(literals[list_column].0).in_list(list, false), Expr::and)
    });
    Ok(joined(groups.collect(), Expr::or).unwrap_or_else(|| lit(false)))
}

/// The possible separators between the columns of a key that is compared as one string.
const SEPARATORS: [&str; 4] = ["\u{1f}", "\u{1e}", "\u{1d}", "\u{f8ff}"];

/// Returns a filter that joins the columns into one string and looks it up in a list. The number of keys therefore has little
/// effect on the cost.
///
/// Returns `None` if the comparison would not be exact. That is the case for types whose text form does not identify the
/// value, and when every separator occurs in some value.
fn joined_keys_predicate(keys: &[KeyColumn]) -> Option<Expr> {
    let exact = |column: &ArrayRef| column.data_type().is_integer() || column.data_type() == &DataType::Utf8;
    if !keys.iter().all(|(_, column)| exact(column)) {
        return None;
    }
    let texts = keys.iter().map(|(_, column)| arrow_cast::cast(column, &DataType::Utf8));
    let texts: Vec<ArrayRef> = texts.collect::<std::result::Result<_, _>>().ok()?;
    let texts: Vec<_> = texts.iter().filter_map(|text| text.as_string_opt::<i32>()).collect();
    let is_unused = |separator: &&str| {
        texts.iter().all(|text| text.iter().flatten().all(|text| !text.contains(*separator)))
    };
    // A joined key contains one fewer separator than the key has columns, so it can be split into its columns in only one
    // way.
    let separator = SEPARATORS.into_iter().find(is_unused)?;
    let joined_keys = (0..keys.first()?.1.len()).map(|row| {
        let parts: Vec<&str> = texts.iter().map(|text| text.value(row)).collect();
        lit(parts.join(separator))
    });
    let mut parts = Vec::with_capacity(2 * keys.len());
    for (name, _) in keys {
        parts.extend([lit(separator), expr_cast(col(*name), DataType::Utf8)]);
    }
    parts.remove(0);
    Some(concat(parts).in_list(joined_keys.collect(), false))
}

/// Returns a filter that matches the rows in which each key column has the value of some key. These rows include all rows
/// with one of the keys.
pub(super) fn key_parts_predicate(keys: &[KeyColumn]) -> Result<Option<Expr>> {
    let conditions =
        keys.iter().map(|(name, values)| column_predicate(name, values)).collect::<Result<Vec<_>>>()?;
    Ok(joined(conditions, Expr::and))
}

fn column_predicate(name: &str, values: &ArrayRef) -> Result<Expr> {
    let mut different: Vec<ScalarValue> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for value in scalars(values, name)? {
        if seen.insert(value.clone()) {
            different.push(value);
        }
    }
    Ok(match <[ScalarValue; 1]>::try_from(different) {
        Ok([only]) => col(name).eq(lit(only)),
        Err(different) => col(name).in_list(different.into_iter().map(lit).collect(), false),
    })
}

fn scalars(values: &ArrayRef, name: &str) -> Result<Vec<ScalarValue>> {
    let values = (0..values.len()).map(|row| ScalarValue::try_from_array(&Arc::clone(values), row));
    values.collect::<std::result::Result<_, _>>().map_err(|source| {
        Error::new(ErrorKind::Unsupported, "values of this type cannot be a key")
            .with_help("use text or a number for the key")
            .with_column(name)
            .with_source(source)
    })
}
