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
///
/// A query is nested at most 6 levels deep and has at most 1,024 clauses, as in Lucene; a search for more fails with
/// `InvalidInput`. Any number of `or`s is one level, and so is any number of `must`s, `should`s and `must_not`s.
#[must_use = "a query finds nothing until it is given to a search"]
pub struct TextQuery<R> {
    query: FullText,
    size: Size,
    record: PhantomData<fn() -> R>,
}

/// The greatest depth of a query. The engine plans and runs it by recursion and does not count: on the stack of a tokio worker
/// a debug build ends the process at 10 levels where rows are newer than the index, and before 60 where none are.
const DEEPEST: u32 = 6;

/// The most clauses of a query: Lucene's limit. The engine opens one list of rows for each word of each clause.
const MOST_CLAUSES: usize = 1024;

/// How large a query is, counted while it is built, so that nothing ever walks one that is too deep.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// The levels of clauses within clauses.
    depth: u32,
    /// The words and phrases.
    clauses: usize,
}

impl<R> TextQuery<R> {
    /// Words or a phrase.
    pub(super) fn new(query: FullText) -> Self {
        Self { query, size: Size { depth: 0, clauses: 1 }, record: PhantomData }
    }

    /// Finds rows that meet this query and the other one; the scores are added.
    pub fn must(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::Must)
    }

    /// Scores rows more that meet the other query too. Rows that do not are found all the same.
    pub fn should(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::Should)
    }

    /// Leaves out the rows that meet the other query.
    pub fn must_not(self, other: impl Into<Self>) -> Self {
        self.clause(other.into(), Occurs::MustNot)
    }

    /// Finds rows that meet at least one of the two; the scores of those that are met are added.
    pub fn or(self, other: impl Into<Self>) -> Self {
        let (this, other) = match self.both(other.into()) {
            Ok(both) => both,
            Err(invalid) => return invalid,
        };
        let members = this.depth_in(is_or).max(other.depth_in(is_or));
        let clauses = this.size.clauses.saturating_add(other.size.clauses);
        let should = chain(into_alternatives(this.query), into_alternatives(other.query));
        Self::sized(FullText::Boolean { must: Vec::new(), should, must_not: Vec::new() }, members, clauses)
    }

    /// Takes a part of the other query's score away where it is met: rows that meet it come later and are not left out.
    pub fn demote(self, other: impl Into<Self>, factor: f32) -> Self {
        let (this, other) = match self.both(other.into()) {
            Ok(both) => both,
            Err(invalid) => return invalid,
        };
        let members = this.size.depth.max(other.size.depth);
        let clauses = this.size.clauses.saturating_add(other.size.clauses);
        let (query, by) = (Box::new(this.query), Box::new(other.query));
        Self::sized(FullText::Demoted { query, by, factor }, members, clauses)
    }

    /// The untyped query.
    pub fn into_untyped(self) -> FullText {
        self.query
    }

    fn clause(self, other: Self, occurs: Occurs) -> Self {
        // Clauses of one query stay one query, as long as something must be met.
        let is_joined: fn(&FullText) -> bool = match occurs {
            Occurs::Must => is_and,
            Occurs::Should => |_| false,
            Occurs::MustNot => is_or,
        };
        let (this, other) = match self.both(other) {
            Ok(both) => both,
            Err(invalid) => return invalid,
        };
        let members = this.depth_in(has_must).max(other.depth_in(is_joined));
        let total = this.size.clauses.saturating_add(other.size.clauses);
        let (mut must, mut should, mut must_not) = match this.query {
            FullText::Boolean { must, should, must_not } if !must.is_empty() => (must, should, must_not),
            query => (vec![query], Vec::new(), Vec::new()),
        };
        match (occurs, other.query) {
            (Occurs::Must, FullText::Boolean { must: more, should: none, must_not: nothing })
                if none.is_empty() && nothing.is_empty() =>
            {
                must = chain(must, more);
            }
            (Occurs::Must, other) => must.push(other),
            (Occurs::Should, other) => should.push(other),
            // Neither of two is met where the one is not and the other is not.
            (Occurs::MustNot, other) => must_not = chain(must_not, into_alternatives(other)),
        }
        Self::sized(FullText::Boolean { must, should, must_not }, members, total)
    }

    /// Both queries, or the one that can't be asked.
    fn both(self, other: Self) -> Result<(Self, Self), Self> {
        match (&self.query, &other.query) {
            (FullText::Invalid(_), _) => Err(self),
            (_, FullText::Invalid(_)) => Err(other),
            _ => Ok((self, other)),
        }
    }

    /// The depth that it adds to a query with its clauses: that of its clauses where it becomes a part of the query.
    fn depth_in(&self, is_joined: fn(&FullText) -> bool) -> u32 {
        self.size.depth - u32::from(is_joined(&self.query))
    }

    /// A query whose clauses are at most `members` deep.
    fn sized(query: FullText, members: u32, clauses: usize) -> Self {
        let depth = members + 1;
        let reason = if depth > DEEPEST {
            format!("the full text query is nested more than {DEEPEST} levels deep")
        } else if clauses > MOST_CLAUSES {
            format!("the full text query has more than {MOST_CLAUSES} clauses")
        } else {
            return Self { query, size: Size { depth, clauses }, record: PhantomData };
        };
        Self { query: FullText::Invalid(reason), size: Size { depth: 0, clauses: 0 }, record: PhantomData }
    }
}

/// Whether it is of alternatives and of nothing else.
fn is_or(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must, should: _, must_not } if must.is_empty() && must_not.is_empty())
}

/// Whether it is of what must be met and of nothing else.
fn is_and(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must: _, should, must_not } if should.is_empty() && must_not.is_empty())
}

fn has_must(query: &FullText) -> bool {
    matches!(query, FullText::Boolean { must, .. } if !must.is_empty())
}

/// The queries of which one is met where this one is.
fn into_alternatives(query: FullText) -> Vec<FullText> {
    match query {
        FullText::Boolean { must, should, must_not } if must.is_empty() && must_not.is_empty() => should,
        query => vec![query],
    }
}

/// Both in one, for which the shorter one is moved.
fn chain(mut left: Vec<FullText>, mut right: Vec<FullText>) -> Vec<FullText> {
    if left.len() < right.len() {
        right.append(&mut left);
        return right;
    }
    left.append(&mut right);
    left
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
        Self { query: self.query.clone(), size: self.size, record: PhantomData }
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
