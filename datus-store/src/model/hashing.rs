mod features;
mod stop_words;
#[cfg(test)]
mod tests;
mod words;

use super::bounds::{self, MAX_DIMENSION};
use super::compute::{in_parallel, run_on_pool};
use super::{BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, Role, async_trait};
use crate::error::{BoxError, Result};
use features::Features;

/// The number of texts in one unit of work for a thread, which takes a few milliseconds.
const CHUNK: usize = 128;

/// Embeds text by hashing its words and character n-grams. It is deterministic, works offline, and needs no download.
///
/// **It matches shared vocabulary, not meaning.** `customer orders` is near `CustomerOrder` and `ordering`, but
/// `purchases by clients` is as far away as any unrelated text. To match meaning, use a neural model. Use this model for
/// tests, for machines without a network, and for text that consists of names, such as the tables and columns of a
/// database.
///
/// # Algorithm
/// 1. The text is split into words of letters or digits, and identifiers are split into their parts: `customer_orders`,
///    `customerOrders` and `Customer Orders` have the same vector. Words are lowercased, and English stop words are
///    removed. There is no stemming and no Unicode normalization.
/// 2. The features of a word are the word itself and its character n-grams. The n-grams have 3 to 5 characters and
///    include boundary marks: `<id>` has the n-grams `<id`, `id>` and `<id>` ([Bojanowski et al. 2017]). Chinese,
///    Japanese and Korean text, which is often written without spaces, also has 2-character n-grams.
/// 3. A feature that occurs `tf` times is hashed with 64-bit FNV-1a to `h` and adds `±(1 + ln tf)` to the component
///    `h mod dimension`. The highest bit of `h` is the sign ([Weinberger et al. 2009]). The logarithm keeps frequent
///    words from dominating a long text ([Manning et al. 2008]).
/// 4. The vector is scaled to unit length, so that cosine, dot product and Euclidean distance give the same order.
///
/// Queries and documents are embedded in the same way. Stop words are kept if the text has no other words, and symbols
/// are hashed if the text has no words at all. All blank texts have the same vector of unit length.
///
/// The revision in the [`identity`](EmbeddingModel::identity) is the version of this algorithm. It changes whenever the
/// vectors change.
///
/// # Cost
/// The time grows with the length of the text. A `CREATE TABLE` statement of 170 bytes takes about 15 microseconds. A
/// lower dimension takes less space, but more features share a component.
///
/// ```
/// use datus_store::model::HashingModel;
///
/// let model = HashingModel::default();
/// let near = |a: &str, b: &str| -> f32 {
///     model.vector(a).iter().zip(model.vector(b)).map(|(a, b)| a * b).sum()
/// };
///
/// let question = "Which orders did a customer place?";
/// assert!(near(question, "customerOrders") > 0.5);
/// assert!(near(question, "flight_delays") < 0.2);
///
/// assert_eq!(model.vector("customer_orders"), model.vector("customerOrders"));
/// ```
///
/// [Bojanowski et al. 2017]: https://aclanthology.org/Q17-1010/
/// [Weinberger et al. 2009]: https://arxiv.org/abs/0902.2206
/// [Manning et al. 2008]: https://nlp.stanford.edu/IR-book/html/htmledition/sublinear-tf-scaling-1.html
#[derive(Debug, Clone)]
pub struct HashingModel {
    identity: ModelIdentity,
}

impl HashingModel {
    /// The [`id`](ModelIdentity::id) of every hashing model.
    pub const ID: &'static str = "datus/hashing";

    /// The dimension of [`HashingModel::default`]: 1,024.
    pub const DEFAULT_DIMENSION: usize = 1024;

    /// The version of the algorithm.
    const REVISION: &'static str = "1";

    /// The largest dimension: 65,536.
    pub const MAX_DIMENSION: usize = MAX_DIMENSION;

    /// Creates a model with the given dimension.
    ///
    /// The dimension is clamped to the range from 1 to [`MAX_DIMENSION`](Self::MAX_DIMENSION).
    /// [`try_new`](Self::try_new) returns an error instead.
    ///
    /// ```
    /// use datus_store::model::{EmbeddingModel, HashingModel};
    ///
    /// assert_eq!(HashingModel::new(384).identity().to_string(), "datus/hashing@1 (384 dimensions, normalized)");
    /// assert_eq!(HashingModel::new(0).identity().dimension, 1);
    /// assert_eq!(HashingModel::new(4_000_000_000).identity().dimension, 65_536);
    /// ```
    pub fn new(dimension: usize) -> Self {
        let identity = ModelIdentity::new(Self::ID, dimension.clamp(1, Self::MAX_DIMENSION))
            .with_revision(Self::REVISION)
            .with_normalized(true);
        Self { identity }
    }

    /// Creates a model with the given dimension, or returns an error if it is out of range.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if the dimension is 0 or greater than [`MAX_DIMENSION`](Self::MAX_DIMENSION).
    ///
    /// ```
    /// use datus_store::model::HashingModel;
    ///
    /// assert!(HashingModel::try_new(384).is_ok());
    /// assert!(HashingModel::try_new(0).is_err());
    /// assert!(HashingModel::try_new(4_000_000_000).is_err());
    /// ```
    pub fn try_new(dimension: usize) -> Result<Self> {
        bounds::check_positive("dimension", dimension, Self::MAX_DIMENSION)?;
        Ok(Self::new(dimension))
    }

    /// Embeds one text synchronously. The vector is the same as the one from [`embed`](EmbeddingModel::embed) in either role.
    ///
    /// For any text, the vector has unit length and [`dimension`](ModelIdentity::dimension) finite values.
    ///
    /// ```
    /// use datus_store::model::HashingModel;
    ///
    /// let vector = HashingModel::new(64).vector("monthly revenue by region");
    /// assert_eq!(vector.len(), 64);
    /// assert!((vector.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
    /// ```
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.vector_with(&mut Features::default(), text)
    }

    fn vector_with(&self, features: &mut Features, text: &str) -> Vec<f32> {
        let dimension = self.identity.dimension;
        let mut vector = vec![0.0_f32; dimension];
        let mut last = (0, 1.0);
        for (hash, count) in features.extract(text) {
            let component = (hash % dimension as u64) as usize;
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[component] += sign * term_weight(count);
            last = (component, sign);
        }

        let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32;
        if length > 0.0 {
            vector.iter_mut().for_each(|value| *value /= length);
        } else {
            // In very few dimensions, opposite signs can cancel out. The cosine of a zero vector is undefined, so only
            // the last feature is used.
            let (component, sign) = last;
            vector[component] = sign;
        }
        vector
    }
}

/// Returns `1 + ln(count)`.
fn term_weight(count: usize) -> f32 {
    // Most features occur once, and a logarithm costs more than this branch.
    if count == 1 { 1.0 } else { 1.0 + (count as f32).ln() }
}

impl Default for HashingModel {
    /// Creates a model with [`DEFAULT_DIMENSION`](Self::DEFAULT_DIMENSION).
    fn default() -> Self {
        Self::new(Self::DEFAULT_DIMENSION)
    }
}

#[async_trait]
impl EmbeddingModel for HashingModel {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let model = self.clone();
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        run_on_pool(move || {
            in_parallel(&texts, CHUNK, |texts| {
                let mut features = Features::default();
                texts.iter().map(|text| model.vector_with(&mut features, text)).collect()
            })
        })
        .await
    }

    /// Returns a limit of 1,024 texts per call. For table definitions, such a call takes about 20 milliseconds on one core.
    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(1024)
    }

    fn kind(&self) -> ModelKind {
        ModelKind::Lexical
    }
}
