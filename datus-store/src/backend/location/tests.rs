use std::os::unix::fs::symlink;
use std::path::Path;

use super::Location;
use crate::error::{Error, ErrorKind};

fn open(text: impl AsRef<Path>) -> Location {
    Location::open(text.as_ref()).unwrap().0
}

fn refused(text: impl AsRef<Path>) -> Error {
    Location::open(text.as_ref()).err().unwrap()
}

#[test]
fn spellings_of_one_folder_are_one_location() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    symlink(&home, home.join("link")).unwrap();
    let there = home.join("run-12:30 %41");
    let text = |path: &str| home.join(path).to_str().unwrap().to_owned();
    let escaped = text("run-12:30%20%2541");
    let spellings = [
        text("run-12:30 %41"),
        text("run-12:30 %41//"),
        text("./run-12:30 %41/."),
        text("missing/../run-12:30 %41"),
        text("link/run-12:30 %41"),
        text("link/link/run-12:30 %41"),
        format!("file://{escaped}"),
        format!("file:{escaped}/"),
        format!("File://localhost{escaped}"),
    ];
    for spelling in &spellings {
        let location = open(spelling);
        assert_eq!(location.folder(), Some(&*there), "{spelling}");
        assert_eq!(location.uri(), there.to_str().unwrap());
        assert_eq!(location.identity(), open(&there).identity());
        assert!(!location.in_memory());
    }
    let objects = open(format!("file-object-store://{escaped}"));
    assert_eq!((objects.folder(), objects.identity()), (None, open(&there).identity()));
    assert!(!home.join("missing").exists());
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 2);
}

#[test]
fn the_parent_of_a_link_is_the_parent_of_its_target() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    std::fs::create_dir_all(home.join("a/b")).unwrap();
    symlink(home.join("a/b"), home.join("link")).unwrap();
    assert_eq!(open(home.join("link/../x")).folder(), Some(&*home.join("a/x")));
}

#[test]
fn a_relative_path_starts_at_the_current_folder() {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    assert_eq!(open(".").folder(), Some(&*here));
    assert_eq!(open("./src/..").identity(), open(&here).identity());
}

#[test]
fn a_path_for_lancedb_never_ends_with_a_backslash() {
    let home = tempfile::tempdir().unwrap();
    assert!(open(home.path().join("a\\")).uri().ends_with("/a\\/"));
}

#[test]
fn each_database_in_memory_has_its_own_identity() {
    let (a, b) = (open("memory://x"), open("memory://x"));
    assert!(a.in_memory() && a.folder().is_none());
    assert_eq!(a.uri(), "memory://");
    assert_ne!(a.identity(), b.identity());
    let (a, b, c) = (open("shared-memory://a"), open("Shared-Memory://a/"), open("shared-memory://b"));
    assert!(!a.in_memory() && a.folder().is_none());
    assert_eq!(a.identity(), b.identity());
    assert_ne!(a.identity(), c.identity());
}

#[test]
fn a_refused_path_leaves_no_folders() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    std::fs::write(at("file"), "").unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    let long = format!("new/{}", "x".repeat(300));
    for (name, message) in [
        ("file", "the path contains a file"),
        ("file/", "the path contains a file"),
        ("file/inside", "the path contains a file"),
        ("dangling", "link to a folder that does not exist"),
        ("dangling/inside", "link to a folder that does not exist"),
        (&long, "cannot have this name"),
        ("new/a\0b", "control character"),
    ] {
        let error = refused(at(name));
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}: {error}");
        assert!(error.message().contains(message), "{name:?}: {error}");
    }
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 2, "{:?}", std::fs::read_dir(home.path()).unwrap().collect::<Vec<_>>());
}

#[test]
fn created_folders_are_removed_again_unless_they_are_used() {
    let home = tempfile::tempdir().unwrap();
    let (_, created) = Location::open(&home.path().join("a/b/c")).unwrap();
    assert!(home.path().join("a/b/c").is_dir());
    created.undo();
    assert!(!home.path().join("a").exists() && home.path().exists());
    let (_, created) = Location::open(&home.path().join("a/b/c")).unwrap();
    std::fs::write(home.path().join("a/b/kept"), "").unwrap();
    created.undo();
    assert!(home.path().join("a/b/kept").exists() && !home.path().join("a/b/c").exists());
    let (_, created) = Location::open(home.path()).unwrap();
    created.undo();
    assert!(home.path().exists());
}

#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"\xff");
    assert_eq!(refused(home.path().join(name)).kind(), ErrorKind::InvalidInput);
    std::fs::create_dir(home.path().join(name)).unwrap();
    symlink(home.path().join(name), home.path().join("link")).unwrap();
    assert_eq!(refused(home.path().join("link/x")).kind(), ErrorKind::InvalidInput);
    assert_eq!(std::fs::read_dir(home.path().join(name)).unwrap().count(), 0);
}
