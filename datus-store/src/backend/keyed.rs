//! Rows by their key.

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

/// The name of the computed column that says where a column is null. No record has it: names that begin so are reserved.
pub(crate) fn null_flag(column: &str) -> String {
    format!("__datus_null_{column}")
}

/// Columns with their names.
pub(crate) type Named = (&'static str, ArrayRef);

impl Table {
    /// Columns of the rows that may have one of the keys, batch by batch: all that do, and for a key of several columns
    /// others whose parts each occur in some key. For each column of `nulls` there is a boolean column,
    /// [`null_flag`]`(name)`, that is true where it is null.
    pub(crate) async fn rows_of_keys(
        &self,
        keys: &[Named],
        columns: &[&str],
        nulls: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let filter = all_of(keys)?;
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

    /// Columns of the rows that pass the predicate, batch by batch.
    pub(crate) async fn rows_of(
        &self,
        predicate: &Predicate,
        columns: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.each(Some(lower(predicate)?), Select::columns(columns), use_batch).await
    }

    /// Columns of all rows, batch by batch.
    pub(crate) async fn all_rows(
        &self,
        columns: &[&str],
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.each(None, Select::columns(columns), use_batch).await
    }

    /// How many rows there are.
    pub(crate) async fn rows(&self) -> Result<usize> {
        self.raw().count_rows(None).await.map_err(convert)
    }

    async fn each(
        &self,
        filter: Option<Expr>,
        select: Select,
        use_batch: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.or_blamed(self.each_of(filter, select, use_batch)).await
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

/// Up to how many combinations of the other columns a key is compared with a list for each; it takes the engine as many
/// comparisons for each row.
const MOST_COMBINATIONS: usize = 64;

/// Keeps the rows whose key is one of these.
pub(super) fn exactly(keys: &[Named]) -> Result<Expr> {
    // The column with the most different values is compared with a list, once for each combination of the others.
    let Some(rows) = keys.first().map(|(_, column)| column.len()) else { return Ok(lit(false)) };
    let mut literals = Vec::with_capacity(keys.len());
    for (name, column) in keys {
        literals.push((*name, scalars(column, name)?));
    }
    let different = |values: &[ScalarValue]| values.iter().collect::<std::collections::HashSet<_>>().len();
    let Some(listed) = (0..literals.len()).max_by_key(|&part| different(&literals[part].1)) else {
        return Ok(lit(false));
    };
    let mut groups: std::collections::HashMap<Vec<ScalarValue>, Vec<Expr>> = Default::default();
    for row in 0..rows {
        let others = literals.iter().enumerate().filter(|(part, _)| *part != listed);
        let others = others.filter_map(|(_, (_, values))| values.get(row).cloned()).collect();
        groups.entry(others).or_default().extend(literals[listed].1.get(row).cloned().map(lit));
    }
    if groups.len() > MOST_COMBINATIONS
        && let Some(whole) = one_of_whole(keys)
    {
        return Ok(whole);
    }
    let names: Vec<&str> =
        literals.iter().enumerate().filter(|(part, _)| *part != listed).map(|(_, (name, _))| *name).collect();
    let groups = groups.into_iter().map(|(others, list)| {
        let equal = names.iter().zip(others).map(|(name, value)| col(*name).eq(lit(value)));
        equal.fold(col(literals[listed].0).in_list(list, false), Expr::and)
    });
    Ok(joined(groups.collect(), Expr::or).unwrap_or_else(|| lit(false)))
}

/// What may stand between the columns of a key that is compared as one text.
const MARKS: [&str; 4] = ["\u{1f}", "\u{1e}", "\u{1d}", "\u{f8ff}"];

/// Compares the columns as one text with a list: the engine looks that up, however many there are. `None` where it would
/// not be exact: for types whose text is not the value, and where every mark occurs in some value.
fn one_of_whole(keys: &[Named]) -> Option<Expr> {
    let exact = |column: &ArrayRef| column.data_type().is_integer() || column.data_type() == &DataType::Utf8;
    if !keys.iter().all(|(_, column)| exact(column)) {
        return None;
    }
    let texts = keys.iter().map(|(_, column)| arrow_cast::cast(column, &DataType::Utf8));
    let texts: Vec<ArrayRef> = texts.collect::<std::result::Result<_, _>>().ok()?;
    let texts: Vec<_> = texts.iter().filter_map(|text| text.as_string_opt::<i32>()).collect();
    let free = |mark: &&str| texts.iter().all(|text| text.iter().flatten().all(|text| !text.contains(*mark)));
    // A whole with one mark fewer than columns is cut at its marks in one way only.
    let mark = MARKS.into_iter().find(free)?;
    let wholes = (0..keys.first()?.1.len()).map(|row| {
        let parts: Vec<&str> = texts.iter().map(|text| text.value(row)).collect();
        lit(parts.join(mark))
    });
    let mut parts = Vec::with_capacity(2 * keys.len());
    for (name, _) in keys {
        parts.extend([lit(mark), expr_cast(col(*name), DataType::Utf8)]);
    }
    parts.remove(0);
    Some(concat(parts).in_list(wholes.collect(), false))
}

/// Keeps the rows in which each column of the key has the value of some key: at least those of the keys.
pub(super) fn all_of(keys: &[Named]) -> Result<Option<Expr>> {
    let conditions = keys.iter().map(|(name, values)| one_of(name, values)).collect::<Result<Vec<_>>>()?;
    Ok(joined(conditions, Expr::and))
}

fn one_of(name: &str, values: &ArrayRef) -> Result<Expr> {
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
        Error::new(ErrorKind::Unsupported, "values of this type can't be a key")
            .with_help("use text or a number")
            .with_column(name)
            .with_source(source)
    })
}
