use std::fmt;
use std::marker::PhantomData;

use super::FullText;

/// A full-text query on records of `R`.
///
/// Combine queries with [`must`](Self::must), [`should`](Self::should), [`must_not`](Self::must_not) and
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
///
/// A query can be nested at most 6 levels deep and can have at most 1,024 clauses, as in Lucene. A search with a larger
/// query fails with `InvalidInput`. Consecutive `or`s are one level, and so are consecutive `must`s, `should`s and
/// `must_not`s.
#[must_use = "a query does nothing until it is passed to a search"]
pub struct TextQuery<R> {
    query: FullText,
    size: Size,
    record: PhantomData<fn() -> R>,
}

/// The maximum depth of a query. The engine recurses into queries without a limit. In a debug build, the stack of a tokio
/// worker overflows at 10 levels if some rows are newer than the index, and at fewer than 60 levels otherwise.
const MAX_DEPTH: u32 = 6;

/// The maximum number of clauses in a query, which is the same as Lucene's limit. The engine opens a posting list for each
/// word of each clause.
const MAX_CLAUSES: usize = 1024;

/// The size of a query. It is tracked while the query is built, so that no code recurses too deeply.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// The number of nested levels of clauses.
    depth: u32,
    /// The number of word and phrase queries.
    clauses: usize,
}

impl<R> TextQuery<R> {
    /// Creates a query for words or a phrase.
    pub(super) fn new(query: FullText) -> Self {
        Self { query, size: Size { depth: 0, clauses: 1 }, record: PhantomData }
    }

    /// Finds rows that match both queries. The scores of the two queries are added.
    pub fn must(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::Must)
    }

    /// Adds the score of the other query to the scores of rows that also match it. Rows that do not match it are still
    /// found.
    pub fn should(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::Should)
    }

    /// Excludes the rows that match the other query.
    pub fn must_not(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::MustNot)
    }

    /// Finds rows that match at least one of the two queries. The scores of the matching queries are added.
    pub fn or(self, other: impl Into<Self>) -> Self {
        let (this, other) = match self.valid_pair(other.into()) {
            Ok(pair) => pair,
            Err(invalid) => return invalid,
        };
        let member_depth = this.member_depth(is_or).max(other.member_depth(is_or));
        let clauses = this.size.clauses.saturating_add(other.size.clauses);
        let should = concat(into_alternatives(this.query), into_alternatives(other.query));
        let query = FullText::Boolean { must: Vec::new(), should, must_not: Vec::new() };
        Self::within_limits(query, member_depth, clauses)
    }

    /// Subtracts `factor` times the score of the other query from rows that match it. These rows rank lower, but are still
    /// found.
    pub fn demote(self, other: impl Into<Self>, factor: f32) -> Self {
        let (this, other) = match self.valid_pair(other.into()) {
            Ok(pair) => pair,
            Err(invalid) => return invalid,
        };
        let member_depth = this.size.depth.max(other.size.depth);
        let clauses = this.size.clauses.saturating_add(other.size.clauses);
        let (positive, negative) = (Box::new(this.query), Box::new(other.query));
        Self::within_limits(
            FullText::Boost { positive, negative, negative_boost: factor },
            member_depth,
            clauses,
        )
    }

    /// Converts the query into an untyped one.
    pub fn into_untyped(self) -> FullText {
        self.query
    }

    fn clause(self, other: Self, occurs: Occurs) -> Self {
        // If this query has a `must` clause, the other query is added to its clauses instead of adding a level.
        let is_merged: fn(&FullText) -> bool = match occurs {
            Occurs::Must => is_and,
            Occurs::Should => |_| false,
            Occurs::MustNot => is_or,
        };
        let (this, other) = match self.valid_pair(other) {
            Ok(pair) => pair,
            Err(invalid) => return invalid,
        };
        let member_depth = this.member_depth(has_must).max(other.member_depth(is_merged));
        let clauses = this.size.clauses.saturating_add(other.size.clauses);
        let (mut must, mut should, mut must_not) = match this.query {
            FullText::Boolean { must, should, must_not } if !must.is_empty() => (must, should, must_not),
            query => (vec![query], Vec::new(), Vec::new()),
        };
        match (occurs, other.query) {
            (Occurs::Must, FullText::Boolean { must: members, should, must_not })
                if should.is_empty() && must_not.is_empty() =>
            {
                must = concat(must, members);
            }
            (Occurs::Must, other) => must.push(other),
            (Occurs::Should, other) => should.push(other),
            // A row that must not match `a or b` must match neither `a` nor `b`.
            (Occurs::MustNot, other) => must_not = concat(must_not, into_alternatives(other)),
        }
        Self::within_limits(FullText::Boolean { must, should, must_not }, member_depth, clauses)
    }

    /// Returns both queries, or the first one that is invalid.
    fn valid_pair(self, other: Self) -> Result<(Self, Self), Self> {
        match (&self.query, &other.query) {
            (FullText::Invalid(_), _) => Err(self),
            (_, FullText::Invalid(_)) => Err(other),
            _ => Ok((self, other)),
        }
    }

    /// Returns the depth of the members that this query adds to a boolean query: its own members if it is merged into that
    /// query, and otherwise the query itself.
    fn member_depth(&self, is_merged: fn(&FullText) -> bool) -> u32 {
        self.size.depth - u32::from(is_merged(&self.query))
    }

    /// Creates a query with members that are at most `member_depth` levels deep, or an invalid query if it exceeds a limit.
    fn within_limits(query: FullText, member_depth: u32, clauses: usize) -> Self {
        let depth = member_depth + 1;
        let reason = if depth > MAX_DEPTH {
            format!("the full-text query is nested more than {MAX_DEPTH} levels deep")
        } else if clauses > MAX_CLAUSES {
            format!("the full-text query has more than {MAX_CLAUSES} clauses")
        } else {
            return Self { query, size: Size { depth, clauses }, record: PhantomData };
        };
        Self { query: FullText::Invalid(reason), size: Size { depth: 0, clauses: 0 }, record: PhantomData }
    }
}

