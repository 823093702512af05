//! Versions of a table: reading an older version, listing the changes since a version, tagging a version, restoring a
//! version, and repeating a search on the version that it read.

mod at;
mod changes;
mod name;
mod pin;
mod replay;
mod restore;
mod tag;

pub use self::changes::{Change, ChangeSet, Changes, ChangesBuilder};
pub use self::name::{IntoVersion, VersionName};
pub use self::replay::Replay;
pub use self::tag::{CreateTag, Tag};
