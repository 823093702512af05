use super::*;
use crate::model::http::response::InvalidResponse;
use crate::model::openai::tests::hostile::Json;

fn expected(texts: usize) -> ExpectedEmbeddings {
    ExpectedEmbeddings { texts, dimension: 2, normalized: false }
}

/// Parses a response for two texts. Returns the vectors, or the problem and the help.
fn parse(body: &str) -> Result<Vec<Vec<f32>>, String> {
    parse_for(2, body)
}

fn parse_for(texts: usize, body: &str) -> Result<Vec<Vec<f32>>, String> {
    let response = expected(texts).parse(body.as_bytes());
    response.map(|response| response.vectors).map_err(|error| match error {
        ResponseError::Server(body) => format!("server error: {}", body.message),
        ResponseError::Invalid(InvalidResponse { what, help }) => format!("{what}: {help}"),
    })
}

fn with_data(data: &str) -> String {
    format!(r#"{{"data": [{data}]}}"#)
}

#[test]
fn vectors_are_sorted_by_their_index() {
    let body =
        r#"{"data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}], "model": "m"}"#;
    assert_eq!(parse(body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn vectors_without_an_index_keep_their_order() {
    for index in ["", r#""index": null, "#] {
        let body = with_data(&format!(r#"{{{index}"embedding": [1, 2]}}, {{{index}"embedding": [3, 4]}}"#));
        assert_eq!(parse(&body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    }
}

// fault 26
#[test]
fn an_index_can_be_a_float_and_zero_can_be_omitted() {
    for data in [
        r#"{"index": 1.0, "embedding": [3, 4]}, {"index": 0.0, "embedding": [1, 2]}"#,
        r#"{"index": 1, "embedding": [3, 4]}, {"index": -0.0, "embedding": [1, 2]}"#,
        r#"{"index": 1, "embedding": [3, 4]}, {"embedding": [1, 2]}"#,
    ] {
        assert_eq!(parse(&with_data(data)).unwrap(), [[1.0, 2.0], [3.0, 4.0]], "{data}");
    }
}

// fault 26
#[test]
fn vectors_can_be_base64() {
    // Little-endian floats: 1.0 and 2.0 with padding, 3.0 and 4.0 without.
    let data = r#"{"index": 0, "embedding": "AACAPwAAAEA="}, {"index": 1, "embedding": "AABAQAAAgEA"}"#;
    assert_eq!(parse(&with_data(data)).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    for (text, expected) in [
        ("AACAPwAA", "6 bytes, which are not 32-bit floats"),
        ("!!!!", "not base64"),
        ("AACAfwAAgL8=", "the value inf"),
        ("AADAfwAAgL8=", "the value NaN"),
    ] {
        let data = format!(r#"{{"embedding": "{text}"}}, {{"embedding": [1, 2]}}"#);
        let error = parse(&with_data(&data)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

// fault 26
#[test]
fn an_invalid_usage_is_ignored() {
    for (usage, tokens) in [
        (r#"{"total_tokens": 7}"#, Some(7)),
        (r#"{"total_tokens": 3.0}"#, Some(3)),
        (r#"{"total_tokens": null, "prompt_tokens": 5}"#, Some(5)),
        (r#"{"total_tokens": -1}"#, None),
        (r#"{"total_tokens": 1e300}"#, None),
        (r#"{"total_tokens": "7"}"#, None),
        (r#"{"total_tokens": [7], "details": {"a": [1]}}"#, None),
        ("{}", None),
        ("null", None),
        ("-1", None),
        ("3.5", None),
        ("true", None),
        ("[1, {}]", None),
        (r#""none""#, None),
    ] {
        let body = format!(r#"{{"data": [{{"embedding": [1, 2]}}], "usage": {usage}}}"#);
        let response = expected(1).parse(body.as_bytes()).unwrap();
        assert_eq!((response.vectors.len(), response.tokens), (1, tokens), "{usage}");
    }
}

// fault 26
#[test]
fn an_error_with_status_200_has_the_message_of_the_server() {
    for body in [
        r#"{"error": {"message": "no such model", "code": 404}}"#,
        r#"{"error": "no such model", "data": []}"#,
        r#"{"error": "no such model", "data": "none"}"#,
        r#"{"object": "error", "message": "no such model"}"#,
    ] {
        assert_eq!(parse(body).unwrap_err(), "server error: no such model", "{body}");
    }
    let valid = r#"{"error": null, "data": [{"embedding": [1, 2]}, {"embedding": [3, 4]}]}"#;
    assert!(parse(valid).is_ok());
}

// fault 26
#[test]
fn an_empty_vector_is_an_error_of_the_server() {
    for data in [
        r#"{"embedding": []}, {"embedding": []}"#,
        r#"{"embedding": [1, 2]}, {"embedding": []}"#,
        r#"{"embedding": ""}, {"embedding": [1, 2]}"#,
    ] {
        let error = parse(&with_data(data)).unwrap_err();
        assert!(
            error.contains("empty vector for text") && error.contains("check that the server"),
            "{error}"
        );
        assert!(!error.contains("dimension(0)"), "{error}");
    }
}

#[test]
fn a_response_that_does_not_match_the_request_is_an_error_that_says_why() {
    for (data, expected) in [
        (r#"{"index": 0, "embedding": [1, 2]}"#, "1 vectors for 2 texts"),
        ("", "has no embeddings"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 0, "embedding": [1, 2]}"#, "two vectors"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 2, "embedding": [1, 2]}"#, "index 2 for 2"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": -1, "embedding": [1, 2]}"#, "index -1 for 2"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 0.5, "embedding": [1, 2]}"#, "index 0.5 for 2"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 1e300, "embedding": [1, 2]}"#, "for 2 texts"),
        (r#"{"index": 1, "embedding": [1, 2, 3]}, {"index": 0, "embedding": [1, 2, 3]}"#, "dimension(3)"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2, 3]}"#, "2 and 3 values"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, null]}"#, "type: null"),
        (r#"{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 1e39]}"#, "out of range"),
        (r#"{"index": "0", "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}"#, "expected a number"),
    ] {
        let error = parse(&with_data(data)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let three =
        r#"{"data": [{"embedding": [1, 2]}, {"embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}]}"#;
    let error = parse_for(3, three).unwrap_err();
    assert!(error.contains("not for others"), "{error}");
}

#[test]
fn vectors_of_a_normalized_model_are_scaled() {
    let scaled = ExpectedEmbeddings { texts: 1, dimension: 2, normalized: true };
    let response = scaled.parse(br#"{"data": [{"embedding": [3, 4]}]}"#).unwrap();
    assert_eq!(response.vectors, [[0.6, 0.8]]);
    let zero = br#"{"data": [{"embedding": [0, 0]}]}"#;
    assert!(scaled.parse(zero).is_err());
    assert!(expected(1).parse(zero).is_ok());
}

// fault 17
#[test]
fn the_size_limit_allows_every_notation_of_the_vectors() {
    let expected = ExpectedEmbeddings { texts: 50, dimension: 1024, normalized: false };
    let value = "\n                -1.2345678901234567e-100,";
    let vector =
        format!("{{\"object\": \"embedding\", \"index\": 10, \"embedding\": [{}]}},", value.repeat(1024));
    assert!(expected.max_bytes() > 50 * vector.len());
    assert!(expected.max_bytes() < 2 * 50 * vector.len() + ENVELOPE_BYTES);
    let largest = ExpectedEmbeddings { texts: usize::MAX, dimension: usize::MAX, normalized: false };
    assert_eq!(largest.max_bytes(), usize::MAX);
}

/// Parses random responses: valid ones, ones with random changes, and ones with random bytes.
///
/// `DATUS_CASES` sets the number of responses. The default is 3000.
// faults 17 and 26
#[test]
fn no_response_panics_and_accepted_vectors_have_the_right_size() {
    let cases = crate::model::openai::tests::hostile::cases(3000);
    let mut random = fastrand::Rng::with_seed(17);
    let (mut accepted, mut server_errors, mut invalid) = (0, 0, 0);
    for case in 0..cases {
        let texts = random.usize(0..5);
        let mut body = Json::response(&mut random, texts).to_string().into_bytes();
        if case % 3 == 0 {
            crate::model::openai::tests::hostile::damage(&mut random, &mut body);
        }
        let expected = ExpectedEmbeddings { texts, dimension: 2, normalized: random.bool() };
        match expected.parse(&body) {
            Ok(response) => {
                accepted += 1;
                assert_eq!(response.vectors.len(), texts);
                for vector in &response.vectors {
                    assert_eq!(vector.len(), 2, "{}", String::from_utf8_lossy(&body));
                    assert!(vector.iter().all(|value| value.is_finite()), "{vector:?}");
                }
            }
            Err(ResponseError::Server(body)) => {
                server_errors += 1;
                assert!(body.message.chars().count() <= 2000);
            }
            Err(ResponseError::Invalid(error)) => {
                invalid += 1;
                assert!(!error.what.is_empty() && !error.help.contains("dimension(0)"), "{error:?}");
            }
        }
    }
    // Every outcome occurs often enough.
    assert!(
        accepted * 20 > cases && server_errors * 50 > cases && invalid * 5 > cases,
        "{accepted} {server_errors} {invalid}"
    );
}
