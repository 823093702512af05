use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::model::{ModelIdentity, async_trait};
use crate::query::{BatchStream, Execute, PageBatches, PageSpec, QuerySpec, Receipt};
use crate::store::core::Core;
use crate::store::restriction::Restriction;

/// The query executor of a store. It adds the restriction of the store to every query.
#[derive(Debug)]
pub(in crate::store) struct Reader {
    core: Arc<Core>,
    restriction: Arc<Restriction>,
}

impl Reader {
    pub(in crate::store) fn new(core: Arc<Core>, restriction: Arc<Restriction>) -> Self {
        Self { core, restriction }
    }
}

#[async_trait]
impl Execute for Reader {
    async fn execute(&self, spec: QuerySpec) -> Result<BatchStream> {
        self.core.execute(self.restriction.query(spec)).await
    }

    async fn execute_with_receipt(&self, spec: QuerySpec) -> Result<(BatchStream, Receipt)> {
        self.core.execute_with_receipt(spec, &self.restriction).await
    }

    async fn read_page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches> {
        self.core.page(self.restriction.query(spec), page).await
    }

    async fn count(&self, spec: QuerySpec) -> Result<usize> {
        self.core.count(self.restriction.query(spec)).await
    }

    async fn count_groups(&self, spec: QuerySpec, limit: Option<usize>) -> Result<RecordBatch> {
        self.core.count_groups(self.restriction.query(spec), limit).await
    }

    async fn explain(&self, spec: QuerySpec) -> Result<String> {
        self.core.explain(self.restriction.query(spec)).await
    }

    async fn embed_query(&self, vector: usize, text: &str) -> Result<Vec<f32>> {
        self.core.embed_for_searches(vector, text).await
    }

    fn model_of(&self, vector: usize) -> Option<&ModelIdentity> {
        Some(self.core.vectors.get(vector)?.model().identity())
    }

    fn table(&self) -> &str {
        self.core.table_name()
    }

    fn vectors(&self) -> Vec<(&'static str, Arc<str>)> {
        let vectors = self.core.own_vectors();
        vectors.map(|vector| (vector.name(), Arc::clone(&vector.model_id))).collect()
    }
}
