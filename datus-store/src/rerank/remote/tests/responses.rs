use serde_json::{Value, json};

use super::*;
use crate::model::http::response::{ExpectedResponse, InvalidResponse, ResponseError};
use crate::rerank::remote::response::ExpectedScores;

/// Parses a response for two texts. Returns the scores, or the problem and the help.
fn parse(body: &str) -> Result<Vec<f32>, String> {
    let response = ExpectedScores::new(&["first", "second"]).parse(body.as_bytes());
    response.map(|response| response.scores).map_err(|error| match error {
        ResponseError::Server(body) => format!("server error: {}", body.message),
        ResponseError::Invalid(InvalidResponse { what, help }) => format!("{what}: {help}"),
    })
}

#[test]
fn the_responses_of_all_services_are_read() {
    let responses = [
        // Cohere.
        json!({"id": "1", "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
               "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}}),
        // Jina.
        json!({"model": "m", "usage": {"total_tokens": 9},
               "results": [{"index": 1, "relevance_score": 0.9, "document": {"text": "second"}},
                           {"index": 0, "relevance_score": 0.1, "document": {"text": "first"}}]}),
        // Voyage.
        json!({"object": "list", "data": [{"relevance_score": 0.9, "index": 1}, {"relevance_score": 0.1, "index": 0}],
               "model": "rerank-2.5", "usage": {"total_tokens": 9}}),
        // vLLM.
        json!({"id": "rerank-1", "model": "m", "usage": {"prompt_tokens": 9, "total_tokens": 9},
               "results": [{"index": 1, "document": {"text": "second", "multi_modal": null}, "relevance_score": 0.9},
                           {"index": 0, "document": {"text": "first", "multi_modal": null}, "relevance_score": 0.1}]}),
        // Text Embeddings Inference.
        json!([{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}]),
        json!([{"index": 0, "score": 0.1, "text": "first"}, {"index": 1, "score": 0.9, "text": "second"}]),
        // A server based on Protocol Buffers omits zeros.
        json!({"results": [{"index": 1, "relevance_score": 0.9}, {"relevance_score": 0.1}]}),
    ];
    for response in responses {
        assert_eq!(parse(&response.to_string()).unwrap(), [0.1, 0.9], "{response}");
    }
}

#[test]
fn a_response_that_does_not_match_the_request_is_an_error() {
    let results = |items: Value| json!({"results": items}).to_string();
    let cases = [
        (
            results(json!([{"index": 0, "relevance_score": 1}])),
            "has 1 scores for 2 texts: make the server score every",
        ),
        (results(json!([])), "has 0 scores for 2 texts: check the base URL"),
        ("{}".to_owned(), "has 0 scores for 2 texts"),
        (
            results(json!([{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 2, "score": 1}])),
            "has 3 scores for 2 texts: check that the server returns one",
        ),
        (
            results(json!([{"index": 0, "score": 1}, {"index": 0, "score": 2}])),
            "has two scores for the index 0",
        ),
        (results(json!([{"index": 0, "score": 1}, {"index": 2, "score": 2}])), "has the index 2 for 2 texts"),
        (
            results(json!([{"index": 0, "score": 1}, {"index": -1, "score": 2}])),
            "has the index -1 for 2 texts",
        ),
        (
            results(json!([{"index": 0, "score": 1}, {"index": 0.5, "score": 2}])),
            "has the index 0.5 for 2 texts",
        ),
        (results(json!([{"score": 1}, {"score": 2}])), "has scores without an `index`"),
        (results(json!([{"index": 0, "score": null}, {"index": 1, "score": 2}])), "has no score for text 0"),
        (results(json!([{"index": 0, "score": 1}, {"index": 1}])), "has no score for text 1"),
        (
            results(json!([{"index": 0, "score": 1e300}, {"index": 1, "score": 2}])),
            "has the score inf for text 0",
        ),
        (
            results(json!([{"index": 0, "score": "high"}, {"index": 1, "score": 2}])),
            "is not a list of scores",
        ),
        (
            r#"{"results": [{"index": 0, "score": NaN}, {"index": 1, "score": 1}]}"#.to_owned(),
            "NaN or infinite",
        ),
        (r#"[{"index": 0, "score": -Infinity}, {"index": 1, "score": 1}]"#.to_owned(), "NaN or infinite"),
        (r#"{"results": [{"index": 0, "sc"#.to_owned(), "is not a list of scores"),
        ("<html>".to_owned(), "check the base URL and the `RerankApi`"),
        (json!({"error": {"message": "no such model"}}).to_string(), "server error: no such model"),
        (json!({"detail": "no such model"}).to_string(), "server error: no such model"),
    ];
    for (body, expected) in cases {
        let error = parse(&body).unwrap_err();
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[test]
fn the_largest_response_has_room_for_every_text() {
    let texts = ["\u{1}".repeat(5000), "x".repeat(5000)];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let items: Vec<Value> = texts.iter().enumerate()
        .map(|(index, text)| json!({"index": index, "relevance_score": 0.123_456_789, "document": {"text": text}}))
        .collect();
    let body = serde_json::to_string_pretty(&json!({"results": items})).unwrap();
    let expected = ExpectedScores::new(&texts);
    assert!(expected.max_bytes() > body.len());
    assert!(expected.max_bytes() < 4 * body.len() + (1 << 20));
    assert!(expected.parse(body.as_bytes()).is_ok());
}

#[tokio::test]
async fn an_invalid_response_is_an_error_that_names_the_endpoint_and_is_not_retried() {
    for (body, expected) in [
        (json!({"results": [{"index": 0, "relevance_score": 1}]}).to_string(), "has 1 scores for 2 texts"),
        ("[]".to_owned(), "has 0 scores"),
        ("<html>hello</html>".to_owned(), "check the base URL"),
    ] {
        let reply = Reply::new(200, body);
        let server = Server::start(move |_, _| reply.clone()).await;
        let shown = error(&on(&server).build().unwrap()).await;
        assert!(shown.contains(expected) && shown.contains(&format!("{}/rerank", server.url())), "{shown}");
        assert_eq!(server.requests().len(), 1, "{expected}");
    }
}
