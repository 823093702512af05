//! Finds the newest version of a table in a local folder without listing the table's versions.
//!
//! To find the newest version, Lance lists the `_versions` folder. Every read and every write does this, so each commit
//! slows all of them down. This module remembers the newest version and confirms it with three calls to `stat`: the folder
//! still has the same [`FolderState`], the version's file exists, and the next version's file does not. Otherwise Lance
//! lists the folder.
//!
//! **A version from a listing** is used once its folder state has settled: the state was the same before and after the
//! listing, and was first seen at least one tick of the file system's clock before the listing. Any later change to the
//! folder then produces a different state, whether it is a commit, a cleanup, or a drop and re-creation of the table. The
//! time is taken from the monotonic clock of this process, because the wall clock can be set back.
//!
//! **A version that this process committed** has no settled folder state, because the commit itself changed the folder. It
//! counts as the newest version if three conditions hold: the checks before and after the commit are at most [`WINDOW`]
//! apart, the next version does not exist, and the hint file, which every commit writes, does not name a later version. This
//! is wrong only if other processes commit two versions and remove the first of them after this commit writes the first of
//! its two files and before it writes the second. Such a cleanup also removes this version, which changes the state, unless
//! the version has been tagged by then. In that sequence of events, Lance itself would lose the commit: it looks for the
//! newest version once, and then writes the next version if its file is missing. The same applies to reads during one of
//! this process's commits: they search upwards from the previous version.
//!
//! The versions of up to [`TABLES`] tables are kept for the whole process, so all connections benefit from a commit.

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

use super::folder_state::{FolderState, keeps_times};

/// The maximum time between the checks of the folder before and after a commit.
const WINDOW: Duration = Duration::from_millis(50);

/// The maximum number of versions to look for after the version that precedes a running commit.
const STEPS: u64 = 4;

/// The maximum number of tables whose newest version is kept. An entry takes a few hundred bytes.
const TABLES: usize = 1024;

/// The newest versions that this process remembers.
pub(super) static LATEST_VERSIONS: LazyLock<LatestVersions> = LazyLock::new(LatestVersions::default);

/// The newest version of each table, keyed by the path of the table.
#[derive(Debug)]
pub(super) struct LatestVersions {
    tables: Mutex<LruCache<Path, Entry>>,
    /// The maximum time between the two checks of a commit: [`WINDOW`], except in tests.
    window: Duration,
}

#[derive(Debug, Clone)]
struct Entry {
    location: ManifestLocation,
    /// The state of the folder when this version was the newest one.
    state: FolderState,
    /// The time at which the state was first seen.
    seen: Instant,
    /// `true` if an equal state proves that the folder has not changed.
    settled: bool,
    /// The time at which a running commit of the next version started.
    committing: Option<Instant>,
    /// `false` if the timestamps of the file system are not reliable. The versions of such a table are listed on every
    /// lookup.
    reliable: bool,
}

impl Default for LatestVersions {
    fn default() -> Self {
        // A bounded cache would allocate all its entries up front.
        Self { tables: Mutex::new(LruCache::unbounded()), window: WINDOW }
    }
}

impl LatestVersions {
    /// Returns the newest version of the table. If this process does not remember it, the handler lists the versions.
    pub(super) async fn resolve(
        &self,
        base: &Path,
        store: &ObjectStore,
        handler: &dyn CommitHandler,
    ) -> Result<ManifestLocation> {
        if let Some(location) = self.lookup(base) {
            return Ok(location);
        }
        if self.entry(base).is_some_and(|entry| !entry.reliable) {
            return list(base, store, handler).await;
        }
        let before = FolderState::of(&versions(base)).ok();
        let seen = before.as_ref().map(|state| self.seen(base, state));
        let settled =
            before.as_ref().zip(seen).is_some_and(|(state, seen)| seen.elapsed() > state.settles_in());
        let listed = list(base, store, handler).await;
        match (&listed, before, seen) {
            (Ok(location), Some(state), Some(seen))
                if FolderState::of(&versions(base)).is_ok_and(|now| now == state) =>
            {
                let location = location.clone();
                self.keep(base, Entry { location, state, seen, settled, committing: None, reliable: true });
            }
            (Err(_), ..) => self.forget(base),
            _ => {}
        }
        listed
    }

