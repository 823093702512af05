use std::fmt;

use super::{BatchLimits, EmbeddingModel, ModelIdentity, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// A model that is given each text with a prefix, one for documents and one for queries; made by
/// [`with_prefixes`](super::EmbeddingModelExt::with_prefixes).
///
/// Models such as E5, BGE and Nomic are trained with a word before each text that says what it is, and find less
/// without. The prefixes are part of the [`identity`](EmbeddingModel::identity): vectors made with others do not
/// compare. A token budget counts the longer of the two with every text.
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel};
///
/// let model = HashingModel::new(256).with_prefixes("passage: ", "query: ")?;
/// assert_eq!(model.identity().query_prefix, "query: ");
///
/// // Twice is a mistake: which of the two is meant?
/// assert!(model.with_prefixes("doc: ", "ask: ").is_err());
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Clone)]
pub struct Prefixed<M> {
    model: M,
    identity: ModelIdentity,
    /// How many tokens the longer prefix has.
    tokens: usize,
}

impl<M: EmbeddingModel> Prefixed<M> {
    pub(super) fn new(model: M, document: String, query: String) -> Result<Self> {
        let identity = model.identity();
        if !identity.document_prefix.is_empty() || !identity.query_prefix.is_empty() {
            let message = format!("the model {identity} has prefixes of its own, and a text would get two");
            let help = "make the model without them, or leave out `with_prefixes`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        let tokens = model.count_tokens(&document).max(model.count_tokens(&query));
        let identity = identity.clone().with_prefixes(document, query);
        Ok(Self { model, identity, tokens })
    }

    fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Document => &self.identity.document_prefix,
            Role::Query => &self.identity.query_prefix,
        }
    }
}

fn with_prefix(texts: &[&str], prefix: &str) -> Vec<String> {
    texts.iter().map(|text| format!("{prefix}{text}")).collect()
}

fn as_texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[async_trait]
impl<M: EmbeddingModel> EmbeddingModel for Prefixed<M> {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        match self.prefix(role) {
            "" => self.model.embed(texts, role).await,
            prefix => self.model.embed(&as_texts(&with_prefix(texts, prefix)), role).await,
        }
    }

    async fn embed_anew(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.model.embed_anew(&as_texts(&with_prefix(texts, self.prefix(role))), role).await
    }

    fn limits(&self) -> BatchLimits {
        self.model.limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text).saturating_add(self.tokens)
    }

    fn sends_text_away(&self) -> bool {
        self.model.sends_text_away()
    }
}

impl<M: EmbeddingModel> fmt::Debug for Prefixed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prefixed").field(&self.identity).finish()
    }
}
