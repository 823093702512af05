//! Removes the temporary files of writes whose process was killed.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// The age at which Lance removes files that no version contains. Before that, a write in progress may need them.
const UNUSED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The folders of a table to which commits write.
const FOLDERS: [&str; 4] = ["data", "_deletions", "_transactions", "_versions"];

/// Removes the temporary files that the `object_store` crate left in the folder of a table: it writes `name#1` and renames the file
/// to `name`. Lance does not see these files. Returns the number of removed files.
pub(super) fn remove_unfinished(table: &Path) -> usize {
    let now = SystemTime::now();
    let mut removed = 0;
    for folder in FOLDERS {
        // A table without deleted rows has no `_deletions` folder.
        let Ok(files) = std::fs::read_dir(table.join(folder)) else { continue };
        for file in files.flatten() {
            let is_unfinished = file.file_name().to_str().is_some_and(is_temporary);
            let age = || now.duration_since(file.metadata().ok()?.modified().ok()?).ok();
            if is_unfinished && age().is_some_and(|age| age >= UNUSED) {
                match std::fs::remove_file(file.path()) {
                    Ok(()) => removed += 1,
                    Err(error) => {
                        let path = file.path();
                        tracing::debug!(target: "datus_store", path = %path.display(), %error, "a temporary file was not removed");
                    }
                }
            }
        }
    }
    removed
}

/// Returns `true` for names that end with `#` and a number.
fn is_temporary(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs::File;

    use super::*;

    #[test]
    fn only_old_temporary_files_are_removed() {
        let table = tempfile::tempdir().unwrap();
        let age = |days: u64| SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        for folder in ["data", "_versions", "_indices"] {
            std::fs::create_dir(table.path().join(folder)).unwrap();
        }
        let files = [
            ("data/a.lance#1", 8),
            ("data/a.lance#2", 6),
            ("data/b.lance", 8),
            ("data/c#d", 8),
            ("data/e#", 8),
            ("_versions/7.manifest#12", 8),
            ("_indices/f#1", 8),
        ];
        for (name, days) in files {
            File::create(table.path().join(name)).unwrap().set_modified(age(days)).unwrap();
        }
        assert_eq!(remove_unfinished(table.path()), 2);
        let left: Vec<&str> =
            files.iter().map(|(name, _)| *name).filter(|name| table.path().join(name).exists()).collect();
        assert_eq!(left, ["data/a.lance#2", "data/b.lance", "data/c#d", "data/e#", "_indices/f#1"]);
        assert_eq!(remove_unfinished(&table.path().join("missing")), 0);
    }
}
