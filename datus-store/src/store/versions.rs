//! Versions of a table: reading an older one, the changes since, naming one with a tag, and making an older one the newest.

mod at;
mod changes;
mod name;
mod restore;
mod tag;

pub use self::changes::{Change, ChangeSet, Changes, ChangesBuilder};
pub use self::name::{IntoVersion, VersionName};
pub use self::tag::{CreateTag, Tag};
