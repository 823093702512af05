//! Queries: typed columns, filters and builders that the compiler checks, and the untyped predicates, sort keys and
//! specifications that they are converted to.

mod builder;
mod column;
mod columns;
mod combined;
mod cursor;
mod depth;
mod execute;
mod expression;
mod filter;
mod filter_value;
mod full_text;
mod hit;
pub(crate) mod internal;
mod key;
mod operand;
mod operators;
mod order;
mod output;
mod page;
mod predicate;
mod projection;
mod ranking;
mod run;
mod search;
mod search_all;
mod search_query;
mod selection;
mod spec;
mod text;
mod text_query;
mod value;
mod vector;
mod way;

pub use builder::QueryState;
pub use combined::CombinedColumns;
pub use cursor::Cursor;
#[cfg(feature = "store")]
pub(crate) use cursor::{QueryMark, Revision};
#[cfg(feature = "store")]
pub(crate) use depth::{DEEPEST, MOST_CONDITIONS, too_deep};
pub use execute::BatchStream;
pub use expression::{Computed, IntoComputed, Number};
pub use filter::{ColumnClosure, Filter, IntoFilter};
pub use full_text::{FullText, Fuzzy, TextColumn};
#[cfg(feature = "store")]
pub(crate) use hit::{BM25, BM25_RANK, DISTANCE, DISTANCE_RANK, RELEVANCE, RELEVANCE_TERMS};
pub use hit::{Explanation, Hit, Hits, Score};
pub use key::{IntoKey, IntoScope};
pub use operand::{Operand, Takes};
pub use operators::{Compared, Contains, Items, Nullable, Ordered, OrderedWith, Text};
pub use order::{IntoOrder, Order};
#[cfg(feature = "store")]
pub(crate) use output::vector_at;
pub use output::{Distinct, DistinctItem, Output, Records, RowOutput, Selected, WithVectors};
pub use page::{IntoCursor, Page, Paged};
pub use predicate::{CompareOp, ListOp, Predicate, TextOp};
pub use projection::{As, Projection, ReadBy};
pub use search::Search;
pub use search_all::SearchAll;
pub use search_query::IntoSearchQuery;
pub use selection::Selection;
pub use text::{TextCol, TextColumns};
pub use text_query::{IntoText, TextQuery};
pub use value::{TimeUnit, Value};
pub use vector::VectorCol;
pub use way::{ByText, ByVector, Hybrid, UsesText, UsesVector, Way};

#[allow(unused_imports, reason = "some of these names are used only with the feature `store`")]
pub(crate) use internal::{
    ArithmeticOp, Builder, Draft, Execute, Expression, Fault, FieldReader, FilterReader, FilterWriter,
    Nearest, Needle, PageBatches, PageSpec, QuerySpec, Ranking, ReadRow, SearchQuery, SortDirection, SortKey,
    TextsOf, VectorQuery, Wanted, enum_value, equals, fits, keep_equal, keep_equal_if_some, next_array,
    read_enum, read_filter, read_wanted,
};
