//! Queries: typed columns, filters and builders that the compiler checks, and the untyped predicates, sort keys and
//! specifications that they are converted to.

mod base64;
mod builder;
mod column;
mod columns;
mod combined;
mod condition;
mod count_by;
mod cursor;
mod depth;
mod execute;
mod expression;
mod extreme;
mod filter;
pub(crate) mod filter_data;
mod full_text;
mod highlight;
mod hit;
pub(crate) mod internal;
mod key;
mod named;
mod operand;
mod operators;
mod order;
mod output;
mod page;
mod predicate;
mod projection;
mod ranking;
#[cfg(feature = "store")]
mod receipt;
mod run;
mod search;
mod search_all;
mod search_all_of;
mod search_mode;
mod search_query;
mod selection;
mod spec;
mod text;
mod text_query;
mod vector;

pub use builder::QueryState;
pub use combined::CombinedColumns;
pub use count_by::{CountBy, GroupValue};
pub use cursor::Cursor;
#[cfg(feature = "store")]
pub(crate) use cursor::{QueryMark, Revision};
#[cfg(feature = "store")]
pub(crate) use depth::{DEEPEST, MAX_CONDITIONS, too_deep};
pub use execute::BatchStream;
pub use expression::{ColumnExpr, IntoColumnExpr, Number};
pub use filter::{ColumnClosure, Filter, IntoFilter};
#[cfg(feature = "tool")]
pub(crate) use filter_data::predicate_from_json;
pub use filter_data::{MAX_FILTER_DEPTH, MAX_FILTER_SIZE};
pub use full_text::{BoostedColumn, FullText, Fuzzy};
pub use highlight::Highlight;
#[cfg(feature = "store")]
pub(crate) use highlight::{Matcher, TextToken, highlight_column, snippet};
#[cfg(feature = "store")]
pub(crate) use hit::{BM25, BM25_RANK, DISTANCE, DISTANCE_RANK, HIGHLIGHTS, RELEVANCE, RELEVANCE_TERMS};
pub use hit::{Explanation, Hit, Hits, Score};
pub use key::{IntoKey, IntoScope};
pub use named::{NamedColumns, NamedRow};
#[cfg(feature = "tool")]
pub(crate) use named::{named_rows, paths as column_paths};
pub use operand::{Assignable, Operand};
pub use operators::{Comparable, Contains, List, Nullable, Ordered, OrderedWith, Text};
pub use order::{IntoOrder, Order};
pub use output::{Distinct, DistinctItem, Output, Records, RowOutput, Selected, WithVectors};
pub use page::{IntoCursor, Page, Paged};
pub use predicate::{CompareOp, ListOp, Predicate, TextOp};
pub use projection::{As, Projection, ReadBy};
#[cfg(feature = "store")]
pub use receipt::Receipt;
#[cfg(feature = "store")]
pub(crate) use receipt::{ReadTable, ReadVector, receipt_of_an_earlier_table};
#[cfg(feature = "store")]
pub(crate) use run::hits_of;
pub use search::Search;
pub use search_all::SearchAll;
pub use search_all_of::{Of2, Of3, Of4, Of5, Of6, OneSearch, SearchAllOf, Searches, search_all_of};
pub use search_mode::{ByText, ByVector, Hybrid, SearchMode, UsesText, UsesVector};
pub use search_query::IntoSearchQuery;
pub use selection::Selection;
#[cfg(feature = "store")]
pub(crate) use spec::GROUP_ROWS;
pub use text::{TextCol, TextColumns};
pub use text_query::{IntoText, TextQuery};
pub use vector::VectorCol;

#[allow(unused_imports, reason = "some of these names are used only with the feature `store`")]
pub(crate) use internal::{
    ArithmeticOp, Builder, Draft, Execute, Expression, FieldReader, LimitPer, Nearest, Needle, PageBatches,
    PageSpec, QuerySpec, Ranking, ReadRow, SearchQuery, SortDirection, SortKey, TextsOf, VectorQuery,
    VectorSettings, enum_value, fits, keep_equal, keep_equal_if_some, next_array,
};

pub use crate::record::{Condition, StructCondition, TimeUnit, Value};

#[cfg(all(test, feature = "derive"))]
mod tests;
