//! Versions of a table: reading an older one, naming one with a tag, and making an older one the newest.

mod at;
mod name;
mod restore;
mod tag;

pub use self::name::{IntoVersion, VersionName};
pub use self::tag::{CreateTag, Tag};
