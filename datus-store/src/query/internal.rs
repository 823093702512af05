//! The names that are not part of the public API. The names that generated code uses are in [`__private`](crate::__private).

pub use super::builder::{Builder, Draft, keep_equal, keep_equal_if_some};
pub use super::columns::enum_value;
pub use super::execute::{Execute, PageBatches, PageSpec};
pub use super::expression::{ArithmeticOp, Expression};
pub use super::filter_data::{filter_of, read_filter, read_struct_filter, write_filter, write_struct_filter};
pub use super::operators::Needle;
pub use super::projection::{FieldReader, ReadRow, fits};
pub use super::ranking::{Ranking, TextsOf};
pub use super::search_query::SearchQuery;
pub use super::selection::next as next_array;
pub use super::spec::{LimitPer, Nearest, QuerySpec, SortDirection, SortKey, VectorQuery, VectorSettings};
