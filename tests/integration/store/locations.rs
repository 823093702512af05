//! Fault 2: the folder that each form of a URI or path opens, and the state after a refusal. Relative forms are
//! opened in other processes, because the current folder belongs to the whole process.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use datus_store::{Cursor, Database, EmbeddingRecord, Error, ErrorKind, Maintenance, Store};

use super::{Note, ids, line, note};
use crate::support::models::Toy;
use crate::support::process::{self, Test, this_test};

/// The shell command that sets the home folder of another process to a subfolder of its current folder.
const HOME: &str = "export HOME=\"$PWD/home\"";

/// Opens a table without maintenance, which would write into folders that a test removes.
async fn open(uri: impl AsRef<Path>) -> Result<Store<Note>, Error> {
    Database::connect(uri).maintenance(Maintenance::off()).await?.store(Toy::new()).await
}

/// Returns all files and folders inside a folder, without the contents of tables.
fn contents(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_table = path.extension().is_some_and(|extension| extension == "lance");
        if path.is_dir() && !path.is_symlink() && !is_table {
            found.extend(contents(&path));
        }
        found.insert(path);
    }
    found
}

/// Empties the folder, and then creates the folders `home` and `target`, a file and some links in it.
fn prepare(here: &Path) {
    for entry in fs::read_dir(here).unwrap() {
        let path = entry.unwrap().path();
        let removed = if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        removed.unwrap();
    }
    for folder in ["home", "target"] {
        fs::create_dir(here.join(folder)).unwrap();
    }
    fs::write(here.join("file"), "not a folder").unwrap();
    #[cfg(unix)]
    for (target, link) in [("target", "link"), ("nowhere", "dangling")] {
        std::os::unix::fs::symlink(target, here.join(link)).unwrap();
    }
}

/// Runs a test in another process, in its own folder.
#[cfg(unix)]
async fn run(test: Test, folder: &Path, argument: &str) {
    process::passed(process::start_after(HOME, test, folder, argument)).await;
}

#[tokio::test]
#[cfg(unix)]
async fn a_location_is_opened_in_its_folder() {
    if process::argument().is_some() {
        return each_form_is_opened().await;
    }
    let folder = tempfile::tempdir().unwrap();
    run(this_test!(), folder.path(), "").await;
}

#[cfg(unix)]
async fn each_form_is_opened() {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    let at = here.to_str().unwrap();
    let absolute = format!("{at}/a b");
    let (uri, short, host) =
        (format!("file://{at}/a%20b"), format!("file:{at}/a%20b/"), format!("FILE://localhost{at}/a b"));
    let objects = format!("file-object-store://{at}/a%20b");
    let table = [
        ("plain", "plain"),
        ("./plain", "plain"),
        ("plain/", "plain"),
        ("plain//inside/.", "plain/inside"),
        ("missing/../plain", "plain"),
        ("home/../plain", "plain"),
        (".", "."),
        ("link", "target"),
        ("link/inside", "target/inside"),
        ("link/../plain", "plain"),
        (&absolute, "a b"),
        (&uri, "a b"),
        (&short, "a b"),
        (&host, "a b"),
        (&objects, "a b"),
        ("~", "home"),
        ("~/notes", "home/notes"),
        ("~//notes", "home/notes"),
        ("./~", "~"),
        ("./~ada/x", "~ada/x"),
        ("plain/~", "plain/~"),
        ("run-12:30", "run-12:30"),
        ("db-2026-11-28T06:30", "db-2026-11-28T06:30"),
        ("a:b", "a:b"),
        (":a", ":a"),
        ("dbs/sales", "dbs/sales"),
        ("db", "db"),
        ("dbs:x", "dbs:x"),
        ("./db:x", "db:x"),
        ("./s3:bucket", "s3:bucket"),
        ("./C:/x", "C:/x"),
        ("./:memory:", ":memory:"),
        ("memory", "memory"),
        ("s3", "s3"),
        ("a%20b", "a%20b"),
        ("a%2Fb", "a%2Fb"),
        ("100%", "100%"),
        ("a?b", "a?b"),
        ("a#b", "a#b"),
        ("a#1", "a#1"),
        ("größe/😀", "größe/😀"),
        ("a\\b", "a\\b"),
        ("a\\", "a\\"),
        (" a ", " a "),
        ("a*\"|<>^`{}", "a*\"|<>^`{}"),
        ("...", "..."),
        ("$HOME", "$HOME"),
        ("./plain://x", "plain:/x"),
    ];
    for (text, expected) in table {
        prepare(&here);
        let before = contents(&here);
        let expected = here.join(expected).components().collect::<PathBuf>();
        let store = open(text).await.unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        store.upsert([note(1, "1 2 3")]).await.unwrap();
        assert_eq!(open(&expected).await.unwrap().count().await.unwrap(), 1, "{text:?}");

        let made: Vec<_> = contents(&here).difference(&before).cloned().collect();
        assert!(expected.join("notes.lance").is_dir(), "{text:?}: {made:?}");
        let is_lock = |path: &Path| path.to_str().unwrap().ends_with(".lock");
        let has_locks = fs::read_dir(&expected).unwrap().any(|entry| is_lock(&entry.unwrap().path()));
        // If lance treats the location as an object store, there are no locks.
        assert_eq!(has_locks, text != objects, "{text:?}: {made:?}");
        for path in made {
            let inside =
                path.parent() == Some(&*expected) && (is_lock(&path) || path.ends_with("notes.lance"));
            assert!(inside || expected.starts_with(&path), "{text:?} left {path:?}");
        }
    }

    // The folder stays the same when the process changes its current folder.
    prepare(&here);
    let db = Database::connect("plain").await.unwrap();
    std::env::set_current_dir("home").unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.upsert([note(1, "1 2 3")]).await.unwrap();
    assert!(here.join("plain/notes.lance").is_dir() && contents(&here.join("home")).is_empty());
}

