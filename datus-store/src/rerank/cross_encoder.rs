mod builder;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use crate::model::sentence_transformer::Scale;
pub use builder::CrossEncoderBuilder;

use super::{Candidate, Needs, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::model::PairClassifier;

/// Ranks rows by reading each together with the query: a
/// [cross-encoder](https://sbert.net/examples/cross_encoder/applications/README.html) of the BERT family, on candle.
///
/// An embedding model reads query and row apart, once each. A cross-encoder reads both at once and judges how well they
/// match; that is better, and costs a run of the model for each row and search. So it ranks what a search found.
///
/// ```no_run
/// use datus_store::rerank::{Candidate, CrossEncoder, RerankQuery, Reranker};
///
/// # async fn rank() -> Result<(), datus_store::BoxError> {
/// let reranker = CrossEncoder::from_folder("models/ms-marco-MiniLM-L6-v2")?;
/// let query = RerankQuery::default().with_text("how do I bake bread");
/// let texts = ["Bread dough rises overnight.", "Tomato plants want water."];
/// let ranking = reranker.rerank(&query, &texts.map(|text| Candidate::default().with_text(text))).await?;
/// assert_eq!(ranking[0].candidate, 0);
/// # Ok(())
/// # }
/// ```
///
/// # Models
/// A folder as transformers or sentence-transformers saves it, any version: `config.json`, `tokenizer.json` and
/// `model.safetensors` of a `…ForSequenceClassification` with one label, of the types `bert`, `camembert`, `distilbert`,
/// `mpnet`, `roberta` and `xlm-roberta`. What the files say and is not supported is an error when the model is loaded,
/// and names file and key.
///
/// # Scores
/// What the model says for query and text, on the [`Scale`] that its files name: the activation function of
/// sentence-transformers' `CrossEncoder`, which without one is [`Scale::Sigmoid`]. Rows are ordered by what is
/// before, so that scores which round to 1 keep their order.
///
/// # Texts
/// Query and text together have at most [`max_tokens`](Self::max_tokens) tokens; beyond, the longer of both is cut off at
/// its end. A row without text is judged as an empty one. A search without a text, by a vector or a stored row, is an
/// error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
///
/// # Cost
/// Work runs on rayon's threads, not on those of the async runtime, and uses all cores. A text has one score whatever
/// is ranked beside it, to within 10⁻⁵. A clone shares the weights.
#[derive(Clone)]
pub struct CrossEncoder {
    name: String,
    scale: Scale,
    classifier: Arc<PairClassifier>,
}

impl CrossEncoder {
    /// Loads the model of a folder as its files say.
    ///
    /// # Errors
    /// `Model` when a file is missing, damaged or not supported; the message names the file and the remedy.
    pub fn from_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(folder).build()
    }

    /// Loads a model of the [Hugging Face hub](https://huggingface.co), by a name such as
    /// `cross-encoder/ms-marco-MiniLM-L6-v2`.
    ///
    /// Files are kept in the hub's cache, where Python's are: `~/.cache/huggingface`, or what `HF_HOME` says. With
    /// `HF_HUB_OFFLINE=1` nothing but the cache is used. Blocks the thread while files are downloaded.
    ///
    /// # Errors
    /// `Model` as [`from_folder`](Self::from_folder), and when a file is not in the cache and cannot be fetched.
    #[cfg(feature = "hub")]
    pub fn from_hub(name: impl Into<String>) -> Result<Self> {
        Self::hub_builder(name).build()
    }

    /// Starts to load the model of a folder, with a choice of device, length and more.
    pub fn builder(folder: impl Into<PathBuf>) -> CrossEncoderBuilder {
        CrossEncoderBuilder::folder(folder.into())
    }

    /// Starts to load a model of the Hugging Face hub, with a choice of revision, device and more.
    #[cfg(feature = "hub")]
    pub fn hub_builder(name: impl Into<String>) -> CrossEncoderBuilder {
        CrossEncoderBuilder::hub(name.into())
    }

    /// How many tokens of a query and a text together are read, with those that every pair has.
    pub fn max_tokens(&self) -> usize {
        self.classifier.max_tokens()
    }

    /// What scores are brought to.
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

#[async_trait]
impl Reranker for CrossEncoder {
    /// The name on the hub, or that of the folder.
    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let Some(text) = &query.text else {
            let what = format!("the reranker `{}` compares texts, and this search has none", self.name);
            let remedy = "search by a text, or rerank by ranks or vectors";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_help(remedy).into());
        };
        let texts = candidates.iter().map(|candidate| candidate.text.clone().unwrap_or_default());
        let logits = self.classifier.score(text, texts.collect()).await?;
        let ranking = Ranked::by_score(logits).into_iter();
        Ok(ranking.map(|place| Ranked { score: self.scale.of(place.score), ..place }).collect())
    }
}

impl fmt::Debug for CrossEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, scale, classifier } = self;
        f.debug_struct("CrossEncoder")
            .field("name", name)
            .field("scale", scale)
            .field("max_tokens", &classifier.max_tokens())
            .finish_non_exhaustive()
    }
}
