use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The folder of a database on this machine, in the way that lance finds it: `None` for any other database.
///
/// It is absolute, so that it stays the same folder when the process changes its own.
pub(super) fn folder(uri: &str) -> Option<PathBuf> {
    let path = match scheme(uri) {
        None => expand_home(uri),
        Some(("file", rest)) => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            PathBuf::from(decoded(path.strip_prefix("localhost").unwrap_or(path)))
        }
        Some(_) => return None,
    };
    Some(std::path::absolute(&path).unwrap_or(path))
}

/// Makes the folder where it is not there, before lance does, whose error does not name it.
///
/// # Errors
/// `InvalidInput` where a file is in the way; `Engine` where the system refuses.
pub(super) fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let (kind, remedy) = match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                (ErrorKind::InvalidInput, "a file is in its place: give the path of a folder")
            }
            _ => (ErrorKind::Engine, "give another path, or make it by hand"),
        };
        let message = format!("the folder {} of the database can't be made: {remedy}", folder.display());
        Error::new(kind, message).with_source(error)
    })
}

/// The scheme of a URI and what follows its colon; a single letter is a drive of Windows.
fn scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let letters = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    (letters && scheme.len() > 1).then_some((scheme, rest))
}

fn expand_home(path: &str) -> PathBuf {
    let inside = if path == "~" { Some("") } else { path.strip_prefix("~/") };
    match (inside, std::env::home_dir()) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => Path::new(path).to_owned(),
    }
}

/// Text with its `%20`s read.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = (first == b'%').then(|| after.get(..2)).flatten();
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
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_folder_are_one_folder() {
        let there = PathBuf::from("/tmp/a b");
        for spelling in ["/tmp/a b", "file:///tmp/a%20b", "file:/tmp/a%20b", "file://localhost/tmp/a%20b"] {
            assert_eq!(folder(spelling), Some(there.clone()), "{spelling}");
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(folder("data"), Some(here.join("data")));
        assert_eq!(folder("./data"), Some(here.join("data")));
        assert_eq!(folder("dbs/sales"), Some(here.join("dbs/sales")));
        assert_eq!(folder("file:///a%2"), Some(PathBuf::from("/a%2")));
        assert_eq!(folder("~/data"), std::env::home_dir().map(|home| home.join("data")));
    }

    #[test]
    fn other_databases_have_no_folder() {
        for uri in ["memory://", "s3://bucket/a", "db://sales", "s3+ddb://a/b"] {
            assert_eq!(folder(uri), None, "{uri}");
        }
    }
}
