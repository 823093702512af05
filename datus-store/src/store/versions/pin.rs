use super::tag::Tag;
use crate::error::Result;
use crate::query::Receipt;
use crate::record::EmbeddingRecord;
use crate::store::{Store, traced};

impl<R: EmbeddingRecord> Store<R> {
    /// Keeps the version of a receipt: tags it, so that [`optimize`](Self::optimize) and maintenance do not remove it.
    ///
    /// Returns the tag, whose name begins with `receipt-`. A receipt has one tag, so pinning it again does nothing.
    /// [`delete_tag`](Self::delete_tag) releases the version.
    ///
    /// ```
    /// # use datus_store::model::HashingModel;
    /// # use datus_store::{Database, EmbeddingRecord, Store};
    /// # #[derive(EmbeddingRecord)]
    /// # struct Note {
    /// #     #[datus(embed)]
    /// #     text: String,
    /// # }
    /// # datus_store::block_on(async {
    /// # let notes: Store<Note> = Database::connect("memory://").await?.store(HashingModel::default()).await?;
    /// # notes.add([Note { text: "water the plants".into() }]).await?;
    /// let (_, receipt) = notes.search("plants").with_receipt().await?;
    /// let tag = notes.pin(&receipt).await?;
    /// assert_eq!(tag.version, receipt.version());
    /// notes.delete_tag(&tag.name).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a receipt of another table; `Expired` when the version was removed or the table was dropped;
    /// `Conflict` when the wait for an index build or an `optimize` exceeds
    /// [`lock_timeout`](crate::Connect::lock_timeout); `Engine` when the storage fails.
    pub async fn pin(&self, receipt: &Receipt) -> Result<Tag> {
        let core = self.core();
        let pin = async {
            core.check_receipt(receipt)?;
            let lock = core.table.maintenance_lock().await?;
            core.check_receipt_version(receipt).await?;
            let tag = Tag { name: receipt.tag(), version: receipt.version() };
            let tags = core.table.tags().await?;
            if !tags.iter().any(|(name, version)| (name, version) == (&tag.name, &tag.version)) {
                core.table.create_tag(&lock, &tag.name, tag.version).await?;
            }
            Ok(tag)
        };
        traced!("pin", core.table_name()).on(&core.table).run(pin, |_| 0).await
    }
}
