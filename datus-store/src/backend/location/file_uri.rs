//! The path of a `file:` URI.

use std::path::PathBuf;

use url::Url;

use super::error::{drive, invalid, is_drive, malformed};
use crate::error::Result;

/// Returns the path of a `file:` URI. `rest` is the text after the scheme's colon.
pub(super) fn path(rest: &str) -> Result<PathBuf> {
    if !rest.starts_with('/') {
        let help = "write a relative path without `file:`, or an absolute path as `file:///…`";
        return Err(invalid("the `file:` URI does not have an absolute path").with_help(help));
    }
    if let Some(after) = rest.strip_prefix("//") {
        check_host(after)?;
    }
    // The rules of `file` also apply to `file-object-store`.
    let url = Url::parse(&format!("file:{rest}")).map_err(malformed)?;
    if url.query().is_some() || url.fragment().is_some() {
        let help = "write `%3F` for `?` and `%23` for `#`, or use the path without `file:`";
        return Err(
            invalid("the `file:` URI of a database cannot have a query or a fragment").with_help(help)
        );
    }
    let path = url.to_file_path().map_err(|()| invalid("the `file:` URI is not a path on this machine"))?;
    let Some(text) = path.to_str() else {
        return Err(invalid("the path of the `file:` URI is not valid UTF-8, which LanceDB requires"));
    };
    if text.contains(char::is_control) {
        return Err(invalid(
            "the path of the `file:` URI contains a control character, which LanceDB does not support",
        ));
    }
    let first = text.trim_start_matches('/').split('/').next().and_then(|first| first.strip_suffix(':'));
    if cfg!(not(windows)) && first.is_some_and(is_drive) {
        return Err(drive());
    }
    Ok(path)
}

/// Checks the host of a `file:` URI. `after` is the text after `file://`. On Windows, the host may be a file server.
fn check_host(after: &str) -> Result<()> {
    let host = after.split(['/', '\\', '?', '#']).next().unwrap_or(after);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") && cfg!(not(windows)) {
        // A host with other characters may contain a password.
        let is_name = host.chars().all(|letter| letter.is_alphanumeric() || "-_.~".contains(letter));
        let named = if is_name { format!(", `{host}`") } else { String::new() };
        let help = "write `file:///…` for an absolute path, or a relative path without `file://`";
        return Err(invalid(format!("the `file://` URI names another machine{named}")).with_help(help));
    }
    if host.len() == after.len() {
        return Err(invalid("the `file://` URI does not have a path").with_help("write `file:///…`"));
    }
    Ok(())
}
