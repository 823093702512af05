//! Computes the distances of an exact search from vectors in memory.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, UInt32Array, UInt64Array};
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::{interleave::interleave, take::take};
use datafusion_common::{DataFusionError, Result, internal_datafusion_err};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt, future, stream};
use lance::Dataset;
use lance::dataset::fragment::FileFragment;
use lance::deps::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use lance::deps::datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream as RecordBatches};
use lance::io::exec::filtered_read::FilteredReadExec;
use lance::io::exec::{KNNVectorDistanceExec, LanceFilterExec, LanceScanConfig, LanceScanExec};
use lance_core::utils::deletion::DeletionVector;
use lance_core::utils::tokio::{get_num_compute_intensive_cpus, spawn_cpu};
use lance_core::{ROW_ADDR, ROW_ID};
use lance_datafusion::exec::{LanceExecutionOptions, execute_plan};
use lance_table::format::Fragment;

use super::vector_cache::{FragmentVectors, TableVectors, VectorColumn};
use crate::query::DISTANCE;

/// The number of rows whose distances are computed at a time.
const BATCH: usize = 8192;

/// With an index on the filter's columns, at most one of this many bytes of the column may be missing in memory. They are read
/// even if they belong to no matching row.
const MAX_MISSING: usize = 8;

/// The distances of all vectors between the first and the last row are computed if these are at most this many times as many
/// as the rows. Otherwise, the vectors of the rows are copied.
const MAX_SPAN: usize = 2;

/// Returns the `limit` nearest rows of each batch with their distances, or `None` if the vectors of the search are not kept
/// in memory.
pub(super) fn nearest(
    distances: &KNNVectorDistanceExec,
    limit: usize,
    vectors: &Arc<TableVectors>,
) -> Option<RecordBatches> {
    let rows = Rows::of(distances)?;
    vectors.remove_replaced(rows.scan.dataset());
    let column = vectors.column(rows.scan.dataset(), rows.scan.fragments(), &distances.column)?;
    // With an index on the filter's columns, the engine reads only the vectors of matching rows.
    if rows.scan.index().is_some() && vectors.missing(&column) > column.size() / MAX_MISSING {
        return None;
    }
    let batches = rows.batches(&column, vectors)?;
    let search = Search {
        query: Arc::clone(&distances.query),
        distances: distances.distance_type.arrow_batch_func(),
        column: distances.column.clone(),
        schema: distances.schema(),
        limit,
    };
    let (search, vectors) = (Arc::new(search), Arc::clone(vectors));
    let nearest = async move {
        let in_memory = Arc::new(vectors.get(&column).await.map_err(external)?);
        let nearest = batches.map(move |batch| {
            let (search, in_memory) = (Arc::clone(&search), Arc::clone(&in_memory));
            async move {
                let batch = batch?;
                spawn_cpu(move || search.nearest(&batch, &in_memory)).await
            }
        });
        Ok::<_, DataFusionError>(nearest.buffer_unordered(get_num_compute_intensive_cpus()))
    };
    let nearest = stream::once(nearest).try_flatten();
    Some(Box::pin(RecordBatchStreamAdapter::new(distances.schema(), nearest)))
}

/// A scan of a vector column.
enum Scan<'a> {
    Filtered(&'a FilteredReadExec),
    /// The scan of rows that a vector index does not cover.
    Unfiltered(&'a LanceScanExec),
}

impl<'a> Scan<'a> {
    /// Returns the scan, or `None` if it is a different node or reads only a range of the rows.
    fn of(node: &'a Arc<dyn ExecutionPlan>) -> Option<Self> {
        if let Some(scan) = node.downcast_ref::<LanceScanExec>() {
            return scan.range().is_none().then_some(Self::Unfiltered(scan));
        }
        let scan = node.downcast_ref::<FilteredReadExec>()?;
        let options = scan.options();
        let is_whole = scan.row_stream_input().is_none()
            && options.scan_range_before_filter.is_none()
            && options.scan_range_after_filter.is_none();
        is_whole.then_some(Self::Filtered(scan))
    }

    fn dataset(&self) -> &Arc<Dataset> {
        match self {
            Self::Filtered(scan) => scan.dataset(),
            Self::Unfiltered(scan) => scan.dataset(),
        }
    }

    fn fragments(&self) -> &Arc<Vec<Fragment>> {
        match self {
            Self::Filtered(scan) => scan.options().fragments.as_ref().unwrap_or(scan.dataset().fragments()),
            Self::Unfiltered(scan) => scan.fragments(),
        }
    }

    /// Returns the search in the indexes of the filter's columns.
    fn index(&self) -> Option<&Arc<dyn ExecutionPlan>> {
        match self {
            Self::Filtered(scan) => scan.index_input(),
            Self::Unfiltered(_) => None,
        }
    }

    fn is_filtered(&self) -> bool {
        match self {
            Self::Filtered(scan) => {
                let options = scan.options();
                self.index().is_some() || options.full_filter.is_some() || options.refine_filter.is_some()
            }
            Self::Unfiltered(_) => false,
        }
    }

    /// Returns the same scan with the addresses of the rows and without the column with this field id.
    fn without(&self, field: i32) -> Option<Arc<dyn ExecutionPlan>> {
        let dataset = Arc::clone(self.dataset());
        Some(match self {
            Self::Filtered(scan) => {
                let mut projection = scan.options().projection.clone();
                projection.field_ids.remove(&field);
                projection.with_row_addr = true;
                let options = scan.options().clone().with_projection(projection);
                Arc::new(FilteredReadExec::try_new(dataset, options, self.index().cloned()).ok()?)
            }
            Self::Unfiltered(scan) => {
                let mut projection = scan.projection().as_ref().clone();
                projection.fields.retain(|column| column.id != field);
                let config = LanceScanConfig { with_row_address: true, ..scan.config().clone() };
                let fragments = Arc::clone(scan.fragments());
                Arc::new(LanceScanExec::new(dataset, fragments, None, Arc::new(projection), config))
            }
        })
    }
}

/// The rows whose distances a search computes.
struct Rows<'a> {
    scan: Scan<'a>,
    /// The filters after the scan, the last one first.
    filters: Vec<&'a LanceFilterExec>,
    /// The columns of the rows.
    schema: SchemaRef,
}

