use std::path::Path;

use super::*;
use crate::model::sentence_transformer::tests::tiny::write;
use crate::model::{Candle, Device};
use crate::rerank::{Reranker, Scale};

fn refused(folder: &Path) -> Error {
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

/// The folder with one file changed is refused, with a message that names the file and what to do.
fn assert_refused(file: &str, content: &str, expected: &[&str]) {
    let folder = Tiny::read(BERT).folder();
    write(folder.path(), file, content.as_bytes());
    assert_message(&refused(folder.path()), file, expected);
}

/// The same with one key of `config.json` changed.
fn assert_key_refused(key: &str, value: &str, expected: &[&str]) {
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), key, value);
    assert_message(&refused(folder.path()), "config.json", expected);
}

fn set_key(folder: &Path, key: &str, value: &str) {
    let file = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config[key] = serde_json::from_str(value).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
}

#[test]
fn missing_files_are_named_with_what_to_do() {
    let cases = [
        ("config.json", "give the folder of a cross-encoder"),
        ("tokenizer.json", "save_pretrained"),
        ("model.safetensors", "with its weights"),
    ];
    for (file, expected) in cases {
        let folder = Tiny::read(BERT).folder();
        std::fs::remove_file(folder.path().join(file)).unwrap();
        assert_message(&refused(folder.path()), file, &["is missing", expected]);
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(&folder.path().join("nowhere")).to_string().contains("does not exist: give the folder"));
}

#[test]
fn a_model_that_does_not_rank_is_refused() {
    let remedy = "`cross-encoder/ms-marco-MiniLM-L6-v2`";
    assert_key_refused("architectures", r#"["BertModel"]"#, &["`BertModel` (`architectures`)", remedy]);
    let labels = r#"{"0": "contradiction", "1": "entailment", "2": "neutral"}"#;
    assert_key_refused("id2label", labels, &["has 3 labels (`id2label`)", "one that ranks has one", remedy]);
    assert_key_refused("id2label", "null", &["has 2 labels (`id2label`)"]);
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), "id2label", "null");
    set_key(folder.path(), "num_labels", "1");
    CrossEncoder::from_folder(folder.path()).unwrap();
}

#[test]
fn model_types_that_are_not_there_are_refused_with_those_that_are() {
    let types = "`bert`, `camembert`, `distilbert`, `mpnet`, `roberta`, `xlm-roberta`";
    let remedy = "take a cross-encoder of one of these types";
    assert_key_refused("model_type", r#""deberta-v2""#, &["the model type `deberta-v2`", types, remedy]);
    assert_key_refused(
        "position_embedding_type",
        r#""relative_key""#,
        &["`position_embedding_type`", remedy],
    );
    assert_key_refused("model_type", r#""roberta""#, &["have no tensor `classifier.dense.weight`"]);
}

#[test]
fn a_scale_that_is_not_there_is_refused_with_its_key() {
    let only = "only `Sigmoid` and `Identity` are";
    let key = "sbert_ce_default_activation_function";
    assert_key_refused(key, r#""torch.nn.Softplus""#, &["`torch.nn.Softplus`", key, only]);
    let newer = r#"{"activation_fn": "torch.nn.Tanh"}"#;
    assert_key_refused("sentence_transformers", newer, &["`sentence_transformers.activation_fn`", only]);
    assert_refused("config_sentence_transformers.json", newer, &["`torch.nn.Tanh` (`activation_fn`)", only]);
}

#[test]
fn the_newest_file_that_names_a_scale_counts() {
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
fn modules_and_prompts_that_are_not_there_are_refused() {
    let modules = r#"[{"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
        {"path": "1_Dense", "type": "sentence_transformers.base.modules.dense.Dense"}]"#;
    assert_refused("modules.json", modules, &["`Transformer`, `Dense`", "only a `Transformer`"]);
    let prompts = r#"{"prompts": {"web": "Rank: "}, "default_prompt_name": "web"}"#;
    assert_refused("config_sentence_transformers.json", prompts, &["`web`", "`default_prompt_name`"]);
}

#[test]
fn weights_of_another_model_are_refused() {
    assert_refused("model.safetensors", "", &["cannot be read as safetensors"]);
    assert_key_refused("hidden_size", "24", &[]);
    let folder = Tiny::read(BERT).folder();
    set_key(folder.path(), "hidden_size", "24");
    assert!(refused(folder.path()).to_string().contains("expected [24, 24]"));
}

#[test]
fn the_length_is_that_of_the_files_unless_the_user_says() {
    let folder = Tiny::read(BERT).folder();
    let build = |tokens| CrossEncoder::builder(folder.path()).max_tokens(tokens).build();
    assert_eq!(build(40).unwrap().max_tokens(), 40);
    assert_message(&build(41).unwrap_err(), "config.json", &["positions for 40 tokens, not for 41"]);
    // A pair has three tokens of its own.
    assert_message(&build(3).unwrap_err(), "tokenizer.json", &["3 tokens are too few", "`.max_tokens(…)`"]);
    let short = build(4).unwrap();
    assert_eq!(scores(&short, "fox", &["the fox"]).len(), 1);
}

#[test]
fn a_card_that_is_not_there_is_refused() {
    let folder = Tiny::read(BERT).folder();
    let candle = Candle::default().with_device(Device::Cuda(63));
    let error = CrossEncoder::builder(folder.path()).candle(candle).build().unwrap_err();
    assert!(error.to_string().contains("`candle-cuda`"), "{error}");
}

#[test]
fn it_is_called_as_its_folder_unless_the_user_says() {
    let folder = Tiny::read(BERT).folder();
    let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(CrossEncoder::from_folder(folder.path()).unwrap().name(), name);
    let named = CrossEncoder::builder(folder.path()).name("judge").build().unwrap();
    assert_eq!(format!("{named:?}"), "CrossEncoder { name: \"judge\", scale: Identity, max_tokens: 24, .. }");
}
