use std::path::Path;

use super::tiny::{self, Tiny, write};
use crate::error::{Error, ErrorKind};
use crate::model::{Runner, SentenceTransformer, SentenceTransformerBuilder};

/// Returns a builder with the default runner for the folder. Errors in files do not depend on the runner.
fn builder(folder: &Path) -> SentenceTransformerBuilder {
    SentenceTransformer::builder(folder).runner(Runner::of_folder(folder))
}

/// Returns the error of the default runner, which is the same as that of every runner in Rust.
fn build_error(folder: &Path) -> Error {
    let error = builder(folder).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    #[cfg(any(feature = "native", feature = "candle"))]
    for runner in super::rust_runners() {
        let other = SentenceTransformer::builder(folder).runner(runner).build().unwrap_err();
        assert_eq!((other.message(), other.help()), (error.message(), error.help()));
    }
    error
}

/// Asserts that a folder with one changed file is an error, with a message that contains the file and these texts.
fn assert_file_error(file: &str, content: &str, expected: &[&str]) {
    let folder = Tiny::read(tiny::BERT).folder();
    write(folder.path(), file, content.as_bytes());
    assert_message(&build_error(folder.path()), file, expected);
}

fn assert_missing_error(file: &str, expected: &[&str]) {
    let folder = Tiny::read(tiny::BERT).folder();
    std::fs::remove_file(folder.path().join(file)).unwrap();
    assert_message(&build_error(folder.path()), file, expected);
}