impl<'a> Rows<'a> {
    fn of(distances: &'a KNNVectorDistanceExec) -> Option<Self> {
        let mut filters = Vec::new();
        let mut input = &distances.input;
        while let Some(filter) = input.downcast_ref::<LanceFilterExec>() {
            filters.push(filter);
            input = filter.filter.input();
        }
        Some(Self { scan: Scan::of(input)?, filters, schema: distances.input.schema() })
    }

    /// Returns the rows without their vectors, or `None` if the rows cannot be found without them.
    fn batches(
        &self,
        column: &VectorColumn,
        vectors: &Arc<TableVectors>,
    ) -> Option<BoxStream<'static, Result<RecordBatch>>> {
        let is_filtered = !self.filters.is_empty() || self.scan.is_filtered();
        let has_ids_only = self.schema.fields().len() == 2 && self.schema.column_with_name(ROW_ID).is_some();
        if !is_filtered && has_ids_only && !column.dataset.manifest().uses_stable_row_ids() {
            let (dataset, fragments) = (Arc::clone(&column.dataset), Arc::clone(&column.fragments));
            return Some(all_rows(dataset, fragments, Arc::clone(vectors)).boxed());
        }
        let mut rows = self.scan.without(column.field())?;
        for filter in self.filters.iter().rev() {
            rows = Arc::new(LanceFilterExec::try_new(filter.expr().clone(), rows).ok()?);
        }
        let batches = execute_plan(rows, LanceExecutionOptions::default()).ok()?;
        Some(batches.try_filter(|batch| future::ready(batch.num_rows() > 0)).boxed())
    }
}

/// Returns the ids of all rows of the fragments.
fn all_rows(
    dataset: Arc<Dataset>,
    fragments: Arc<Vec<Fragment>>,
    vectors: Arc<TableVectors>,
) -> impl futures::Stream<Item = Result<RecordBatch>> {
    let read = async move {
        let mut ids: Vec<u64> = Vec::new();
        let requests = dataset.object_store(None).await.map_err(external)?.io_parallelism();
        let deleted = stream::iter(fragments.iter().cloned()).map(|fragment| {
            let (vectors, file) = (Arc::clone(&vectors), FileFragment::new(Arc::clone(&dataset), fragment));
            async move { vectors.deleted_rows(&file).await.map(|deleted| (file, deleted)).map_err(external) }
        });
        let mut deleted = deleted.buffered(requests);
        while let Some((file, deleted)) = deleted.try_next().await? {
            let fragment = file.metadata();
            let rows = fragment.physical_rows.and_then(|rows| u32::try_from(rows).ok());
            let rows = 0..rows.ok_or_else(|| internal_datafusion_err!("the number of rows is unknown"))?;
            let first = fragment.id << 32;
            let id = |offset| first | u64::from(offset);
            match &*deleted {
                DeletionVector::NoDeletions => ids.extend(rows.map(id)),
                deleted => ids.extend(rows.filter(|offset| !deleted.contains(*offset)).map(id)),
            }
        }
        let ids = UInt64Array::from(ids);
        let batches = (0..ids.len()).step_by(BATCH).map(move |first| {
            let part = ids.slice(first, BATCH.min(ids.len() - first));
            Ok(RecordBatch::try_from_iter([(ROW_ID, Arc::new(part) as ArrayRef)])?)
        });
        Ok::<_, DataFusionError>(stream::iter(batches))
    };
    read.into_stream().try_flatten()
}