    /// Returns the newest version of the table, or `None` if finding it requires a listing.
    pub(super) fn lookup(&self, base: &Path) -> Option<ManifestLocation> {
        let entry = self.entry(base).filter(|entry| entry.reliable)?;
        let state = FolderState::of(&versions(base)).ok()?;
        let Entry { location: ManifestLocation { version, naming_scheme, .. }, .. } = entry;
        if entry.state == state {
            return if entry.settled { last_of(base, version, 0, naming_scheme) } else { None };
        }
        let began = entry.committing?;
        if began.elapsed() > self.window {
            return None;
        }
        last_of(base, version, STEPS, naming_scheme)
    }

    /// Records that this process is about to commit a version. Returns `None` if it is uncertain whether the version follows
    /// the newest one. In that case, the newest version is unknown after the commit.
    pub(super) fn begin(&self, base: &Path, version: u64) -> Option<Commit<'_>> {
        let state = FolderState::of(&versions(base)).ok()?;
        let mut tables = self.tables();
        let entry = tables.get_mut(base)?;
        // A version from a listing does not need to have settled, because Lance relies on such a version too (see the module
        // documentation).
        if !entry.reliable
            || entry.state != state
            || !state.has_subsecond_times()
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

    /// Returns the time at which the state was first seen, or the current time if it is new.
    fn seen(&self, base: &Path, state: &FolderState) -> Instant {
        match self.entry(base) {
            Some(entry) if entry.state == *state => entry.seen,
            _ => Instant::now(),
        }
    }

    fn keep(&self, base: &Path, entry: Entry) {
        let previous = self.entry(base).filter(|previous| previous.state.same_device(&entry.state));
        let reliable = previous.map_or_else(|| keeps_times(&versions(base)), |previous| previous.reliable);
        let mut tables = self.tables();
        let committing = tables.peek(base).and_then(|previous| previous.committing);
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

/// A running commit by this process.
#[derive(Debug)]
pub(super) struct Commit<'a> {
    newest: &'a LatestVersions,
    base: Path,
    began: Instant,
}

impl Commit<'_> {
    /// Records that the version was committed.
    pub(super) fn done(self, committed: &ManifestLocation) {
        let ManifestLocation { version, naming_scheme, .. } = *committed;
        let Ok(state) = FolderState::of(&versions(&self.base)) else { return };
        let seen = Instant::now();
        let Some(location) = last_of(&self.base, version, 0, naming_scheme) else { return };
        let hinted = is_hint_at_most(&self.base, version);
        if hinted && state.has_subsecond_times() && self.began.elapsed() <= self.newest.window {
            let entry = Entry { location, state, seen, settled: true, committing: None, reliable: true };
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

/// Returns the last of the consecutive versions from `version` to `version + steps`. Returns `None` if `version` does not
/// exist, or if more than `steps` versions follow it.
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

/// Returns the location of a version, in the form that a listing returns, or `None` if the version does not exist.
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

/// Returns `true` if the file that every commit writes, `{"version":7}`, names this version or an earlier one, or does not exist.
fn is_hint_at_most(base: &Path, version: u64) -> bool {
    match std::fs::read_to_string(versions(base).join("latest_version_hint.json")) {
        Ok(text) => {
            let hint = text.strip_prefix("{\"version\":").and_then(|text| text.strip_suffix('}'));
            hint.and_then(|hint| hint.trim().parse().ok()).is_some_and(|hint: u64| hint <= version)
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn file(base: &Path, version: u64, scheme: ManifestNamingScheme) -> PathBuf {
    to_local_path(&scheme.manifest_path(base, version)).into()
}

fn versions(base: &Path) -> PathBuf {
    to_local_path(&base.clone().join(VERSIONS_DIR)).into()
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
