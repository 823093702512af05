//! The newest version of a table in a local folder, without listing the folder of its versions.
//!
//! Lance reads the whole folder `_versions` whenever it looks for the newest version, which each read and each write does. So
//! each became slower with every commit. Here the newest version is remembered, and confirmed by three calls of `stat`: the
//! folder has the [`Stamp`] that it had, the file of the version is there, and the file of the version after it is not.
//! In all other cases Lance lists the folder.
//!
//! **A version that a listing found** is used once its stamp has settled: the listing began, and ended, with a stamp that had
//! been seen a tick of the file system's clock earlier. Then a change after the listing makes another stamp, whoever makes
//! it: a commit, a cleanup, a table that is dropped and created again. It is measured by this process's own clock from when the
//! stamp was seen, not by comparing the folder's time with the time of day, which may be set back.
//!
//! **A version that this process committed** can't be held against the stamp before it, which the commit itself changed. The
//! looks before and after the commit are at most [`WINDOW`] apart, the version after it is not there, and the hint that Lance
//! writes to the folder after each commit is that of this one. So it is the newest version unless, in the moment between the
//! two files that this commit writes, others committed two versions and removed the first of these. A cleanup that does so
//! removes this version as well, and the stamp changes again, unless this version has a tag by then. Whoever does all that
//! within the window makes Lance lose the commit in any case: it looks for the newest version once, and then puts the
//! version after it where there is none. The same holds for reads while a commit of this process is under way, which walk
//! up from the version before it.
//!
//! It is kept for the whole process, so that all connections profit from a commit, and for [`TABLES`] tables.

use std::io;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lance_core::Result;
use lance_io::local::to_local_path;
use lance_io::object_store::ObjectStore;
use lance_io::object_writer::get_etag;
use lance_table::io::commit::{CommitHandler, ManifestLocation, ManifestNamingScheme, VERSIONS_DIR};
use lru::LruCache;
use object_store::path::Path;

use super::stamp::{Stamp, keeps_times};

/// The longest time between the look at the folder before a commit and that after it.
const WINDOW: Duration = Duration::from_millis(50);

/// The most versions that are looked for above the one before a commit.
const STEPS: u64 = 4;

/// The most tables whose newest version is kept. An entry has a few hundred bytes.
const TABLES: usize = 1024;

/// The newest versions that this process remembers.
pub(super) static NEWEST: LazyLock<Newest> = LazyLock::new(Newest::default);

/// The newest version of each table, by the path of the table.
#[derive(Debug)]
pub(super) struct Newest {
    tables: Mutex<LruCache<Path, Entry>>,
    /// [`WINDOW`].
    window: Duration,
}

#[derive(Debug, Clone)]
struct Entry {
    location: ManifestLocation,
    /// The stamp of the folder in which this version was the newest one.
    stamp: Stamp,
    /// When the stamp was seen first.
    seen: Instant,
    /// `true` if an equal stamp says that nothing changed.
    settled: bool,
    /// When the commit of the next version began that is under way.
    committing: Option<Instant>,
    /// `false` if the file system does not keep times that can be relied on: then the table is always listed.
    reliable: bool,
}

impl Default for Newest {
    fn default() -> Self {
        // A bounded one allocates all its entries when it is made.
        Self { tables: Mutex::new(LruCache::unbounded()), window: WINDOW }
    }
}

impl Newest {
    /// Returns the newest version of the table, listed by the handler where it is not known.
    pub(super) async fn resolve(
        &self,
        base: &Path,
        store: &ObjectStore,
        handler: &dyn CommitHandler,
    ) -> Result<ManifestLocation> {
        if let Some(location) = self.look(base) {
            return Ok(location);
        }
        if self.entry(base).is_some_and(|entry| !entry.reliable) {
            return list(base, store, handler).await;
        }
        let before = Stamp::of(&versions(base)).ok();
        let seen = before.as_ref().map(|stamp| self.seen(base, stamp));
        let settled =
            before.as_ref().zip(seen).is_some_and(|(stamp, seen)| seen.elapsed() > stamp.settles_in());
        let listed = list(base, store, handler).await;
        match (&listed, before, seen) {
            (Ok(location), Some(stamp), Some(seen))
                if Stamp::of(&versions(base)).is_ok_and(|now| now == stamp) =>
            {
                let location = location.clone();
                self.keep(base, Entry { location, stamp, seen, settled, committing: None, reliable: true });
            }
            (Err(_), ..) => self.forget(base),
            _ => {}
        }
        listed
    }

    /// Returns the newest version of the table without a listing; `None` if that takes one.
    pub(super) fn look(&self, base: &Path) -> Option<ManifestLocation> {
        let entry = self.entry(base).filter(|entry| entry.reliable)?;
        let stamp = Stamp::of(&versions(base)).ok()?;
        let Entry { location: ManifestLocation { version, naming_scheme, .. }, .. } = entry;
        if entry.stamp == stamp {
            return if entry.settled { last_of(base, version, 0, naming_scheme) } else { None };
        }
        let began = entry.committing?;
        if began.elapsed() > self.window {
            return None;
        }
        last_of(base, version, STEPS, naming_scheme)
    }

