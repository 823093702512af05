//! The search modes as types, so that each mode has only the methods that apply to it.

use super::{FullText, Nearest, QuerySpec};

/// The mode of a vector search, which is the default.
#[derive(Debug, Clone, Copy)]
pub enum ByVector {}

/// The mode of a full-text search, which scores rows with BM25.
#[derive(Debug, Clone, Copy)]
pub enum ByText {}

/// The mode of a hybrid search, which combines a vector search and a full-text search.
#[derive(Debug, Clone, Copy)]
pub enum Hybrid {}

/// A search mode: [`ByVector`], [`ByText`] or [`Hybrid`].
pub trait SearchMode: 'static {
    /// Adds the queries that the mode uses, vector and full-text, to the specification.
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, text: Option<FullText>);
}

impl SearchMode for ByVector {
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, _text: Option<FullText>) {
        spec.nearest = nearest;
    }
}

impl SearchMode for ByText {
    fn apply(spec: &mut QuerySpec, _nearest: Option<Nearest>, text: Option<FullText>) {
        spec.full_text = Some(text.unwrap_or_else(blank_query));
    }
}

impl SearchMode for Hybrid {
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, text: Option<FullText>) {
        ByVector::apply(spec, nearest, None);
        ByText::apply(spec, None, text);
    }
}

/// Returns the full-text query of a search without a query text. Such a search fails when it runs, because the query is
/// blank.
fn blank_query() -> FullText {
    FullText::matching("")
}

/// A search mode that compares vectors.
#[diagnostic::on_unimplemented(
    message = "a full-text search does not compare vectors",
    note = "remove the setting, or search by vector and text: `.search(\"…\").hybrid().text_query(|t| …)`"
)]
pub trait UsesVector: SearchMode {}

impl UsesVector for ByVector {}
impl UsesVector for Hybrid {}

/// A search mode with a full-text query.
#[diagnostic::on_unimplemented(
    message = "a vector search has no full-text query",
    note = "call `.full_text()` or `.hybrid()` before `.text_query(…)` or `.highlight(…)`"
)]
pub trait UsesText: SearchMode {}

impl UsesText for ByText {}
impl UsesText for Hybrid {}
