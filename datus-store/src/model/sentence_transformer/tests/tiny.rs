//! Models with a few thousand weights, in folders that are described by tools/reference-vectors.py and
//! tools/reference-cross-encoder.py.

use std::collections::HashMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

/// The files of a model saved by Python, without its weights.
#[derive(Deserialize)]
pub(crate) struct TinyFolder {
    files: HashMap<String, Value>,
    tensors: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl TinyFolder {
    /// Writes the model to a temporary folder.
    pub(crate) fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in &self.files {
            write(folder.path(), name, content.to_string().as_bytes());
        }
        for (name, shapes) in &self.tensors {
            write(folder.path(), name, &safetensors_of(shapes));
        }
        folder
    }
}

/// A model, and the vectors that Python computed with it.
#[derive(Deserialize)]
#[cfg_attr(
    not(any(feature = "native", feature = "candle")),
    expect(dead_code, reason = "only runners in Rust run these models")
)]
pub(in super::super) struct Tiny {
    #[serde(flatten)]
    folder: TinyFolder,
    pub(super) texts: Vec<String>,
    pub(super) document: Vec<Vec<f32>>,
    pub(super) query: Vec<Vec<f32>>,
}

pub(in super::super) const BERT: &str = include_str!("tiny_bert.json");

impl Tiny {
    pub(in super::super) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap()
    }

    /// Writes the folder of the model.
    pub(in super::super) fn folder(&self) -> TempDir {
        self.folder.write()
    }

    /// Returns the weights as bfloat16, which are 16-bit floats with the exponent of 32-bit floats.
    #[cfg(all(feature = "native", feature = "candle"))]
    pub(super) fn bfloat_weights(&self) -> Vec<u8> {
        let bytes = safetensors_of(&self.folder.tensors["model.safetensors"]);
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let values: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
            .iter()
            .map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec(), to_bfloats(tensor.data())))
            .collect();
        let views = values.iter().map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::BF16, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[cfg(any(feature = "native", feature = "candle"))]
    pub(super) fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }
}

/// Converts 32-bit floats to bfloat16 by keeping the upper 16 bits of each.
#[cfg(all(feature = "native", feature = "candle"))]
fn to_bfloats(values: &[u8]) -> Vec<u8> {
    values.as_chunks::<4>().0.iter().flat_map(|bytes| [bytes[2], bytes[3]]).collect()
}

/// Writes a file in the folder of a model.
pub(crate) fn write(folder: &Path, name: &str, content: &[u8]) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, content).unwrap();
}

/// Returns generated weights with these names and shapes, in the safetensors format.
pub(crate) fn safetensors_of(shapes: &HashMap<String, Vec<usize>>) -> Vec<u8> {
    let bytes = |name: &str, shape: &[usize]| {
        let values = (0..shape.iter().product::<usize>()).map(|at| value(name, at as u64));
        values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()
    };
    let tensors: Vec<(&String, &Vec<usize>, Vec<u8>)> =
        shapes.iter().map(|(name, shape)| (name, shape, bytes(name, shape))).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// Computes one weight. tools/tiny_models.py contains the same formula.
fn value(name: &str, at: u64) -> f32 {
    let mut x = crc32(name.as_bytes()).wrapping_add(at.wrapping_mul(0x9e37_79b9) as u32);
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^= x >> 16;
    let mean = if name.to_lowercase().ends_with("norm.weight") { 1.0 } else { 0.0 };
    (mean + f64::from(x) / 2_f64.powi(32) - 0.5) as f32
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
