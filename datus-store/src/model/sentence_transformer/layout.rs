//! What the files of a folder say about the model, as sentence-transformers lays them out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::dense::Dense;
use super::folder::{fault_with, read_json};
use super::length::Length;
use super::pooling::Pooling;
use crate::error::Result;

/// A model's folder, read.
#[derive(Debug)]
pub(super) struct Layout {
    /// The folder of `config.json` and the weights: the model's own, or one in it.
    pub(super) transformer: PathBuf,
    pub(super) pooling: Pooling,
    /// What is done to a pooled vector, in order.
    pub(super) stages: Vec<Stage>,
    pub(super) length: Length,
    pub(super) prefixes: Prefixes,
    /// Whether the tokens of a prefix are left out of pooling.
    pub(super) skips_prompt: bool,
}

/// A step after pooling.
#[derive(Debug)]
pub(super) enum Stage {
    Dense(Dense),
    Normalize,
}

/// What is put before texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) document: String,
    pub(super) query: String,
}

impl Layout {
    /// Reads a folder. A `pooling` that the caller chose stands for `modules.json`.
    ///
    /// # Errors
    /// `Model` when a file is missing or says something that is not supported; it names the file.
    pub(super) fn read(folder: &Path, pooling: Option<Pooling>) -> Result<Self> {
        let mut layout = Self {
            transformer: folder.to_owned(),
            pooling: pooling.unwrap_or(Pooling::Mean),
            stages: Vec::new(),
            length: Length::default(),
            prefixes: Prompts::read(folder)?,
            skips_prompt: false,
        };
        let file = folder.join("modules.json");
        match (read_json::<Vec<Module>>(&file)?, pooling) {
            (Some(modules), pooling) => layout.add_modules(folder, &file, &modules, pooling)?,
            (None, Some(_)) => {}
            (None, None) => {
                let remedy = "take the folder of a sentence transformer, or say how a plain encoder is pooled with \
                              `.pooling(Pooling::Mean)`";
                return Err(fault_with(&file, "is missing", remedy));
            }
        }
        layout.length = Length::read(&layout.transformer)?;
        Ok(layout)
    }

    fn add_modules(
        &mut self,
        folder: &Path,
        file: &Path,
        modules: &[Module],
        chosen: Option<Pooling>,
    ) -> Result<()> {
        let mut pooled = chosen.is_some();
        for module in modules {
            let place = folder.join(&module.path);
            // The Python path of a class has changed between versions; its name has not.
            match module.class.rsplit('.').next().unwrap_or_default() {
                "Transformer" => self.transformer = place,
                "Pooling" if chosen.is_some() => {}
                "Pooling" => {
                    let config = Pooling::read(&place.join("config.json"))?;
                    (self.pooling, self.skips_prompt, pooled) = (config.pooling, config.skips_prompt, true);
                }
                "Dense" => self.stages.push(Stage::Dense(Dense::read(&place)?)),
                "Normalize" => self.stages.push(Stage::Normalize),
                "Dropout" => {} // Only training drops.
                other => {
                    let known = "`Transformer`, `Pooling`, `Dense` and `Normalize`";
                    let what = format!("the module `{other}` is not supported");
                    return Err(fault_with(file, what, format!("only {known} are")));
                }
            }
        }
        if pooled {
            return Ok(());
        }
        let remedy = "say how tokens are pooled with `.pooling(Pooling::Mean)`";
        Err(fault_with(file, "has no pooling module", remedy))
    }

    pub(super) fn set_normalized(&mut self, normalized: bool) {
        self.stages.retain(|stage| !matches!(stage, Stage::Normalize));
        if normalized {
            self.stages.push(Stage::Normalize);
        }
    }

    /// Whether the last stage makes vectors of length one.
    pub(super) fn normalized(&self) -> bool {
        matches!(self.stages.last(), Some(Stage::Normalize))
    }
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

/// `config_sentence_transformers.json`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Prompts {
    prompts: HashMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

impl Prompts {
    fn read(folder: &Path) -> Result<Prefixes> {
        let file = folder.join("config_sentence_transformers.json");
        let prompts: Self = read_json(&file)?.unwrap_or_default();
        // The names that sentence-transformers looks for, and the one it takes without them.
        Ok(Prefixes {
            document: prompts.first(&["document", "passage", "corpus"]),
            query: prompts.first(&["query"]),
        })
    }

    fn first(&self, names: &[&str]) -> String {
        let names = names.iter().copied().chain(self.default_prompt_name.as_deref());
        names.filter_map(|name| self.prompts.get(name)?.clone()).next().unwrap_or_default()
    }
}
