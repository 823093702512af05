use std::fmt;
use std::future::IntoFuture;

use fastrand::Rng;
use futures::future::BoxFuture;

use crate::error::{Error, ErrorKind, Result};
use crate::model::probe;
use crate::record::EmbeddingRecord;
use crate::statistics::{Interval, score_interval};
use crate::store::core::Core;
use crate::store::vectors::{Pair, Sample, SampleRequest, check_cosine, compare_texts};
use crate::store::write::ingest::{TextsOf, texts_of};
use crate::store::{Store, traced};

/// The maximum number of keys in a report.
const MAX_KEYS: usize = 10;

/// The stale vectors of one vector column, in a sample of its rows. Returned by [`Store::verify_vectors`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VerifiedVectors {
    /// The vector column.
    pub column: &'static str,
    /// The number of stored vectors that were compared. Only rows with both a text and a vector are compared.
    pub compared: usize,
    /// The number of compared vectors that differ from the one that the model computes from the stored text.
    pub stale: usize,
    /// The fraction of stale vectors in the sample, from 0 to 1.
    pub stale_fraction: f64,
    /// The 95% confidence interval for the fraction in the whole table. Both ends are `stale_fraction` if all rows were
    /// compared.
    pub interval: Interval,
    /// The keys of up to ten rows with a stale vector, as text. It is empty for a record without a key.
    pub stale_keys: Vec<String>,
}

/// Compares stored vectors with their texts when awaited. Created by [`Store::verify_vectors`].
#[must_use = "nothing is compared until it is awaited"]
pub struct VerifyVectors<'a, R> {
    store: &'a Store<R>,
    sample: usize,
    threshold: f32,
}

impl<R: EmbeddingRecord> Store<R> {
    /// When awaited, embeds a sample of the stored texts, and compares the vectors with the stored ones.
    ///
    /// A stored vector is stale if it does not belong to the text of its row. This happens if a program changes the text with
    /// LanceDB's own `update` or `merge_insert`, which do not embed it. The rows are chosen at random for each vector column.
    /// [`repair`](Self::repair) with [`stale_vectors`](crate::Repair::stale_vectors) embeds such rows.
    ///
    /// A vector that was [given](crate::Embedded) with its row counts as stale if the model computes a different one.
    ///
    /// **Cost:** the texts of `sample` rows are embedded for each vector column, and are held in memory with their vectors.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::default()).await?;
    /// notes.add((0..50).map(|n| Note { text: format!("note {n}") })).await?;
    ///
    /// let verified = notes.verify_vectors(20).await?;
    /// assert_eq!((verified[0].compared, verified[0].stale), (20, 0));
    /// println!("{}", verified[0]); // vector: 0 of 20 vectors are stale (0.000 to 0.161 of all)
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a sample of 0 rows and for a threshold that is not between -1 and 1; `Model` when a
    /// model fails; `TableChanged` when another program changed the table; `Engine` when the storage fails.
    pub fn verify_vectors(&self, sample: usize) -> VerifyVectors<'_, R> {
        VerifyVectors { store: self, sample, threshold: probe::THRESHOLD }
    }
}

impl<R> VerifyVectors<'_, R> {
    /// Sets the cosine similarity below which a vector is stale. The default is 0.999: vectors that differ only by rounding
    /// on other hardware stay above it, and so do 16-bit vectors. Vectors from an 8-bit version of the model may be below
    /// it.
    pub fn threshold(mut self, cosine: f32) -> Self {
        self.threshold = cosine;
        self
    }
}

impl<R> fmt::Debug for VerifyVectors<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyVectors")
            .field("store", self.store)
            .field("sample", &self.sample)
            .field("threshold", &self.threshold)
            .finish()
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for VerifyVectors<'a, R> {
    type Output = Result<Vec<VerifiedVectors>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, sample, threshold } = self;
        let core = store.core();
        let traced = traced!("verify_vectors", core.table_name());
        let verify = async move { core.verify_vectors(sample, threshold, texts_of::<R>).await };
        Box::pin(traced.run(verify, |verified| verified.iter().map(|column| column.compared).sum()))
    }
}

impl Core {
    async fn verify_vectors(
        &self,
        sample: usize,
        threshold: f32,
        texts_of: TextsOf,
    ) -> Result<Vec<VerifiedVectors>> {
        check_cosine(threshold)?;
        if sample == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "the sample has no rows")
                .with_help("pass the number of rows to compare to `.verify_vectors(…)`"));
        }
        let stored = self.checked_schema().await?;
        let record = &self.record;
        let request = SampleRequest { table: &self.table, record, stored: &stored, texts_of, rows: sample };
        let mut verified = Vec::with_capacity(record.vectors.len());
        for (number, vector) in self.own_vectors().enumerate() {
            let sample = request.draw(number, Rng::new()).await?;
            let compared = compare_texts(vector.model(), &sample.pairs).await;
            let compared = compared.map_err(|error| error.with_column(vector.name()))?;
            let metric = vector.definition.metric;
            let stale = compared.iter().map(|compared| compared.is_stale(metric, threshold));
            verified.push(verified_vectors(vector.name(), &sample, &stale.collect::<Vec<bool>>()));
        }
        Ok(verified)
    }
}

/// Returns the report of a sample. `stale` has an element for each pair of the sample, which is `true` if its vector is stale.
fn verified_vectors(column: &'static str, sample: &Sample, stale: &[bool]) -> VerifiedVectors {
    let compared = sample.pairs.len();
    let of_stale: Vec<&Pair> =
        sample.pairs.iter().zip(stale).filter(|(_, stale)| **stale).map(|(pair, _)| pair).collect();
    let stale_fraction = of_stale.len() as f64 / compared.max(1) as f64;
    let interval = match (sample.is_complete, compared) {
        (true, _) => Interval { low: stale_fraction, high: stale_fraction },
        (false, 0) => Interval { low: 0.0, high: 1.0 },
        (false, compared) => score_interval(
            stale_fraction,
            (stale_fraction * (1.0 - stale_fraction) / compared as f64).sqrt(),
            compared,
        ),
    };
    let stale_keys = of_stale.iter().filter_map(|pair| pair.key.clone()).take(MAX_KEYS).collect();
    VerifiedVectors { column, compared, stale: of_stale.len(), stale_fraction, interval, stale_keys }
}

impl fmt::Display for VerifiedVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, compared, stale, stale_fraction: _, interval, stale_keys } = self;
        write!(f, "{column}: {stale} of {compared} vectors are stale ({interval} of all)")?;
        if stale_keys.is_empty() { Ok(()) } else { write!(f, ", such as {}", stale_keys.join(", ")) }
    }
}