fn assert_message(error: &Error, file: &str, expected: &[&str]) {
    let message = error.to_string();
    for part in expected.iter().chain([&file]) {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[test]
fn the_error_for_a_missing_folder_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    assert!(build_error(&missing).to_string().contains("nowhere`: does not exist: use the folder"));
    write(folder.path(), "file", b"");
    assert!(build_error(&folder.path().join("file")).to_string().contains("is not a folder"));
}

#[test]
fn the_error_for_a_missing_file_has_its_name_and_help() {
    assert_missing_error("modules.json", &["is missing", "`.pooling(Pooling::Mean)`"]);
    assert_missing_error("1_Pooling/config.json", &["is missing", "copy the whole folder"]);
    assert_missing_error("tokenizer.json", &["is missing", "save_pretrained"]);
}

#[test]
fn the_error_for_a_damaged_file_names_it() {
    assert_file_error("modules.json", "{", &["cannot be deserialized", "line 1"]);
    assert_file_error("tokenizer.json", "{}", &["cannot be read as a tokenizer"]);
}

#[test]
fn the_error_for_an_unsupported_pooling_lists_the_supported_ones() {
    let supported = "use a model with one of `cls`, `mean`, `max`, `mean_sqrt_len_tokens`";
    let file = "1_Pooling/config.json";
    assert_file_error(
        file,
        r#"{"pooling_mode": "lasttoken"}"#,
        &["the pooling `lasttoken` is not supported", supported],
    );
    assert_file_error(file, r#"{"pooling_mode_weightedmean_tokens": true}"#, &["`weightedmean`", supported]);
    assert_file_error(file, r#"{"pooling_mode": ["mean", "max"]}"#, &["several poolings are enabled"]);
    assert_file_error(file, r#"{"pooling_mode_mean_tokens": false}"#, &["no pooling is enabled"]);
}

#[test]
fn the_error_for_an_unsupported_module_lists_the_supported_ones() {
    let modules = r#"[{"path": "", "type": "sentence_transformers.models.CNN"}]"#;
    assert_file_error("modules.json", modules, &["the module `CNN` is not supported", "`Dense`"]);
    let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"}]"#;
    assert_file_error("modules.json", modules, &["has no pooling module", "`.pooling(Pooling::Mean)`"]);
}

#[test]
fn max_tokens_is_limited_by_the_positions_and_special_tokens() {
    let folder = Tiny::read(tiny::BERT).folder();
    let error = builder(folder.path()).max_tokens(41).build().unwrap_err();
    assert_message(
        &error,
        "config.json",
        &["positions for 40 tokens, but `max_tokens` is 41", "`.max_tokens(…)`"],
    );
    // fault 16
    let error = builder(folder.path()).max_tokens(usize::MAX).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_message(&error, "max_tokens", &["from 1 to 131072"]);
    let error = builder(folder.path()).max_tokens(2).build().unwrap_err();
    assert_message(&error, "tokenizer.json", &["`max_tokens` is 2, but each input has 2 special tokens"]);
}

#[cfg(any(feature = "native", feature = "candle"))]
mod rust {
    use super::super::embed;
    use super::*;
    use crate::model::{EmbeddingModel, Pooling, Role};

    fn load(folder: &Path) -> SentenceTransformer {
        builder(folder).build().unwrap()
    }

    #[test]
    fn the_error_for_an_unsupported_model_type_lists_the_supported_ones() {
        let types = "`bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta`";
        assert_file_error("config.json", r#"{"model_type": "t5"}"#, &["not `t5`", types, "`Onnx`"]);
        assert_file_error("config.json", r#"{"model_type": "bert"}"#, &["missing field `vocab_size`"]);
    }

    #[test]
    fn weights_that_do_not_match_the_config_are_an_error() {
        assert_missing_error("model.safetensors", &["is missing", "with its weights"]);
        assert_file_error("model.safetensors", "", &["cannot be read as safetensors"]);
        let folder = Tiny::read(tiny::BERT).folder();
        let config = std::fs::read_to_string(folder.path().join("config.json")).unwrap();
        let larger = config.replace("\"vocab_size\":18", "\"vocab_size\":19");
        write(folder.path(), "config.json", larger.as_bytes());
        let message = build_error(folder.path()).to_string();
        assert!(
            message.contains("`embeddings.word_embeddings.weight` has shape [18, 12], expected [19, 12]"),
            "{message}"
        );
    }

    #[test]
    #[cfg(feature = "candle")]
    fn the_error_for_a_missing_gpu_names_the_feature() {
        use crate::model::{Candle, Device};

        let folder = Tiny::read(tiny::BERT).folder();
        let candle = Candle::default().with_device(Device::Cuda(63));
        let error = SentenceTransformer::builder(folder.path()).runner(candle).build().unwrap_err();
        assert!(error.to_string().contains("`candle-cuda`"), "{error}");
    }

    #[test]
    fn the_default_identity_is_the_folder_name_and_a_hash_of_the_weights() {
        let folder = Tiny::read(tiny::BERT).folder();
        let inner = folder.path().join("tiny-bert");
        std::fs::create_dir(&inner).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling"] {
            std::fs::rename(folder.path().join(file), inner.join(file)).unwrap();
        }
        let model = load(&inner);
        assert_eq!(model.identity().id, "tiny-bert");
        assert_eq!(model.identity().revision.len(), 12);
        assert_eq!(model.max_tokens(), 40);

        let named = builder(&inner)
            .id("mine")
            .revision("7")
            .document_prefix("the ")
            .query_prefix("a ")
            .build()
            .unwrap();
        let expected = "mine@7 (12 dimensions, normalized, prefixes \"the \" and \"a \")";
        assert_eq!(named.identity().to_string(), expected);
    }

    #[test]
    fn the_builder_sets_the_pooling_of_a_plain_encoder() {
        let folder = Tiny::read(tiny::BERT).folder();
        std::fs::remove_file(folder.path().join("modules.json")).unwrap();
        let builder = builder(folder.path());
        let model = builder.clone().pooling(Pooling::Cls).build().unwrap();
        assert!(!model.identity().normalized);
        assert!(builder.pooling(Pooling::Cls).normalized(true).build().unwrap().identity().normalized);
    }

    #[test]
    fn files_of_older_versions_are_read() {
        let tiny = Tiny::read(tiny::BERT);
        let folder = tiny.folder();
        let new = load(folder.path());
        let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;
        let pooling = r#"{"word_embedding_dimension": 12, "pooling_mode_cls_token": false,
            "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false}"#;
        let length = r#"{"max_seq_length": 16, "do_lower_case": false}"#;
        write(folder.path(), "modules.json", modules.as_bytes());
        write(folder.path(), "1_Pooling/config.json", pooling.as_bytes());
        write(folder.path(), "sentence_bert_config.json", length.as_bytes());
        let old = load(folder.path());
        assert_eq!((old.identity(), old.max_tokens()), (new.identity(), 16));
        let texts = &tiny.texts()[..3];
        assert_eq!(embed(&old, texts, Role::Query), embed(&new, texts, Role::Query));
    }

    #[test]
    fn weights_in_several_files_are_found_in_their_index() {
        let folder = Tiny::read(tiny::BERT).folder();
        let whole = load(folder.path());
        let file = folder.path().join("model.safetensors");
        std::fs::rename(&file, folder.path().join("model-00001-of-00001.safetensors")).unwrap();
        let index = r#"{"weight_map": {"embeddings.LayerNorm.weight": "model-00001-of-00001.safetensors"}}"#;
        write(folder.path(), "model.safetensors.index.json", index.as_bytes());
        assert_eq!(load(folder.path()).identity(), whole.identity());
    }
}

#[cfg(all(any(feature = "native", feature = "candle"), feature = "onnx"))]
mod either {
    use super::super::rust_runners;
    use super::*;
    use crate::model::{EmbeddingModel, Onnx};

    // fault 27
    #[test]
    fn a_runner_in_rust_runs_models_that_onnx_runtime_cannot_run_unless_onnx_is_set() {
        let folder = Tiny::read(tiny::BERT).folder();
        // No version of ONNX Runtime can run this.
        write(folder.path(), "onnx/model.onnx", b"not a graph");
        let model = SentenceTransformer::from_folder(folder.path()).unwrap();
        let name = rust_runners()[0].name();
        assert_eq!(model.runner().name(), name);
        assert!(format!("{model:?}").to_lowercase().contains(&format!("runner: {name}")), "{model:?}");
        for runner in rust_runners() {
            let other = SentenceTransformer::builder(folder.path()).runner(runner).build().unwrap();
            assert_eq!(model.identity(), other.identity());
        }

        let error = SentenceTransformer::builder(folder.path()).runner(Onnx::default()).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(!error.message().contains("cannot run it either"), "{error}");
    }

    // fault 27
    #[test]
    fn the_error_has_both_reasons_if_no_runner_can_run_the_model() {
        let folder = Tiny::read(tiny::BERT).folder();
        write(folder.path(), "onnx/model.onnx", b"not a graph");
        std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        let error = SentenceTransformer::from_folder(folder.path()).unwrap_err();
        let (message, name) = (error.to_string(), rust_runners()[0].name());
        assert!(
            message.contains(&format!("; {name} cannot run it either: ")) && message.contains("is missing"),
            "{message}"
        );
    }
}

#[cfg(feature = "onnx")]
mod onnx {
    use super::*;
    use crate::model::Onnx;

    // fault 16
    #[test]
    fn an_invalid_number_of_threads_is_an_error() {
        let folder = Tiny::read(tiny::BERT).folder();
        write(folder.path(), "onnx/model.onnx", b"not a graph");
        for threads in [0, 4_000_000_000] {
            let onnx = Onnx::default().with_threads(threads);
            let error = SentenceTransformer::builder(folder.path()).runner(onnx).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains(&format!("`threads` is {threads}")), "{error}");
        }
    }

    #[test]
    fn the_error_for_a_missing_graph_names_it() {
        let folder = Tiny::read(tiny::BERT).folder();
        let load = |onnx: Onnx| SentenceTransformer::builder(folder.path()).runner(onnx).build().unwrap_err();
        let error = load(Onnx::default());
        assert!(
            error.to_string().contains("does not contain `onnx/model.onnx` or `model.onnx`: export"),
            "{error}"
        );
        let error = load(Onnx::default().with_file("onnx/model_int8.onnx"));
        assert!(error.to_string().contains("does not contain `onnx/model_int8.onnx`"), "{error}");
    }
}
