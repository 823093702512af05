//! The names of versions.

use crate::backend::Table;
use crate::error::Result;

/// A version of a table: its number, or the name of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionName {
    /// The number of the version, as in the results of writes.
    Number(u64),
    /// The name of a tag.
    Tag(String),
}

/// A value that names a version of a table: its number, or the name of a tag.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a version of a table",
    label = "expected a version number or a tag name",
    note = "the number is a `u64`, as in `written.version`, which is an `Option`; a tag is text"
)]
pub trait IntoVersion {
    /// Returns the name of the version.
    fn into_version(self) -> VersionName;
}

impl IntoVersion for u64 {
    fn into_version(self) -> VersionName {
        VersionName::Number(self)
    }
}

impl IntoVersion for &str {
    fn into_version(self) -> VersionName {
        VersionName::Tag(self.to_owned())
    }
}

impl IntoVersion for &String {
    fn into_version(self) -> VersionName {
        VersionName::Tag(self.clone())
    }
}

impl IntoVersion for String {
    fn into_version(self) -> VersionName {
        VersionName::Tag(self)
    }
}

impl IntoVersion for VersionName {
    fn into_version(self) -> VersionName {
        self
    }
}

impl VersionName {
    /// Returns the number of the version, after checking that the version exists.
    ///
    /// # Errors
    /// `InvalidInput` for a tag or a version that the table never had; `Expired` for a version that was removed.
    pub(super) async fn resolve(&self, table: &Table) -> Result<u64> {
        let version = match self {
            Self::Number(version) => *version,
            Self::Tag(tag) => table.tagged_version(tag).await?,
        };
        table.check_version_exists(version).await?;
        Ok(version)
    }
}
