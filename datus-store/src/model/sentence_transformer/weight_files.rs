use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::folder::{file_error_with_help, read_json};
use crate::error::Result;

/// The content of `model.safetensors.index.json`, which maps tensors to files.
#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

/// Returns the files of the weights: a single file, or the files in an index.
///
/// # Errors
/// Fails with `Model` if there are no weights.
pub(super) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let file = folder.join("model.safetensors");
    if file.exists() {
        return Ok(vec![file]);
    }
    if let Some(index) = read_json::<Index>(&folder.join("model.safetensors.index.json"))? {
        let names: BTreeSet<String> = index.weight_map.into_values().collect();
        return Ok(names.into_iter().map(|name| folder.join(name)).collect());
    }
    let help = match folder.join("pytorch_model.bin").exists() {
        true => {
            "load the model in Python and save it again to write safetensors files; `pytorch_model.bin` is not supported"
        }
        false => "use the folder of a model with its weights",
    };
    Err(file_error_with_help(&file, "is missing", help))
}
