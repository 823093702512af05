//! Searches that return at most `n` rows for each value of the given columns.
//!
//! A row is in the result if fewer than `n` better rows have its value. A value is full when the result contains `n` rows
//! with it. The first rows of the result depend only on the first rows of the ranking. So the ranking is read until the
//! result has enough rows, each value has as many rows as it can have, or the ranking ends. A search by score leaves out the
//! full values, so that one value with many good rows does not hide the others.

use std::collections::{HashMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_row::{RowConverter, Rows, SortField};
use arrow_schema::DataType;

use super::blocks::{Row, ScoreOrder, block};
use super::candidates::key_rows;
use super::{RankedHit, Search};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{LimitPer, Predicate, Value};
use crate::record::ColumnPath;
use crate::rerank::Ranked;
use crate::store::snapshot::Snapshot;

/// The factor by which each search of a leg reads further than the previous search.
const DEEPER: usize = 4;
/// The maximum number of full values that a search leaves out. A filter compares rows with each of these values.
const MAX_FULL: usize = 1024;

impl Search<'_> {
    /// Returns the rows of the result in order, at least up to the end of the page.
    pub(super) async fn ranked_hits_per_group(
        &self,
        now: &Snapshot,
        per: &LimitPer,
    ) -> Result<Vec<RankedHit>> {
        if self.limit == 0 || per.rows == 0 {
            return Ok(Vec::new());
        }
        let mut max_rows = None;
        match self.reranker {
            None => self.by_score_per(now, per, &mut max_rows).await,
            Some(_) => self.by_blocks_per(now, per, &mut max_rows).await,
        }
    }

    /// Orders the rows of a single leg by score. Each search reads further than the previous one, and leaves out the full
    /// values. The rows of the other values are found again, and replace those of the previous search.
    async fn by_score_per(
        &self,
        now: &Snapshot,
        per: &LimitPer,
        max_rows: &mut Option<usize>,
    ) -> Result<Vec<RankedHit>> {
        let mut depth = self.depth.max(self.page_end());
        let (mut finished, mut full) = (Vec::new(), FullValues::default());
        loop {
            let search = Self { filter: full.left_out_of(self.filter.clone(), per), ..self.clone() };
            let nearest =
                search.rows(now, search.nearest_leg(now, depth), ScoreOrder::Ascending, depth).await?;
            let full_text = search.rows(now, search.full_text_leg(), ScoreOrder::Descending, depth).await?;
            let complete = nearest.len().max(full_text.len()) <= depth;
            let read = nearest.len_with_ties(depth).max(full_text.len_with_ties(depth));
            let read = if complete { usize::MAX } else { read };
            let rows = block(&nearest, &full_text, read, &mut HashSet::new());
            let ranked = rows.into_iter().map(|row| (row, Ranked::new(0, row.score()))).collect();
            let mut grouped = GroupedRows::new(per);
            grouped.add(self, now, ranked, 0).await?;
            if complete || self.is_enough(now, per, finished.len() + grouped.rows.len(), max_rows).await? {
                finished.extend(grouped.rows.into_iter().map(|row| row.hit));
                finished.sort_by(RankedHit::compare);
                return Ok(finished);
            }
            finished.extend(grouped.into_full(&mut full));
            depth = depth.saturating_mul(DEEPER);
        }
    }

    /// Orders the rows of each block, as a search without this limit does.
    async fn by_blocks_per(
        &self,
        now: &Snapshot,
        per: &LimitPer,
        max_rows: &mut Option<usize>,
    ) -> Result<Vec<RankedHit>> {
        let (mut grouped, mut seen, mut depth) = (GroupedRows::new(per), HashSet::new(), self.depth);
        for number in 0.. {
            let nearest = self.rows(now, self.nearest_leg(now, depth), ScoreOrder::Ascending, depth).await?;
            let full_text = self.rows(now, self.full_text_leg(), ScoreOrder::Descending, depth).await?;
            let rows = block(&nearest, &full_text, depth, &mut seen);
            let top_n = rows.len();
            let ranked = self.order(now, rows, top_n).await?;
            grouped.add(self, now, ranked, number).await?;
            let complete = nearest.len().max(full_text.len()) <= depth;
            if complete || self.is_enough(now, per, grouped.rows.len(), max_rows).await? {
                break;
            }
            depth = depth.saturating_mul(2);
        }
        Ok(grouped.rows.into_iter().map(|row| row.hit).collect())
    }

    /// Returns `true` if `rows` rows are enough, because no further row can be on the page. `max_rows` is the number of rows
    /// that all values together can have; it is counted on first use.
    async fn is_enough(
        &self,
        now: &Snapshot,
        per: &LimitPer,
        rows: usize,
        max_rows: &mut Option<usize>,
    ) -> Result<bool> {
        if rows >= self.page_end() {
            return Ok(true);
        }
        let max_rows = match *max_rows {
            Some(max_rows) => max_rows,
            None => {
                let counts = now.table.count_groups(self.filter.as_ref(), &per.columns).await?;
                let counts = counts.iter().filter_map(|batch| batch.columns().last());
                let counts = counts.filter_map(|counts| counts.as_primitive_opt::<Int64Type>());
                let capped = |count: &i64| usize::try_from(*count).unwrap_or_default().min(per.rows);
                *max_rows.insert(counts.flat_map(|counts| counts.values().iter().map(capped)).sum())
            }
        };
        Ok(rows >= max_rows)
    }
}

