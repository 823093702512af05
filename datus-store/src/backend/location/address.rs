//! Reads the text that a caller gives as the address of a database. Nothing is looked up or created here.

use std::path::{Path, PathBuf};

use url::Url;

use super::scheme::{self, Feature, SERVED, Scheme};
use crate::error::{Error, ErrorKind, Result};

/// The keys of a query that lancedb and lance read in the URI of an object store.
const QUERY_KEYS: [&str; 3] = ["engine", "mirroredStore", "ddbTableName"];

/// The address of a database.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A folder of this machine: a path, relative to the current folder unless it is absolute.
    Folder(PathBuf),
    /// An absolute path of a folder of this machine, which lance sees as an object store.
    ObjectFolder(PathBuf),
    /// A database in memory, of its own connection.
    Memory,
    /// A database in the memory of this process, by its normalized URI.
    SharedMemory(String),
    /// An object store or LanceDB's service.
    Remote(RemoteUri),
}

/// The URI of an object store or of LanceDB's service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RemoteUri {
    /// The URI that lancedb is given, with its query.
    pub(super) uri: String,
    /// The normalized URI without its query.
    pub(super) identity: String,
}

impl Address {
    /// Reads a URI or a path.
    ///
    /// A text is a URI if it begins with a scheme and `://`, or with a known scheme and `:`. Any other text is a path, so a
    /// folder may be named `run-12:30`. `home` is the folder that `~` stands for.
    ///
    /// # Errors
    /// `Unsupported` for a scheme that is not served or whose cargo feature is off; `InvalidInput` for any other text
    /// that is not an address. No message repeats the text of a URI, which may hold a password.
    pub(super) fn parse(text: &str, home: Option<&Path>) -> Result<Self> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            let help = "give a path, `memory://`, or the URI of an object store";
            return Err(invalid("the database's URI is empty").with_help(help));
        }
        if text.contains('\0') {
            return Err(invalid("the database's path has a NUL character, which no path can have"));
        }
        if trimmed == ":memory:" {
            let help =
                "write `memory://` for a database in memory, or `./:memory:` for a folder of that name";
            return Err(invalid("`:memory:` is SQLite's name of a database in memory").with_help(help));
        }
        if let Some((name, rest)) = trimmed.split_once(':')
            && let Some(address) = of_uri(trimmed, name, rest)?
        {
            return Ok(address);
        }
        of_path(text, home)
    }
}

/// The address of a text with a colon; `None` for a path.
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
            Err(not_served(&lower, SERVED))
        } else {
            let help = "write a URI as `s3://bucket/path`, and a path of this form as `./…`";
            Err(invalid("what is before `://` in the database's URI is not a scheme").with_help(help))
        };
    };
    if let Scheme::Foreign(remedy) = scheme {
        let folder = format!("; a folder whose name begins with `{name}:` is `./{name}:…`");
        let folder = if has_slashes { "" } else { &folder };
        return Err(not_served(&lower, format!("{remedy}{folder}")));
    }
    if scheme == Scheme::File || (scheme == Scheme::FileObjectStore && has_slashes) {
        let path = of_file(rest)?;
        return Ok(Some(if scheme == Scheme::File {
            Address::Folder(path)
        } else {
            Address::ObjectFolder(path)
        }));
    }
    if !has_slashes {
        let help = format!(
            "write a URI as `{lower}://…`, and the path of a folder whose name begins with `{name}:` as `./{name}:…`"
        );
        let message = format!("`{lower}:` without `//` is neither a path nor a URI of a database");
        return Err(invalid(message).with_help(help));
    }
    match scheme {
        Scheme::Memory => Ok(Some(Address::Memory)),
        Scheme::SharedMemory => of_shared_memory(text).map(Some),
        Scheme::Bucket(feature) => {
            require(&lower, feature)?;
            of_bucket(text).map(|uri| Some(Address::Remote(uri)))
        }
        Scheme::Service(feature) => {
            require(&lower, feature)?;
            of_service(text).map(|uri| Some(Address::Remote(uri)))
        }
        Scheme::File | Scheme::FileObjectStore | Scheme::Foreign(_) => Err(not_served(&lower, SERVED)),
    }
}

fn of_path(text: &str, home: Option<&Path>) -> Result<Address> {
    let Some(after) = text.trim_start().strip_prefix('~') else { return Ok(Address::Folder(text.into())) };
    let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    let is_home = after.is_empty() || after.starts_with(separators);
    if !is_home || !text.starts_with('~') {
        let help = "write the absolute path, or `./~…` for a folder whose name begins with `~`";
        let message = "only `~` and `~/…` stand for a home folder: no other path may begin with `~`";
        return Err(invalid(message).with_help(help));
    }
    let Some(home) = home.filter(|home| !home.as_os_str().is_empty()) else {
        let help = "write the absolute path, or set the environment variable HOME";
        return Err(invalid("`~` stands for the home folder, and this process has none").with_help(help));
    };
    // `join` would take `/x` for an absolute path.
    Ok(Address::Folder(home.join(after.trim_start_matches(separators))))
}

