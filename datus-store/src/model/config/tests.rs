use super::ModelConfig;
use crate::error::ErrorKind;
use crate::model::{EmbeddingModel, EmbeddingModelExt, Role};

fn toml(text: &str) -> ModelConfig {
    toml::from_str(text).unwrap()
}

#[test]
fn toml_yaml_and_json_give_the_same_configuration() {
    let from_toml =
        toml("provider = \"hashing\"\ndimension = 256\nbatch_size = 32\ncache = 100\ntruncate = 64\n");
    let yaml = "provider: hashing\ndimension: 256\nbatch_size: 32\ncache: 100\ntruncate: 64\n";
    let json = r#"{"provider": "hashing", "dimension": 256, "batch_size": 32, "cache": 100, "truncate": 64}"#;
    assert_eq!(serde_yaml_ng::from_str::<ModelConfig>(yaml).unwrap(), from_toml);
    assert_eq!(serde_json::from_str::<ModelConfig>(json).unwrap(), from_toml);

    let model = from_toml.build().unwrap();
    assert_eq!(model.identity().to_string(), "datus/hashing@1 (64 dimensions, normalized)");
    assert_eq!(model.limits().texts, 32);
}

#[test]
fn a_serialized_configuration_can_be_read_back() {
    let mut config = ModelConfig::new("openai");
    config.model = Some("bge-m3".to_owned());
    config.timeout_seconds = Some(2.5);
    config.headers = Some([("X-Title".to_owned(), "tests".to_owned())].into());
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(
        json,
        r#"{"provider":"openai","model":"bge-m3","timeout_seconds":2.5,"headers":{"X-Title":"tests"}}"#
    );
    assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
    let yaml = serde_yaml_ng::to_string(&config).unwrap();
    assert_eq!(serde_yaml_ng::from_str::<ModelConfig>(&yaml).unwrap(), config);
}

#[tokio::test]
async fn the_provider_is_enough_if_the_other_fields_have_defaults() {
    let model = toml("provider = \"hashing\"").build().unwrap();
    assert_eq!(model.identity().dimension, 1024);
    assert_eq!(model.embed(&["a"], Role::Query).await.unwrap()[0].len(), 1024);
}

#[test]
fn prefixes_are_part_of_the_identity() {
    let model = toml("provider = \"hashing\"\nquery_prefix = \"query: \"").build().unwrap();
    assert_eq!(model.identity().query_prefix, "query: ");
}

#[test]
fn an_unknown_provider_is_an_error_that_lists_the_providers() {
    let error = ModelConfig::new("hashnig").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let shown = error.to_string();
    assert!(
        shown.starts_with("unknown model provider `hashnig`; the enabled providers are `hashing`"),
        "{shown}"
    );
    for (name, is_on) in [
        ("openai", cfg!(feature = "openai")),
        ("native", cfg!(feature = "native")),
        ("candle", cfg!(feature = "candle")),
        ("onnx", cfg!(feature = "onnx-runtime")),
    ] {
        let expected =
            if is_on { format!(", `{name}`") } else { format!("`{name}` needs the cargo feature `{name}`") };
        assert!(shown.contains(&expected), "{shown}");
    }
}

#[cfg(not(feature = "openai"))]
#[test]
fn the_error_for_a_disabled_provider_names_its_feature() {
    let error = ModelConfig::new("openai").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("enable the feature `openai`"), "{error}");
}