    /// Notes that this process is about to commit a version; `None` if it is not known to follow the newest one, and then
    /// nothing will be known after it either.
    pub(super) fn begin(&self, base: &Path, version: u64) -> Option<Commit<'_>> {
        let stamp = Stamp::of(&versions(base)).ok()?;
        let mut tables = self.tables();
        let entry = tables.get_mut(base)?;
        // What a listing found need not have settled: Lance relies on it too, see above.
        if !entry.reliable
            || entry.stamp != stamp
            || !stamp.is_fine()
            || entry.location.version + 1 != version
            || entry.committing.is_some()
        {
            return None;
        }
        let began = Instant::now();
        entry.committing = Some(began);
        Some(Commit { newest: self, base: base.clone(), began })
    }

    pub(super) fn forget(&self, base: &Path) {
        self.tables().pop(base);
    }

    /// When the stamp was seen first: now, or earlier.
    fn seen(&self, base: &Path, stamp: &Stamp) -> Instant {
        match self.entry(base) {
            Some(entry) if entry.stamp == *stamp => entry.seen,
            _ => Instant::now(),
        }
    }

    fn keep(&self, base: &Path, entry: Entry) {
        let known = self.entry(base).filter(|known| known.stamp.same_device(&entry.stamp));
        let reliable = known.map_or_else(|| keeps_times(&versions(base)), |known| known.reliable);
        let mut tables = self.tables();
        let committing = tables.peek(base).and_then(|known| known.committing);
        tables.put(base.clone(), Entry { committing: entry.committing.or(committing), reliable, ..entry });
        while tables.len() > TABLES {
            tables.pop_lru();
        }
    }

    fn entry(&self, base: &Path) -> Option<Entry> {
        self.tables().get(base).cloned()
    }

    fn tables(&self) -> MutexGuard<'_, LruCache<Path, Entry>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A commit of this process that is under way.
#[derive(Debug)]
pub(super) struct Commit<'a> {
    newest: &'a Newest,
    base: Path,
    began: Instant,
}

impl Commit<'_> {
    /// Notes that the version was committed.
    pub(super) fn done(self, committed: &ManifestLocation) {
        let ManifestLocation { version, naming_scheme, .. } = *committed;
        let Ok(stamp) = Stamp::of(&versions(&self.base)) else { return };
        let seen = Instant::now();
        let Some(location) = last_of(&self.base, version, 0, naming_scheme) else { return };
        let hinted = hint(&self.base).is_none_or(|hint| hint == version);
        if hinted && stamp.is_fine() && self.began.elapsed() <= self.newest.window {
            let entry = Entry { location, stamp, seen, settled: true, committing: None, reliable: true };
            self.newest.keep(&self.base, entry);
        }
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.newest.tables().get_mut(&self.base) {
            entry.committing = None;
        }
    }
}

async fn list(base: &Path, store: &ObjectStore, handler: &dyn CommitHandler) -> Result<ManifestLocation> {
    tracing::trace!(target: "datus_store", folder = %versions(base).display(), "the versions are listed");
    handler.resolve_latest_location(base, store).await
}

/// Returns the version if it is there and the one after it is not, or else the one after it, up to `steps` times. `None` if
/// the version is not there, or more follow.
fn last_of(base: &Path, version: u64, steps: u64, scheme: ManifestNamingScheme) -> Option<ManifestLocation> {
    let mut last = located(base, version, scheme)?;
    for next in version + 1..=version + steps + 1 {
        match std::fs::symlink_metadata(file(base, next, scheme)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(last),
            Err(_) => return None,
            Ok(_) if next > version + steps => return None,
            Ok(_) => last = located(base, next, scheme)?,
        }
    }
    None
}

/// The location of a version, as a listing has it; `None` if it is not there.
pub(super) fn located(
    base: &Path,
    version: u64,
    naming_scheme: ManifestNamingScheme,
) -> Option<ManifestLocation> {
    let metadata = std::fs::metadata(file(base, version, naming_scheme)).ok()?;
    Some(ManifestLocation {
        version,
        path: naming_scheme.manifest_path(base, version),
        size: Some(metadata.len()),
        naming_scheme,
        e_tag: Some(get_etag(&metadata)),
        identity: None,
    })
}

/// The version in the file that Lance writes after each commit, `{"version":7}`; `None` where it does not write one.
fn hint(base: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(versions(base).join("latest_version_hint.json")).ok()?;
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn file(base: &Path, version: u64, scheme: ManifestNamingScheme) -> PathBuf {
    to_local_path(&scheme.manifest_path(base, version)).into()
}

fn versions(base: &Path) -> PathBuf {
    to_local_path(&base.clone().join(VERSIONS_DIR)).into()
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