/// The rows of the result.
struct GroupedRows<'a> {
    per: &'a LimitPer,
    rows: Vec<GroupedRow>,
    groups: Vec<Group>,
    /// The position of each value in `groups`.
    positions: HashMap<Box<[u8]>, usize>,
}

struct GroupedRow {
    hit: RankedHit,
    group: usize,
}

/// The rows of one value.
struct Group {
    rows: usize,
    /// The value, or `None` if a filter cannot compare values of its type.
    value: Option<Value>,
}

impl<'a> GroupedRows<'a> {
    fn new(per: &'a LimitPer) -> Self {
        Self { per, rows: Vec::new(), groups: Vec::new(), positions: HashMap::new() }
    }

    /// Adds each row of a block whose value is not full yet. Rows with equal scores are in the order of their keys.
    async fn add(
        &mut self,
        search: &Search<'_>,
        now: &Snapshot,
        ranked: Vec<(Row, Ranked)>,
        block: usize,
    ) -> Result<()> {
        let ids: Vec<u64> = ranked.iter().map(|(row, _)| row.id).collect();
        let keys = search.key_paths();
        let paths: Vec<ColumnPath> = keys.iter().chain(&self.per.columns).copied().collect();
        let batch = now.table.take(&ids, &paths).await?;
        let (keys, columns) = batch.columns().split_at_checked(keys.len()).unwrap_or_default();
        let (keys, values) = (key_rows(keys)?, rows_of(columns)?);
        let mut hits: Vec<(usize, RankedHit)> = ranked
            .into_iter()
            .map(|(row, Ranked { score, terms, .. })| RankedHit { row, score, terms, block })
            .enumerate()
            .collect();
        hits.sort_by(|(a, first), (b, second)| {
            let by_key = || keys.as_ref().map_or(a.cmp(b), |keys| keys.row(*a).cmp(&keys.row(*b)));
            first.compare(second).then_with(by_key)
        });
        for (position, hit) in hits {
            let key = values.row(position);
            let group = match self.positions.get(key.as_ref()) {
                Some(&group) => group,
                None => {
                    let value = match columns {
                        [column] => value_at(column, position),
                        _ => None,
                    };
                    self.positions.insert(key.as_ref().into(), self.groups.len());
                    self.groups.push(Group { rows: 0, value });
                    self.groups.len() - 1
                }
            };
            if let Some(of) = self.groups.get_mut(group).filter(|of| of.rows < self.per.rows) {
                of.rows += 1;
                self.rows.push(GroupedRow { hit, group });
            }
        }
        Ok(())
    }

