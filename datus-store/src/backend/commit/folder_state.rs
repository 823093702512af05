//! The state of a folder's entries, identified by the timestamps that the file system keeps for the folder.

use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Local file systems on Linux that update a folder's timestamps in the same step as its entries. Network file systems
/// answer from an attribute cache, and user-space file systems may not keep timestamps.
const LOCAL: [&str; 10] =
    ["bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs", "zfs"];

/// A duration longer than a tick of the clock that file systems use for their timestamps, which is 10 ms on Linux with
/// `CONFIG_HZ=100`. Since Linux 6.13, ext4, xfs, btrfs and tmpfs never assign the same timestamp to a folder twice if the
/// timestamp was read in between.
const TICK: Duration = Duration::from_millis(50);

/// Like `TICK`, for file systems whose timestamps have one-second resolution: ext3, and ext4 with 128-byte inodes.
const SECOND: Duration = Duration::from_secs(3);

/// The timestamps and the identity of a folder. Each change to its entries produces a different state, unless two changes
/// happen in the same tick of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderState {
    modified: SystemTime,
    /// The time at which the folder was created. It distinguishes folders with the same name and inode.
    created: Option<SystemTime>,
    inode: Inode,
}

/// The device, number and size of the inode, and the time of its last change, which `utimes` cannot set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Inode {
    device: u64,
    number: u64,
    size: u64,
    changed: (i64, i64),
}

impl FolderState {
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(folder)?;
        let modified = metadata.modified()?;
        Ok(Self { modified, created: metadata.created().ok(), inode: inode(&metadata) })
    }

    /// Returns `true` if the timestamps have sub-second precision.
    pub(super) fn has_subsecond_times(&self) -> bool {
        let since = self.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        since.subsec_nanos() != 0 || self.inode.changed.1 != 0
    }

    /// Returns the time that must pass after the state was first seen until no further change to the folder can produce it.
    pub(super) fn settles_in(&self) -> Duration {
        if self.has_subsecond_times() { TICK } else { SECOND }
    }

    pub(super) fn same_device(&self, other: &Self) -> bool {
        self.inode.device == other.inode.device
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt;
    Inode {
        device: metadata.dev(),
        number: metadata.ino(),
        size: metadata.size(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Inode {
    Inode::default()
}

/// Returns `true` if the timestamps of the folder are reliable. Always `false` on systems other than Linux.
pub(super) fn keeps_times(folder: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let Ok(folder) = folder.canonicalize() else { return false };
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else { return false };
    file_system(&mounts, &folder).is_some_and(|name| LOCAL.contains(&name))
}

/// Returns the type of the file system that contains the path: the one with the longest mount point that is a parent of the
/// path. If several file systems are mounted at the same point, the last one counts.
fn file_system<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mounts = mounts.lines().filter_map(|line| {
        // 36 35 98:0 /root /mount/point options tags… - type source options
        let (mount, rest) = line.split_once(" - ")?;
        let point = unescape(mount.split(' ').nth(4)?);
        let depth = Path::new(&point).components().count();
        path.starts_with(&point).then(|| (depth, rest.split(' ').next()))
    });
    mounts.max_by_key(|(depth, _)| *depth)?.1
}

/// Decodes the escapes of mountinfo, such as `\040` for a space.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn each_change_of_the_entries_makes_a_different_state_after_a_tick() {
        let folder = tempfile::tempdir().unwrap();
        let (path, file, renamed) = (folder.path(), folder.path().join("a"), folder.path().join("b"));
        let changes: [&dyn Fn() -> io::Result<()>; 4] = [
            &|| std::fs::write(&file, "a"),
            &|| std::fs::rename(&file, &renamed),
            &|| std::fs::hard_link(&renamed, &file),
            &|| std::fs::remove_file(&file),
        ];
        for change in changes {
            let before = FolderState::of(path).unwrap();
            assert_eq!(FolderState::of(path).unwrap(), before);
            sleep(before.settles_in());
            change().unwrap();
            assert_ne!(FolderState::of(path).unwrap(), before);
        }
    }

    #[test]
    fn a_folder_that_replaced_one_has_a_different_state() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("versions");
        std::fs::create_dir(&path).unwrap();
        let before = FolderState::of(&path).unwrap();
        sleep(before.settles_in());
        std::fs::remove_dir(&path).unwrap();
        assert!(FolderState::of(&path).is_err());
        std::fs::create_dir(&path).unwrap();
        assert_ne!(FolderState::of(&path).unwrap(), before);
    }

    #[test]
    fn the_file_system_has_the_longest_and_last_mount_point() {
        let mounts = "22 1 259:1 / / rw shared:1 - ext4 /dev/root rw\n\
                      30 22 0:40 / /data rw - xfs /dev/sdb rw\n\
                      31 30 0:41 / /data rw - nfs4 server:/data rw\n\
                      32 22 0:42 / /my\\040disk rw master:3 propagate_from:2 - fuse.sshfs host: rw\n";
        let of = |path: &str| file_system(mounts, Path::new(path));
        assert_eq!(of("/home/me"), Some("ext4"));
        assert_eq!(of("/data/notes.lance"), Some("nfs4"));
        assert_eq!(of("/database"), Some("ext4"), "a part of a name is not a mount point");
        assert_eq!(of("/my disk/x"), Some("fuse.sshfs"));
        assert_eq!(file_system("", Path::new("/")), None);
        assert!(!keeps_times(Path::new("/proc")));
        assert!(!keeps_times(Path::new("/not/there")));
    }
}
