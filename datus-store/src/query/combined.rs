//! Columns that are scored as one text: `t.title.boost(2.0).combined_with(t.body).matches("tomato soup")`.

use std::fmt;
use std::marker::PhantomData;

use super::{BoostedColumn, FullText, IntoText, TextCol, TextColumns, TextQuery};

/// Columns of the record `R` that are searched as if they were one text (BM25F).
///
/// A word has one weight, even if it is common in one column and rare in another. A row with one word in the title and
/// another in the body contains both words. The lengths of the columns are added. With [`TextColumns::with`], each column is
/// scored on its own and the best score counts, so a row with both words in its body scores as much as one that also has
/// them in its title.
///
/// A boost multiplies the occurrences of a word in the column, and must be at least 1. All columns must have the same
/// options in `#[datus(fts(…))]`, apart from `with_position`; otherwise the search fails with `InvalidInput`.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store};
///
/// #[derive(EmbeddingRecord)]
/// struct Recipe {
///     #[datus(fts)]
///     title: String,
///     #[datus(fts)]
///     body: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let recipes: Store<Recipe> = db.store(()).await?;
/// recipes
///     .add([
///         Recipe { title: "Tomato soup".into(), body: "Blend them with garlic.".into() },
///         Recipe { title: "Bread".into(), body: "Rub it with garlic.".into() },
///     ])
///     .await?;
/// recipes.create_indexes().await?;
///
/// // No column has both words, but the first row does.
/// let best_column = recipes.search_text(|t| t.title.with(t.body).matches_all("tomato garlic"));
/// assert_eq!(best_column.await?.len(), 0);
/// let combined = recipes.search_text(|t| t.title.boost(2.0).combined_with(t.body).matches_all("tomato garlic"));
/// assert_eq!(combined.await?[0].record.title, "Tomato soup");
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "columns do nothing until a method such as `matches` turns them into a query"]
pub struct CombinedColumns<R> {
    columns: Vec<BoostedColumn>,
    record: PhantomData<fn() -> R>,
}

impl<R> CombinedColumns<R> {
    pub(super) fn new(columns: Vec<BoostedColumn>) -> Self {
        Self { columns, record: PhantomData }
    }

    /// Adds a column that is scored together with the others.
    pub fn combined_with(mut self, column: impl Into<TextColumns<R>>) -> Self {
        self.columns.extend(column.into().into_columns());
        self
    }

    /// Finds rows that contain at least one of the words in one of the columns.
    pub fn matches(self, text: impl Into<String>) -> TextQuery<R> {
        self.into_query(text.into(), false)
    }

    /// Finds rows that contain all of the words, each in any of the columns.
    pub fn matches_all(self, text: impl Into<String>) -> TextQuery<R> {
        self.into_query(text.into(), true)
    }

    fn into_query(self, text: String, all: bool) -> TextQuery<R> {
        TextQuery::new(FullText::Combined { columns: self.columns, text, all })
    }
}

impl<R> TextCol<R> {
    /// Adds a column that is scored together with this one, as one text. See [`CombinedColumns`].
    pub fn combined_with(self, column: impl Into<TextColumns<R>>) -> CombinedColumns<R> {
        TextColumns::from(self).combined_with(column)
    }
}

impl<R> TextColumns<R> {
    /// Scores these columns and one more together, as one text. See [`CombinedColumns`].
    pub fn combined_with(self, column: impl Into<Self>) -> CombinedColumns<R> {
        self.with(column).combined()
    }

    /// Scores the columns together, as one text. See [`CombinedColumns`].
    pub fn combined(self) -> CombinedColumns<R> {
        CombinedColumns::new(self.into_columns())
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoText<R> for CombinedColumns<R> {
    fn into_text(self, text: Option<&str>) -> Option<FullText> {
        Some(self.matches(text?).into_untyped())
    }
}

impl<R> Clone for CombinedColumns<R> {
    fn clone(&self) -> Self {
        Self::new(self.columns.clone())
    }
}

impl<R> fmt::Debug for CombinedColumns<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CombinedColumns").field(&self.columns).finish()
    }
}