#[test]
fn an_unknown_field_is_an_error_and_so_is_an_api_key() {
    for text in ["provider = \"hashing\"\ndimensions = 3", "provider = \"openai\"\napi_key = \"sk-1\""] {
        let error = toml::from_str::<ModelConfig>(text).unwrap_err();
        let message = error.message();
        assert!(message.starts_with("unknown field `") && message.contains("`api_key_env`"), "{message}");
        assert!(!message.contains("sk-1"));
    }
    assert!(serde_json::from_str::<ModelConfig>(r#"{"dimension": 3}"#).is_err(), "without a provider");
}

#[test]
fn a_field_of_another_provider_is_an_error() {
    for (field, value) in [("base_url", "\"http://localhost\""), ("model", "\"m\""), ("timeout_seconds", "3")]
    {
        let error = toml(&format!("provider = \"hashing\"\n{field} = {value}")).build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let expected =
            format!("the provider `hashing` has no field `{field}`: remove it; its fields are `dimension`");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn an_invalid_value_is_the_same_error_each_time() {
    for fields in ["dimension = 0", "batch_size = 0", "in_flight = 0", "truncate = 2000", "truncate = 0"] {
        let config = toml(&format!("provider = \"hashing\"\n{fields}"));
        let error = config.build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{fields}");
        assert_eq!(config.build().err().unwrap().to_string(), error.to_string());
    }
}

// fault 16
#[test]
fn the_error_for_a_number_out_of_range_has_the_range() {
    for (field, value, range) in [
        ("dimension", "4000000000", "from 1 to 65536"),
        ("dimension", "18446744073709551615", "from 1 to 65536"),
        ("dimension", "0", "from 1 to 65536"),
        ("truncate", "4000000000", "from 1 to 65536"),
        ("cache", "1000000000", "from 0 to 10000000"),
        ("cache", "18446744073709551615", "from 0 to 10000000"),
        ("batch_size", "18446744073709551615", "from 1 to 65536"),
        ("batch_tokens", "18446744073709551615", "from 1 to 1000000000"),
        ("in_flight", "18446744073709551615", "from 1 to 1024"),
    ] {
        let json = format!(r#"{{"provider": "hashing", "{field}": {value}}}"#);
        let error = serde_json::from_str::<ModelConfig>(&json).unwrap().build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.message(), format!("`{field}` is {value}, but must be {range}"));
        assert!(error.help().is_some());
    }
    for (provider, field) in [("onnx", "threads"), ("candle", "max_tokens")] {
        let json =
            format!(r#"{{"provider": "{provider}", "path": "/no/such", "{field}": 18446744073709551615}}"#);
        let error = serde_json::from_str::<ModelConfig>(&json).unwrap().build().err().unwrap();
        assert!(error.message().starts_with(&format!("`{field}` is 18446744073709551615")), "{error}");
    }
}

// fault 16
#[tokio::test]
async fn the_largest_valid_numbers_do_not_crash_the_process() {
    let json = r#"{"provider": "hashing", "dimension": 65536, "cache": 10000000, "batch_size": 65536,
        "batch_tokens": 1000000000, "in_flight": 1024, "truncate": 65536}"#;
    let model = serde_json::from_str::<ModelConfig>(json).unwrap().build().unwrap();
    assert_eq!(model.embed(&["a"; 3], Role::Query).await.unwrap().len(), 3);
    let cached = crate::model::HashingModel::new(usize::MAX).cached(usize::MAX);
    assert_eq!(cached.embed(&["a"], Role::Query).await.unwrap()[0].len(), 65_536);
}

// fault 16
#[test]
fn a_long_provider_name_is_not_quoted_in_full() {
    let error = ModelConfig::new("x".repeat(100_000)).build().err().unwrap();
    assert!(error.to_string().len() < 1000, "{} bytes", error.to_string().len());
}

// fault 17
#[test]
fn an_unknown_field_or_a_wrong_value_is_not_quoted_in_full() {
    let long = "x".repeat(1_000_000);
    for json in [
        format!(r#"{{"provider": "hashing", "{long}": 1}}"#),
        format!(r#"{{"provider": "hashing", "dimension": "{long}"}}"#),
    ] {
        let message = serde_json::from_str::<ModelConfig>(&json).unwrap_err().to_string();
        assert!(
            message.len() < 1000 && message.contains("xxx …") && message.contains("at line 1"),
            "{message}"
        );
    }
    let message = toml::from_str::<ModelConfig>(&format!("{long} = 1")).unwrap_err().to_string();
    assert!(message.len() < 1000 && message.contains("line 1"), "{} bytes", message.len());
}

/// Builds random configurations with hostile values, read from JSON and TOML.
///
/// `DATUS_CASES` sets the number of configurations. The default is 3000.
// fault 16
#[test]
fn no_configuration_panics_and_every_error_is_short() {
    const FIELDS: [&str; 29] = [
        "provider",
        "model",
        "revision",
        "dimension",
        "send_dimension",
        "truncate",
        "normalized",
        "document_prefix",
        "query_prefix",
        "batch_size",
        "batch_tokens",
        "in_flight",
        "cache",
        "base_url",
        "api_key_env",
        "api_key_header",
        "requests_per_minute",
        "tokens_per_minute",
        "timeout_seconds",
        "retry_seconds",
        "sends_text_away",
        "allow_plaintext_key",
        "path",
        "max_tokens",
        "device",
        "onnx_file",
        "onnx_library",
        "threads",
        "headers",
    ];
    const VALUES: [&str; 30] = [
        "0",
        "1",
        "2",
        "255",
        "256",
        "65536",
        "65537",
        "4000000000",
        "9223372036854775807",
        "18446744073709551615",
        "-1",
        "0.0",
        "2.5",
        "1e300",
        "-1e300",
        "86400.0",
        "86401.0",
        "1e-300",
        "true",
        "false",
        "\"\"",
        "\"hashing\"",
        "\"PATH\"",
        "\"http://localhost:1\"",
        "\"http://gpu:1\"",
        "\"https://gpu\"",
        "\"cuda:4000000000\"",
        "\"größer\\u0000\"",
        "\"/no/such\"",
        "[]",
    ];
    let cases = std::env::var("DATUS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let mut random = fastrand::Rng::with_seed(16);
    let (mut built, mut rejected, mut unreadable) = (0, 0, 0);
    for case in 0..cases {
        let provider = random.choice(["hashing", "hashing", "openai", "native", "candle", "onnx"]).unwrap();
        let mut fields = vec![("provider", format!("\"{provider}\""))];
        if provider == "openai" {
            fields.extend([("model", "\"m\"".to_owned()), ("dimension", "3".to_owned())]);
        }
        for _ in 0..random.usize(0..4) {
            let field = random.choice(FIELDS).unwrap();
            fields.retain(|(name, _)| *name != field);
            fields.push((field, random.choice(VALUES).unwrap().to_owned()));
        }
        let config = if case % 2 == 0 {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            serde_json::from_str::<ModelConfig>(&format!("{{{}}}", fields.join(","))).ok()
        } else {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
            toml::from_str(&fields.concat()).ok()
        };
        match config.map(|config| config.build()) {
            None => unreadable += 1,
            Some(Ok(model)) => {
                built += 1;
                assert!((1..=65_536).contains(&model.identity().dimension));
                assert!((1..=1024).contains(&model.limits().in_flight));
            }
            Some(Err(error)) => {
                rejected += 1;
                assert!(!error.message().is_empty() && error.to_string().len() < 1000, "{error}");
            }
        }
    }
    assert!(
        built * 20 > cases && rejected * 5 > cases && unreadable * 20 > cases,
        "{built} {rejected} {unreadable}"
    );
}

#[test]
fn debug_lists_the_fields_that_are_set_and_no_secret() {
    let mut config = ModelConfig::new("openai");
    config.base_url = Some("https://hush:hush@host/?key=hush".to_owned());
    config.headers = Some([("X-Api".to_owned(), "hush".to_owned())].into());
    config.api_key_env = Some("sk-hush".to_owned());
    let shown = format!("{config:?}");
    assert!(!shown.contains("hush") && shown.contains("\"base_url\""), "{shown}");
}

#[cfg(feature = "openai")]
mod openai {
    use super::{ErrorKind, toml};

    const LOCAL: &str =
        "provider = \"openai\"\nmodel = \"nomic\"\nbase_url = \"http://localhost:11434/v1\"\n";

    #[test]
    fn building_a_model_sends_no_request() {
        let config = format!(
            "{LOCAL}dimension = 768\nrevision = \"2\"\nnormalized = true\ndocument_prefix = \"d: \"\n\
             batch_size = 8\nbatch_tokens = 1000\nin_flight = 2\nrequests_per_minute = 60\ntokens_per_minute = 1000\n\
             timeout_seconds = 5\nretry_seconds = 0\nsends_text_away = true\ncache = 10\n\
             api_key_env = \"PATH\"\napi_key_header = \"api-key\"\n[headers]\nX-Title = \"tests\"\n"
        );
        let model = toml(&config).build().unwrap();
        let identity = "nomic@2 (768 dimensions, normalized, prefixes \"d: \" and \"\")";
        assert_eq!(model.identity().to_string(), identity);
        let limits = model.limits();
        assert_eq!((limits.texts, limits.tokens, limits.in_flight), (8, 1000, 2));
        assert!(model.sends_text_away());
    }

    #[test]
    fn the_error_names_the_missing_or_invalid_field() {
        for (fields, expected) in [
            ("", "set it with `dimension`"),
            ("dimension = 3\ntimeout_seconds = -1", "`timeout_seconds` is -1"),
            ("dimension = 3\nin_flight = 0", "`in_flight` is 0"),
            ("dimension = 3\napi_key_env = \"DATUS_NO_SUCH_KEY\"", "variable `DATUS_NO_SUCH_KEY`"),
            ("dimension = 3\n[headers]\nx-auth-token = \"hush\"", "`x-auth-token` carries a secret"),
            ("dimension = 3\n[headers]\nAuthorization = \"hush\"", "set `api_key_env`"),
        ] {
            let error = toml(&format!("{LOCAL}{fields}")).build().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected) && !error.to_string().contains("hush"), "{error}");
        }
        let error = toml("provider = \"openai\"").build().err().unwrap();
        assert!(error.to_string().contains("needs the field `model`"), "{error}");
    }

    #[test]
    fn an_empty_variable_name_sends_no_key() {
        let config =
            "provider = \"openai\"\nmodel = \"m\"\ndimension = 3\nbase_url = \"http://gpu:8000/v1\"\n";
        toml(&format!("{config}api_key_env = \"\"")).build().unwrap();
    }

    // fault 18
    #[test]
    fn a_key_over_plain_http_needs_permission() {
        let config = "provider = \"openai\"\nmodel = \"m\"\ndimension = 3\nbase_url = \"http://gpu:8000/v1\"\n\
                      api_key_env = \"PATH\"\n";
        for rejected in [config.to_owned(), format!("{config}allow_plaintext_key = false")] {
            let error = toml(&rejected).build().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                error.message().contains("the API key would be sent to `gpu` over plain `http://`"),
                "{error}"
            );
        }
        toml(&format!("{config}allow_plaintext_key = true")).build().unwrap();
    }
}

#[cfg(feature = "native")]
#[test]
fn the_native_provider_has_no_device() {
    let error = toml("provider = \"native\"\npath = \"/no/such/folder\"").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(error.message().contains("/no/such/folder"), "{error}");
    let error = toml("provider = \"native\"\npath = \"m\"\ndevice = \"cpu\"").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "the provider `native` has no field `device`");
}

#[cfg(feature = "candle")]
mod candle {
    use super::{ErrorKind, toml};

    #[test]
    fn a_missing_folder_is_the_same_error_each_time() {
        let config = toml("provider = \"candle\"\npath = \"/no/such/folder\"");
        let error = config.build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("/no/such/folder"), "{error}");
        assert_eq!(config.build().err().unwrap().to_string(), error.to_string());
    }

    #[test]
    fn the_error_names_the_missing_or_invalid_field() {
        for (fields, expected) in [
            ("", "needs the field `path`"),
            ("path = \"m\"\ndevice = \"gpu\"", "use `cpu`, `cuda:0`"),
            ("path = \"m\"\nthreads = 3", "has no field `threads`"),
        ] {
            let error = toml(&format!("provider = \"candle\"\n{fields}")).build().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
