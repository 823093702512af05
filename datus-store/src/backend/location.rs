//! The location of a database: the one place that decides which storage a URI or a path means.
//!
//! lancedb, lance and object_store each read the text again, by rules of their own: lancedb takes what begins with `db`
//! for its service and creates the folder of a `file:` URI without reading its escapes, lance takes any `word:` for a
//! scheme. So lancedb is given the one form of a location that all of them read alike.

mod address;
mod file_uri;
mod folder;
mod refusal;
mod remote;
mod scheme;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use url::Url;

use self::address::Address;
pub(crate) use self::folder::Created;
use self::remote::RemoteUri;
use crate::error::{Error, ErrorKind, Result};

/// A number of this process, as other processes have other databases in memory.
static PROCESS: LazyLock<u64> = LazyLock::new(|| fastrand::u64(..));

/// Where a database is. It has no `Debug` output, since a URI may hold secrets.
pub(crate) struct Location {
    uri: String,
    folder: Option<PathBuf>,
    in_memory: bool,
    identity: String,
}

impl Location {
    /// Returns the location of a URI or a path, and creates its folder if it is one of this machine.
    ///
    /// # Errors
    /// `Unsupported` for a scheme that is not served or whose cargo feature is off; `InvalidInput` for a text that is
    /// not a location, and for the path of a file; `Engine` if the folder can't be created. Nothing is left then.
    pub(super) fn open(text: &Path) -> Result<(Self, Created)> {
        let home = std::env::home_dir();
        match Address::parse(utf8(text)?, home.as_deref())? {
            Address::Folder(path) => {
                let (folder, created) = create(&path)?;
                let uri = plain_path(utf8(&folder)?);
                let identity = identity_of(&folder);
                Ok((Self { uri, folder: Some(folder), in_memory: false, identity }, created))
            }
            Address::ObjectFolder(path) => {
                let (folder, created) = create(&path)?;
                let url = Url::from_directory_path(&folder).map_err(|()| {
                    Error::new(ErrorKind::InvalidInput, "the path of the database's folder has no URI")
                })?;
                let uri = url.as_str().replacen("file:", "file-object-store:", 1);
                Ok((Self::elsewhere(uri, identity_of(&folder)), created))
            }
            Address::Memory => {
                let identity = format!("memory://{:x}", fastrand::u64(..));
                let location = Self { in_memory: true, ..Self::elsewhere("memory://".to_owned(), identity) };
                Ok((location, Created::default()))
            }
            Address::SharedMemory(uri) => {
                let identity = format!("{uri} {:x}", *PROCESS);
                Ok((Self::elsewhere(uri, identity), Created::default()))
            }
            Address::Remote(RemoteUri { uri, identity }) => {
                Ok((Self::elsewhere(uri, identity), Created::default()))
            }
        }
    }

    /// A location without a folder of locks.
    fn elsewhere(uri: String, identity: String) -> Self {
        Self { uri, folder: None, in_memory: false, identity }
    }

    /// The URI or absolute path that lancedb is given.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// The folder of tables and lock files; `None` if the database is not a folder of this machine.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// `true` if the database is in memory and of one connection.
    pub(super) fn in_memory(&self) -> bool {
        self.in_memory
    }

    /// A text that is the same for all spellings of a location, in all processes, and different for different ones.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }
}

/// Creates the folder of a path where it is missing, and returns it without links.
fn create(path: &Path) -> Result<(PathBuf, Created)> {
    let folder = folder::resolve(path)?;
    utf8(&folder)?;
    let created = folder::create(&folder)?;
    // A file system that ignores case has one spelling of a folder that is there.
    Ok((folder.canonicalize().unwrap_or(folder), created))
}

fn identity_of(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

fn utf8(path: &Path) -> Result<&str> {
    let message = "the database's path is not UTF-8, and LanceDB takes no other";
    path.to_str().ok_or_else(|| Error::new(ErrorKind::InvalidInput, message))
}

/// The path in the form that lancedb takes.
fn plain_path(folder: &str) -> String {
    let mut path = match folder.strip_prefix(r"\\?\") {
        // Lance does not read the long form that Windows gives.
        Some(long) if cfg!(windows) => match long.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => long.to_owned(),
        },
        _ => folder.to_owned(),
    };
    // lancedb takes a backslash at the end for a separator, and would put tables at `a\notes.lance`.
    if path.ends_with('\\') && cfg!(not(windows)) {
        path.push('/');
    }
    path
}
