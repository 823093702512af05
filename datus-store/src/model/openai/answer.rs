//! The answer of a server to a request for embeddings, as a pure function of its bytes.

mod wire;

use super::complaint::Complaint;
use crate::model::ModelIdentity;
use crate::model::bounds::MAX_DIMENSION;
use crate::model::normalize::normalize;
use wire::{Index, Item, Vector, Wire};

/// The vectors of a request, in the order of its texts.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) vectors: Vec<Vec<f32>>,
    /// The number of tokens that the server counted, where it says so.
    pub(super) tokens: Option<usize>,
}

/// The answer that a request asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) texts: usize,
    pub(super) dimension: usize,
    /// `true` if vectors are scaled to length one.
    pub(super) normalized: bool,
}

/// The reason that an answer of status 200 can't be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// The server says that it failed.
    Refused(Complaint),
    /// It is not an answer to the request.
    Broken(Fault),
}

/// A message without its subject, the answer, and the remedy.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) help: String,
}

/// Bytes of one value as text: a sign, 17 digits, an exponent, a comma, and an indented line of its own.
const VALUE: usize = 48;

/// Bytes of one vector around its values.
const AROUND: usize = 512;

/// Bytes of an answer around its vectors, and of one that is an error.
const ENVELOPE: usize = 1 << 20;

impl Expected {
    pub(super) fn of(texts: usize, model: &ModelIdentity) -> Self {
        Self { texts, dimension: model.dimension, normalized: model.normalized }
    }

    /// The most bytes that such an answer has.
    pub(super) fn most_bytes(&self) -> usize {
        let vector = self.dimension.saturating_mul(VALUE).saturating_add(AROUND);
        self.texts.saturating_mul(vector).saturating_add(ENVELOPE)
    }
}

impl Answer {
    /// Reads the body of an answer, which for large requests is megabytes of numbers, off the async threads.
    pub(super) async fn read(body: Vec<u8>, expected: Expected) -> Result<Self, Unusable> {
        let read = tokio::task::spawn_blocking(move || Self::parse(&body, &expected));
        read.await.unwrap_or_else(|_| {
            Err(broken("could not be read, as the runtime is shutting down", "try again in a running one"))
        })
    }

    /// Reads the body of an answer. No bytes make it panic, and the memory that it takes is proportional to theirs.
    pub(super) fn parse(body: &[u8], expected: &Expected) -> Result<Self, Unusable> {
        let wire: Wire = match serde_json::from_slice(body) {
            Ok(wire) => wire,
            Err(error) => return Err(refused(body).unwrap_or_else(|| not_a_list(&error))),
        };
        let data = wire.data.unwrap_or_default();
        if data.len() != expected.texts {
            let (found, texts) = (data.len(), expected.texts);
            let fault = || match found {
                0 => broken("has no embeddings", "check the base URL and the name of the model"),
                _ => broken(
                    format!("has {found} vectors for {texts} texts"),
                    "check that the server makes one vector of each text",
                ),
            };
            return Err(refused(body).unwrap_or_else(fault));
        }
        let mut vectors = in_order(data)?;
        check_sizes(&vectors, expected)?;
        let mut values = Vec::with_capacity(vectors.len());
        for (at, vector) in vectors.iter_mut().enumerate() {
            let mut vector = std::mem::take(&mut vector.values);
            if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
                let what = format!("has the value {value} in the vector of text {at}");
                return Err(broken(
                    what,
                    "every value of a vector is a finite 32-bit number: check the model",
                ));
            }
            if expected.normalized && !normalize(&mut vector) {
                let what =
                    format!("has a vector of zeros for text {at}, which can't be scaled to length one");
                return Err(broken(what, "check the model, or build it with `normalized(false)`"));
            }
            values.push(vector);
        }
        Ok(Self { vectors: values, tokens: wire.usage.and_then(|usage| usage.tokens) })
    }
}

fn refused(body: &[u8]) -> Option<Unusable> {
    Complaint::in_success(body).map(Unusable::Refused)
}

fn not_a_list(error: &serde_json::Error) -> Unusable {
    broken(format!("is not a list of embeddings in the form of OpenAI's API ({error})"), "check the base URL")
}

fn broken(what: impl Into<String>, help: impl Into<String>) -> Unusable {
    Unusable::Broken(Fault { what: what.into(), help: help.into() })
}

/// The vectors by their `index`; by their place where no vector has one.
fn in_order(mut data: Vec<Item>) -> Result<Vec<Vector>, Unusable> {
    let help = "the server broke the API: report it there, or use another one";
    let texts = data.len();
    match data.iter().filter(|item| matches!(item.index, Index::Missing)).count() {
        0 => {}
        missing if missing == texts => return Ok(data.into_iter().map(|item| item.embedding).collect()),
        // Servers that write by Protocol Buffers leave out a zero.
        1 => {
            let missing = data.iter_mut().find(|item| matches!(item.index, Index::Missing));
            missing.into_iter().for_each(|item| item.index = Index::At(0));
        }
        _ => return Err(broken("has an `index` for some vectors and none for others", help)),
    }
    let mut vectors: Vec<Option<Vector>> = (0..texts).map(|_| None).collect();
    for Item { index, embedding } in data {
        let at = match index {
            Index::At(at) => at,
            Index::Other(index) => {
                return Err(broken(format!("has the index {index} for {texts} texts"), help));
            }
            Index::Missing => 0,
        };
        let Some(place) = vectors.get_mut(at) else {
            return Err(broken(format!("has the index {at} for {texts} texts"), help));
        };
        if place.replace(embedding).is_some() {
            return Err(broken(format!("has two vectors for the index {at}"), help));
        }
    }
    // As many as there are places, and none in one place twice: no place is empty.
    Ok(vectors.into_iter().flatten().collect())
}

fn check_sizes(vectors: &[Vector], expected: &Expected) -> Result<(), Unusable> {
    let Some(first) = vectors.first().map(|vector| vector.length) else { return Ok(()) };
    if let Some(at) = vectors.iter().position(|vector| vector.length == 0) {
        return Err(broken(
            format!("has an empty vector for text {at}"),
            "the fault is the endpoint's: check that the model is loaded there and makes embeddings",
        ));
    }
    if let Some(other) = vectors.iter().find(|vector| vector.length != first) {
        return Err(broken(
            format!("has vectors of different sizes, {first} and {} values", other.length),
            "check that the model makes one vector of each text and not one of each token",
        ));
    }
    if first == expected.dimension {
        return Ok(());
    }
    let what = format!("has vectors of {first} values and the model was built for {}", expected.dimension);
    let help = match first {
        1..=MAX_DIMENSION => format!(
            "set `dimension({first})`, or `send_dimension(true)` where the model can shorten its vectors"
        ),
        _ => format!("a vector has at most {MAX_DIMENSION} values: use another model"),
    };
    Err(broken(what, help))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;
