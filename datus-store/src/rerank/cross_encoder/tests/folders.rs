use std::path::Path;

use super::*;
use crate::model::sentence_transformer::tests::tiny::write;
use crate::model::{Candle, Device};
use crate::rerank::{Reranker, Scale};

fn build_error(folder: &Path) -> Error {
    let error = CrossEncoder::from_folder(folder).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    error
}

fn assert_message(error: &Error, file: &str, expected: &[&str]) {
    let message = error.to_string();
    for part in expected.iter().chain([&file]) {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

/// Asserts that a folder with one changed file fails to load, with a message that contains the file name and these texts.
fn assert_file_error(file: &str, content: &str, expected: &[&str]) {
    let folder = Tiny::read(BERT).folder();
    write(folder.path(), file, content.as_bytes());
    assert_message(&build_error(folder.path()), file, expected);
}

/// Asserts the same for a folder with one changed key in `config.json`.
fn assert_key_error(key: &str, value: &str, expected: &[&str]) {
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), key, value);
    assert_message(&build_error(folder.path()), "config.json", expected);
}

fn set_key(folder: &Path, key: &str, value: &str) {
    let file = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config[key] = serde_json::from_str(value).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
}

#[test]
fn the_error_for_a_missing_file_has_its_name_and_help() {
    let cases = [
        ("config.json", "use the folder of a cross-encoder"),
        ("tokenizer.json", "save_pretrained"),
        ("model.safetensors", "with its weights"),
    ];
    for (file, expected) in cases {
        let folder = Tiny::read(BERT).folder();
        std::fs::remove_file(folder.path().join(file)).unwrap();
        assert_message(&build_error(folder.path()), file, &["is missing", expected]);
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(
        build_error(&folder.path().join("nowhere")).to_string().contains("does not exist: use the folder")
    );
}

#[test]
fn a_model_without_a_classifier_of_one_label_is_an_error() {
    let help = "`cross-encoder/ms-marco-MiniLM-L6-v2`";
    assert_key_error("architectures", r#"["BertModel"]"#, &["`BertModel` (`architectures`)", help]);
    let labels = r#"{"0": "contradiction", "1": "entailment", "2": "neutral"}"#;
    assert_key_error("id2label", labels, &["has 3 labels (`id2label`)", "only one label is supported", help]);
    assert_key_error("id2label", "null", &["has 2 labels (`id2label`)"]);
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), "id2label", "null");
    set_key(folder.path(), "num_labels", "1");
    CrossEncoder::from_folder(folder.path()).unwrap();
}

#[test]
fn the_error_for_an_unsupported_model_type_lists_the_supported_ones() {
    let types = "`bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta`";
    let help = "use a cross-encoder of a supported type";
    assert_key_error("model_type", r#""deberta-v2""#, &["not `deberta-v2`", types, help]);
    assert_key_error("position_embedding_type", r#""relative_key""#, &["`position_embedding_type`", help]);
    assert_key_error("model_type", r#""roberta""#, &["do not contain the tensor `classifier.dense.weight`"]);
}

#[test]
fn the_error_for_an_unsupported_scale_names_its_key() {
    let help = "use a model with `Sigmoid` or `Identity`";
    let key = "sbert_ce_default_activation_function";
    assert_key_error(key, r#""torch.nn.Softplus""#, &["`torch.nn.Softplus`", key, help]);
    let newer = r#"{"activation_fn": "torch.nn.Tanh"}"#;
    assert_key_error("sentence_transformers", newer, &["`sentence_transformers.activation_fn`", help]);
    assert_file_error(
        "config_sentence_transformers.json",
        newer,
        &["`torch.nn.Tanh` (`activation_fn`)", help],
    );
}

#[test]
fn the_key_of_the_newest_version_sets_the_scale() {
    let scale = |folder: &Path| CrossEncoder::from_folder(folder).unwrap().scale();
    let folder = Tiny::read(BERT).folder();
    let folder = folder.path();
    assert_eq!(scale(folder), Scale::Identity);
    set_key(folder, "sentence_transformers", r#"{"activation_fn": "torch.nn.modules.activation.Sigmoid"}"#);
    assert_eq!(scale(folder), Scale::Sigmoid);
    let newest = r#"{"activation_fn": "torch.nn.modules.linear.Identity"}"#;
    write(folder, "config_sentence_transformers.json", newest.as_bytes());
    assert_eq!(scale(folder), Scale::Identity);
}

#[test]
fn unsupported_modules_and_prompts_are_errors() {
    let modules = r#"[{"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
        {"path": "1_Dense", "type": "sentence_transformers.base.modules.dense.Dense"}]"#;
    assert_file_error("modules.json", modules, &["`Transformer`, `Dense`", "only a `Transformer`"]);
    let prompts = r#"{"prompts": {"web": "Rank: "}, "default_prompt_name": "web"}"#;
    assert_file_error("config_sentence_transformers.json", prompts, &["`web`", "`default_prompt_name`"]);
}

#[test]
fn weights_that_do_not_match_the_config_are_an_error() {
    assert_file_error("model.safetensors", "", &["cannot be read as safetensors"]);
    assert_key_error("hidden_size", "24", &[]);
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), "hidden_size", "24");
    assert!(build_error(folder.path()).to_string().contains("expected [24, 24]"));
}

#[test]
fn the_builder_overrides_the_length_in_the_files() {
    let folder = Tiny::read(BERT).folder();
    let build = |tokens| CrossEncoder::builder(folder.path()).max_tokens(tokens).build();
    assert_eq!(build(40).unwrap().max_tokens(), 40);
    assert_message(
        &build(41).unwrap_err(),
        "config.json",
        &["positions for 40 tokens, but `max_tokens` is 41"],
    );
    // Each pair has three special tokens.
    assert_message(
        &build(3).unwrap_err(),
        "tokenizer.json",
        &["`max_tokens` is 3, but each input has 3 special tokens", "`.max_tokens(…)`"],
    );
    let short = build(4).unwrap();
    assert_eq!(scores(&short, "fox", &["the fox"]).len(), 1);
}

#[test]
fn the_error_for_a_missing_gpu_names_the_feature() {
    let folder = Tiny::read(BERT).folder();
    let candle = Candle::default().with_device(Device::Cuda(63));
    let error = CrossEncoder::builder(folder.path()).candle(candle).build().unwrap_err();
    assert!(error.to_string().contains("`candle-cuda`"), "{error}");
}

#[test]
fn the_default_name_is_the_name_of_the_folder() {
    let folder = Tiny::read(BERT).folder();
    let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(CrossEncoder::from_folder(folder.path()).unwrap().name(), name);
    let named = CrossEncoder::builder(folder.path()).name("judge").build().unwrap();
    assert_eq!(format!("{named:?}"), "CrossEncoder { name: \"judge\", scale: Identity, max_tokens: 24, .. }");
}
