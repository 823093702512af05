use std::path::PathBuf;

use super::runner::Runner;
use crate::error::Result;

/// The location of a model's files.
#[derive(Debug, Clone)]
pub(crate) enum ModelSource {
    Folder(PathBuf),
    #[cfg(feature = "hub")]
    Hub(String),
}

/// The files of a model on this machine.
pub(crate) struct LocalModel {
    pub(crate) folder: PathBuf,
    /// The name on the hub, or the name of the folder.
    pub(crate) id: String,
    /// The commit of a model from the hub.
    pub(super) commit: Option<String>,
}

impl ModelSource {
    /// Returns the model's local files, after downloading any that are not in the local hub cache.
    ///
    /// # Errors
    /// Fails with `Model` if the model does not exist on the hub or cannot be downloaded.
    #[cfg_attr(
        not(feature = "hub"),
        expect(unused_variables, clippy::unnecessary_wraps, reason = "a folder needs no download")
    )]
    pub(crate) fn locate(&self, revision: Option<&str>, runner: Option<&Runner>) -> Result<LocalModel> {
        match self {
            Self::Folder(folder) => {
                let name = folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_owned()));
                let id =
                    name.unwrap_or_else(|| folder.clone().into_os_string()).to_string_lossy().into_owned();
                Ok(LocalModel { folder: folder.clone(), id, commit: None })
            }
            #[cfg(feature = "hub")]
            Self::Hub(name) => {
                let snapshot = super::hub::Hub::from_env().fetch(name, revision, runner)?;
                Ok(LocalModel { folder: snapshot.folder, id: name.clone(), commit: Some(snapshot.commit) })
            }
        }
    }
}
