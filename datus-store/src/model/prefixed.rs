use std::fmt;

use super::{BatchLimits, EmbeddingModel, ModelIdentity, ModelKind, Role, async_trait};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// A model that adds a prefix to each text: one for documents, one for queries. Created by
/// [`with_prefixes`](super::EmbeddingModelExt::with_prefixes).
///
/// Models such as E5, BGE and Nomic are trained with a prefix that names the role of a text, and their results are worse
/// without it. The prefixes are part of the [`identity`](EmbeddingModel::identity), because vectors computed with different
/// prefixes cannot be compared. The token count of every text includes the longer prefix.
///
/// ```
/// use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel};
///
/// let model = HashingModel::new(256).with_prefixes("passage: ", "query: ")?;
/// assert_eq!(model.identity().query_prefix, "query: ");
///
/// // Adding prefixes twice is an error.
/// assert!(model.with_prefixes("doc: ", "ask: ").is_err());
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Clone)]
pub struct Prefixed<M> {
    model: M,
    identity: ModelIdentity,
    /// The number of tokens in the longer prefix.
    prefix_tokens: usize,
}

impl<M: EmbeddingModel> Prefixed<M> {
    pub(super) fn new(model: M, document: String, query: String) -> Result<Self> {
        let identity = model.identity();
        if !identity.document_prefix.is_empty() || !identity.query_prefix.is_empty() {
            let message = format!("the model {identity} already adds prefixes, so each text would get two");
            let help = "build the model without prefixes, or remove `with_prefixes`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        let prefix_tokens = model.count_tokens(&document).max(model.count_tokens(&query));
        let identity = identity.clone().with_prefixes(document, query);
        Ok(Self { model, identity, prefix_tokens })
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

fn as_strs(texts: &[String]) -> Vec<&str> {
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
            prefix => self.model.embed(&as_strs(&with_prefix(texts, prefix)), role).await,
        }
    }

    async fn embed_uncached(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.model.embed_uncached(&as_strs(&with_prefix(texts, self.prefix(role))), role).await
    }

    fn limits(&self) -> BatchLimits {
        self.model.limits()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text).saturating_add(self.prefix_tokens)
    }

    fn sends_text_away(&self) -> bool {
        self.model.sends_text_away()
    }

    fn kind(&self) -> ModelKind {
        self.model.kind()
    }
}

impl<M: EmbeddingModel> fmt::Debug for Prefixed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prefixed").field(&self.identity).finish()
    }
}
