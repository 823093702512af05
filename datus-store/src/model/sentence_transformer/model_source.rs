use std::path::PathBuf;

use super::runner::Runner;
use crate::error::Result;

/// Where the files of a model are.
#[derive(Debug, Clone)]
pub(crate) enum ModelSource {
    Folder(PathBuf),
    #[cfg(feature = "hub")]
    Hub(String),
}

/// A model's files, and what they are called.
pub(crate) struct Located {
    pub(crate) folder: PathBuf,
    /// The name on the hub, or that of the folder.
    pub(crate) id: String,
    /// The commit of a model of the hub.
    pub(super) commit: Option<String>,
}

impl ModelSource {
    /// Finds the files, and fetches them from the hub unless its cache has them.
    ///
    /// # Errors
    /// `Model` when there is no such model on the hub, or it cannot be fetched.
    #[cfg_attr(
        not(feature = "hub"),
        expect(unused_variables, clippy::unnecessary_wraps, reason = "a folder is where it is")
    )]
    pub(crate) fn locate(&self, revision: Option<&str>, runner: Option<&Runner>) -> Result<Located> {
        match self {
            Self::Folder(folder) => {
                let name = folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_owned()));
                let id =
                    name.unwrap_or_else(|| folder.clone().into_os_string()).to_string_lossy().into_owned();
                Ok(Located { folder: folder.clone(), id, commit: None })
            }
            #[cfg(feature = "hub")]
            Self::Hub(name) => {
                let fetched = super::hub::Hub::from_env().fetch(name, revision, runner)?;
                Ok(Located { folder: fetched.folder, id: name.clone(), commit: Some(fetched.commit) })
            }
        }
    }
}
