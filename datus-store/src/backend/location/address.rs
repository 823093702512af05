//! Parses the address of a database as given by a caller. This module does not access any storage.

use std::path::{Path, PathBuf};

use super::error::{drive, invalid, is_drive, unsupported_scheme};
use super::file_uri;
use super::remote::{RemoteUri, of_bucket, of_service, of_shared_memory, require};
use super::scheme::{self, SUPPORTED, Scheme};
use crate::error::Result;

/// The address of a database.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The path of a folder on this machine. A relative path is resolved against the current folder.
    Folder(PathBuf),
    /// The absolute path of a folder on this machine that lance treats as an object store.
    ObjectFolder(PathBuf),
    /// An in-memory database that belongs to one connection.
    Memory,
    /// An in-memory database that belongs to this process, by its normalized URI.
    SharedMemory(String),
    /// An object store or LanceDB's service.
    Remote(RemoteUri),
}

impl Address {
    /// Parses a URI or a path.
    ///
    /// A string is a URI if it begins with a scheme and `://`, or with a supported scheme and `:`. Any other string is a
    /// path, so a folder may be named `run-12:30`. `home` is the folder that `~` stands for.
    ///
    /// # Errors
    /// `Unsupported` for a scheme that is not supported or whose cargo feature is off; `InvalidInput` for any other string
    /// that is not an address. No message contains the text of a URI, which may include a password.
    pub(super) fn parse(text: &str, home: Option<&Path>) -> Result<Self> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            let help = "use a path, `memory://`, or the URI of an object store";
            return Err(invalid("the database's URI is empty").with_help(help));
        }
        if trimmed.contains(char::is_control) {
            return Err(invalid(
                "the database's path contains a control character, which LanceDB does not support",
            )
            .with_help("use another path"));
        }
        if trimmed == ":memory:" {
            let help =
                "write `memory://` for a database in memory, or `./:memory:` for a folder with that name";
            return Err(invalid("`:memory:` is SQLite's name for a database in memory").with_help(help));
        }
        if let Some((name, rest)) = trimmed.split_once(':')
            && let Some(address) = of_uri(trimmed, name, rest)?
        {
            return Ok(address);
        }
        of_path(text, home)
    }
}

/// Parses a string that contains a colon. Returns `None` if the string is a path.
fn of_uri(text: &str, name: &str, rest: &str) -> Result<Option<Address>> {
    if name.contains(['/', '\\']) || (cfg!(windows) && is_drive(name)) {
        return Ok(None);
    }
    let has_slashes = rest.starts_with("//");
    let lower = name.to_ascii_lowercase();
    let Some(scheme) = Scheme::of(&lower) else {
        if is_drive(name) && rest.starts_with(['/', '\\']) {
            return Err(drive());
        }
        return if !has_slashes {
            Ok(None)
        } else if scheme::is_valid(name) {
            Err(unsupported_scheme(&lower, SUPPORTED))
        } else {
            let help = "write a URI as `s3://bucket/path`, and a path of this form as `./…`";
            Err(invalid("the database's URI has no valid scheme before `://`").with_help(help))
        };
    };
    Ok(Some(match scheme {
        Scheme::Foreign(remedy) if has_slashes => return Err(unsupported_scheme(&lower, remedy)),
        Scheme::Foreign(remedy) => {
            let folder = format!("write `./{name}:…` for a folder whose name begins with `{name}:`");
            return Err(unsupported_scheme(&lower, format!("{remedy}; {folder}")));
        }
        Scheme::File => Address::Folder(file_uri::path(rest)?),
        _ if !has_slashes => {
            let message = format!("`{lower}:` without `//` is neither a path nor a URI of a database");
            let help = format!("write a URI as `{lower}://…`, and the path of a folder as `./{name}:…`");
            return Err(invalid(message).with_help(help));
        }
        Scheme::FileObjectStore => Address::ObjectFolder(file_uri::path(rest)?),
        Scheme::Memory => Address::Memory,
        Scheme::SharedMemory => Address::SharedMemory(of_shared_memory(text)?),
        Scheme::Bucket(feature) => {
            require(&lower, feature)?;
            Address::Remote(of_bucket(text)?)
        }
        Scheme::Service(feature) => {
            require(&lower, feature)?;
            Address::Remote(of_service(text)?)
        }
    }))
}

fn of_path(text: &str, home: Option<&Path>) -> Result<Address> {
    let Some(after) = text.trim_start().strip_prefix('~') else { return Ok(Address::Folder(text.into())) };
    let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    let is_home = after.is_empty() || after.starts_with(separators);
    if !is_home || !text.starts_with('~') {
        let help = "write the absolute path, or `./~…` for a folder whose name begins with `~`";
        let message = "a path that begins with `~` must be `~` or `~/…`, which mean the home folder";
        return Err(invalid(message).with_help(help));
    }
    let Some(home) = home.filter(|home| !home.as_os_str().is_empty()) else {
        let help = "write the absolute path, or set the environment variable HOME";
        return Err(invalid("`~` means the home folder, but this process has no home folder").with_help(help));
    };
    // `join` would treat `/x` as an absolute path.
    Ok(Address::Folder(home.join(after.trim_start_matches(separators))))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
