//! The model of one column, of a record or of a nested struct.

use proc_macro2::{Ident, Span};
use syn::{Expr, Path, Type, Visibility};

use crate::choice::{IndexKind, TimeUnit};

/// A field that is stored in a column of a record or of a nested struct.
pub(crate) struct FieldModel {
    /// The field's identifier as the user wrote it, possibly raw.
    pub(crate) ident: Ident,
    /// The column's name.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) vis: Visibility,
    /// The doc comment, or `None` if absent.
    pub(crate) description: Option<String>,
    pub(crate) storage: Storage,
    /// `false` for a column that the filter as data leaves out.
    pub(crate) in_filter: bool,
    /// The span of the key that chose the storage, or of the field's name for [`Storage::Native`].
    pub(crate) storage_span: Span,
}

/// A column of a record.
pub(crate) struct ColumnModel {
    pub(crate) field: FieldModel,
    /// The builder's method for equality. The name is unique on the builder.
    pub(crate) eq_method: Ident,
    /// The builder's method that adds no filter for `None`. The name is unique on the builder.
    pub(crate) maybe_method: Ident,
    /// The value if an older table lacks the column, or `None` if that is an error.
    pub(crate) default: Option<DefaultValue>,
    pub(crate) index: Option<IndexModel>,
    pub(crate) fts: Option<FtsModel>,
    /// The writes that set the column to the current time, or `None` to store the value of the row.
    pub(crate) stamp: Option<StampModel>,
    /// The options of `flatten`, or `None` if the field is one column.
    pub(crate) flatten: Option<FlattenModel>,
    /// The names of the column in older tables, in the order written. They are distinct, and none is the name of a current
    /// column.
    pub(crate) renamed_from: Vec<String>,
    /// The span of `private`, or `None` if the text may leave this machine.
    pub(crate) private: Option<Span>,
}

/// The storage of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Storage {
    /// The Arrow type that the field's type maps to.
    Native,
    /// JSON text.
    Json,
    /// A dictionary of distinct strings.
    Dictionary,
    /// The stored type of this adapter.
    With(Path),
    Decimal {
        /// From 1 to 38.
        precision: u8,
        /// From 0 to the precision.
        scale: u8,
    },
    Timestamp {
        unit: TimeUnit,
        /// `None` for a time without a time zone, or for the default time zone of the type.
        tz: Option<String>,
    },
}

/// The source of a value that is not in the table.
pub(crate) enum DefaultValue {
    /// The type's `Default`.
    Trait,
    Expr(Expr),
}

/// A scalar index on one column.
pub(crate) struct IndexModel {
    pub(crate) kind: IndexKind,
    /// The span of the key.
    pub(crate) span: Span,
}

/// A full-text index on one column.
pub(crate) struct FtsModel {
    /// One of Lance's languages, in Lance's spelling.
    pub(crate) language: String,
    pub(crate) tokenizer: TokenizerModel,
    pub(crate) stem: bool,
    pub(crate) remove_stop_words: bool,
    /// The stop words, sorted and distinct. Empty if the language's stop words are used.
    pub(crate) stop_words: Vec<String>,
    pub(crate) ascii_folding: bool,
    pub(crate) lower_case: bool,
    pub(crate) with_position: bool,
    /// Tokens of this many bytes or more are dropped.
    pub(crate) max_token_length: u32,
}

/// The tokenizer of a full-text index, with the options specific to that tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenizerModel {
    /// A tokenizer with only the common options.
    Named(String),
    /// `code`: identifiers.
    Code { split_identifiers: bool, split_on_numerics: bool, preserve_original: bool, index_operators: bool },
    /// `ngram`: runs of characters.
    Ngram {
        /// From 1 to `max_length`, in characters.
        min_length: u32,
        max_length: u32,
        prefix_only: bool,
    },
}

impl TokenizerModel {
    /// Returns the name that the engine uses for the tokenizer.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Code { .. } => "code",
            Self::Ngram { .. } => "ngram",
        }
    }
}

/// The kind of write that sets a column to the current time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StampModel {
    /// The write that creates the row.
    Created,
    /// Every write of the row.
    Updated,
}

/// A field whose columns become top-level columns of the table.
pub(crate) struct FlattenModel {
    /// The prefix of the column names, possibly empty.
    pub(crate) prefix: String,
    /// The span of the key.
    pub(crate) span: Span,
}

/// A field that is not a column.
pub(crate) struct SkippedField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) default: DefaultValue,
}
