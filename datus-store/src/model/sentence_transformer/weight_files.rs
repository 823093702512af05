use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::folder::{fault_with, read_json};
use crate::error::Result;

/// `model.safetensors.index.json`: which of several files a tensor is in.
#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

/// The files of a model's weights: one, or those that an index names.
///
/// # Errors
/// `Model` when there are none.
pub(super) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let file = folder.join("model.safetensors");
    if file.exists() {
        return Ok(vec![file]);
    }
    if let Some(index) = read_json::<Index>(&folder.join("model.safetensors.index.json"))? {
        let names: BTreeSet<String> = index.weight_map.into_values().collect();
        return Ok(names.into_iter().map(|name| folder.join(name)).collect());
    }
    let remedy = match folder.join("pytorch_model.bin").exists() {
        true => {
            "there is only `pytorch_model.bin`; load it in Python and save it again, which writes safetensors"
        }
        false => "give the folder of a model with its weights",
    };
    Err(fault_with(&file, "is missing", remedy))
}
