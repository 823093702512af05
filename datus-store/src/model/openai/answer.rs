//! What a server answers: vectors, or what is wrong.

use serde::Deserialize;

use crate::model::ModelIdentity;
use crate::model::normalize::normalize;

/// The vectors of a request, in the order of its texts.
pub(super) struct Answer {
    pub(super) vectors: Vec<Vec<f32>>,
    /// How many tokens the server counted, where it says so.
    pub(super) tokens: Option<usize>,
}

#[derive(Deserialize)]
struct Wire {
    data: Vec<Item>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    index: Option<usize>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    total_tokens: Option<usize>,
}

impl Answer {
    /// Reads the body of an answer, which for large requests is megabytes of numbers, off the async threads.
    pub(super) async fn read(body: Vec<u8>, texts: usize, model: &ModelIdentity) -> Result<Self, String> {
        let (dimension, normalized) = (model.dimension, model.normalized);
        let read = tokio::task::spawn_blocking(move || Self::parse(&body, texts, dimension, normalized));
        read.await.unwrap_or_else(|_| Err("could not be read: the runtime is shutting down".to_owned()))
    }

    fn parse(body: &[u8], texts: usize, dimension: usize, normalized: bool) -> Result<Self, String> {
        let Wire { data, usage } = serde_json::from_slice(body).map_err(|error| {
            format!("is no list of embeddings as OpenAI's API has it ({error}): check the base URL")
        })?;
        let mut vectors = in_order(data, texts)?;
        for vector in &mut vectors {
            if vector.len() != dimension {
                return Err(format!(
                    "has vectors of {} values and the model was built for {dimension}: set `dimension({})`, or \
                     `send_dimension(true)` where the model can shorten its vectors",
                    vector.len(),
                    vector.len()
                ));
            }
            if normalized && !normalize(vector) {
                return Err("has a vector of zeros, which can't be scaled to length one".to_owned());
            }
        }
        Ok(Self { vectors, tokens: usage.and_then(|usage| usage.total_tokens) })
    }
}

/// The vectors by their `index`; by their place where no vector has one.
fn in_order(data: Vec<Item>, texts: usize) -> Result<Vec<Vec<f32>>, String> {
    if data.len() != texts {
        return Err(format!("has {} vectors for {texts} texts", data.len()));
    }
    if data.iter().all(|item| item.index.is_none()) {
        return Ok(data.into_iter().map(|item| item.embedding).collect());
    }
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
    for Item { index, embedding } in data {
        let index = index.ok_or("has an `index` for some vectors and none for others")?;
        let place =
            vectors.get_mut(index).ok_or_else(|| format!("has the index {index} for {texts} texts"))?;
        if place.replace(embedding).is_some() {
            return Err(format!("has two vectors for the index {index}"));
        }
    }
    // As many as there are places, and none in one place twice: no place is empty.
    Ok(vectors.into_iter().flatten().collect())
}

/// What the body of a failed request says.
#[derive(Default)]
pub(super) struct Complaint {
    pub(super) message: String,
    /// Such as `insufficient_quota`; empty where there is none.
    pub(super) code: String,
}

impl Complaint {
    /// Reads what OpenAI, Azure, vLLM, Ollama, TEI and FastAPI write, or takes the body as it is.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
            let text = String::from_utf8_lossy(body);
            return Self {
                message: text.split_whitespace().collect::<Vec<_>>().join(" "),
                code: String::new(),
            };
        };
        let error = json.get("error").unwrap_or(&json);
        let text = |key: &str| error.get(key).and_then(|value| value.as_str());
        let message = error.as_str().or(text("message")).or(text("detail")).or(text("error"));
        Self {
            message: message.map_or_else(|| json.to_string(), str::to_owned),
            code: text("code").or(text("type")).unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Vec<Vec<f32>>, String> {
        Answer::parse(body.as_bytes(), 2, 2, false).map(|answer| answer.vectors)
    }

    #[test]
    fn vectors_are_put_in_the_order_of_their_index() {
        let body = r#"{"data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}], "model": "m"}"#;
        assert_eq!(parse(body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    }

    #[test]
    fn vectors_without_an_index_are_in_order() {
        let body = r#"{"data": [{"embedding": [1, 2]}, {"embedding": [3, 4]}]}"#;
        assert_eq!(parse(body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    }

    #[test]
    fn what_does_not_fit_the_request_is_an_error_that_says_how() {
        for (data, said) in [
            (r#"{"index": 0, "embedding": [1, 2]}"#, "1 vectors for 2 texts"),
            (r#"{"index": 0, "embedding": [1, 2]}, {"index": 0, "embedding": [1, 2]}"#, "two vectors"),
            (r#"{"index": 0, "embedding": [1, 2]}, {"index": 2, "embedding": [1, 2]}"#, "index 2 for 2"),
            (r#"{"index": 0, "embedding": [1, 2]}, {"embedding": [1, 2]}"#, "none for others"),
            (r#"{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2, 3]}"#, "dimension(3)"),
            (
                r#"{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, null]}"#,
                "invalid type: null",
            ),
        ] {
            let error = parse(&format!(r#"{{"data": [{data}]}}"#)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn vectors_are_scaled_where_the_model_says_so() {
        let body = br#"{"data": [{"embedding": [3, 4]}], "usage": {"prompt_tokens": 7, "total_tokens": 7}}"#;
        let answer = Answer::parse(body, 1, 2, true).unwrap();
        assert_eq!((answer.vectors, answer.tokens), (vec![vec![0.6, 0.8]], Some(7)));
        let zero = br#"{"data": [{"embedding": [0, 0]}]}"#;
        assert!(Answer::parse(zero, 1, 2, true).is_err() && Answer::parse(zero, 1, 2, false).is_ok());
    }

    #[test]
    fn the_message_of_every_kind_of_server_is_found() {
        for (body, message, code) in [
            (r#"{"error": {"message": "no", "type": "t", "code": "c"}}"#, "no", "c"),
            (r#"{"error": {"message": "no", "type": "t", "code": null}}"#, "no", "t"),
            (r#"{"object": "error", "message": "no", "type": "t"}"#, "no", "t"),
            (r#"{"error": "no"}"#, "no", ""),
            (r#"{"error": "no", "error_type": "Validation"}"#, "no", ""),
            (r#"{"detail": "no"}"#, "no", ""),
            (r#"{"detail": [{"loc": 1}]}"#, r#"{"detail":[{"loc":1}]}"#, ""),
            ("<html>\n  no </html>", "<html> no </html>", ""),
            ("", "", ""),
        ] {
            let complaint = Complaint::read(body.as_bytes());
            assert_eq!((complaint.message.as_str(), complaint.code.as_str()), (message, code), "{body}");
        }
    }
}
