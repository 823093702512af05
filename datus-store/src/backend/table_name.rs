use crate::error::{Error, ErrorKind, Result};

/// The maximum length of a table name, in characters.
const MAX_CHARS: usize = 128;

/// Fails for an invalid table name. The rules are those of `#[datus(table = "…")]` and of LanceDB's `validate_table_name`.
///
/// # Errors
/// `InvalidInput` for an invalid name.
pub(crate) fn check_table_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let message = if name.is_empty() {
        "the table name is empty".to_owned()
    } else if length > MAX_CHARS {
        format!("the table name has {length} characters, but at most {MAX_CHARS} are allowed")
    } else if name == "." || name == ".." {
        format!("LanceDB does not allow the table name `{name}`")
    } else if let Some(found) = name.chars().find(|&c| !allowed(c)) {
        format!("the table name `{}` contains {found:?}", name.escape_debug())
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_help("use ASCII letters, digits, `-`, `_` and `.`, as in `.table(\"pages_v2\")`"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_lancedb_refuses_is_an_error() {
        for name in ["notes", "notes-v2", "a.b_C", "..a", &"n".repeat(128)] {
            check_table_name(name).unwrap();
        }
        for name in ["", ".", "..", "a/b", "a b", "größe", "a\nb", "a`b", &"n".repeat(129)] {
            assert_eq!(check_table_name(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
    }
}
