use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{Field, Schema, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use lancedb::DistanceType;
use lancedb::query::{ColumnOrdering, ExecutableQuery, Query, QueryBase, Select, VectorQuery};

use super::Table;
use super::complete::without_index;
use super::error::convert;
use super::lower::lower;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BatchStream, DISTANCE, Nearest, Predicate, QuerySpec, SortDirection};
use crate::record::{ColumnPath, Metric};

/// A query with everything resolved that needs the record or its models.
#[derive(Clone)]
pub(crate) struct Request {
    /// The query.
    pub(crate) spec: QuerySpec,
    /// The columns to return, in order.
    pub(crate) columns: Vec<ColumnPath>,
    /// The vector search, where it is one.
    pub(crate) nearest: Option<NearestTo>,
}

/// A vector search with its vector.
#[derive(Clone)]
pub(crate) struct NearestTo {
    pub(crate) column: &'static str,
    pub(crate) metric: Metric,
    pub(crate) vector: Vec<f32>,
    pub(crate) options: Nearest,
}

/// How many hits a search returns unless it says otherwise: lancedb's own default, named here.
pub(crate) const DEFAULT_HITS: usize = 10;

impl Table {
    pub(crate) async fn read(&self, request: Request) -> Result<BatchStream> {
        let paths = request.columns.clone();
        let search = request.nearest.is_some();
        let rows = request.spec.limit.unwrap_or(usize::MAX);
        let spare = without_index(&request);
        let batches = match self.prepare(request)? {
            Prepared::Plain(query) => query.execute().await,
            Prepared::Nearest(query) => query.execute().await,
        };
        let batches = batches.map_err(convert)?;
        let stored = batches.schema();
        let schema = flat_schema(&stored, &paths, search)?;
        let answer = Arc::clone(&schema);
        let batches = batches.map_err(convert).boxed();
        let batches = match spare {
            Some(spare) => self.completed(batches, spare).await?,
            None => batches,
        };
        let batches = batches.map(move |batch| flatten(&batch?, &paths, &answer));
        // A search for no hits is asked for one: the engine takes no less.
        let batches = if rows == 0 { batches.take(0).boxed() } else { batches.boxed() };
        Ok(BatchStream { schema, batches })
    }

    /// Counts the rows of the request without reading a column of them.
    pub(crate) async fn count(&self, mut request: Request) -> Result<usize> {
        if request.spec.limit == Some(0) {
            return Ok(0);
        }
        if request.nearest.is_none() && request.spec.filter.is_none() {
            let rows = self.raw().count_rows(None).await.map_err(convert)?;
            let rows = rows.saturating_sub(request.spec.offset);
            return Ok(request.spec.limit.map_or(rows, |limit| rows.min(limit)));
        }
        request.columns.clear();
        request.spec.order.clear();
        let spare = without_index(&request);
        let batches = match self.prepare(request)? {
            Prepared::Plain(query) => query.with_row_id().execute().await,
            Prepared::Nearest(query) => query.with_row_id().execute().await,
        };
        let batches = batches.map_err(convert)?.map_err(convert).boxed();
        let batches = match spare {
            Some(spare) => self.completed(batches, spare).await?,
            None => batches,
        };
        batches.try_fold(0, |sum, batch| async move { Ok(sum + batch.num_rows()) }).await
    }

    pub(crate) async fn explain(&self, request: Request) -> Result<String> {
        match self.prepare(request)? {
            Prepared::Plain(query) => query.explain_plan(true).await,
            Prepared::Nearest(query) => query.explain_plan(true).await,
        }
        .map_err(convert)
    }

    pub(super) fn prepare(&self, request: Request) -> Result<Prepared> {
        let Request { spec, columns, nearest } = request;
        let QuerySpec { columns: _, vectors: _, filter, limit, offset, order, nearest: _ } = spec;
        let plain = refine(self.raw().query(), filter.as_ref(), offset)?;
        let Some(nearest) = nearest else {
            // The engine sorts by columns that it reads; `flatten` leaves out what was not asked for.
            let read: Vec<ColumnPath> =
                columns.into_iter().chain(order.iter().map(|key| key.column)).collect();
            let mut plain = plain.select(select(&read, false));
            if let Some(limit) = limit {
                plain = plain.limit(limit);
            }
            // No rows need no order, and the engine's sort panics when it is to keep none.
            if !order.is_empty() && limit != Some(0) {
                let keys = order.iter().map(|key| ColumnOrdering {
                    ascending: key.direction == SortDirection::Ascending,
                    nulls_first: false,
                    column_name: key.column.to_string(),
                });
                plain = plain.order_by(Some(keys.collect()));
            }
            return Ok(Prepared::Plain(plain));
        };
        let query = nearest_to(plain, nearest)?.limit(limit.unwrap_or(DEFAULT_HITS).max(1));
        Ok(Prepared::Nearest(query.select(select(&columns, true))))
    }
}

pub(super) enum Prepared {
    Plain(Query),
    Nearest(VectorQuery),
}

