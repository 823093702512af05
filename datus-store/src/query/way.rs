//! By what a search compares, as types: methods that make no sense for one way are not there.

use super::{FullText, Nearest, QuerySpec, Search};
use crate::record::{Searchable, TextSearchable};

/// A search by vector: the default.
#[derive(Debug, Clone, Copy)]
pub enum ByVector {}

/// A full text search: by words, scored with BM25.
#[derive(Debug, Clone, Copy)]
pub enum ByText {}

/// A search by vector and by words, whose rows are put into one order.
#[derive(Debug, Clone, Copy)]
pub enum Hybrid {}

/// By what a search compares: [`ByVector`], [`ByText`] or [`Hybrid`].
pub trait Way: 'static {
    /// Puts what is searched for into the specification.
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, text: Option<FullText>);
}

impl Way for ByVector {
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, _text: Option<FullText>) {
        spec.nearest = nearest;
    }
}

impl Way for ByText {
    fn apply(spec: &mut QuerySpec, _nearest: Option<Nearest>, text: Option<FullText>) {
        spec.full_text = Some(text.unwrap_or_else(no_text));
    }
}

impl Way for Hybrid {
    fn apply(spec: &mut QuerySpec, nearest: Option<Nearest>, text: Option<FullText>) {
        ByVector::apply(spec, nearest, None);
        ByText::apply(spec, None, text);
    }
}

/// What a search by a vector alone has: refused as blank when it runs.
fn no_text() -> FullText {
    FullText::words("")
}

/// A way that compares vectors.
#[diagnostic::on_unimplemented(
    message = "a full text search compares no vectors",
    note = "leave the setting out, or begin with `.search(\"…\")`: `.search(\"…\").hybrid().text_query(|t| …)` compares both"
)]
pub trait UsesVector: Way {}

impl UsesVector for ByVector {}
impl UsesVector for Hybrid {}

/// A way that compares words.
#[diagnostic::on_unimplemented(
    message = "a search by vector compares no words",
    note = "say `.full_text()` or `.hybrid()` before `.text_query(…)`"
)]
pub trait UsesText: Way {}

impl UsesText for ByText {}
impl UsesText for Hybrid {}

/// A search that can be made one by words.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be a full text search")]
pub trait IntoFullText {
    /// The full text search.
    type FullText;

    /// Makes it one.
    fn full_text(self) -> Self::FullText;
}

impl<R: TextSearchable, O, W> IntoFullText for Search<R, O, W> {
    type FullText = Search<R, O, ByText>;

    fn full_text(self) -> Self::FullText {
        self.without_vector()
    }
}

/// A search that can be made one by vector and by words.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be a hybrid search")]
pub trait IntoHybrid {
    /// The hybrid search.
    type Hybrid;

    /// Makes it one.
    fn hybrid(self) -> Self::Hybrid;
}

impl<R: Searchable + TextSearchable, O, W: UsesVector> IntoHybrid for Search<R, O, W> {
    type Hybrid = Search<R, O, Hybrid>;

    fn hybrid(self) -> Self::Hybrid {
        self.into_way()
    }
}
