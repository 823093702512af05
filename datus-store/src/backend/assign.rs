use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use lance_datafusion::planner::Planner;

use super::error::convert;
use super::lower::{lower, lower_expression};
use super::update::{Assignment, cast_to_schema};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;

/// Applies the assignments to rows in memory and returns the given columns with the types of the schema.
pub(crate) fn apply_assignments(
    rows: &RecordBatch,
    assignments: &[Assignment],
    schema: &SchemaRef,
    columns: &[&str],
) -> Result<RecordBatch> {
    let planner = Planner::new(rows.schema());
    let failed = |error: lance_core::Error| convert(error.into());
    let mut values: Vec<(String, ArrayRef)> = Vec::with_capacity(columns.len());
    for &name in columns {
        let assignment = assignments.iter().find(|assignment| assignment.column.root() == name);
        let value = match assignment {
            None => super::rows::column(rows, name)?,
            Some(Assignment { column, value }) => {
                let expression = planner.optimize_expr(lower_expression(*column, value)?).map_err(failed)?;
                let physical = planner.create_physical_expr(&expression).map_err(failed)?;
                let computed = physical.evaluate(rows).and_then(|value| value.into_array(rows.num_rows()));
                computed.map_err(|error| convert(lance_core::Error::from(error).into()))?
            }
        };
        values.push((name.to_owned(), value));
    }
    cast_to_schema(
        &RecordBatch::try_from_iter_with_nullable(
            values.into_iter().map(|(name, value)| (name, value, true)),
        )
        .map_err(super::rows::combine)?,
        schema,
    )
}

/// Returns a mask that is `true` for each row in memory that passes the filter. The rows must contain the columns that the
/// filter uses.
pub(crate) fn matching_rows(rows: &RecordBatch, filter: &Predicate) -> Result<BooleanArray> {
    let planner = Planner::new(rows.schema());
    let failed = |error: lance_core::Error| convert(error.into());
    let expression = planner.optimize_expr(lower(filter)?).map_err(failed)?;
    let physical = planner.create_physical_expr(&expression).map_err(failed)?;
    let passing = physical.evaluate(rows).and_then(|value| value.into_array(rows.num_rows()));
    let passing = passing.map_err(|error| convert(lance_core::Error::from(error).into()))?;
    let passing = passing
        .as_boolean_opt()
        .ok_or_else(|| Error::new(ErrorKind::Engine, "the filter is not a boolean expression"))?;
    // A row does not pass if the condition is null.
    Ok(passing.iter().map(|passes| Some(passes == Some(true))).collect())
}
