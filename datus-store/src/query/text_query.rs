use std::fmt;
use std::marker::PhantomData;

use super::{FullText, TextCol, TextColumns};

/// A full text query of records of `R`.
///
/// Queries are put together as clauses: [`must`](Self::must), [`should`](Self::should), [`must_not`](Self::must_not), and
/// [`or`](Self::or).
///
/// ```
/// use datus_store::{EmbeddingRecord, TextQuery, record::TextSearchable};
///
/// #[derive(EmbeddingRecord)]
/// struct Recipe {
///     #[datus(fts)]
///     title: String,
///     #[datus(fts(with_position = true))]
///     body: String,
/// }
///
/// let t = Recipe::texts();
/// let query: TextQuery<Recipe> = t.title.boost(2.0).with(t.body).matches("tomato soup")
///     .should(t.body.phrase("roast the tomatoes"))
///     .must_not(t.body.matches("cream"));
/// ```
#[must_use = "a query finds nothing until it is given to a search"]
pub struct TextQuery<R> {
    query: FullText,
    record: PhantomData<fn() -> R>,
}

impl<R> TextQuery<R> {
    pub(super) fn new(query: FullText) -> Self {
        Self { query, record: PhantomData }
    }

    /// Finds rows that meet this query and the other one; the scores are added.
    pub fn must(self, other: impl Into<Self>) -> Self {
        self.clause(other, Occurs::Must)
    }

    /// Scores rows more that meet the other query too. Rows that do not are found all the same.
    pub fn should(self, other: impl Into<Self>) -> Self {
        self.clause(other, Occurs::Should)
    }

    /// Leaves out the rows that meet the other query.
    pub fn must_not(self, other: impl Into<Self>) -> Self {
        self.clause(other, Occurs::MustNot)
    }

    /// Finds rows that meet at least one of the two; the scores of those that are met are added.
    pub fn or(self, other: impl Into<Self>) -> Self {
        let other = other.into().query;
        let (must, must_not) = (Vec::new(), Vec::new());
        Self::new(match self.query {
            // Of `a.or(b)` with nothing else: one clause more.
            FullText::Boolean { must: none, mut should, must_not: nothing }
                if none.is_empty() && nothing.is_empty() =>
            {
                should.push(other);
                FullText::Boolean { must, should, must_not }
            }
            query => FullText::Boolean { must, should: vec![query, other], must_not },
        })
    }

    /// Takes a part of the other query's score away where it is met: rows that meet it come later and are not left out.
    pub fn demote(self, other: impl Into<Self>, factor: f32) -> Self {
        let (query, by) = (Box::new(self.query), Box::new(other.into().query));
        Self::new(FullText::Demoted { query, by, factor })
    }

    /// The untyped query.
    pub fn into_untyped(self) -> FullText {
        self.query
    }

    fn clause(self, other: impl Into<Self>, occurs: Occurs) -> Self {
        let (mut must, mut should, mut must_not) = match self.query {
            // Clauses of one query stay one query, as long as something must be met.
            FullText::Boolean { must, should, must_not } if !must.is_empty() => (must, should, must_not),
            query => (vec![query], Vec::new(), Vec::new()),
        };
        let clauses = match occurs {
            Occurs::Must => &mut must,
            Occurs::Should => &mut should,
            Occurs::MustNot => &mut must_not,
        };
        clauses.push(other.into().query);
        Self::new(FullText::Boolean { must, should, must_not })
    }
}

/// How a clause counts.
#[derive(Clone, Copy)]
enum Occurs {
    Must,
    Should,
    MustNot,
}

impl<R> Clone for TextQuery<R> {
    fn clone(&self) -> Self {
        Self::new(self.query.clone())
    }
}

impl<R> fmt::Debug for TextQuery<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextQuery").field(&self.query).finish()
    }
}

/// What `.text_query(|t| …)` of a search takes: a query, or the columns in which the text of the search is looked for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no full text query of `{R}`",
    note = "ask a column for words: `|t| t.column.matches(\"…\")`; or name columns with `#[datus(fts)]` alone: `|t| t.a.boost(2.0).with(t.b)`"
)]
pub trait IntoText<R> {
    /// The query, where the text of the search is `text`.
    fn into_text(self, text: Option<&str>) -> Option<FullText>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextQuery<R> {
    fn into_text(self, _text: Option<&str>) -> Option<FullText> {
        Some(self.query)
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextColumns<R> {
    fn into_text(self, text: Option<&str>) -> Option<FullText> {
        Some(self.matches(text?).into_untyped())
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextCol<R> {
    fn into_text(self, text: Option<&str>) -> Option<FullText> {
        TextColumns::from(self).into_text(text)
    }
}
