//! The configuration of a model, read from the files of sentence-transformers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::dense::Dense;
use super::folder::{file_error_with_help, read_json};
use super::length::Length;
use super::pooling::Pooling;
use crate::error::Result;

/// The configuration of a model.
#[derive(Debug)]
pub(super) struct Layout {
    /// The folder that contains `config.json` and the weights: the model's folder, or a subfolder.
    pub(super) transformer: PathBuf,
    pub(super) pooling: Pooling,
    /// The steps after pooling, in order.
    pub(super) stages: Vec<Stage>,
    pub(super) length: Length,
    pub(super) prefixes: Prefixes,
    /// `true` if pooling skips the tokens of a prefix.
    pub(super) skips_prompt: bool,
}

/// A step after pooling.
#[derive(Debug)]
pub(super) enum Stage {
    Dense(Dense),
    Normalize,
}

/// The prefixes for documents and queries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) document: String,
    pub(super) query: String,
}

impl Layout {
    /// Reads a folder. `pooling` overrides the pooling in `modules.json`.
    ///
    /// # Errors
    /// Fails with `Model` if a file is missing or requires something that is not supported. The error names the file.
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
                let help = "use the folder of a sentence transformer, or set the pooling of a plain encoder with \
                            `.pooling(Pooling::Mean)`";
                return Err(file_error_with_help(&file, "is missing", help));
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
            let module_folder = folder.join(&module.path);
            // The Python path of a class has changed between versions, but its name has not.
            match module.class.rsplit('.').next().unwrap_or_default() {
                "Transformer" => self.transformer = module_folder,
                "Pooling" if chosen.is_some() => {}
                "Pooling" => {
                    let config = Pooling::read(&module_folder.join("config.json"))?;
                    (self.pooling, self.skips_prompt, pooled) = (config.pooling, config.skips_prompt, true);
                }
                "Dense" => self.stages.push(Stage::Dense(Dense::read(&module_folder)?)),
                "Normalize" => self.stages.push(Stage::Normalize),
                "Dropout" => {} // Dropout is used only in training.
                other => {
                    let supported = "`Transformer`, `Pooling`, `Dense` and `Normalize`";
                    let what = format!("the module `{other}` is not supported");
                    return Err(file_error_with_help(
                        file,
                        what,
                        format!("use a model with only {supported}"),
                    ));
                }
            }
        }
        if pooled {
            return Ok(());
        }
        let help = "set the pooling with `.pooling(Pooling::Mean)`";
        Err(file_error_with_help(file, "has no pooling module", help))
    }

    pub(super) fn set_normalized(&mut self, normalized: bool) {
        self.stages.retain(|stage| !matches!(stage, Stage::Normalize));
        if normalized {
            self.stages.push(Stage::Normalize);
        }
    }

    /// Returns `true` if the last stage scales vectors to unit length.
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

/// The content of `config_sentence_transformers.json`.
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
        // sentence-transformers uses the first of these names or, if none is defined, the default prompt.
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
