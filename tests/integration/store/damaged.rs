//! Tables with damaged files. Every call returns the rows, or fails with an error of kind `Engine` that names the table.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use datus_store::{Database, Error, ErrorKind, Store};
use futures::FutureExt;

use super::{Note, line, note};
use crate::support::models::Toy;

/// Creates a table on disk with an update, a deletion, and an index.
async fn table(folder: &Path) {
    let db = Database::connect(folder).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    store.add(line(40)).await.unwrap();
    store.upsert([note(3, "9 9 9"), note(50, "1 2 3")]).await.unwrap();
    store.delete().filter(|t| t.id.eq(5)).await.unwrap();
}

fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("notes.lance").join(part)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end != "json" && end != "txn"));
    files.sort();
    files
}

/// Returns the manifest of the newest version. It sorts first, because the numbers in the file names count down.
fn newest_manifest(folder: &Path) -> PathBuf {
    files(folder, "_versions").into_iter().next().unwrap()
}

/// Opens the table and uses it as a program would. Returns the errors. A panic that reaches the caller fails the test.
async fn used(folder: &Path) -> Vec<Error> {
    let db = Database::connect(folder).await.unwrap();
    let mut errors = Vec::new();
    let work = async {
        errors.extend(db.plan::<Note>(Toy::new()).await.err());
        let store: Store<Note> = match db.store(Toy::new()).await {
            Ok(store) => store,
            Err(error) => return errors.push(error),
        };
        errors.extend(store.count().await.err());
        errors.extend(store.search_all().await.err());
        errors.extend(store.get(7).await.err());
        errors.extend(store.search("1 0 1").await.err());
        errors.extend(store.search_all().page(3).await.err());
        errors.extend(store.upsert([note(3, "8 8 8")]).await.err());
        errors.extend(store.health().await.err());
        errors.extend(store.optimize().await.err());
    };
    let unwound = AssertUnwindSafe(work).catch_unwind().await;
    assert!(unwound.is_ok(), "a panic reached the caller");
    errors
}

#[track_caller]
fn assert_told(errors: &[Error], what: &str) {
    for error in errors {
        assert_eq!(error.table(), Some("notes"), "{what}: {error:?}");
        let kinds = [ErrorKind::Engine, ErrorKind::Expired, ErrorKind::Decode];
        assert!(kinds.contains(&error.kind()), "{what}: {error:?}");
        let text = error.to_string();
        assert!(!text.contains("drop the table") && !text.contains("write it again"), "{what}: {error:?}");
    }
}

async fn copied() -> (tempfile::TempDir, tempfile::TempDir) {
    let whole = tempfile::tempdir().unwrap();
    table(whole.path()).await;
    (whole, tempfile::tempdir().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => assert!(fs::copy(entry.path(), target).is_ok()),
        }
    }
}

/// A change to the bytes of a file.
type Damage = Box<dyn Fn(&mut Vec<u8>)>;

/// Fault 12.
#[tokio::test]
async fn a_truncated_or_zeroed_newest_manifest_is_an_engine_error_that_names_the_table() {
    let (whole, copies) = copied().await;
    let length = fs::read(newest_manifest(whole.path())).unwrap().len();
    let mut damages: Vec<(String, Damage)> = Vec::new();
    for cut in [0, 1, 4, 15, 16, 17, length / 4, length / 2, length - 17, length - 16, length - 1] {
        damages.push((format!("cut to {cut} of {length}"), Box::new(move |bytes| bytes.truncate(cut))));
    }
    damages.push(("zeroed".to_owned(), Box::new(|bytes| bytes.fill(0))));
    // The magic number at the end is intact, so the file still looks like a manifest.
    damages.push((
        "zeroed up to its mark".to_owned(),
        Box::new(|bytes| {
            let end = bytes.len() - 16;
            bytes[..end].fill(0);
        }),
    ));
    damages.push((
        "zeroed up to its mark, of no length".to_owned(),
        Box::new(|bytes| {
            let end = bytes.len();
            bytes[..end - 16].fill(0);
            bytes[end - 16..end - 8].copy_from_slice(&(end as u64 - 20).to_le_bytes());
        }),
    ));
    damages.push((
        "a length of the message beyond its end".to_owned(),
        Box::new(|bytes| {
            let end = bytes.len();
            bytes[end - 16..end - 8].copy_from_slice(&u64::MAX.to_le_bytes());
        }),
    ));
    for (number, (what, damage)) in damages.into_iter().enumerate() {
        let folder = copies.path().join(number.to_string());
        copy(whole.path(), &folder);
        let manifest = newest_manifest(&folder);
        let mut bytes = fs::read(&manifest).unwrap();
        damage(&mut bytes);
        fs::write(&manifest, bytes).unwrap();
        let errors = used(&folder).await;
        assert!(!errors.is_empty(), "{what}: nobody noticed");
        assert_told(&errors, &what);
        for error in &errors {
            assert_eq!(error.kind(), ErrorKind::Engine, "{what}: {error:?}");
            assert!(error.message().contains("damaged"), "{what}: {error:?}");
        }
    }
}

/// Fault 12.
#[tokio::test]
async fn flipped_bits_of_manifests_data_and_deletions_never_panic_the_caller() {
    let (whole, copies) = copied().await;
    let mut random = fastrand::Rng::with_seed(12);
    let mut number = 0;
    for part in ["_versions", "data", "_deletions"] {
        for file in files(whole.path(), part) {
            let name = file.file_name().unwrap().to_owned();
            let length = fs::metadata(&file).unwrap().len() as usize;
            for _ in 0..8 {
                number += 1;
                let folder = copies.path().join(number.to_string());
                copy(whole.path(), &folder);
                let path = folder.join("notes.lance").join(part).join(&name);
                let mut bytes = fs::read(&path).unwrap();
                let (at, bit) = (random.usize(..length), random.u8(..8));
                bytes[at] ^= 1 << bit;
                fs::write(&path, bytes).unwrap();
                let errors = used(&folder).await;
                let kinds: Vec<ErrorKind> = errors.iter().map(Error::kind).collect();
                // A flipped bit can turn the schema or a text into a different valid one, which the record rejects.
                let told = !kinds.contains(&ErrorKind::InvalidInput);
                assert!(told, "bit {bit} of byte {at} of {part}/{name:?}: {errors:?}");
                fs::remove_dir_all(&folder).unwrap();
            }
        }
    }
    assert!(number >= 40, "{number}");
}