/// An exact search.
struct Search {
    query: ArrayRef,
    distances: fn(&dyn Array, &FixedSizeListArray) -> std::result::Result<Arc<Float32Array>, ArrowError>,
    /// The name of the vector column.
    column: String,
    /// The schema of the answer.
    schema: SchemaRef,
    limit: usize,
}

/// A row of a batch.
#[derive(Clone, Copy)]
struct Row {
    position: u32,
    id: u64,
    address: u64,
}

impl Row {
    fn fragment(self) -> u64 {
        self.address >> 32
    }

    /// Returns the row's position in the files of its fragment.
    fn offset(self) -> u32 {
        (self.address & u64::from(u32::MAX)) as u32
    }
}

/// A row that may be among the nearest ones.
struct Candidate {
    distance: f32,
    row: Row,
    /// The position of the vectors of the row's fragment.
    vectors: usize,
}

impl Search {
    /// Returns the nearest rows of a batch in any order. Of two rows with the same distance, the one with the smaller row id
    /// counts as nearer. Rows without an id, which were deleted, and rows without a distance are left out.
    fn nearest(&self, batch: &RecordBatch, in_memory: &FragmentVectors) -> Result<RecordBatch> {
        let (mut near, mut sources) = (Vec::new(), Vec::new());
        for rows in rows(batch)?.chunk_by(|a, b| a.fragment() == b.fragment()) {
            let vectors = rows.first().and_then(|row| in_memory.get(&row.fragment()));
            let vectors = vectors.ok_or_else(|| internal_datafusion_err!("a fragment has no vectors"))?;
            let distances = rows.iter().zip(self.distances(vectors, rows)?);
            let source = sources.len();
            near.extend(distances.filter_map(|(&row, distance)| {
                Some(Candidate { distance: distance?, row, vectors: source })
            }));
            sources.push(vectors as &dyn Array);
        }
        if near.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        if self.limit < near.len() {
            near.select_nth_unstable_by(self.limit, |a, b| {
                a.distance.total_cmp(&b.distance).then(a.row.id.cmp(&b.row.id))
            });
            near.truncate(self.limit);
        }
        let positions: UInt32Array = near.iter().map(|candidate| candidate.row.position).collect();
        let columns = self.schema.fields().iter().map(|field| match field.name() {
            name if *name == self.column => {
                let near = near.iter().map(|it| (it.vectors, it.row.offset() as usize));
                Ok(interleave(&sources, &near.collect::<Vec<_>>())?)
            }
            name if name == DISTANCE => {
                Ok(Arc::new(Float32Array::from_iter_values(near.iter().map(|it| it.distance))) as ArrayRef)
            }
            name => {
                let column = batch.column_by_name(name).ok_or_else(|| missing(name))?;
                Ok(take(column, &positions, None)?)
            }
        });
        let columns = columns.collect::<Result<_>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// Returns the distances of rows of one fragment; `None` for null vectors and for vectors without a distance.
    fn distances(&self, vectors: &FixedSizeListArray, rows: &[Row]) -> Result<Vec<Option<f32>>> {
        let offsets = || rows.iter().map(|row| row.offset());
        let (Some(first), Some(last)) = (offsets().min(), offsets().max()) else { return Ok(Vec::new()) };
        let value = |distances: &Float32Array, row: usize| {
            distances.is_valid(row).then(|| distances.value(row)).filter(|distance| !distance.is_nan())
        };
        let span = (last - first) as usize + 1;
        if span <= MAX_SPAN * rows.len() {
            let distances = (self.distances)(&*self.query, &vectors.slice(first as usize, span))?;
            return Ok(offsets().map(|offset| value(&distances, (offset - first) as usize)).collect());
        }
        let vectors = take(vectors, &UInt32Array::from_iter_values(offsets()), None)?;
        let distances = (self.distances)(&*self.query, vectors.as_fixed_size_list())?;
        Ok((0..rows.len()).map(|row| value(&distances, row)).collect())
    }
}

/// Returns the rows of a batch that were not deleted.
fn rows(batch: &RecordBatch) -> Result<Vec<Row>> {
    let column = |name| batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let ids = column(ROW_ID).ok_or_else(|| missing(ROW_ID))?;
    let rows = ids.iter().zip(column(ROW_ADDR).unwrap_or(ids)).zip(0..);
    Ok(rows
        .filter_map(|((id, address), position)| Some(Row { position, id: id?, address: address? }))
        .collect())
}

fn missing(name: &str) -> DataFusionError {
    internal_datafusion_err!("the batch lacks the column {name}")
}

fn external(error: lance_core::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
