mod features;
mod stop_words;
#[cfg(test)]
mod tests;
mod words;

use super::bounds::{self, MOST_VALUES};
use super::compute::{in_parallel, off_thread};
use super::{BatchLimits, EmbeddingModel, ModelIdentity, Role, async_trait};
use crate::error::{BoxError, Result};
use features::Features;

/// How many texts one thread takes at a time: some milliseconds of work.
const CHUNK: usize = 128;

/// Embeds text by hashing its words and pieces of words: offline, deterministic, with nothing to download.
///
/// **It finds shared vocabulary, not meaning.** `customer orders` is near `CustomerOrder` and `ordering`; `purchases by
/// clients` is as far from it as any other text. For meaning use a neural model. This one serves tests, machines
/// without a network, and text whose words are names, such as
/// the tables and columns of a database.
///
/// # How a vector is made
/// 1. The text is cut into words of letters or digits, and identifiers into their parts: `customer_orders`,
///    `customerOrders` and `Customer Orders` have the same vector. Words are lower-cased; English stop words are left
///    out. There is no stemming and no Unicode normalisation.
/// 2. The features of a word are the word itself and the pieces of 3 to 5 characters of the word between marks:
///    `<id>` has the pieces `<id`, `id>` and `<id>` ([Bojanowski et al. 2017]). Chinese, Japanese and Korean words,
///    which need not have spaces between them, have pieces of 2 characters too.
/// 3. A feature `f` that occurs `tf` times is hashed with 64-bit FNV-1a to `h` and adds `±(1 + ln tf)` to the
///    component `h mod dimension`; the highest bit of `h` is the sign ([Weinberger et al. 2009]). The logarithm keeps
///    a word that is everywhere in a long text from drowning the rest ([Manning et al. 2008]).
/// 4. The vector is scaled to length one, so that cosine, dot product and Euclidean distance give the same order.
///
/// Questions and documents are embedded alike. A text of stop words only keeps them; a text of punctuation or
/// symbols only is hashed by those; all blank texts have one vector of length one.
///
/// The revision in the [`identity`](EmbeddingModel::identity) is the version of these rules: it changes when vectors
/// change.
///
/// # Cost
/// Time grows with the length of the text: some 15 microseconds for a `CREATE TABLE` statement of 170 bytes. Fewer
/// dimensions store less and make more features share a component.
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
    /// The id in the identity of every hashing model.
    pub const ID: &'static str = "datus/hashing";

    /// The dimension of [`HashingModel::default`]: 1,024.
    pub const DEFAULT_DIMENSION: usize = 1024;

    /// The version of the rules above.
    const REVISION: &'static str = "1";

    /// The largest dimension: 65,536.
    pub const MAX_DIMENSION: usize = MOST_VALUES;

    /// Makes the model of a dimension.
    ///
    /// The dimension is brought into the range from 1 to [`MAX_DIMENSION`](Self::MAX_DIMENSION), and the identity has
    /// the result. [`try_new`](Self::try_new) refuses other dimensions.
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

    /// Makes the model of a dimension that comes from outside the program.
    ///
    /// # Errors
    /// `InvalidInput` for a dimension that is 0 or more than [`MAX_DIMENSION`](Self::MAX_DIMENSION).
    ///
    /// ```
    /// use datus_store::model::HashingModel;
    ///
    /// assert!(HashingModel::try_new(384).is_ok());
    /// assert!(HashingModel::try_new(0).is_err());
    /// assert!(HashingModel::try_new(4_000_000_000).is_err());
    /// ```
    pub fn try_new(dimension: usize) -> Result<Self> {
        bounds::at_least_one("dimension", dimension, Self::MAX_DIMENSION)?;
        Ok(Self::new(dimension))
    }

    /// Embeds one text, without async: the vector that [`embed`](EmbeddingModel::embed) gives for it in either role.
    ///
    /// It has [`dimension`](ModelIdentity::dimension) finite values and length one, whatever the text is.
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
        for (hash, count) in features.of(text) {
            let component = (hash % dimension as u64) as usize;
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[component] += sign * damped(count);
            last = (component, sign);
        }

        let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32;
        if length > 0.0 {
            vector.iter_mut().for_each(|value| *value /= length);
        } else {
            // With very few dimensions opposite signs can cancel out. A zero vector has no cosine, so one feature
            // stands for all.
            let (component, sign) = last;
            vector[component] = sign;
        }
        vector
    }
}

fn damped(count: usize) -> f32 {
    // Most features occur once, and a logarithm costs more than the branch.
    if count == 1 { 1.0 } else { 1.0 + (count as f32).ln() }
}

impl Default for HashingModel {
    /// The model of [`DEFAULT_DIMENSION`](Self::DEFAULT_DIMENSION).
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
        off_thread(move || {
            in_parallel(&texts, CHUNK, |texts| {
                let mut features = Features::default();
                texts.iter().map(|text| model.vector_with(&mut features, text)).collect()
            })
        })
        .await
    }

    /// 1,024 texts: some 20 milliseconds of table definitions on one core.
    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(1024)
    }
}
