use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::super::folder::{file_error_from, file_error_with_help};
use super::super::weight_files::weight_files;
use crate::error::Result;

/// The contents of the weight files.
pub(super) struct WeightFiles(Vec<(PathBuf, Vec<u8>)>);

/// The tensors of a model.
pub(super) struct Weights<'a> {
    folder: PathBuf,
    files: Vec<SafeTensors<'a>>,
    /// The prefix of the encoder's tensor names. A model that was saved with a head has one, such as `bert.`.
    prefix: String,
}

impl WeightFiles {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let read = |file: PathBuf| match std::fs::read(&file) {
            Ok(bytes) => Ok((file, bytes)),
            Err(error) => {
                Err(file_error_from(&file, "cannot be read", error).with_help("download the model again"))
            }
        };
        Ok(Self(weight_files(folder)?.into_iter().map(read).collect::<Result<_>>()?))
    }
}

impl<'a> Weights<'a> {
    const WORD_EMBEDDINGS: &'static str = "embeddings.word_embeddings.weight";

    pub(super) fn parse(folder: &Path, files: &'a WeightFiles) -> Result<Self> {
        let parse = |(file, bytes): &'a (PathBuf, Vec<u8>)| {
            SafeTensors::deserialize(bytes).map_err(|error| {
                file_error_from(file, "cannot be read as safetensors", error).with_help("download it again")
            })
        };
        let files: Vec<SafeTensors<'a>> = files.0.iter().map(parse).collect::<Result<_>>()?;
        let prefixes = files.iter().flat_map(|file| file.names()).filter_map(|name| {
            let prefix = name.strip_suffix(Self::WORD_EMBEDDINGS)?;
            Some(prefix.to_owned())
        });
        let Some(prefix) = prefixes.min_by_key(String::len) else {
            let what = format!("the weights do not contain the tensor `{}`", Self::WORD_EMBEDDINGS);
            return Err(file_error_with_help(folder, what, "use the weights of a model of the BERT family"));
        };
        Ok(Self { folder: folder.to_owned(), files, prefix })
    }

    /// Returns the values of a tensor of the encoder.
    ///
    /// # Errors
    /// Fails with `Model` if the tensor is missing, or if it has a different shape or is not of a float type.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let name = format!("{}{name}", self.prefix);
        // Old files use TensorFlow's names for the parameters of a layer norm.
        let old =
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let Some(tensor) = self.tensor(&name).or_else(|| self.tensor(&old)) else {
            return Err(self.mismatch(format!("the weights do not contain the tensor `{name}`")));
        };
        if tensor.shape() != shape {
            let found = tensor.shape();
            return Err(self.mismatch(format!("the tensor `{name}` has shape {found:?}, expected {shape:?}")));
        }
        values(&tensor).ok_or_else(|| {
            let what =
                format!("the tensor `{name}` has the type {:?}, which is not supported", tensor.dtype());
            file_error_with_help(&self.folder, what, "use weights of type F32, F16 or BF16")
        })
    }

    fn tensor(&self, name: &str) -> Option<TensorView<'a>> {
        self.files.iter().find_map(|file| file.tensor(name).ok())
    }

    fn mismatch(&self, what: String) -> crate::Error {
        file_error_with_help(&self.folder, what, "use the weights that belong to this `config.json`")
    }
}

/// Returns the values as 32-bit floats, or `None` if they have a different type.
fn values(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    let values = match tensor.dtype() {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|bytes| from_half(u16::from_le_bytes(*bytes))).collect(),
        // A bfloat16 is the upper half of a 32-bit float.
        Dtype::BF16 => {
            let single = |bytes: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16);
            bytes.as_chunks().0.iter().map(single).collect()
        }
        _ => return None,
    };
    Some(values)
}

/// Converts a 16-bit float, which has 1 bit for the sign, 5 bits for the exponent and 10 bits for the fraction.
fn from_half(bits: u16) -> f32 {
    let (sign, exponent) = (u32::from(bits >> 15) << 31, u32::from(bits >> 10 & 0x1f));
    let fraction = u32::from(bits & 0x3ff);
    let magnitude = match exponent {
        // Zero and subnormal numbers, in steps of 2⁻²⁴.
        0 => (fraction as f32 * 2.0_f32.powi(-24)).to_bits(),
        0x1f => 0xff << 23 | fraction << 13,
        // The exponents of the two types are biased by 15 and by 127.
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::from_half;

    #[test]
    fn sixteen_bit_floats_are_converted_exactly() {
        let table =
            [(0x0000, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x7bff, 65_504.0)];
        for (bits, expected) in table.into_iter().chain([(0x0001, 5.960_464_5e-8), (0x03ff, 6.097_555e-5)]) {
            assert_eq!(from_half(bits), expected, "{bits:#06x}");
        }
        assert_eq!(from_half(0xfc00), f32::NEG_INFINITY);
        assert!(from_half(0x7e00).is_nan());
    }
}