/// Returns `true` if the query has only `should` clauses.
fn is_or(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must, should: _, must_not } if must.is_empty() && must_not.is_empty())
}

/// Returns `true` if the query has only `must` clauses.
fn is_and(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must: _, should, must_not } if should.is_empty() && must_not.is_empty())
}

fn has_must(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must, .. } if !must.is_empty())
}

/// Splits a query into alternatives. A row matches the query if it matches at least one of them.
fn into_alternatives(query: FullText) -> Vec<FullText> {
    match query {
        FullText::Boolean { must, should, must_not } if must.is_empty() && must_not.is_empty() => should,
        query => vec![query],
    }
}

/// Concatenates two lists, the longer one first, by moving the members of the shorter one.
fn concat(mut left: Vec<FullText>, mut right: Vec<FullText>) -> Vec<FullText> {
    if left.len() < right.len() {
        right.append(&mut left);
        return right;
    }
    left.append(&mut right);
    left
}

/// The role of a clause in a boolean query.
#[derive(Clone, Copy)]
enum Occurs {
    Must,
    Should,
    MustNot,
}

impl<R> Clone for TextQuery<R> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), size: self.size, record: PhantomData }
    }
}

impl<R> fmt::Debug for TextQuery<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextQuery").field(&self.query).finish()
    }
}

/// The argument of `.text_query(|t| …)`: a query, or the columns in which to look for the query text of the search.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a full-text query on `{R}`",
    note = "write a query, such as `|t| t.column.matches(\"…\")`, or only columns to search for the query text, such as `|t| t.a.boost(2.0).with(t.b)`"
)]
pub trait IntoText<R> {
    /// Returns the query for a search with the query text `text`.
    fn into_text(self, text: Option<&str>) -> Option<FullText>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for TextQuery<R> {
    fn into_text(self, _text: Option<&str>) -> Option<FullText> {
        Some(self.query)
    }
}
