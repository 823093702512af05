use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::migrate::plan;
use super::plan::Plan;
use crate::backend::Connection;
use crate::error::Result;
use crate::model::AvailableModels;
use crate::record::EmbeddingRecord;
use crate::store::target::TableRequest;
use crate::store::traced;

/// When awaited, returns the changes that a table needs. Created by [`Database::plan`](crate::Database::plan).
#[must_use = "nothing is compared until it is awaited"]
pub struct MakePlan<'a, R> {
    connection: &'a Connection,
    models: Result<AvailableModels>,
    table: Option<String>,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: EmbeddingRecord> MakePlan<'a, R> {
    pub(crate) fn new(connection: &'a Connection, models: Result<AvailableModels>) -> Self {
        Self { connection, models, table: None, record: PhantomData }
    }

    /// Compares the record with the table that has this name. By default, the name is the one that the record declares.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for MakePlan<'a, R> {
    type Output = Result<Plan>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, models, table, record: _ } = self;
        let traced = traced!("plan", table.as_deref().unwrap_or(R::TABLE));
        let plan = async move { plan(connection, TableRequest::new::<R>(models?, table)?).await };
        Box::pin(traced.run(plan, |_| 0))
    }
}

impl<R> fmt::Debug for MakePlan<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakePlan").field("table", &self.table).finish_non_exhaustive()
    }
}
