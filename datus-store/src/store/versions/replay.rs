use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::{Error, ErrorKind, Result};
use crate::query::{Hit, QuerySpec, Receipt, hits_of, receipt_of_an_earlier_table};
use crate::record::{EmbeddingRecord, keys};
use crate::rerank::Reranker;
use crate::store::access::Reads;
use crate::store::core::Core;
use crate::store::read::Reader;
use crate::store::{Store, TableRows, traced};

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Repeats the search of a receipt on the version of the table that it read, and returns the same hits, with whole
    /// records.
    ///
    /// Nothing is embedded: the receipt contains the vector of the query. If the search used a reranker, pass it again with
    /// [`rerank`](Replay::rerank). [`with_receipt`](crate::query::Search::with_receipt) creates receipts, and its
    /// documentation has an example.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a receipt of another table, scope or view, and for a missing or different
    /// reranker; `Expired` when the version was removed or the table was dropped; `SchemaMismatch` when the store's
    /// model or columns differ from the receipt's; `Engine` when the storage fails.
    pub fn replay(&self, receipt: &Receipt) -> Replay<R>
    where
        A: Reads<R>,
    {
        Replay { rows: self.rows.clone(), receipt: receipt.clone(), reranker: None, record: PhantomData }
    }
}

/// Repeats a search when awaited. Created by [`Store::replay`].
#[must_use = "a replay does nothing until it is awaited"]
pub struct Replay<R> {
    rows: TableRows,
    receipt: Receipt,
    reranker: Option<Arc<dyn Reranker>>,
    record: PhantomData<fn() -> R>,
}

impl<R> Replay<R> {
    /// Sets the reranker that the search used.
    ///
    /// The receipt contains only its name, which has to match. To return the same hits, the reranker needs the same settings
    /// too.
    pub fn rerank(mut self, reranker: impl Reranker + 'static) -> Self {
        self.reranker = Some(Arc::new(reranker));
        self
    }
}

impl<R: EmbeddingRecord> IntoFuture for Replay<R> {
    type Output = Result<Vec<Hit<R>>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { rows, receipt, reranker, record: _ } = self;
        Box::pin(async move {
            let core = rows.core();
            let traced = traced!("replay", core.table_name()).on(&core.table);
            let replay = async {
                let mut spec = core.checked_spec(&receipt, &rows, reranker.as_deref())?;
                if let Some(reranker) = reranker {
                    spec.ranking.set_reranker::<R>(reranker);
                }
                let older = Arc::new(core.at_receipt(&receipt).await?);
                let reader = Arc::new(Reader::new(older, rows.restriction));
                match hits_of::<R>(reader, spec).await {
                    // The manifest may be cached even though the files of the version are gone.
                    Err(error) if is_of_the_engine(&error) && core.is_removed(&receipt).await => {
                        Err(removed(&receipt).with_source(error))
                    }
                    result => result,
                }
            };
            traced.run(replay, Vec::len).await
        })
    }
}

impl<R> fmt::Debug for Replay<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("receipt", &self.receipt)
            .field("reranker", &self.reranker)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Checks that a receipt belongs to the rows of a store, and returns its query.
    fn checked_spec(
        &self,
        receipt: &Receipt,
        rows: &TableRows,
        reranker: Option<&dyn Reranker>,
    ) -> Result<QuerySpec> {
        self.check_receipt(receipt)?;
        receipt.check_rows(rows.restriction.filter())?;
        receipt.check_reranker(reranker)?;
        receipt.check_model(|column| {
            let model = self.own_vectors().find(|vector| vector.name() == column)?.model();
            Some((model.identity().clone(), model.kind()))
        })?;
        receipt.spec(&self.record)
    }

    /// Checks that a receipt belongs to the table.
    pub(super) fn check_receipt(&self, receipt: &Receipt) -> Result<()> {
        receipt.check_table(self.table_name(), self.opened.metadata().get(keys::TABLE_ID).map(String::as_str))
    }

    /// Returns a core that reads the version of a receipt.
    async fn at_receipt(&self, receipt: &Receipt) -> Result<Self> {
        self.check_receipt_version(receipt).await?;
        self.at(receipt.version()).await
    }

    /// Fails if the version of a receipt is gone.
    pub(super) async fn check_receipt_version(&self, receipt: &Receipt) -> Result<()> {
        if self.is_removed(receipt).await {
            return Err(removed(receipt));
        }
        match self.table.pinned(receipt.version()).await?.revision().await? == receipt.revision()? {
            true => Ok(()),
            false => Err(receipt_of_an_earlier_table()),
        }
    }

    async fn is_removed(&self, receipt: &Receipt) -> bool {
        matches!(self.table.has_version(receipt.version()).await, Ok(false))
    }
}

/// Returns `true` if a removed version of the table may be the cause of the error.
fn is_of_the_engine(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Engine | ErrorKind::Expired)
}

fn removed(receipt: &Receipt) -> Error {
    let version = receipt.version();
    let message = format!("version {version} of the table, which the receipt reads, was removed");
    Error::new(ErrorKind::Expired, message)
        .with_help("search again, and keep the versions of receipts with `store.pin(&receipt)`")
}
