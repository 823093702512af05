//! The folder of a database on this machine: which one a path means, and its creation.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The folders that were created for a database, the innermost first.
#[derive(Debug, Default)]
pub(crate) struct Created(Vec<PathBuf>);

impl Created {
    /// Removes the folders, unless something is in them by now.
    pub(crate) fn undo(self) {
        for folder in self.0 {
            // It fails for a folder that another process uses, and so leaves that one.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Returns the one absolute path of a folder, which need not exist: without `.`, `..` and symbolic links.
///
/// Links are followed as the system does, so `link/..` is the parent of the link's target.
///
/// # Errors
/// `InvalidInput` if a file is in the way or a link leads nowhere; `Engine` if the system refuses.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(|error| refused(path, error))?;
    let mut resolved = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Prefix(_) | Component::RootDir => resolved.push(part),
            Component::Normal(name) => {
                resolved.push(name);
                match resolved.canonicalize() {
                    Ok(real) => resolved = real,
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(refused(path, error));
                    }
                    Err(error) if resolved.is_symlink() => return Err(dangling(&resolved, error)),
                    Err(_) => {}
                }
            }
        }
    }
    Ok(resolved)
}

/// Creates the folder and those around it, where they are missing. After a failure nothing is left.
///
/// # Errors
/// `InvalidInput` if a file is in the way; `Engine` if the system refuses.
pub(super) fn create(folder: &Path) -> Result<Created> {
    let missing = folder.ancestors().take_while(|ancestor| !ancestor.exists());
    let created = Created(missing.map(Path::to_owned).collect());
    if let Err(error) = std::fs::create_dir_all(folder) {
        created.undo();
        return Err(refused(folder, error));
    }
    Ok(created)
}

fn refused(folder: &Path, error: io::Error) -> Error {
    let folder = folder.display();
    let (kind, message, help) = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => (
            ErrorKind::InvalidInput,
            format!("the database's folder {folder} can't be used: a file is in its place"),
            "give the path of a folder",
        ),
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => (
            ErrorKind::InvalidInput,
            format!("the database's folder {folder} can't have this name"),
            "give another path",
        ),
        _ => (
            ErrorKind::Engine,
            format!("the database's folder {folder} can't be created or reached"),
            "give another path, or create the folder with the permissions that this program needs",
        ),
    };
    Error::new(kind, message).with_help(help).with_source(error)
}

fn dangling(link: &Path, error: io::Error) -> Error {
    let message = format!("{} is a symbolic link to a folder that does not exist", link.display());
    let help = "create that folder, remove the link, or give another path";
    Error::new(ErrorKind::InvalidInput, message).with_help(help).with_source(error)
}
