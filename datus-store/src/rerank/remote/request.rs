use serde_json::{Map, Value};

use super::api::RerankApi;
use super::response::ExpectedScores;
use crate::error::{Error, ErrorKind};
use crate::model::http::batches::{TextRequest, estimated_tokens};
use crate::model::http::send::{Request, SendError, Sender};
use crate::rerank::async_trait;

/// The parts of a request that all searches share.
pub(super) struct Template {
    model: String,
    api: RerankApi,
    /// The fields of a request without the query and the texts.
    fields: Map<String, Value>,
}

/// The maximum number of tokens that a server may add to a pair of a query and a text.
const MAX_SPECIAL_TOKENS: usize = 512;

impl Template {
    /// Combines the fields of the API with those that the user sets, which replace fields of the same name.
    pub(super) fn new(model: String, api: RerankApi, own: Map<String, Value>) -> Self {
        let mut fields = Map::new();
        match api {
            RerankApi::Documents => fields.insert("model".to_owned(), Value::from(model.as_str())),
            RerankApi::Texts => fields.insert("truncate".to_owned(), Value::Bool(true)),
        };
        fields.extend(own);
        Self { model, api, fields }
    }

    /// Returns the name of the field with the texts.
    pub(super) fn texts_field(api: RerankApi) -> &'static str {
        match api {
            RerankApi::Documents => "documents",
            RerankApi::Texts => "texts",
        }
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn api(&self) -> RerankApi {
        self.api
    }

    pub(super) fn call<'a>(&'a self, query: &'a str, sender: &'a Sender) -> Call<'a> {
        Call { template: self, query, sender }
    }

    fn body(&self, query: &str, texts: &[&str]) -> serde_json::Result<Vec<u8>> {
        let mut fields = self.fields.clone();
        fields.insert("query".to_owned(), Value::from(query));
        fields.insert(Self::texts_field(self.api).to_owned(), Value::from(texts));
        serde_json::to_vec(&fields)
    }
}

/// A call that scores the texts of one search, in one request or several.
pub(super) struct Call<'a> {
    template: &'a Template,
    query: &'a str,
    sender: &'a Sender,
}

#[async_trait]
impl TextRequest for Call<'_> {
    type Item = f32;

    /// Counts the query for each text, because the model reads them together.
    fn count_tokens(&self, text: &str) -> usize {
        estimated_tokens(text).saturating_add(estimated_tokens(self.query))
    }

    async fn request(&self, texts: &[&str]) -> Result<Vec<f32>, SendError> {
        let tokens = texts.iter().map(|text| self.count_tokens(text)).sum();
        let body = self.template.body(self.query, texts).map_err(|source| {
            let error = Error::new(ErrorKind::Reranker, "the texts could not be serialized as JSON");
            SendError::Failed(error.with_source(source))
        })?;
        let expected = ExpectedScores::new(texts);
        let response = self.sender.send(Request { body: &body, estimated_tokens: tokens, expected }).await?;
        if let Some(actual) = response.tokens {
            // A plausible count is at most one token for each byte of each pair, plus the special tokens of each.
            let pair = self.query.len().saturating_add(MAX_SPECIAL_TOKENS);
            let max_tokens = body.len().saturating_add(texts.len().saturating_mul(pair));
            self.sender.correct_tokens(tokens, actual.min(max_tokens));
        }
        Ok(response.scores)
    }
}
