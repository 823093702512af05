//! Resolves the path of a database's folder on this machine, and creates the folder.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The folders that were created for a database, innermost first.
#[derive(Debug, Default)]
pub(crate) struct Created(Vec<PathBuf>);

impl Created {
    /// Removes the folders that are still empty.
    pub(crate) fn undo(self) {
        for folder in self.0 {
            // This fails for a folder that another process uses, which is therefore kept.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Returns the absolute path of a folder without `.`, `..` and symbolic links. The folder does not need to exist.
///
/// Links are followed as the operating system follows them, so `link/..` is the parent of the link's target.
///
/// # Errors
/// `InvalidInput` if a part of the path is a file, or if a link has no target; `Engine` if the operating system refuses access.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(|error| folder_error(path, error))?;
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
                        return Err(folder_error(path, error));
                    }
                    Err(error) if resolved.is_symlink() => return Err(dangling_link(&resolved, error)),
                    Err(_) => {}
                }
            }
        }
    }
    Ok(resolved)
}

/// Creates the folder and its missing parents. A failed call removes the folders that it created.
///
/// # Errors
/// `InvalidInput` if a part of the path is a file; `Engine` if the operating system refuses access.
pub(super) fn create(folder: &Path) -> Result<Created> {
    let missing = folder.ancestors().take_while(|ancestor| !ancestor.exists());
    let created = Created(missing.map(Path::to_owned).collect());
    if let Err(error) = std::fs::create_dir_all(folder) {
        created.undo();
        return Err(folder_error(folder, error));
    }
    Ok(created)
}

fn folder_error(folder: &Path, error: io::Error) -> Error {
    let folder = folder.display();
    let (kind, message, help) = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => (
            ErrorKind::InvalidInput,
            format!("the database's folder {folder} cannot be used, because the path contains a file"),
            "use the path of a folder",
        ),
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => (
            ErrorKind::InvalidInput,
            format!("the database's folder {folder} cannot have this name"),
            "use another path",
        ),
        _ => (
            ErrorKind::Engine,
            format!("the database's folder {folder} cannot be created or reached"),
            "use a different path, or create the folder and give this program's user access to it",
        ),
    };
    Error::new(kind, message).with_help(help).with_source(error)
}

fn dangling_link(link: &Path, error: io::Error) -> Error {
    let message = format!("{} is a symbolic link to a folder that does not exist", link.display());
    let help = "create that folder, remove the link, or use another path";
    Error::new(ErrorKind::InvalidInput, message).with_help(help).with_source(error)
}
