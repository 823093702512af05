mod builder;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use crate::model::sentence_transformer::Scale;
pub use builder::CrossEncoderBuilder;

use super::{Candidate, Needs, Ranked, RerankQuery, Reranker, async_trait};
use crate::error::{BoxError, Result};
use crate::model::PairClassifier;

/// Ranks rows with a [cross-encoder](https://sbert.net/examples/cross_encoder/applications/README.html) of the BERT
/// family, which runs on candle.
///
/// An embedding model reads the query and each row separately. A cross-encoder reads them together and scores how well they
/// match. This is more accurate, but needs one run of the model for each row of each search. Therefore, a cross-encoder only
/// reranks the results of a search.
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
/// The model is a folder saved by any version of transformers or sentence-transformers. It contains `config.json`,
/// `tokenizer.json` and `model.safetensors` of a `…ForSequenceClassification` model with one label. The supported model
/// types are `bert`, `camembert`, `distilbert`, `mpnet`, `roberta` and `xlm-roberta`. If the files require something that
/// is not supported, loading fails with an error that names the file and the key.
///
/// # Scores
/// The score is the output of the model after the activation function named in its files; see [`Scale`]. As in the
/// `CrossEncoder` of sentence-transformers, the default is [`Scale::Sigmoid`]. Rows are ordered by the output before the
/// activation, so that scores that round to 1 keep their order.
///
/// # Texts
/// The query and the text together can have [`max_tokens`](Self::max_tokens) tokens. Beyond this limit, the longer one is
/// truncated at the end. A row without text is scored as an empty text. A search without a query text, by vector or by a
/// stored row, is an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
///
/// # Cost
/// The model runs on rayon's threads, not on those of the async runtime, and uses all cores. The score of a text does
/// not depend on the other candidates, except for differences below 10⁻⁵. Clones share the weights.
#[derive(Clone)]
pub struct CrossEncoder {
    name: String,
    scale: Scale,
    classifier: Arc<PairClassifier>,
}

impl CrossEncoder {
    /// Returns the maximum number of tokens in a query and a text together, including the special tokens of each pair.
    pub fn max_tokens(&self) -> usize {
        self.classifier.max_tokens()
    }

    /// Returns the scale of the scores.
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

#[async_trait]
impl Reranker for CrossEncoder {
    /// Returns the name on the hub, or the name of the folder.
    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> Needs {
        Needs::default().with_texts()
    }

    async fn rerank(&self, query: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let text = query.required_text(&self.name)?;
        let texts = candidates.iter().map(|candidate| candidate.text.clone().unwrap_or_default());
        let logits = self.classifier.score(text, texts.collect()).await?;
        let ranking = Ranked::by_score(logits).into_iter();
        Ok(ranking.map(|ranked| Ranked { score: self.scale.of(ranked.score), ..ranked }).collect())
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