/// The path of a `file:` URI; `rest` follows the scheme's colon.
fn of_file(rest: &str) -> Result<PathBuf> {
    if !rest.starts_with('/') {
        let help = "write a relative path without `file:`, or an absolute one as `file:///…`";
        return Err(invalid("a `file:` URI has an absolute path").with_help(help));
    }
    if let Some(after) = rest.strip_prefix("//") {
        check_host(after)?;
    }
    // The rules of `file` also where lance sees an object store.
    let url = Url::parse(&format!("file:{rest}")).map_err(malformed)?;
    if url.query().is_some() || url.fragment().is_some() {
        let help = "write `%3F` for `?` and `%23` for `#`, or give the path without `file:`";
        return Err(invalid("a `file:` URI of a database has no query and no fragment").with_help(help));
    }
    let path = url.to_file_path().map_err(|()| invalid("the `file:` URI has no path of this machine"))?;
    let Some(text) = path.to_str() else {
        return Err(invalid("the path of the `file:` URI is not UTF-8, and LanceDB takes no other"));
    };
    if text.contains('\0') {
        return Err(invalid("the path of the `file:` URI has a NUL character, which no path can have"));
    }
    let first = text.trim_start_matches('/').split('/').next().and_then(|first| first.strip_suffix(':'));
    if cfg!(not(windows)) && first.is_some_and(is_drive) {
        return Err(drive());
    }
    Ok(path)
}

/// Checks the host of a `file:` URI, given what follows `file://`. Windows has hosts there, which share folders.
fn check_host(after: &str) -> Result<()> {
    let host = after.split(['/', '\\', '?', '#']).next().unwrap_or(after);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") && cfg!(not(windows)) {
        // Other characters may be of a password.
        let is_name = host.chars().all(|letter| letter.is_alphanumeric() || "-_.~".contains(letter));
        let named = if is_name { format!(", `{host}`") } else { String::new() };
        let help = "write `file:///…` for an absolute path; for a relative one, the path without `file://`";
        return Err(invalid(format!("the `file://` URI names another machine{named}")).with_help(help));
    }
    if host.len() == after.len() {
        return Err(invalid("a `file://` URI without a path names no folder").with_help("write `file:///…`"));
    }
    Ok(())
}

fn of_shared_memory(text: &str) -> Result<Address> {
    let url = plain_url(text)?;
    if url.query().is_some() {
        return Err(
            invalid("the URI of a database in memory has no query").with_help("write `shared-memory://NAME`")
        );
    }
    if url.host_str().is_none_or(str::is_empty) {
        let message = "a database in the memory of the process has a name";
        return Err(invalid(message).with_help("write `shared-memory://NAME`"));
    }
    Ok(Address::SharedMemory(url.as_str().trim_end_matches('/').to_owned()))
}

pub(super) fn of_bucket(text: &str) -> Result<RemoteUri> {
    let url = plain_url(text)?;
    let scheme = url.scheme();
    if url.host_str().is_none_or(str::is_empty) {
        let help = format!("write `{scheme}://NAME/PATH`");
        return Err(invalid(format!("a `{scheme}://` URI begins with the name of a bucket or container"))
            .with_help(help));
    }
    if url.port().is_some() {
        let message = format!(
            "a `{scheme}://` URI begins with the name of a bucket or container, not with a server and port"
        );
        let help = "give the server by `.storage_option(\"aws_endpoint\", …)` or the like";
        return Err(invalid(message).with_help(help));
    }
    if url.query_pairs().any(|(key, _)| !QUERY_KEYS.contains(&&*key)) {
        let message = format!("the query of a `{scheme}://` URI is not read");
        return Err(
            invalid(message).with_help("give options and credentials by `.storage_option(key, value)`")
        );
    }
    Ok(remote(url))
}

pub(super) fn of_service(text: &str) -> Result<RemoteUri> {
    let url = plain_url(text)?;
    if url.query().is_some() {
        let help = "give options and the API key by `.storage_option(key, value)`";
        return Err(invalid("the URI of LanceDB's service has no query").with_help(help));
    }
    Ok(remote(url))
}

/// The URL without a password or fragment. Azure has a container's name where others have a user's.
fn plain_url(text: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(malformed)?;
    let has_container = matches!(url.scheme(), "az" | "abfss");
    if url.password().is_some() || (!url.username().is_empty() && !has_container) {
        let help = "give credentials by `.storage_option(key, value)` or in the environment";
        return Err(invalid("credentials in the database's URI are not read").with_help(help));
    }
    if url.fragment().is_some() {
        return Err(invalid("the URI of a database has no fragment").with_help("write `%23` for `#`"));
    }
    Ok(url)
}

fn remote(mut url: Url) -> RemoteUri {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    let uri = url.to_string();
    url.set_query(None);
    let identity = decoded(url.as_str());
    RemoteUri { uri, identity }
}

fn require(scheme: &str, feature: Feature) -> Result<()> {
    let Feature { name, enabled } = feature;
    if enabled {
        return Ok(());
    }
    let message = format!("`{scheme}://` needs the cargo feature `{name}`, which is off");
    let mut help = format!("write `features = [\"{name}\"]` at `datus-store` in Cargo.toml");
    if scheme == "s3+ddb" {
        help.push_str(", and enable lancedb's feature `dynamodb`");
    }
    Err(Error::new(ErrorKind::Unsupported, message).with_help(help))
}

/// `true` for the letter of a drive of Windows.
fn is_drive(name: &str) -> bool {
    name.len() == 1 && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

fn drive() -> Error {
    let help = "give a path of this machine, or `./C:/…` for a folder whose name is that of a drive";
    invalid("the database's path begins with a drive of Windows, and this machine has none").with_help(help)
}

fn not_served(scheme: &str, remedy: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no database is opened by `{scheme}://`")).with_help(remedy)
}

/// The error has no source that repeats the text.
fn malformed(error: url::ParseError) -> Error {
    invalid(format!("the database's URI is malformed: {error}"))
        .with_help("write it as `s3://bucket/path` or `file:///path`")
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// The text with its percent escapes read.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = (first == b'%').then(|| after.get(..2)).flatten();
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;
