use arrow_schema::DataType;

use crate::record::Difference;

/// The effect of a step on existing data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Keeps every row and value, and embeds no text. [`Drift::ApplySafe`](crate::Drift::ApplySafe) applies such steps.
    /// Every change to a table without rows is safe.
    Safe,
    /// Needs new vectors from a model. Rows and texts are kept.
    Reembeds,
    /// Loses rows or values. This crate never applies such a step.
    DestroysData,
}

/// The value of a new column in existing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fill {
    /// Nulls.
    Nulls,
    /// The value of `#[datus(default)]`, evaluated once, when the step runs.
    Default,
    /// No value: the column is not nullable and has no default.
    Nothing {
        /// The number of rows without a value. The step is safe if it is 0.
        rows: usize,
    },
}

/// A change to one metadata pair.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataChange {
    /// The key, such as `description` or `datus:index`.
    pub key: String,
    /// The value in the table; `None` if the table lacks the key.
    pub from: Option<String>,
    /// The value in the record; `None` removes the pair.
    pub to: Option<String>,
}

/// One change to a table. See [`Plan`](super::Plan).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Creates the table, without rows.
    CreateTable,
    /// Renames a column. Its field has `#[datus(rename_from = "…")]`, or it is a vector column with the same source texts
    /// and a different name.
    RenameColumn {
        /// The name in the table.
        from: String,
        /// The name in the record.
        to: String,
        /// The type in the table.
        data_type: DataType,
    },
    /// Makes a column nullable.
    AllowNulls {
        /// The column, by its new name if it is also renamed.
        column: String,
        /// Its type.
        data_type: DataType,
    },
    /// Makes a nullable column non-nullable.
    ForbidNulls {
        /// The column, by its new name if it is also renamed.
        column: String,
        /// Its type.
        data_type: DataType,
        /// The number of rows that hold a null. The step is safe if it is 0.
        nulls: usize,
    },
    /// Adds a column that the table lacks.
    AddColumn {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
        /// `true` if it may be null.
        nullable: bool,
        /// The value of the column in existing rows.
        fill: Fill,
    },
    /// Drops an index that an earlier struct declared, and that this struct does not declare or declares with another
    /// kind. Indexes that no struct declared, vector indexes, and the B-tree of a key are kept. A full-text index with
    /// different options is also kept, and is used until `create_indexes` rebuilds it.
    DropIndex {
        /// The name of the index.
        index: String,
        /// The name of the indexed column in the table.
        column: String,
    },
    /// Changes the metric of a vector column. The vectors stay as they are. A change to `cosine` is a `SetMetric` only if
    /// the model returns vectors of unit length. Other vectors may be zero, and the cosine of a zero vector is undefined, so
    /// their texts are re-embedded.
    SetMetric {
        /// The vector column.
        column: String,
        /// The metric in the table; `None` if the metadata names no metric.
        from: Option<String>,
        /// The metric in the record.
        to: String,
    },
    /// Updates descriptions, declared indexes, and other metadata.
    SetMetadata {
        /// The column, `parent.child` inside a struct; `None` for the metadata of the table.
        column: Option<String>,
        /// The pairs that change, by key.
        changes: Vec<MetadataChange>,
    },
    /// Raises the `#[datus(schema_version = …)]` of the table. This is the last step.
    RaiseVersion {
        /// The schema version of the table; 0 if its metadata does not contain one.
        from: u32,
        /// The schema version of the record.
        to: u32,
    },
    /// Re-embeds the texts of a vector column. `db.reembed::<R>(models)` applies this step.
    Reembed {
        /// The vector column.
        column: String,
        /// The reasons why the stored vectors, if any, cannot be used.
        reasons: Vec<Difference>,
        /// The number of rows whose texts are embedded. The step is safe if it is 0.
        rows: usize,
    },
    /// Drops a column that the record lacks. Its values are lost.
    DropColumn {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
        /// The number of rows that lose a value. The step is safe if it is 0.
        rows: usize,
    },
    /// Changes the type of a column. Its values do not fit the record and are lost.
    ChangeType {
        /// The column, by its new name if it is also renamed.
        column: String,
        /// The type in the table.
        from: DataType,
        /// The type in the record.
        to: DataType,
        /// The number of rows with a value of the old type. The step is safe if it is 0.
        rows: usize,
    },
    /// Changes the columns of the key. Only one of the rows that share a new key can be kept, so the rows are compared.
    ChangeKey {
        /// The columns of the key in the table, by their new names if they are also renamed.
        from: Vec<String>,
        /// The columns of the key in the record.
        to: Vec<String>,
        /// The number of rows that have no key, or the same key as an earlier row. The step is safe if it is 0.
        rows: usize,
    },
}

impl Step {
    /// Returns the effect of the step on existing data.
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

    /// Returns `true` if the step replaces a table without rows. For most of these steps, the engine has no other commit
    /// that makes the change. If the table has rows, only a change to the key can be safe, and it is not a replacement.
    pub(in crate::store) fn replaces(&self) -> bool {
        matches!(
            self,
            Self::Reembed { rows: 0, .. }
                | Self::DropColumn { rows: 0, .. }
                | Self::ChangeType { rows: 0, .. }
                | Self::ChangeKey { rows: 0, .. }
        )
    }

    /// Returns the column that the step changes, by its new name; `None` if the step concerns the whole table.
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
