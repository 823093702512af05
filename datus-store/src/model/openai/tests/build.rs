use std::time::Duration;

use super::OpenAiModel;
use crate::error::ErrorKind;
use crate::model::{EmbeddingModel, OpenAiBuilder, PythonFunction};

fn local() -> OpenAiBuilder {
    OpenAiModel::builder("toy").base_url("http://localhost:8080/v1").dimension(4)
}

#[test]
fn the_models_of_openai_need_no_settings() {
    for (name, dimension) in
        [("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072), ("text-embedding-ada-002", 1536)]
    {
        let model = OpenAiModel::builder(name).api_key("key").build().unwrap();
        assert_eq!((model.identity().dimension, model.identity().normalized), (dimension, true));
        assert!(model.sends_text_away() && !model.inner.send_dimension);
    }
    let shorter =
        OpenAiModel::builder("text-embedding-3-large").api_key("key").dimension(256).build().unwrap();
    assert!(shorter.inner.send_dimension && shorter.identity().normalized);
}

#[test]
fn python_knows_the_models_of_openai_at_its_own_endpoint_and_without_prefixes() {
    let function = |builder: OpenAiBuilder| builder.api_key("hidden").build().unwrap().python_function();
    let openai = |name: &str| OpenAiModel::builder(name);
    let plain = PythonFunction::new("openai").with("name", "text-embedding-3-small");
    assert_eq!(function(openai("text-embedding-3-small")), Some(plain.clone()));
    let shorter = function(openai("text-embedding-3-small").dimension(256));
    assert_eq!(shorter, Some(plain.with("dim", 256_i64)));
    assert_eq!(function(openai("text-embedding-3-small").prefixes("passage: ", "")), None);
    assert_eq!(function(openai("text-embedding-3-small").base_url("https://gpu.example/v1")), None);
    assert_eq!(function(openai("own").dimension(8)), None);
    assert!(!format!("{shorter:?}").contains("hidden"));
}

#[test]
fn texts_leave_the_machine_unless_the_host_is_local_or_the_builder_overrides_it() {
    assert!(!local().build().unwrap().sends_text_away());
    assert!(local().sends_text_away(true).build().unwrap().sends_text_away());
    let remote = local().base_url("https://gpu.example/v1").without_api_key();
    assert!(remote.clone().build().unwrap().sends_text_away());
    assert!(!remote.sends_text_away(false).build().unwrap().sends_text_away());
}

#[test]
fn errors_for_invalid_settings_have_help() {
    let cases: [(OpenAiBuilder, &str); 14] = [
        (OpenAiModel::builder("own").base_url("http://localhost:1"), "set it with `dimension`"),
        (OpenAiModel::builder(" ").base_url("http://localhost:1"), "has no name"),
        (local().dimension(0), "`dimension` is 0"),
        (local().batch_texts(0), "`batch_texts` is 0"),
        (local().in_flight(0), "`in_flight` is 0"),
        (local().requests_per_minute(0), "`requests_per_minute` is 0"),
        (local().timeout(Duration::ZERO), "`timeout` is 0"),
        (local().base_url("localhost:8080"), "begins with `https://`"),
        (local().base_url("https://user:pass@host"), "header("),
        (local().api_key("  "), "is blank"),
        (local().api_key_env("DATUS_NO_SUCH_KEY"), "`DATUS_NO_SUCH_KEY` does not hold an API key: set it"),
        (local().api_key_env("sk-proj-0123456789"), "`(not shown)`"),
        (local().header("x y", "z"), "not a valid header name"),
        (local().api_key("key").header("Authorization", "Basic z"), "is set twice"),
    ];
    for (builder, expected) in cases {
        let error = builder.clone().build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(expected), "{error}");
        // Building again fails in the same way.
        assert_eq!(builder.build().unwrap_err().to_string(), error.to_string());
    }
}

// fault 16
#[test]
fn the_error_for_a_number_out_of_range_has_the_range() {
    let cases: [(OpenAiBuilder, &str); 8] = [
        (local().dimension(4_000_000_000), "`dimension` is 4000000000, but must be from 1 to 65536"),
        (local().dimension(usize::MAX), "from 1 to 65536"),
        (
            local().batch_texts(usize::MAX),
            "`batch_texts` is 18446744073709551615, but must be from 1 to 65536",
        ),
        (local().batch_tokens(usize::MAX), "from 1 to 1000000000"),
        (local().in_flight(1_000_000), "`in_flight` is 1000000, but must be from 1 to 1024"),
        (
            local().timeout(Duration::MAX),
            "`timeout` is 18446744073709551615 s, but must be from 0 s to 86400 s",
        ),
        (local().retry_for(Duration::from_secs(86_401)), "`retry_for` is 86401 s"),
        (local().retry_for(Duration::MAX), "`retry_for`"),
    ];
    for (builder, expected) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(expected), "{error}");
    }
    let day = Duration::from_secs(24 * 60 * 60);
    let largest = local().dimension(65_536).batch_texts(65_536).batch_tokens(1_000_000_000).in_flight(1024);
    let model =
        largest.requests_per_minute(u32::MAX).tokens_per_minute(u32::MAX).timeout(day).retry_for(day).build();
    assert_eq!(model.unwrap().limits().in_flight, 1024);
}

// fault 18
#[test]
fn a_key_is_not_sent_to_another_machine_over_plain_http_by_default() {
    let remote = || local().base_url("http://gpu.example:8000/v1");
    let cases = [
        (remote().api_key("sk-1234567890"), "the API key"),
        (remote().api_key_env("PATH"), "the API key"),
        (remote().api_key("sk-1234567890").api_key_header("x-own"), "the API key"),
        (
            remote().without_api_key().header("Authorization", "Basic 1234567890"),
            "the header `Authorization`",
        ),
        (remote().without_api_key().header("X-Api-Key", "1234567890"), "the header `X-Api-Key`"),
        (
            local().base_url("http://gpu.example/v1?api_key=1234567890").without_api_key(),
            "the parameter `api_key` of the base URL",
        ),
    ];
    for (builder, what) in cases {
        let error = builder.clone().build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let message =
            format!("{what} would be sent to `gpu.example` over plain `http://`, where others can read it");
        assert_eq!(error.message(), message);
        assert!(
            error.help().unwrap().contains("`allow_plaintext_key`") && !error.to_string().contains("67890")
        );
        builder.clone().allow_plaintext_key().build().unwrap();
        builder.base_url("https://gpu.example/v1").build().unwrap();
    }
    for url in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"] {
        local().base_url(url).api_key("sk-1234567890").build().unwrap();
    }
    remote().without_api_key().header("X-Title", "tests").build().unwrap();
}