fn refine(query: Query, filter: Option<&Predicate>, offset: usize) -> Result<Query> {
    let query = if offset > 0 { query.offset(offset) } else { query };
    match filter {
        Some(filter) => Ok(query.only_if_expr(lower(filter)?)),
        None => Ok(query),
    }
}

fn nearest_to(query: Query, nearest: NearestTo) -> Result<VectorQuery> {
    let NearestTo { column, metric, vector, options } = nearest;
    let Nearest {
        vector: _,
        query: _,
        min_distance,
        max_distance,
        minimum_nprobes,
        maximum_nprobes,
        effort,
        refine_factor,
        ef,
        exact,
    } = options;
    let mut query = query.nearest_to(vector).map_err(convert)?.column(column).distance_type(distance(metric));
    if min_distance.is_some() || max_distance.is_some() {
        query = query.distance_range(min_distance, max_distance);
    }
    // The greatest first: lancedb refuses a least number above the greatest one that is set.
    if let Some(nprobes) = maximum_nprobes {
        query = query.maximum_nprobes((nprobes > 0).then_some(nprobes)).map_err(convert)?;
    }
    if let Some(nprobes) = minimum_nprobes {
        query = query.minimum_nprobes(nprobes).map_err(convert)?;
    }
    if effort.is_some() {
        query = query.search_effort(effort).map_err(convert)?;
    }
    if let Some(factor) = refine_factor {
        query = query.refine_factor(factor);
    }
    if let Some(ef) = ef {
        query = query.ef(ef);
    }
    Ok(if exact { query.bypass_vector_index() } else { query })
}

fn distance(metric: Metric) -> DistanceType {
    match metric {
        Metric::Cosine => DistanceType::Cosine,
        Metric::L2 => DistanceType::L2,
        Metric::Dot => DistanceType::Dot,
    }
}

/// The table's columns that hold the paths, each once; the engine reads whole columns.
pub(super) fn select(paths: &[ColumnPath], search: bool) -> Select {
    let mut roots: Vec<&str> = Vec::with_capacity(paths.len() + 1);
    for path in paths {
        if !roots.contains(&path.root()) {
            roots.push(path.root());
        }
    }
    if search {
        roots.push(DISTANCE);
    }
    Select::columns(&roots)
}

/// The schema of the answer: one field for each path, named by it.
pub(super) fn flat_schema(stored: &Schema, paths: &[ColumnPath], search: bool) -> Result<SchemaRef> {
    let mut fields = Vec::with_capacity(paths.len() + 1);
    for path in paths {
        let mut names = path.names().iter();
        let root = names.next().and_then(|name| stored.field_with_name(name).ok());
        let mut field = root.cloned().ok_or_else(|| missing(*path))?;
        for name in names {
            let arrow_schema::DataType::Struct(children) = field.data_type() else {
                return Err(missing(*path));
            };
            let child = children.iter().find(|child| child.name() == name).ok_or_else(|| missing(*path))?;
            let nullable = field.is_nullable() || child.is_nullable();
            field = Field::clone(child).with_nullable(nullable);
        }
        fields.push(field.with_name(path.to_string()));
    }
    if search {
        fields.extend(stored.field_with_name(DISTANCE).ok().cloned());
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, stored.metadata().clone())))
}

pub(super) fn flatten(batch: &RecordBatch, paths: &[ColumnPath], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> =
        paths.iter().map(|path| column_at(batch, *path)).collect::<Result<_>>()?;
    if schema.fields().len() > paths.len() {
        columns.push(
            batch.column_by_name(DISTANCE).cloned().ok_or_else(|| missing(ColumnPath::new(&[DISTANCE])))?,
        );
    }
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|source| {
        Error::new(ErrorKind::Engine, "the answer does not have the columns that were asked for")
            .with_source(source)
    })
}

/// The array at a path, null where a struct around it is null.
pub(super) fn column_at(batch: &RecordBatch, path: ColumnPath) -> Result<ArrayRef> {
    let mut names = path.names().iter();
    let root = names.next().and_then(|name| batch.column_by_name(name));
    let mut array = root.cloned().ok_or_else(|| missing(path))?;
    for name in names {
        let structs = array.as_struct_opt().ok_or_else(|| missing(path))?;
        let child = structs.column_by_name(name).cloned().ok_or_else(|| missing(path))?;
        array = mask(&child, structs);
    }
    Ok(array)
}

fn mask(child: &ArrayRef, parent: &arrow_array::StructArray) -> ArrayRef {
    let nulls = arrow_buffer::NullBuffer::union(child.nulls(), parent.nulls());
    if nulls.as_ref().map(arrow_buffer::NullBuffer::null_count)
        == child.nulls().map(arrow_buffer::NullBuffer::null_count)
    {
        return Arc::clone(child);
    }
    let data = child.to_data().into_builder().nulls(nulls).build();
    data.map_or_else(|_| new_null_array(child.data_type(), child.len()), arrow_array::make_array)
}

fn missing(path: ColumnPath) -> Error {
    Error::new(ErrorKind::Engine, "the engine's answer lacks the column").with_column(path.to_string())
}
