//! The model of one column, of a record or of a nested struct.

use proc_macro2::{Ident, Span};
use syn::{Expr, Path, Type, Visibility};

use crate::choice::{IndexKind, TimeUnit};

/// A field that is stored: what a record's column and a nested struct's have in common.
pub(crate) struct FieldModel {
    /// As the user wrote it, raw or not.
    pub(crate) ident: Ident,
    /// The column's name.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) vis: Visibility,
    /// The doc comment, `None` where there is none.
    pub(crate) description: Option<String>,
    pub(crate) storage: Storage,
    /// The key that asked for the storage, or the field's name for [`Storage::Native`].
    pub(crate) storage_span: Span,
}

/// A column of a record.
pub(crate) struct ColumnModel {
    pub(crate) field: FieldModel,
    /// The builder's method for equality, unique on the builder.
    pub(crate) eq_method: Ident,
    /// The builder's method that adds nothing on `None`, unique on the builder.
    pub(crate) maybe_method: Ident,
    /// The value where an older table lacks the column; `None` where that is an error.
    pub(crate) default: Option<DefaultValue>,
    pub(crate) index: Option<IndexModel>,
    pub(crate) fts: Option<FtsModel>,
    /// When the store writes the time into the column; `None` where the row's own value is stored.
    pub(crate) stamp: Option<StampModel>,
    /// How the columns of its struct become the table's own; `None` where it is one column.
    pub(crate) flatten: Option<FlattenModel>,
    /// The names that the column had in older tables, in the order written; distinct, and no column's now.
    pub(crate) renamed_from: Vec<String>,
    /// Where it is said that its text stays on this machine; `None` where it may leave.
    pub(crate) private: Option<Span>,
}

/// How a column is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Storage {
    /// As the field's type says.
    Native,
    /// As JSON text.
    Json,
    /// As a dictionary of its distinct texts.
    Dictionary,
    /// As this adapter says.
    With(Path),
    Decimal {
        /// 1 to 38.
        precision: u8,
        /// 0 to the precision.
        scale: u8,
    },
    Timestamp {
        unit: TimeUnit,
        /// `None` for a time without zone, or in the zone that the type itself means.
        tz: Option<String>,
    },
}

/// Where a value comes from that is not in the table.
pub(crate) enum DefaultValue {
    /// From the type's `Default`.
    Trait,
    Expr(Expr),
}

/// A scalar index of one column.
pub(crate) struct IndexModel {
    pub(crate) kind: IndexKind,
    /// The key that asked for it.
    pub(crate) span: Span,
}

/// A full-text index of one column.
pub(crate) struct FtsModel {
    /// One of Lance's languages, as it spells them.
    pub(crate) language: String,
    pub(crate) tokenizer: String,
    pub(crate) stem: bool,
    pub(crate) remove_stop_words: bool,
    pub(crate) ascii_folding: bool,
    pub(crate) lower_case: bool,
    pub(crate) with_position: bool,
    /// Longer tokens are left out.
    pub(crate) max_token_length: u32,
}

/// When a column is stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StampModel {
    /// When the row is new.
    Created,
    /// At every write.
    Updated,
}

/// A field whose columns are the table's own.
pub(crate) struct FlattenModel {
    /// What stands before the names; empty for nothing.
    pub(crate) prefix: String,
    /// The key that asked for it.
    pub(crate) span: Span,
}

/// A field that is no column.
pub(crate) struct SkippedField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) default: DefaultValue,
}
