//! The URIs of databases that are not in a folder on this machine.

use url::Url;

use super::error::{invalid, malformed};
use super::scheme::Feature;
use crate::error::{Error, ErrorKind, Result};

/// The query parameters that lancedb and lance read from the URI of an object store.
const QUERY_KEYS: [&str; 3] = ["engine", "mirroredStore", "ddbTableName"];

/// The URI of an object store or of LanceDB's service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RemoteUri {
    /// The URI for lancedb, with its query.
    pub(super) uri: String,
    /// The normalized URI without its query.
    pub(super) identity: String,
}

/// Returns the normalized URI of an in-memory database of this process.
pub(super) fn of_shared_memory(text: &str) -> Result<String> {
    let url = plain_url(text)?;
    if url.query().is_some() {
        return Err(invalid("the URI of a database in memory cannot have a query")
            .with_help("write `shared-memory://NAME`"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        let message = "the `shared-memory://` URI does not have a name";
        return Err(invalid(message).with_help("write `shared-memory://NAME`"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Returns the URI of an object store.
pub(super) fn of_bucket(text: &str) -> Result<RemoteUri> {
    let url = plain_url(text)?;
    let scheme = url.scheme();
    if url.host_str().is_none_or(str::is_empty) {
        let help = format!("write `{scheme}://NAME/PATH`");
        return Err(invalid(format!(
            "the `{scheme}://` URI does not begin with the name of a bucket or container"
        ))
        .with_help(help));
    }
    if url.port().is_some() {
        let message =
            format!("the `{scheme}://` URI begins with a server and port instead of a bucket or container");
        let help = "set the server with `.storage_option(\"aws_endpoint\", …)` or a similar option";
        return Err(invalid(message).with_help(help));
    }
    if url.query_pairs().any(|(key, _)| !QUERY_KEYS.contains(&&*key)) {
        let message = format!("the query of the `{scheme}://` URI has an unsupported parameter");
        return Err(
            invalid(message).with_help("set options and credentials with `.storage_option(key, value)`")
        );
    }
    Ok(remote(url))
}

/// Returns the URI of LanceDB's service.
pub(super) fn of_service(text: &str) -> Result<RemoteUri> {
    let url = plain_url(text)?;
    if url.query().is_some() {
        let help = "set options and the API key with `.storage_option(key, value)`";
        return Err(invalid("the URI of LanceDB's service cannot have a query").with_help(help));
    }
    Ok(remote(url))
}

/// Parses a URL. Fails if it has credentials or a fragment. In Azure URLs, the user name is the name of a container.
fn plain_url(text: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(malformed)?;
    let has_container = matches!(url.scheme(), "az" | "abfss");
    if url.password().is_some() || (!url.username().is_empty() && !has_container) {
        let help = "set credentials with `.storage_option(key, value)` or in the environment";
        return Err(invalid("the database's URI cannot contain credentials").with_help(help));
    }
    if url.fragment().is_some() {
        return Err(invalid("the database's URI cannot have a fragment").with_help("write `%23` for `#`"));
    }
    Ok(url)
}

fn remote(mut url: Url) -> RemoteUri {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    let uri = url.to_string();
    url.set_query(None);
    let identity = percent_decode(url.as_str());
    RemoteUri { uri, identity }
}

/// Checks that the cargo feature is enabled.
pub(super) fn require(scheme: &str, feature: Feature) -> Result<()> {
    let Feature { name, enabled } = feature;
    if enabled {
        return Ok(());
    }
    let message = format!("`{scheme}://` needs the cargo feature `{name}`, which is off");
    let help = format!("write `features = [\"{name}\"]` for `datus-store` in Cargo.toml");
    Err(Error::new(ErrorKind::Unsupported, message).with_help(help))
}

/// Returns the text with its percent escapes decoded.
fn percent_decode(text: &str) -> String {
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
