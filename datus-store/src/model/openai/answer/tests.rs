use super::*;
use crate::model::openai::tests::hostile::Json;

fn expected(texts: usize) -> Expected {
    Expected { texts, dimension: 2, normalized: false }
}

/// The vectors of an answer for two texts, or what is wrong and the remedy.
fn parse(body: &str) -> Result<Vec<Vec<f32>>, String> {
    parse_for(2, body)
}

fn parse_for(texts: usize, body: &str) -> Result<Vec<Vec<f32>>, String> {
    let answer = Answer::parse(body.as_bytes(), &expected(texts));
    answer.map(|answer| answer.vectors).map_err(|unusable| match unusable {
        Unusable::Refused(complaint) => format!("refused: {}", complaint.message),
        Unusable::Broken(Fault { what, help }) => format!("{what}: {help}"),
    })
}

fn with_data(data: &str) -> String {
    format!(r#"{{"data": [{data}]}}"#)
}

#[test]
fn vectors_are_put_in_the_order_of_their_index() {
    let body =
        r#"{"data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}], "model": "m"}"#;
    assert_eq!(parse(body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn vectors_without_an_index_are_in_order() {
    for index in ["", r#""index": null, "#] {
        let body = with_data(&format!(r#"{{{index}"embedding": [1, 2]}}, {{{index}"embedding": [3, 4]}}"#));
        assert_eq!(parse(&body).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    }
}

// fault 26
#[test]
fn an_index_can_be_written_as_a_float_and_a_zero_can_be_left_out() {
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
fn vectors_in_base64_are_read() {
    // 1.0, 2.0 and 3.0, 4.0 as little-endian floats, the second without its padding.
    let data = r#"{"index": 0, "embedding": "AACAPwAAAEA="}, {"index": 1, "embedding": "AABAQAAAgEA"}"#;
    assert_eq!(parse(&with_data(data)).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    for (text, said) in [
        ("AACAPwAA", "6 bytes, which are not 32-bit floats"),
        ("!!!!", "not base64"),
        ("AACAfwAAgL8=", "the value inf"),
        ("AADAfwAAgL8=", "the value NaN"),
    ] {
        let data = format!(r#"{{"embedding": "{text}"}}, {{"embedding": [1, 2]}}"#);
        let error = parse(&with_data(&data)).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

// fault 26
#[test]
fn what_is_counted_never_fails_a_good_answer() {
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
        let answer = Answer::parse(body.as_bytes(), &expected(1)).unwrap();
        assert_eq!((answer.vectors.len(), answer.tokens), (1, tokens), "{usage}");
    }
}

// fault 26
#[test]
fn an_error_of_status_200_has_the_message_of_the_server() {
    for body in [
        r#"{"error": {"message": "no such model", "code": 404}}"#,
        r#"{"error": "no such model", "data": []}"#,
        r#"{"error": "no such model", "data": "none"}"#,
        r#"{"object": "error", "message": "no such model"}"#,
    ] {
        assert_eq!(parse(body).unwrap_err(), "refused: no such model", "{body}");
    }
    let good = r#"{"error": null, "data": [{"embedding": [1, 2]}, {"embedding": [3, 4]}]}"#;
    assert!(parse(good).is_ok());
}

// fault 26
#[test]
fn an_empty_vector_is_the_fault_of_the_endpoint() {
    for data in [
        r#"{"embedding": []}, {"embedding": []}"#,
        r#"{"embedding": [1, 2]}, {"embedding": []}"#,
        r#"{"embedding": ""}, {"embedding": [1, 2]}"#,
    ] {
        let error = parse(&with_data(data)).unwrap_err();
        assert!(error.contains("empty vector for text") && error.contains("the endpoint's"), "{error}");
        assert!(!error.contains("dimension(0)"), "{error}");
    }
}

#[test]
fn what_does_not_fit_the_request_is_an_error_that_says_how() {
    for (data, said) in [
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
        assert!(error.contains(said), "{error}");
    }
    let three =
        r#"{"data": [{"embedding": [1, 2]}, {"embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}]}"#;
    let error = parse_for(3, three).unwrap_err();
    assert!(error.contains("none for others"), "{error}");
}

#[test]
fn vectors_are_scaled_where_the_model_says_so() {
    let scaled = Expected { texts: 1, dimension: 2, normalized: true };
    let answer = Answer::parse(br#"{"data": [{"embedding": [3, 4]}]}"#, &scaled).unwrap();
    assert_eq!(answer.vectors, [[0.6, 0.8]]);
    let zero = br#"{"data": [{"embedding": [0, 0]}]}"#;
    assert!(Answer::parse(zero, &scaled).is_err() && Answer::parse(zero, &expected(1)).is_ok());
}

// fault 17
#[test]
fn the_bound_of_an_answer_has_room_for_every_way_to_write_it() {
    let expected = Expected { texts: 50, dimension: 1024, normalized: false };
    let value = "\n                -1.2345678901234567e-100,";
    let vector =
        format!("{{\"object\": \"embedding\", \"index\": 10, \"embedding\": [{}]}},", value.repeat(1024));
    assert!(expected.most_bytes() > 50 * vector.len());
    assert!(expected.most_bytes() < 2 * 50 * vector.len() + ENVELOPE);
    let most = Expected { texts: usize::MAX, dimension: usize::MAX, normalized: false };
    assert_eq!(most.most_bytes(), usize::MAX);
}

/// Answers that are right, with their texts, and changed at random, and bytes at random.
///
/// `DATUS_CASES` sets how many; `cargo test` has time for a few thousand.
// faults 17 and 26
#[test]
fn no_answer_panics_and_what_is_taken_has_the_right_size() {
    let cases = crate::model::openai::tests::hostile::cases(3000);
    let mut random = fastrand::Rng::with_seed(17);
    let (mut taken, mut refused, mut broken) = (0, 0, 0);
    for case in 0..cases {
        let texts = random.usize(0..5);
        let mut body = Json::answer(&mut random, texts).to_string().into_bytes();
        if case % 3 == 0 {
            crate::model::openai::tests::hostile::damage(&mut random, &mut body);
        }
        let expected = Expected { texts, dimension: 2, normalized: random.bool() };
        match Answer::parse(&body, &expected) {
            Ok(answer) => {
                taken += 1;
                assert_eq!(answer.vectors.len(), texts);
                for vector in &answer.vectors {
                    assert_eq!(vector.len(), 2, "{}", String::from_utf8_lossy(&body));
                    assert!(vector.iter().all(|value| value.is_finite()), "{vector:?}");
                }
            }
            Err(Unusable::Refused(complaint)) => {
                refused += 1;
                assert!(complaint.message.chars().count() <= 2000);
            }
            Err(Unusable::Broken(fault)) => {
                broken += 1;
                assert!(!fault.what.is_empty() && !fault.help.contains("dimension(0)"), "{fault:?}");
            }
        }
    }
    // The cases are not all of one kind.
    assert!(taken * 20 > cases && refused * 50 > cases && broken * 5 > cases, "{taken} {refused} {broken}");
}