#[tokio::test]
#[cfg(unix)]
async fn a_refused_location_leaves_nothing_and_names_the_reason() {
    if process::argument().is_some() {
        return each_refusal_leaves_nothing().await;
    }
    let folder = tempfile::tempdir().unwrap();
    run(this_test!(), folder.path(), "").await;
}

#[cfg(unix)]
async fn each_refusal_leaves_nothing() {
    use ErrorKind::{InvalidInput, Unsupported};

    let here = std::env::current_dir().unwrap();
    let long = format!("new/{}", "x".repeat(300));
    let table = [
        ("", InvalidInput, "`memory://`"),
        (" \n", InvalidInput, "`memory://`"),
        ("new/a\nb", InvalidInput, "another path"),
        ("new/a\u{7f}b", InvalidInput, "another path"),
        ("~ada", InvalidInput, "`./~…`"),
        ("~ada/x", InvalidInput, "`./~…`"),
        (" ~/x", InvalidInput, "`./~…`"),
        (":memory:", InvalidInput, "`memory://`"),
        ("memory:", InvalidInput, "`memory://…`"),
        ("db:x", InvalidInput, "`./db:…`"),
        ("s3:x", InvalidInput, "`./s3:…`"),
        ("file:x", InvalidInput, "without `file:`"),
        ("file://x/y", InvalidInput, "`file:///…`"),
        ("file://", InvalidInput, "`file:///…`"),
        ("file:///x?y", InvalidInput, "`%3F`"),
        ("C:\\x", InvalidInput, "path on this machine"),
        ("C:/x", InvalidInput, "path on this machine"),
        ("file", InvalidInput, "use the path of a folder"),
        ("file/inside", InvalidInput, "use the path of a folder"),
        ("dangling", InvalidInput, "create that folder"),
        (&long, InvalidInput, "use another path"),
        ("a b://x", InvalidInput, "`s3://bucket/path`"),
        ("shared-memory://", InvalidInput, "`shared-memory://NAME`"),
        ("http://host/x", Unsupported, "`db://NAME`"),
        ("s3a://bucket/x", Unsupported, "write `s3://`"),
        ("sqlite:data.db", Unsupported, "`./sqlite:…`"),
        ("postgres://ada:secret@host/db", Unsupported, "`memory://`"),
        ("s3://ada:secret@bucket/x", InvalidInput, "`.storage_option(key, value)`"),
        ("s3+ddb://bucket/x", Unsupported, "features = [\"dynamodb\"]"),
        ("gs://bucket", Unsupported, "features = [\"gcs\"]"),
        ("az://container", Unsupported, "features = [\"azure\"]"),
    ];
    prepare(&here);
    let before = contents(&here);
    for (text, kind, help) in table {
        let error = open(text).await.map(drop).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (kind, Some("connect")), "{text:?}: {error}");
        assert!(error.help().unwrap().contains(help), "{text:?}: {error}");
        assert!(!format!("{error:?}{error:#?}{error}").contains("secret"), "{text:?}: {error:?}");
        assert_eq!(contents(&here), before, "{text:?}");
    }
}

/// lancedb rejects these options after it has created the folder.
#[tokio::test]
async fn a_connection_that_fails_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let option = "new_table_data_storage_version";
    Database::connect(folder.path().join("a/b")).storage_option(option, "never").await.unwrap_err();
    Database::connect(folder.path()).storage_option(option, "never").await.unwrap_err();
    assert!(contents(folder.path()).is_empty(), "{:?}", contents(folder.path()));
}

#[tokio::test]
#[cfg(unix)]
async fn a_folder_without_permission_to_write_is_named_and_left() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    open(folder.path().join("db")).await.unwrap().add([note(1, "1 2 3")]).await.unwrap();
    let permit = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    permit(0o555);
    let is_root = fs::write(folder.path().join("probe"), "").is_ok();
    if !is_root {
        let error = Database::connect(folder.path().join("new/db")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
        assert!(error.message().contains("new/db"), "{error}");
        assert!(!folder.path().join("new").exists());
    }
    assert_eq!(open(folder.path().join("db")).await.unwrap().count().await.unwrap(), 1);
    permit(0o755);
}

