use std::time::Duration;

use super::*;
use crate::rerank::RerankApi;

fn local() -> RemoteRerankerBuilder {
    RemoteReranker::builder("toy").base_url("http://localhost:8080")
}

#[test]
fn errors_for_invalid_settings_have_help() {
    let remote = || local().base_url("https://api.example/v2");
    let cases = [
        (RemoteReranker::builder("toy"), "has no base URL: set it with `base_url`"),
        (RemoteReranker::builder(" ").base_url("http://localhost:1"), "the model has no name"),
        (local().base_url("api.cohere.com"), "use a URL such as `https://api.cohere.com/v2`"),
        (local().max_characters(0), "`max_characters` is 0"),
        (local().batch_texts(0), "`batch_texts` is 0"),
        (local().timeout(Duration::ZERO), "`timeout` is 0"),
        (local().requests_per_minute(0), "`requests_per_minute` is 0"),
        (local().field("query", 1), "the field `query` is set by each search"),
        (local().field("documents", 1), "the field `documents` is set by each search"),
        (local().api(RerankApi::Texts).field("texts", 1), "the field `texts` is set by each search"),
        (
            local().field("x", std::collections::HashMap::from([((1, 2), 3)])),
            "the value of the field `x` is not JSON",
        ),
        (remote(), "no API key is set for an endpoint on another machine: name its environment variable"),
        (remote().api_key_env("DATUS_NO_SUCH_KEY"), "`DATUS_NO_SUCH_KEY` does not hold an API key"),
        (local().base_url("http://gpu.example/v1").api_key("sk-1234567890"), "over plain `http://`"),
    ];
    for (builder, expected) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert!(error.help().is_some(), "{error}");
    }
}

#[test]
fn texts_leave_the_machine_unless_the_host_is_local_or_the_builder_overrides_it() {
    assert!(!local().build().unwrap().sends_text_away());
    let remote = local().base_url("https://api.example/v2").without_api_key();
    assert!(remote.clone().build().unwrap().sends_text_away());
    assert!(!remote.sends_text_away(false).build().unwrap().sends_text_away());
}
