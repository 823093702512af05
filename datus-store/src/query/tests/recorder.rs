use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use futures::StreamExt;
use futures::stream;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelIdentity, async_trait};
use crate::query::{BatchStream, Cursor, Execute, PageBatches, PageSpec, QuerySpec};

/// An executor that records each request and returns prepared batches.
#[derive(Debug)]
pub(super) struct Recorder {
    batches: Vec<RecordBatch>,
    next: Option<Cursor>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    spec: Option<QuerySpec>,
    page: Option<PageSpec>,
    groups: Option<usize>,
}

impl Recorder {
    pub(super) fn empty() -> Arc<Self> {
        Self::of([])
    }

    pub(super) fn of(batches: impl IntoIterator<Item = RecordBatch>) -> Arc<Self> {
        Self::with_next(batches, None)
    }

    /// Creates a recorder whose pages have this cursor.
    pub(super) fn with_next(
        batches: impl IntoIterator<Item = RecordBatch>,
        next: Option<Cursor>,
    ) -> Arc<Self> {
        let batches = batches.into_iter().collect();
        Arc::new(Self { batches, next, asked: Mutex::default() })
    }

    /// Returns the specification of the last query.
    pub(super) fn spec(&self) -> QuerySpec {
        self.asked.lock().unwrap().spec.clone().unwrap()
    }

    /// Returns the last request for a page.
    pub(super) fn page(&self) -> Option<PageSpec> {
        self.asked.lock().unwrap().page
    }

    /// Returns the limit on the number of values in the last `count_by` request.
    pub(super) fn groups(&self) -> Option<usize> {
        self.asked.lock().unwrap().groups
    }

    fn record(&self, spec: QuerySpec) {
        self.asked.lock().unwrap().spec = Some(spec);
    }
}

#[async_trait]
impl Execute for Recorder {
    async fn execute(&self, spec: QuerySpec) -> Result<BatchStream> {
        self.record(spec);
        let schema = self.batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let batches = self.batches.clone().into_iter().map(Ok);
        Ok(BatchStream { schema, batches: stream::iter(batches).boxed() })
    }

    async fn read_page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches> {
        self.record(spec);
        self.asked.lock().unwrap().page = Some(page);
        Ok(PageBatches { batches: self.batches.clone(), next: self.next })
    }

    async fn count(&self, spec: QuerySpec) -> Result<usize> {
        self.record(spec);
        Ok(self.batches.iter().map(RecordBatch::num_rows).sum())
    }

    async fn count_groups(&self, spec: QuerySpec, limit: Option<usize>) -> Result<RecordBatch> {
        self.record(spec);
        self.asked.lock().unwrap().groups = limit;
        Ok(self.batches.first().cloned().unwrap())
    }

    async fn explain(&self, spec: QuerySpec) -> Result<String> {
        self.record(spec);
        Ok("the plan".to_owned())
    }

    #[cfg(feature = "store")]
    async fn execute_with_receipt(&self, _spec: QuerySpec) -> Result<(BatchStream, crate::query::Receipt)> {
        Err(Error::new(ErrorKind::Unsupported, "the recorder has no versions"))
    }

    async fn embed_query(&self, _vector: usize, _text: &str) -> Result<Vec<f32>> {
        Err(Error::new(ErrorKind::Model, "the recorder has no model"))
    }

    fn model_of(&self, _vector: usize) -> Option<&ModelIdentity> {
        None
    }

    fn table(&self) -> &str {
        "books"
    }

    fn vectors(&self) -> Vec<(&'static str, Arc<str>)> {
        vec![("vector", "toy".into())]
    }
}
