use std::time::Duration;

use super::OpenAiModel;
use crate::error::ErrorKind;
use crate::model::{EmbeddingModel, OpenAiBuilder};

fn local() -> OpenAiBuilder {
    OpenAiModel::builder("toy").base_url("http://localhost:8080/v1").dimension(4)
}

#[test]
fn what_is_known_of_the_models_of_openai_need_not_be_said() {
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
fn texts_leave_the_machine_unless_the_host_is_this_one_or_the_builder_says_otherwise() {
    assert!(!local().build().unwrap().sends_text_away());
    assert!(local().sends_text_away(true).build().unwrap().sends_text_away());
    let away = local().base_url("https://gpu.example/v1").without_api_key();
    assert!(away.clone().build().unwrap().sends_text_away());
    assert!(!away.sends_text_away(false).build().unwrap().sends_text_away());
}

#[test]
fn what_can_not_work_is_refused_with_what_to_do() {
    let cases: [(OpenAiBuilder, &str); 14] = [
        (OpenAiModel::builder("own").base_url("http://localhost:1"), "set it with `dimension`"),
        (OpenAiModel::builder(" ").base_url("http://localhost:1"), "has no name"),
        (local().dimension(0), "`dimension` can't be 0"),
        (local().batch_texts(0), "`batch_texts` can't be 0"),
        (local().in_flight(0), "`in_flight` can't be 0"),
        (local().requests_per_minute(0), "`requests_per_minute` can't be 0"),
        (local().timeout(Duration::ZERO), "`timeout` can't be 0"),
        (local().base_url("localhost:8080"), "begins with `https://`"),
        (local().base_url("https://user:pass@host"), "header("),
        (local().api_key("  "), "is blank"),
        (local().api_key_env("DATUS_NO_SUCH_KEY"), "variable `DATUS_NO_SUCH_KEY`: set it"),
        (local().api_key_env("sk-proj-0123456789"), "`(not shown)`"),
        (local().header("x y", "z"), "no name of a header"),
        (local().api_key("key").header("Authorization", "Basic z"), "is set twice"),
    ];
    for (builder, said) in cases {
        let error = builder.clone().build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(said), "{error}");
        // Nothing is remembered or tried for long: the next time it is the same.
        assert_eq!(builder.build().unwrap_err().to_string(), error.to_string());
    }
}
