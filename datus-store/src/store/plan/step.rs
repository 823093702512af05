use arrow_schema::DataType;

use crate::record::Difference;

/// What a step does to the data that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Keeps every row and every value, and embeds no text: [`Drift::ApplySafe`](crate::Drift::ApplySafe) does it. Every
    /// change of a table without rows is safe.
    Safe,
    /// Needs vectors that a model has yet to make. Rows and texts stay.
    Reembeds,
    /// Can't be done without losing rows or values. This crate never does it unasked.
    DestroysData,
}

/// What a new column holds in the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fill {
    /// Nulls.
    Nulls,
    /// The value of `#[datus(default)]`, evaluated once, when the step is done.
    Default,
    /// The struct says nothing that could stand there.
    Nothing {
        /// The rows without a value: the step is safe where there are none.
        rows: usize,
    },
}

/// A pair of metadata that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataChange {
    /// The key, such as `description` or `datus:index`.
    pub key: String,
    /// The value in the table.
    pub from: Option<String>,
    /// The value that the record wants; `None` takes the pair away.
    pub to: Option<String>,
}

/// One change of a table. See [`Plan`](super::Plan).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The table is not there: it is created, without rows.
    CreateTable,
    /// A column gets its new name: its field has `#[datus(rename_from = "…")]`, or it is the vector column of the same
    /// texts under another name.
    RenameColumn {
        /// The name in the table.
        from: String,
        /// The name in the record.
        to: String,
        /// The type in the table.
        data_type: DataType,
    },
    /// A column that is never null may be null from now on.
    AllowNulls {
        /// The column, under its new name where it is renamed too.
        column: String,
        /// Its type.
        data_type: DataType,
    },
    /// A column that may be null must not be null any more.
    ForbidNulls {
        /// The column, under its new name where it is renamed too.
        column: String,
        /// Its type.
        data_type: DataType,
        /// The rows that hold a null: the step is safe where there are none.
        nulls: usize,
    },
    /// A column that the table lacks is added.
    AddColumn {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
        /// Whether it may be null.
        nullable: bool,
        /// What it holds in the rows that are there.
        fill: Fill,
    },
    /// An index goes that an earlier struct declared and this one does not, or declares as another kind. Indexes that no
    /// struct declared, those of vectors, and the B-tree of a key stay; so does one of full text whose options are others
    /// now, which serves until `create_indices` builds it anew.
    DropIndex {
        /// The name of the index.
        index: String,
        /// Its column, as the table names it.
        column: String,
    },
    /// Distances are measured in another way. The vectors stay as they are. A change to `cosine` is one only where the
    /// model makes vectors of length one: others may be zero and have no angle, and are made again.
    SetMetric {
        /// The vector column.
        column: String,
        /// The metric in the table, where it says one.
        from: Option<String>,
        /// The metric in the record.
        to: String,
    },
    /// Descriptions, declared indexes and other metadata are brought up to date.
    SetMetadata {
        /// The column, `parent.child` inside a struct; `None` for the metadata of the table.
        column: Option<String>,
        /// The pairs that change, by key.
        changes: Vec<MetadataChange>,
    },
    /// The table is marked as one of a newer `#[datus(schema_version = …)]`. The last step to be done.
    RaiseVersion {
        /// The version of the table; 0 where it says none.
        from: u32,
        /// The version of the record.
        to: u32,
    },
    /// The vectors of a column have to be made again: `db.reembed::<R>(models)` does it.
    Reembed {
        /// The vector column.
        column: String,
        /// Why the vectors that are there, if any, do not do.
        reasons: Vec<Difference>,
        /// The rows whose texts are embedded: the step is safe if there are none.
        rows: usize,
    },
    /// The record lacks the column: dropping it loses its values.
    DropColumn {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
        /// The rows that lose a value: the step is safe if there are none.
        rows: usize,
    },
    /// The column is of another type: its values do not fit the record.
    ChangeType {
        /// The column, under its new name where it is renamed too.
        column: String,
        /// The type in the table.
        from: DataType,
        /// The type in the record.
        to: DataType,
        /// The rows with a value of the old type: the step is safe if there are none.
        rows: usize,
    },
    /// The key is made of other columns: rows that share the new key can't all stay.
    ChangeKey {
        /// The columns of the key in the table, under their new names where they are renamed too.
        from: Vec<String>,
        /// The columns of the key in the record.
        to: Vec<String>,
        /// The rows that may share the new key: the step is safe if there are none.
        rows: usize,
    },
}

impl Step {
    /// What the step does to the data that is there.
    pub fn effect(&self) -> Effect {
        match self {
            Self::CreateTable
            | Self::RenameColumn { .. }
            | Self::AllowNulls { .. }
            | Self::ForbidNulls { nulls: 0, .. }
            | Self::AddColumn { fill: Fill::Nulls | Fill::Default | Fill::Nothing { rows: 0 }, .. }
            | Self::DropIndex { .. }
            | Self::SetMetric { .. }
            | Self::SetMetadata { .. }
            | Self::RaiseVersion { .. }
            | Self::Reembed { rows: 0, .. }
            | Self::DropColumn { rows: 0, .. }
            | Self::ChangeType { rows: 0, .. }
            | Self::ChangeKey { rows: 0, .. } => Effect::Safe,
            Self::Reembed { .. } => Effect::Reembeds,
            Self::ForbidNulls { .. }
            | Self::AddColumn { fill: Fill::Nothing { .. }, .. }
            | Self::DropColumn { .. }
            | Self::ChangeType { .. }
            | Self::ChangeKey { .. } => Effect::DestroysData,
        }
    }

    /// Whether the step is done by replacing a table without rows, since no other commit of the engine makes the change.
    pub(in crate::store) fn replaces(&self) -> bool {
        matches!(
            self,
            Self::Reembed { rows: 0, .. }
                | Self::DropColumn { rows: 0, .. }
                | Self::ChangeType { rows: 0, .. }
                | Self::ChangeKey { rows: 0, .. }
        )
    }

    /// The column that the step is about, under its new name; `None` where it is about the table as a whole.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::RenameColumn { to: column, .. }
            | Self::AllowNulls { column, .. }
            | Self::ForbidNulls { column, .. }
            | Self::AddColumn { column, .. }
            | Self::DropIndex { column, .. }
            | Self::SetMetric { column, .. }
            | Self::SetMetadata { column: Some(column), .. }
            | Self::Reembed { column, .. }
            | Self::DropColumn { column, .. }
            | Self::ChangeType { column, .. } => Some(column),
            Self::CreateTable
            | Self::SetMetadata { column: None, .. }
            | Self::RaiseVersion { .. }
            | Self::ChangeKey { .. } => None,
        }
    }
}
