//! A record whose definition says more than its derive can.

use std::borrow::Cow;

use arrow_array::ArrayRef;
use datus_store::record::{FieldDef, RecordDef, Row, RowBuilder, RowReader};
use datus_store::{EmbeddingRecord, Keyed, Result};

/// Changes the definition of a record.
pub(crate) trait Change: EmbeddingRecord {
    fn change(record: &mut RecordDef);
}

/// `R` with its changed definition. Its queries have no filters: those are of `R`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed<R>(pub(crate) R);

pub(crate) struct Builder<R: EmbeddingRecord>(R::Builder);

pub(crate) struct Reader<R: EmbeddingRecord>(R::Reader);

impl<R: Change> Row for Changed<R> {
    type Builder = Builder<R>;
    type Reader = Reader<R>;

    fn fields() -> Vec<FieldDef> {
        Self::definition().fields
    }

    fn default_column(name: &str) -> Option<Result<ArrayRef>> {
        R::default_column(name)
    }
}

impl<R: Change> EmbeddingRecord for Changed<R> {
    type Columns = R::Columns;
    type Filter = R::Filter;
    type Query<Q> = R::Query<Q>;
    type Models = R::Models;

    const TABLE: &'static str = R::TABLE;

    fn columns() -> Self::Columns {
        R::columns()
    }

    fn query<Q>(query: Q) -> Self::Query<Q> {
        R::query(query)
    }

    fn definition() -> RecordDef {
        let mut record = R::definition();
        R::change(&mut record);
        record
    }

    fn source_text(&self, vector: usize) -> Option<Cow<'_, str>> {
        self.0.source_text(vector)
    }
}

impl<R: Change + Keyed> Keyed for Changed<R> {}

impl<R: EmbeddingRecord> Default for Builder<R> {
    fn default() -> Self {
        Self(R::Builder::default())
    }
}

impl<R: Change> RowBuilder<Changed<R>> for Builder<R> {
    fn measure(&mut self, row: &Changed<R>) {
        self.0.measure(&row.0);
    }

    fn measure_null(&mut self) {
        self.0.measure_null();
    }

    fn allocate(&mut self) {
        self.0.allocate();
    }

    fn push(&mut self, row: &Changed<R>) -> Result<()> {
        self.0.push(&row.0)
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn finish(self) -> Result<Vec<ArrayRef>> {
        self.0.finish()
    }
}

impl<R: Change> RowReader<Changed<R>> for Reader<R> {
    fn open(columns: &[Option<ArrayRef>]) -> Result<Self> {
        R::Reader::open(columns).map(Self)
    }

    fn get(&self, row: usize) -> Result<Changed<R>> {
        self.0.get(row).map(Changed)
    }
}
