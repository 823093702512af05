//! Parses the response to an embeddings request.

mod wire;

use crate::model::ModelIdentity;
use crate::model::bounds::MAX_DIMENSION;
use crate::model::http::response::{ENVELOPE_BYTES, ExpectedResponse, ResponseError};
use crate::model::http::wire::in_order;
use crate::model::normalize::normalize;
use wire::{Vector, Wire};

/// The vectors of a request, in the order of its texts.
#[derive(Debug)]
pub(super) struct EmbeddingsResponse {
    pub(super) vectors: Vec<Vec<f32>>,
    /// The number of tokens that the server counted, if the server reports this number.
    pub(super) tokens: Option<usize>,
}

/// The properties that the response to a request must have.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedEmbeddings {
    pub(super) texts: usize,
    pub(super) dimension: usize,
    /// `true` to scale the vectors to unit length.
    pub(super) normalized: bool,
}

/// The maximum number of bytes of one value as text: a sign, 17 digits, an exponent, a comma, and a line break with
/// indentation.
const VALUE_BYTES: usize = 48;

/// The maximum number of bytes of one vector in addition to its values.
const VECTOR_BYTES: usize = 512;

impl ExpectedEmbeddings {
    pub(super) fn new(texts: usize, model: &ModelIdentity) -> Self {
        Self { texts, dimension: model.dimension, normalized: model.normalized }
    }
}

impl ExpectedResponse for ExpectedEmbeddings {
    type Response = EmbeddingsResponse;

    fn texts(&self) -> usize {
        self.texts
    }

    fn max_bytes(&self) -> usize {
        let vector = self.dimension.saturating_mul(VALUE_BYTES).saturating_add(VECTOR_BYTES);
        self.texts.saturating_mul(vector).saturating_add(ENVELOPE_BYTES)
    }

    fn parse(&self, body: &[u8]) -> Result<EmbeddingsResponse, ResponseError> {
        let wire: Wire = match serde_json::from_slice(body) {
            Ok(wire) => wire,
            Err(error) => return Err(ResponseError::server(body).unwrap_or_else(|| not_a_list(&error))),
        };
        let data = wire.data.unwrap_or_default();
        if data.len() != self.texts {
            let (found, texts) = (data.len(), self.texts);
            let wrong_number = || match found {
                0 => invalid("has no embeddings", "check the base URL and the name of the model"),
                _ => invalid(
                    format!("has {found} vectors for {texts} texts"),
                    "check that the server returns one vector for each text",
                ),
            };
            return Err(ResponseError::server(body).unwrap_or_else(wrong_number));
        }
        let items = data.into_iter().map(|item| (item.index, item.embedding)).collect();
        let mut vectors = in_order(items, "vectors")?;
        check_sizes(&vectors, self)?;
        let mut values = Vec::with_capacity(vectors.len());
        for (at, vector) in vectors.iter_mut().enumerate() {
            let mut vector = std::mem::take(&mut vector.values);
            if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
                let what = format!("has the value {value} in the vector of text {at}");
                return Err(invalid(what, "check the model: every value must be a finite 32-bit float"));
            }
            if self.normalized && !normalize(&mut vector) {
                let what = format!("has a zero vector for text {at}, which cannot be scaled to unit length");
                return Err(invalid(what, "check the model, or build it with `normalized(false)`"));
            }
            values.push(vector);
        }
        Ok(EmbeddingsResponse { vectors: values, tokens: wire.usage.and_then(|usage| usage.tokens) })
    }
}

fn not_a_list(error: &serde_json::Error) -> ResponseError {
    invalid(format!("is not a list of embeddings as in the OpenAI API ({error})"), "check the base URL")
}

fn invalid(what: impl Into<String>, help: impl Into<String>) -> ResponseError {
    ResponseError::invalid(what, help)
}

fn check_sizes(vectors: &[Vector], expected: &ExpectedEmbeddings) -> Result<(), ResponseError> {
    let Some(first) = vectors.first().map(|vector| vector.length) else { return Ok(()) };
    if let Some(at) = vectors.iter().position(|vector| vector.length == 0) {
        return Err(invalid(
            format!("has an empty vector for text {at}"),
            "check that the server has loaded the model, and that it is an embedding model",
        ));
    }
    if let Some(other) = vectors.iter().find(|vector| vector.length != first) {
        return Err(invalid(
            format!("has vectors of different sizes, {first} and {} values", other.length),
            "check that the model returns one vector for each text, not for each token",
        ));
    }
    if first == expected.dimension {
        return Ok(());
    }
    let what = format!("has vectors of {first} values, but the model was built for {}", expected.dimension);
    let help = match first {
        1..=MAX_DIMENSION => {
            format!(
                "set `dimension({first})`, or `send_dimension(true)` if the model can shorten its vectors"
            )
        }
        _ => format!("use a different model: a vector can have at most {MAX_DIMENSION} values"),
    };
    Err(invalid(what, help))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
