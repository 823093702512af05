//! Checks the names of storage options for typos.

mod names;

use self::names::NAMES;
use crate::error::{Error, ErrorKind, Result};

/// The minimum length of a name that may differ from a known name by two edits.
const LONG: usize = 10;

/// Fails for an option whose name is a misspelling of a known name. The storage would ignore such an option silently. Other
/// unknown names pass, because a provider may support names that the list lacks.
///
/// # Errors
/// `InvalidInput`, with both names. The error never contains a value.
pub(super) fn check(options: &[(String, String)]) -> Result<()> {
    for (name, _) in options {
        let lower = name.to_ascii_lowercase();
        if NAMES.binary_search(&lower.as_str()).is_ok() {
            continue;
        }
        let max_edits = if lower.len() < LONG { 1 } else { 2 };
        let options = NAMES.iter().map(|option| (edits(&lower, option), *option));
        if let Some((_, option)) = options.filter(|(edits, _)| *edits <= max_edits).min() {
            let message = format!("the storage option `{name}` does not exist");
            let help = format!("write `.storage_option(\"{option}\", …)`");
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
    }
    Ok(())
}

/// Returns the minimum number of letters to insert, remove, replace or swap with a neighbor to turn one name into the other.
fn edits(from: &str, to: &str) -> usize {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let before = &rows[i];
            let mut min = (before[j] + usize::from(a != b)).min(before[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *b && to[j - 1] == *a {
                min = min.min(rows[i - 1][j - 1] + 1);
            }
            row.push(min);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn checked(name: &str) -> Result<()> {
        check(&[(name.to_owned(), "hidden".to_owned())])
    }

    #[test]
    fn a_typing_mistake_is_an_error_that_names_the_option_and_not_its_value() {
        let cases = [
            ("aws_acces_key_id", "aws_access_key_id"),
            ("aws_secret_acess_key", "aws_secret_access_key"),
            ("AWS_Regoin", "aws_region"),
            ("regin", "region"),
            ("allow-http", "allow_http"),
            ("google_service_acount", "google_service_account"),
            ("azure_storage_acount_name", "azure_storage_account_name"),
            ("time_out", "timeout"),
        ];
        for (name, option) in cases {
            let error = checked(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
            assert!(error.message().contains(name) && error.help().unwrap().contains(option), "{error}");
            assert!(!format!("{error:?}{error:#?}{error}").contains("hidden"), "{error:?}");
        }
    }

    #[test]
    fn known_names_pass_in_any_case_and_so_do_names_that_resemble_none() {
        for name in NAMES {
            checked(name).unwrap();
            checked(&name.to_ascii_uppercase()).unwrap();
        }
        for name in ["", "x", "my_option", "lance_custom_option", "base_1.region", "é"] {
            checked(name).unwrap();
        }
    }

    #[test]
    fn the_names_are_sorted() {
        assert!(NAMES.is_sorted());
    }
}
