use super::ModelConfig;
use crate::error::ErrorKind;
use crate::model::Role;

fn toml(text: &str) -> ModelConfig {
    toml::from_str(text).unwrap()
}

#[test]
fn one_configuration_in_toml_yaml_and_json_is_the_same() {
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
fn what_is_written_is_read_again() {
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
async fn a_provider_alone_is_enough_where_there_are_defaults() {
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
fn an_unknown_provider_is_an_error_that_lists_those_there_are() {
    let error = ModelConfig::new("hashnig").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let shown = error.to_string();
    assert!(
        shown.starts_with("there is no provider `hashnig` of models; compiled in are `hashing`"),
        "{shown}"
    );
    for (name, is_on) in [
        ("openai", cfg!(feature = "openai")),
        ("candle", cfg!(feature = "candle")),
        ("onnx", cfg!(feature = "onnx-runtime")),
    ] {
        let expected = if is_on {
            format!(", `{name}`")
        } else {
            format!("; `{name}` needs the cargo feature `{name}`")
        };
        assert!(shown.contains(&expected), "{shown}");
    }
}

#[cfg(not(feature = "openai"))]
#[test]
fn a_provider_that_is_not_compiled_in_names_its_feature() {
    let error = ModelConfig::new("openai").build().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("add the feature `openai`"), "{error}");
}

#[test]
fn a_field_that_no_provider_has_is_an_error_and_so_is_a_key() {
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
        let said =
            format!("the provider `hashing` has no field `{field}`: remove it; its fields are `dimension`");
        assert!(error.to_string().starts_with(&said), "{error}");
    }
}

#[test]
fn a_value_that_can_not_be_used_is_an_error_each_time() {
    for fields in ["dimension = 0", "batch_size = 0", "in_flight = 0", "truncate = 2000", "truncate = 0"] {
        let config = toml(&format!("provider = \"hashing\"\n{fields}"));
        let error = config.build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{fields}");
        assert_eq!(config.build().err().unwrap().to_string(), error.to_string());
    }
}

#[test]
fn debug_shows_what_is_set_and_no_secret() {
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
    fn an_endpoint_is_built_without_asking_it() {
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
    fn what_is_missing_or_no_value_is_an_error_that_says_what() {
        for (fields, said) in [
            ("", "set it with `dimension`"),
            ("dimension = 3\ntimeout_seconds = -1", "`timeout_seconds` of a model is a number of seconds"),
            ("dimension = 3\nin_flight = 0", "`in_flight` can't be 0"),
            ("dimension = 3\napi_key_env = \"DATUS_NO_SUCH_KEY\"", "variable `DATUS_NO_SUCH_KEY`"),
            ("dimension = 3\n[headers]\nx-auth-token = \"hush\"", "`x-auth-token` carries a secret"),
            ("dimension = 3\n[headers]\nAuthorization = \"hush\"", "in `api_key_env`"),
        ] {
            let error = toml(&format!("{LOCAL}{fields}")).build().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(said) && !error.to_string().contains("hush"), "{error}");
        }
        let error = toml("provider = \"openai\"").build().err().unwrap();
        assert!(error.to_string().contains("needs the field `model`"), "{error}");
    }

    #[test]
    fn an_empty_name_of_the_variable_is_no_key() {
        let config =
            "provider = \"openai\"\nmodel = \"m\"\ndimension = 3\nbase_url = \"http://gpu:8000/v1\"\n";
        toml(&format!("{config}api_key_env = \"\"")).build().unwrap();
    }
}

#[cfg(feature = "candle")]
mod candle {
    use super::{ErrorKind, toml};

    #[test]
    fn a_folder_that_is_not_there_is_the_same_error_each_time() {
        let config = toml("provider = \"candle\"\npath = \"/no/such/folder\"");
        let error = config.build().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("/no/such/folder"), "{error}");
        assert_eq!(config.build().err().unwrap().to_string(), error.to_string());
    }

    #[test]
    fn what_is_missing_or_no_value_is_an_error_that_says_what() {
        for (fields, said) in [
            ("", "needs the field `path`"),
            ("path = \"m\"\ndevice = \"gpu\"", "take `cpu`, `cuda:0`"),
            ("path = \"m\"\nthreads = 3", "has no field `threads`"),
        ] {
            let error = toml(&format!("provider = \"candle\"\n{fields}")).build().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
