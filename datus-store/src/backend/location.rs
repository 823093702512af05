//! The location of a database. Only this module decides which storage a URI or a path refers to.
//!
//! lancedb, lance and object_store each parse the location by their own rules. lancedb treats any string that begins with
//! `db` as the address of LanceDB's service, and creates the folder of a `file:` URI without decoding its escapes. lance
//! treats any `word:` as a scheme. This module therefore passes lancedb a form of the location that all of them parse in the
//! same way.

mod address;
mod error;
mod file_uri;
mod folder;
mod remote;
mod scheme;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use url::Url;

use self::address::Address;
pub(crate) use self::folder::Created;
use self::remote::RemoteUri;
use crate::error::{Error, ErrorKind, Result};

/// A random number that identifies this process, because each process has its own in-memory databases.
static PROCESS: LazyLock<u64> = LazyLock::new(|| fastrand::u64(..));

/// The prefix of the string that serves as the location of a database if a server decides where the tables are.
const SERVER: &str = "namespace+";

/// The location of a database. It does not implement `Debug`, because a URI may contain secrets.
pub(crate) struct Location {
    uri: String,
    folder: Option<PathBuf>,
    in_memory: bool,
    identity: String,
}

impl Location {
    /// Returns the location of a URI or a path, and creates its folder if it is a folder on this machine.
    ///
    /// # Errors
    /// `Unsupported` for a scheme that is not supported or whose cargo feature is off; `InvalidInput` for a string that is
    /// not a location, and for the path of a file; `Engine` if the folder cannot be created. A failed call leaves no folder
    /// behind.
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
                    Error::new(
                        ErrorKind::InvalidInput,
                        "the path of the database's folder cannot be written as a URI",
                    )
                })?;
                let uri = url.as_str().replacen("file:", "file-object-store:", 1);
                Ok((Self::without_folder(uri, identity_of(&folder)), created))
            }
            Address::Memory => {
                let identity = format!("memory://{:x}", fastrand::u64(..));
                let location =
                    Self { in_memory: true, ..Self::without_folder("memory://".to_owned(), identity) };
                Ok((location, Created::default()))
            }
            Address::SharedMemory(uri) => {
                let identity = format!("{uri} {:x}", *PROCESS);
                Ok((Self::without_folder(uri, identity), Created::default()))
            }
            Address::Remote(RemoteUri { uri, identity }) => {
                Ok((Self::without_folder(uri, identity), Created::default()))
            }
        }
    }

    /// Returns the location of a database whose server decides where each table is.
    pub(super) fn of_server(uri: &str) -> Self {
        let uri = format!("{SERVER}{uri}");
        Self::without_folder(uri.clone(), uri)
    }

    /// Returns the location of a database without a folder for lock files.
    fn without_folder(uri: String, identity: String) -> Self {
        Self { uri, folder: None, in_memory: false, identity }
    }

    /// Returns the URI or absolute path for lancedb.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns `true` for an object store that is accessed over a network.
    pub(super) fn is_bucket(&self) -> bool {
        let of_process = ["memory://", "shared-memory://", "file-object-store://"];
        self.folder.is_none() && !self.is_service() && !of_process.iter().any(|uri| self.uri.starts_with(uri))
    }

    /// Returns `true` if a server decides where each table is.
    pub(super) fn is_server(&self) -> bool {
        self.uri.starts_with(SERVER)
    }

    /// Returns `true` for LanceDB's service.
    pub(super) fn is_service(&self) -> bool {
        self.uri.starts_with("db://")
    }

    /// Returns `true` if commits go through a DynamoDB table.
    pub(super) fn commits_elsewhere(&self) -> bool {
        self.uri.starts_with("s3+ddb://")
    }

    /// Returns the folder of tables and lock files, or `None` if the database is not in a folder on this machine.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Returns `true` if the database is in memory and belongs to one connection.
    pub(super) fn in_memory(&self) -> bool {
        self.in_memory
    }

    /// Returns a string that is the same for all spellings of a location in all processes, and different for every other
    /// location.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }
}

/// Creates the folder at a path if it is missing, and returns its path without symbolic links.
fn create(path: &Path) -> Result<(PathBuf, Created)> {
    let folder = folder::resolve(path)?;
    utf8(&folder)?;
    let created = folder::create(&folder)?;
    // On a case-insensitive file system, this returns the stored spelling of the folder.
    Ok((folder.canonicalize().unwrap_or(folder), created))
}

fn identity_of(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

fn utf8(path: &Path) -> Result<&str> {
    let message = "the database's path is not valid UTF-8, which LanceDB requires";
    path.to_str().ok_or_else(|| Error::new(ErrorKind::InvalidInput, message))
}

/// Returns the path in the form that lancedb accepts.
fn plain_path(folder: &str) -> String {
    let mut path = match folder.strip_prefix(r"\\?\") {
        // Lance does not support the extended-length form that Windows returns.
        Some(long) if cfg!(windows) => match long.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => long.to_owned(),
        },
        _ => folder.to_owned(),
    };
    // lancedb treats a trailing backslash as a separator and would store a table at `a\notes.lance`.
    if path.ends_with('\\') && cfg!(not(windows)) {
        path.push('/');
    }
    path
}
