/// What a lock is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum LockName<'a> {
    /// Creating tables, and removing them.
    Creation,
    /// Writing to a table.
    Write(&'a str),
    /// Building indexes of a table, and compacting its files.
    Maintenance(&'a str),
    /// Embedding a table again.
    Reembedding(&'a str),
}

impl LockName<'_> {
    /// The name of the lock file in the database's folder. Older versions of this crate use the same names.
    ///
    /// The name of a table has at most 128 characters, so these are never too long for a file, and no `~`.
    pub(super) fn file_name(&self) -> String {
        match self {
            Self::Creation => ".datus-create.lock".to_owned(),
            Self::Write(table) => format!(".datus-write.{table}.lock"),
            Self::Maintenance(table) => format!(".datus-write.{table}~upkeep.lock"),
            Self::Reembedding(table) => format!(".datus-write.{table}~reembed.lock"),
        }
    }

    /// The table, empty for the lock of all tables.
    pub(super) fn table(&self) -> &str {
        match self {
            Self::Creation => "",
            Self::Write(table) | Self::Maintenance(table) | Self::Reembedding(table) => table,
        }
    }

    /// The lock as messages call it.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Creation => "creation lock",
            Self::Write(_) => "write lock",
            Self::Maintenance(_) => "maintenance lock",
            Self::Reembedding(_) => "re-embedding lock",
        }
    }

    /// `true` if the database's folder is created where it is missing. Without the folder no table is there to write to.
    pub(super) fn may_create_folder(&self) -> bool {
        matches!(self, Self::Creation)
    }
}
