//! Measures the texts per second of all-MiniLM-L6-v2: this library against hand-written programs on the same libraries.
//!
//! Run `tools/fetch-models --onnx`, then `cargo bench -p datus-store-benches-models`. `RAYON_NUM_THREADS=1` measures one core,
//! `-- candle` or `-- onnx` measures one of the runners, and `--features native -- native` the native one. Without `--onnx`,
//! only the Rust runners are measured.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at an error")]

mod candle_by_hand;
#[path = "../src/measure.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the other benchmarks")]
mod measure;
mod ort_by_hand;
mod texts;

use std::path::{Path, PathBuf};

use datus_store::model::{Candle, EmbeddingModel, Onnx, Role, SentenceTransformer};
#[cfg(feature = "native")]
use datus_store::model::{Native, Runner};
use futures::executor::block_on;
use measure::{compare, seconds};

const ROUNDS: usize = 5;

type Embed<'a> = dyn FnMut(&[&str]) -> Vec<Vec<f32>> + 'a;

fn main() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models");
    let minilm =
        std::env::var_os("DATUS_MINILM").map_or_else(|| models.join("all-MiniLM-L6-v2"), PathBuf::from);
    if !minilm.exists() {
        println!("`{}` is missing: run `tools/fetch-models --onnx`", minilm.display());
        std::process::exit(1);
    }
    let threads = std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok());
    let chosen = std::env::args().find(|name| ["native", "candle", "onnx"].contains(&name.as_str()));
    let asked = |name: &str| chosen.as_ref().is_none_or(|chosen| chosen == name);
    let library = models.join("python/onnxruntime/capi");
    if !library.exists() {
        println!("`{}` is missing: run `tools/fetch-models --onnx` for ONNX Runtime", library.display());
    }
    #[cfg(feature = "native")]
    if asked("native") {
        native(&minilm, &library, threads);
    }
    if asked("candle") {
        candle(&minilm);
    }
    if asked("onnx") && library.exists() {
        onnx(&minilm, &library, threads);
    }
}

/// Compares the runners of this library with each other.
#[cfg(feature = "native")]
fn native(minilm: &Path, library: &Path, threads: Option<usize>) {
    let model = |runner: Runner| SentenceTransformer::builder(minilm).runner(runner).build().unwrap();
    let ours = model(Native::default().into());
    let candle = model(Candle::default().into());
    against("native and candle", &ours, &mut |texts| block_on(candle.embed(texts, Role::Document)).unwrap());
    if library.exists() {
        let mut onnx = Onnx::default().with_library(library);
        onnx.threads = threads;
        let onnx = model(onnx.into());
        let embed = &mut |texts: &[&str]| block_on(onnx.embed(texts, Role::Document)).unwrap();
        against("native and ONNX Runtime", &ours, embed);
    }
}

fn candle(minilm: &Path) {
    let ours = SentenceTransformer::builder(minilm).runner(Candle::default()).build().unwrap();
    let theirs = candle_by_hand::Bert::load(minilm);
    against("candle and candle-transformers", &ours, &mut |texts| theirs.embed(texts));
}

fn onnx(minilm: &Path, library: &Path, threads: Option<usize>) {
    let environment = Onnx::default().with_library(library).environment().unwrap();
    for graph in ["onnx/model.onnx", "onnx/model_quantized.onnx"] {
        let mut onnx = Onnx::default().with_file(graph).with_library(library);
        onnx.threads = threads;
        let ours = SentenceTransformer::builder(minilm).runner(onnx).build().unwrap();
        let mut theirs = ort_by_hand::Graph::load(&environment, minilm, graph, threads);
        against(&format!("{graph} and ort"), &ours, &mut |texts| theirs.embed(texts));
    }
}

fn against(name: &str, ours: &SentenceTransformer, theirs: &mut Embed<'_>) {
    for (kind, texts) in [("short", texts::short()), ("long", texts::long()), ("mixed", texts::mixed())] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embed = || block_on(ours.embed(&texts, Role::Document)).unwrap();
        check(&embed(), &theirs(&texts));
        let ratio = compare(ROUNDS, || seconds(embed), || seconds(|| theirs(&texts)));
        ratio.print(&format!("{name}, {} {kind} texts", texts.len()), texts.len(), "texts");
    }
}

/// Checks that both programs return nearly the same vectors.
fn check(ours: &[Vec<f32>], theirs: &[Vec<f32>]) {
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(theirs) {
        let cosine: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        // A quantized graph scales the values of a batch together, so its vectors depend a little on the batch.
        assert!(cosine > 0.98, "the cosine of the two programs is {cosine}");
    }
}