/// Nobody can create a folder in `/proc`, not even root.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_folder_that_the_system_does_not_create_is_named() {
    let error = Database::connect("/proc/datus/db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    assert!(error.message().contains("/proc/datus/db") && error.help().is_some(), "{error}");
}

/// A key that the engine cannot keep unique without locks.
#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "cells")]
struct Cell {
    #[datus(key)]
    id: i16,
    text: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[cfg(unix)]
async fn writers_by_different_spellings_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    std::os::unix::fs::symlink("db:1", at.join("link")).unwrap();
    fs::create_dir(at.join("db:1")).unwrap();
    let at = at.to_str().unwrap();
    let spellings = [
        format!("{at}/db:1"),
        format!("{at}/./x/../db:1/"),
        format!("{at}/link"),
        format!("file://{at}/db:1"),
        format!("file:{at}/db%3A1/"),
    ];
    for round in 0..6 {
        let writers = spellings.clone().map(|spelling| {
            tokio::spawn(async move {
                let store: Store<Cell> = Database::connect(&spelling).await?.store(()).await?;
                let cell = |id: i16| Cell { id: round * 5 + id, text: spelling.clone() };
                store.upsert((0..5).map(cell)).await
            })
        });
        for written in futures::future::join_all(writers).await {
            written.unwrap().unwrap();
        }
    }
    let store: Store<Cell> = Database::connect(&spellings[0]).await.unwrap().store(()).await.unwrap();
    let mut keys = store.search_all().select(|t| t.id).await.unwrap();
    keys.sort_unstable();
    assert_eq!(keys, (0..30).collect::<Vec<_>>());
}

async fn first_page(store: &Store<Note>) -> Cursor {
    store.search_all().order_by(|t| t.id.asc()).page(2).await.unwrap().next.unwrap()
}

async fn page_after(store: &Store<Note>, cursor: &Cursor) -> Result<Vec<i64>, Error> {
    let page = store.search_all().order_by(|t| t.id.asc()).page(2).after(cursor).await?;
    Ok(ids(&page.items))
}

#[tokio::test]
#[cfg(unix)]
async fn a_cursor_is_valid_by_any_spelling_and_in_other_processes() {
    if let Some(cursor) = process::argument() {
        return is_valid_by_any_spelling(&cursor.parse().unwrap()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    let store = open(&path).await.unwrap();
    store.add(line(7)).await.unwrap();
    let cursor = first_page(&store).await;
    std::os::unix::fs::symlink("notes", folder.path().join("link")).unwrap();
    let path = path.to_str().unwrap();
    for spelling in [format!("file://{path}"), format!("{path}/"), format!("file-object-store://{path}")] {
        let store = open(&spelling).await.unwrap();
        assert_eq!(page_after(&store, &cursor).await.unwrap(), [2, 3], "{spelling}");
    }
    run(this_test!(), folder.path(), &cursor.to_string()).await;
}

#[cfg(unix)]
async fn is_valid_by_any_spelling(cursor: &Cursor) {
    for spelling in ["notes", "./link/", "~/../notes"] {
        fs::create_dir_all("home").unwrap();
        assert_eq!(page_after(&open(spelling).await.unwrap(), cursor).await.unwrap(), [2, 3], "{spelling}");
    }
}

#[tokio::test]
async fn a_cursor_of_a_table_with_the_same_name_in_another_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let store = open(&a).await.unwrap();
    store.add(line(7)).await.unwrap();
    let cursor = first_page(&store).await;
    // A copy has the same versions, committed at the same times.
    copy(&a, &b);
    let memory = open("memory://").await.unwrap();
    memory.add(line(7)).await.unwrap();
    for other in [open(&b).await.unwrap(), memory.clone(), open("memory://").await.unwrap()] {
        let error = page_after(&other, &cursor).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
        assert!(error.message().contains("a different table or database"), "{error}");
    }
    let cursor = first_page(&memory).await;
    assert_eq!(page_after(&memory, &cursor).await.unwrap(), [2, 3]);
    assert_eq!(page_after(&store, &cursor).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}

#[tokio::test]
async fn connections_share_a_named_database_in_memory() {
    let first = open("shared-memory://locations/a").await.unwrap();
    first.add(line(7)).await.unwrap();
    let second = open("Shared-Memory://locations/a/").await.unwrap();
    assert_eq!(second.count().await.unwrap(), 7);
    second.upsert([note(3, "3 3 3"), note(77, "7 7 7")]).await.unwrap();
    assert_eq!(first.count().await.unwrap(), 8);
    let cursor = first_page(&first).await;
    assert_eq!(page_after(&second, &cursor).await.unwrap(), [2, 3]);
    let other = open("shared-memory://locations/b").await.unwrap();
    assert_eq!(other.count().await.unwrap(), 0);
    assert_eq!(page_after(&other, &cursor).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let db = Database::connect("shared-memory://locations/a").await.unwrap();
    assert_eq!(db.table_names().await.unwrap(), ["notes"]);
    db.drop_table("notes").await.unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
}
