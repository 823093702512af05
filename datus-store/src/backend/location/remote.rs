//! The URIs of databases that are not a folder of this machine.

use url::Url;

use super::refusal::{invalid, malformed};
use super::scheme::Feature;
use crate::error::{Error, ErrorKind, Result};

/// The keys of a query that lancedb and lance read in the URI of an object store.
const QUERY_KEYS: [&str; 3] = ["engine", "mirroredStore", "ddbTableName"];

/// The URI of an object store or of LanceDB's service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RemoteUri {
    /// The URI that lancedb is given, with its query.
    pub(super) uri: String,
    /// The normalized URI without its query.
    pub(super) identity: String,
}

/// The normalized URI of a database in the memory of the process.
pub(super) fn of_shared_memory(text: &str) -> Result<String> {
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
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The URI of an object store.
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

/// The URI of LanceDB's service.
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

/// Fails if the cargo feature is off.
pub(super) fn require(scheme: &str, feature: Feature) -> Result<()> {
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
