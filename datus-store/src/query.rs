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
mod key;
mod operand;
mod operators;
mod order;
mod output;
mod page;
mod predicate;
mod projection;
mod ranking;
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

pub use builder::{Refine, arrow, arrow_stream, count, explain, first, rows};
pub use columns::{enum_value, equals, read_enum};
pub use combined::CombinedColumns;
pub use cursor::Cursor;
#[cfg(feature = "store")]
pub(crate) use cursor::{QueryMark, Revision};
#[cfg(feature = "store")]
pub(crate) use depth::{DEEPEST, MOST_CONDITIONS, too_deep};
pub use execute::{BatchStream, Execute};
pub use expression::{ArithmeticOp, Computed, Expression, IntoComputed, Number};
pub use filter::{Filter, IntoFilter};
pub use filter_value::{FilterReader, FilterWriter, Wanted, read_filter, read_wanted};
pub use full_text::{FullText, Fuzzy, TextColumn};
#[cfg(feature = "store")]
pub(crate) use hit::{BM25, BM25_RANK, DISTANCE, DISTANCE_RANK, RELEVANCE, RELEVANCE_TERMS};
pub use hit::{Explanation, Hit, Hits, Score};
pub use key::IntoKey;
pub use operand::Operand;
pub use operators::{Compared, Contains, Items, Needle, Nullable, Ordered, OrderedWith, Text};
pub use order::{IntoOrder, Order};
#[cfg(feature = "store")]
pub(crate) use output::vector_at;
pub use output::{Distinct, DistinctItem, Output, Records, RowOutput, Selected, WithVectors};
pub use page::{IntoCursor, Page, PageBatches, PageSpec, Paged};
pub use predicate::{CompareOp, ListOp, Predicate, TextOp};
pub use projection::{As, FieldReader, Projection, ReadBy, ReadRow, fits};
pub use ranking::{Ranking, TextsOf};
pub use search::Search;
pub use search_all::SearchAll;
pub use search_query::{IntoSearchQuery, SearchQuery};
pub use selection::{Selection, next as next_array};
pub use spec::{Fault, Nearest, QuerySpec, SortDirection, SortKey, VectorQuery};
pub use text::{TextCol, TextColumns};
pub use text_query::{IntoText, TextQuery};
pub use value::{TimeUnit, Value};
pub use vector::VectorCol;
pub use way::{ByText, ByVector, Hybrid, IntoFullText, IntoHybrid, UsesText, UsesVector, Way};