    /// Returns the rows of the full values, and adds these values to `full`.
    fn into_full(self, full: &mut FullValues) -> impl Iterator<Item = RankedHit> {
        let Self { per, rows, groups, positions: _ } = self;
        let left_out: Vec<bool> = groups
            .into_iter()
            .map(|Group { rows, value }| rows >= per.rows && value.is_some_and(|value| full.add(value)))
            .collect();
        let is_full = move |row: &GroupedRow| left_out.get(row.group).copied().unwrap_or_default();
        rows.into_iter().filter(is_full).map(|row| row.hit)
    }
}

/// The full values that a search leaves out.
#[derive(Default)]
struct FullValues {
    values: Vec<Value>,
    has_null: bool,
}

impl FullValues {
    /// Adds a value. Returns `false` if there are already too many.
    fn add(&mut self, value: Value) -> bool {
        match value {
            Value::Null => self.has_null = true,
            _ if self.values.len() >= MAX_FULL => return false,
            value => self.values.push(value),
        }
        true
    }

    /// Returns the filter for the rows of other values.
    fn left_out_of(&self, filter: Option<Predicate>, per: &LimitPer) -> Option<Predicate> {
        let &[column] = per.columns.as_slice() else { return filter };
        let null = || Predicate::IsNull { column };
        let values = || Predicate::In { column, values: self.values.clone() }.not();
        let others = match (self.values.is_empty(), self.has_null) {
            (true, false) => return filter,
            (true, true) => null().not(),
            // Comparing a null with a value is neither true nor false, so the filter handles nulls explicitly.
            (false, false) => null().or(values()),
            (false, true) => null().not().and(values()),
        };
        Some(match filter {
            Some(filter) => filter.and(others),
            None => others,
        })
    }
}

/// Returns the value of a row, or `None` for a type whose values a filter cannot compare.
fn value_at(column: &ArrayRef, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return Some(Value::Null);
    }
    Some(match column.data_type() {
        DataType::Boolean => Value::Bool(column.as_boolean_opt()?.value(row)),
        DataType::Int8 => Value::Int8(column.as_primitive_opt::<Int8Type>()?.value(row)),
        DataType::Int16 => Value::Int16(column.as_primitive_opt::<Int16Type>()?.value(row)),
        DataType::Int32 => Value::Int32(column.as_primitive_opt::<Int32Type>()?.value(row)),
        DataType::Int64 => Value::Int64(column.as_primitive_opt::<Int64Type>()?.value(row)),
        DataType::UInt8 => Value::UInt8(column.as_primitive_opt::<UInt8Type>()?.value(row)),
        DataType::UInt16 => Value::UInt16(column.as_primitive_opt::<UInt16Type>()?.value(row)),
        DataType::UInt32 => Value::UInt32(column.as_primitive_opt::<UInt32Type>()?.value(row)),
        DataType::UInt64 => Value::UInt64(column.as_primitive_opt::<UInt64Type>()?.value(row)),
        DataType::Utf8 => Value::Text(column.as_string_opt::<i32>()?.value(row).to_owned()),
        DataType::FixedSizeBinary(_) => {
            Value::FixedBinary(column.as_fixed_size_binary_opt()?.value(row).to_vec())
        }
        DataType::Date32 => Value::Date(column.as_primitive_opt::<Date32Type>()?.value(row)),
        _ => return None,
    })
}

/// Converts values to rows that can be compared.
fn rows_of(columns: &[ArrayRef]) -> Result<Rows> {
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let rows = RowConverter::new(fields).and_then(|converter| converter.convert_columns(columns));
    rows.map_err(|source| {
        Error::new(ErrorKind::Unsupported, "rows cannot be grouped by a column of this type")
            .with_help("group by text, number, date or time columns")
            .with_source(source)
    })
}
