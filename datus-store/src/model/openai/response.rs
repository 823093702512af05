//! Parses the response to an embeddings request.

mod wire;

use super::error_body::ErrorBody;
use crate::model::ModelIdentity;
use crate::model::bounds::MAX_DIMENSION;
use crate::model::normalize::normalize;
use wire::{Index, Item, Vector, Wire};

/// The vectors of a request, in the order of its texts.
#[derive(Debug)]
pub(super) struct EmbeddingsResponse {
    pub(super) vectors: Vec<Vec<f32>>,
    /// The number of tokens that the server counted, if it reports it.
    pub(super) tokens: Option<usize>,
}

/// The properties that the response to a request must have.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedResponse {
    pub(super) texts: usize,
    pub(super) dimension: usize,
    /// `true` to scale the vectors to unit length.
    pub(super) normalized: bool,
}

/// The reason that a response with status 200 has no usable vectors.
#[derive(Debug)]
pub(super) enum ResponseError {
    /// The body is an error.
    Server(ErrorBody),
    /// The response does not match the request.
    Invalid(InvalidResponse),
}

/// A message whose subject is the response, and how to fix the problem.
#[derive(Debug)]
pub(super) struct InvalidResponse {
    pub(super) what: String,
    pub(super) help: String,
}

/// The most bytes of one value as text: a sign, 17 digits, an exponent, a comma, and a line break with indentation.
const VALUE_BYTES: usize = 48;

/// The most bytes of one vector in addition to its values.
const VECTOR_BYTES: usize = 512;

/// The most bytes of a response in addition to its vectors, or of an error.
const ENVELOPE_BYTES: usize = 1 << 20;

impl ExpectedResponse {
    pub(super) fn new(texts: usize, model: &ModelIdentity) -> Self {
        Self { texts, dimension: model.dimension, normalized: model.normalized }
    }

    /// Returns the most bytes that such a response can have.
    pub(super) fn max_bytes(&self) -> usize {
        let vector = self.dimension.saturating_mul(VALUE_BYTES).saturating_add(VECTOR_BYTES);
        self.texts.saturating_mul(vector).saturating_add(ENVELOPE_BYTES)
    }
}

impl EmbeddingsResponse {
    /// Parses a body on a blocking thread, because a large response has megabytes of numbers.
    pub(super) async fn read(body: Vec<u8>, expected: ExpectedResponse) -> Result<Self, ResponseError> {
        let task = tokio::task::spawn_blocking(move || Self::parse(&body, &expected));
        task.await.unwrap_or_else(|_| {
            Err(invalid(
                "could not be parsed, because the runtime is shutting down",
                "try again in a running runtime",
            ))
        })
    }

    /// Parses a body. It never panics, and the memory it needs is proportional to the size of the body.
    pub(super) fn parse(body: &[u8], expected: &ExpectedResponse) -> Result<Self, ResponseError> {
        let wire: Wire = match serde_json::from_slice(body) {
            Ok(wire) => wire,
            Err(error) => return Err(server_error(body).unwrap_or_else(|| not_a_list(&error))),
        };
        let data = wire.data.unwrap_or_default();
        if data.len() != expected.texts {
            let (found, texts) = (data.len(), expected.texts);
            let wrong_number = || match found {
                0 => invalid("has no embeddings", "check the base URL and the name of the model"),
                _ => invalid(
                    format!("has {found} vectors for {texts} texts"),
                    "check that the server returns one vector for each text",
                ),
            };
            return Err(server_error(body).unwrap_or_else(wrong_number));
        }
        let mut vectors = in_order(data)?;
        check_sizes(&vectors, expected)?;
        let mut values = Vec::with_capacity(vectors.len());
        for (at, vector) in vectors.iter_mut().enumerate() {
            let mut vector = std::mem::take(&mut vector.values);
            if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
                let what = format!("has the value {value} in the vector of text {at}");
                return Err(invalid(what, "check the model: every value must be a finite 32-bit float"));
            }
            if expected.normalized && !normalize(&mut vector) {
                let what = format!("has a zero vector for text {at}, which cannot be scaled to unit length");
                return Err(invalid(what, "check the model, or build it with `normalized(false)`"));
            }
            values.push(vector);
        }
        Ok(Self { vectors: values, tokens: wire.usage.and_then(|usage| usage.tokens) })
    }
}

fn server_error(body: &[u8]) -> Option<ResponseError> {
    ErrorBody::from_success(body).map(ResponseError::Server)
}

fn not_a_list(error: &serde_json::Error) -> ResponseError {
    invalid(format!("is not a list of embeddings as in the OpenAI API ({error})"), "check the base URL")
}

fn invalid(what: impl Into<String>, help: impl Into<String>) -> ResponseError {
    ResponseError::Invalid(InvalidResponse { what: what.into(), help: help.into() })
}

/// Returns the vectors in the order of their `index`, or in the given order if none has an `index`.
fn in_order(mut data: Vec<Item>) -> Result<Vec<Vector>, ResponseError> {
    let help = "report this to the maintainers of the server, or use a different server";
    let texts = data.len();
    match data.iter().filter(|item| matches!(item.index, Index::Missing)).count() {
        0 => {}
        missing if missing == texts => return Ok(data.into_iter().map(|item| item.embedding).collect()),
        // Servers based on Protocol Buffers omit zeros.
        1 => {
            let missing = data.iter_mut().find(|item| matches!(item.index, Index::Missing));
            missing.into_iter().for_each(|item| item.index = Index::At(0));
        }
        _ => return Err(invalid("has an `index` for some vectors but not for others", help)),
    }
    let mut vectors: Vec<Option<Vector>> = (0..texts).map(|_| None).collect();
    for Item { index, embedding } in data {
        let at = match index {
            Index::At(at) => at,
            Index::Other(index) => {
                return Err(invalid(format!("has the index {index} for {texts} texts"), help));
            }
            Index::Missing => 0,
        };
        let Some(slot) = vectors.get_mut(at) else {
            return Err(invalid(format!("has the index {at} for {texts} texts"), help));
        };
        if slot.replace(embedding).is_some() {
            return Err(invalid(format!("has two vectors for the index {at}"), help));
        }
    }
    // There are as many vectors as slots, and no slot was filled twice, so every slot is filled.
    Ok(vectors.into_iter().flatten().collect())
}

fn check_sizes(vectors: &[Vector], expected: &ExpectedResponse) -> Result<(), ResponseError> {
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
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;
