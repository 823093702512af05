/// The name of a lock, which depends on its purpose.
#[derive(Debug, Clone, Copy)]
pub(super) enum LockName<'a> {
    /// Creating and removing tables.
    Creation,
    /// Writing to a table.
    Write(&'a str),
    /// Building a table's indexes and compacting its files.
    Maintenance(&'a str),
    /// Re-embedding a table.
    Reembedding(&'a str),
}

impl LockName<'_> {
    /// Returns the name of the lock file in the database's folder. Older versions of this crate use the same names.
    ///
    /// The name of a table has at most 128 characters, so a file name is never too long. It contains no `~`, so names cannot
    /// collide.
    pub(super) fn file_name(&self) -> String {
        match self {
            Self::Creation => ".datus-create.lock".to_owned(),
            Self::Write(table) => format!(".datus-write.{table}.lock"),
            Self::Maintenance(table) => format!(".datus-write.{table}~upkeep.lock"),
            Self::Reembedding(table) => format!(".datus-write.{table}~reembed.lock"),
        }
    }

    /// Returns the name of the table, or an empty string for the creation lock, which all tables share.
    pub(super) fn table(&self) -> &str {
        match self {
            Self::Creation => "",
            Self::Write(table) | Self::Maintenance(table) | Self::Reembedding(table) => table,
        }
    }

    /// Returns the name of the lock as used in messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Creation => "creation lock",
            Self::Write(_) => "write lock",
            Self::Maintenance(_) => "maintenance lock",
            Self::Reembedding(_) => "re-embedding lock",
        }
    }

    /// Returns `true` if locking may create the database's folder. Other locks need a table, which cannot exist without the
    /// folder.
    pub(super) fn may_create_folder(&self) -> bool {
        matches!(self, Self::Creation)
    }
}
