//! Tables that another program created.

use super::Database;
use crate::error::Result;
use crate::model::IntoModels;
use crate::record::EmbeddingRecord;
use crate::store::{Adopt, Description, describe};

impl Database {
    /// Returns the annotated Rust struct for a table, as text.
    ///
    /// It works for any table, whether this crate or LanceDB's Python client created it. Print the [`Description`], and copy
    /// the struct into your program. The struct declares the keys, embedded texts and indexes that the table records. A
    /// vector whose text is not recorded becomes a field of type `[f32; N]`. A column that no field type can represent
    /// becomes a comment.
    ///
    /// It reads only the schema of the table. The `describe` example is a program that calls it.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// /// A city.
    /// #[derive(EmbeddingRecord)]
    /// #[datus(table = "cities")]
    /// struct City {
    ///     #[datus(key)]
    ///     name: String,
    ///     population: Option<u32>,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let _: Store<City> = db.store(()).await?;
    /// let code = db.describe("cities").await?.to_string();
    /// assert_eq!(
    ///     code,
    ///     r#"use datus_store::EmbeddingRecord;
    ///
    /// /// A city.
    /// #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    /// #[datus(table = "cities")]
    /// pub struct City {
    ///     #[datus(key)]
    ///     pub name: String,
    ///     pub population: Option<u32>,
    /// }
    /// "#
    /// );
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `TableNotFound` when the table does not exist; `Decode` when the metadata that LanceDB's Python client wrote cannot
    /// be read; `Engine` when the storage fails.
    pub async fn describe(&self, table: &str) -> Result<Description> {
        Box::pin(describe(&self.connection, table)).await
    }

    /// Prepares a table that another program created for [`store`](Self::store): checks it, and records what the struct
    /// declares.
    ///
    /// A table that LanceDB's Python client created does not record its key or the text columns of its vectors, and often
    /// does not record its models either. Adopting such a table compares its columns with the struct. It checks that no row
    /// has a null where the struct allows none, and that no two rows have the same key. It embeds a sample of the stored
    /// texts and compares the vectors with the stored ones, to detect a wrong model. Then it writes the metadata in one
    /// commit. Rows, vectors and indexes stay as they are, and Python can still read and write the table.
    ///
    /// A table that already has the metadata is left unchanged. The guide has a page on [tables from
    /// Python](crate::guide::tables_from_python).
    ///
    /// **Cost:** one call to the model for up to [100](Adopt::sample) texts, and a scan of the key columns.
    ///
    /// ```
    /// use datus_store::model::HashingModel;
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(key)]
    ///     id: i64,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// # let db = Database::connect("memory://").await?;
    /// # let _: Store<Note> = db.store(HashingModel::new(384)).await?;
    /// // Once, for a table that another program created:
    /// let adopted = db.adopt::<Note>(HashingModel::new(384)).await?;
    /// for vector in &adopted.vectors {
    ///     println!("{}: mean cosine {:?} of {} vectors", vector.column, vector.cosine, vector.compared);
    /// }
    /// // From then on:
    /// let notes: Store<Note> = db.store(HashingModel::new(384)).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `TableNotFound` when the table does not exist; `SchemaMismatch` with every
    /// [`Difference`](crate::record::Difference) when a column is missing or has a different type, when the table has
    /// columns that the struct lacks, or records a different key, text or model, and when rows have nulls or share a key;
    /// `Model` when the mean cosine, which the message contains, is below the [threshold](Adopt::threshold), or when the
    /// model fails; `Decode` when the metadata that LanceDB's Python client wrote cannot be read; `Conflict` when other
    /// writers committed first on every attempt; `Unsupported` for a table in LanceDB's service; `Engine` when the storage
    /// fails. If an error occurs, nothing is changed.
    pub fn adopt<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Adopt<'_, R> {
        Adopt::new(&self.connection, models.into_models())
    }
}
