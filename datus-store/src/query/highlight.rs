//! The parts of a text that match a full-text query.

mod column;
#[cfg(any(feature = "store", test))]
mod matches;
#[cfg(any(feature = "store", test))]
mod phrase;
#[cfg(any(feature = "store", test))]
mod snippet;
#[cfg(any(feature = "store", test))]
mod token;

use std::ops::Range;

#[cfg(feature = "store")]
pub(crate) use column::highlight_column;
pub(super) use column::highlights_at;
#[cfg(feature = "store")]
pub(crate) use matches::Matcher;
#[cfg(feature = "store")]
pub(crate) use snippet::snippet;
#[cfg(feature = "store")]
pub(crate) use token::TextToken;

/// The part of a column's text that best matches the query, and the matches in it. [`Hit::highlights`](super::Hit::highlights)
/// returns it.
///
/// ```
/// use datus_store::query::Highlight;
///
/// let highlight = Highlight::new("body", "Roast the tomatoes.", 140, vec![0..5, 10..18]);
/// assert_eq!(highlight.marked("<b>", "</b>"), "<b>Roast</b> the <b>tomatoes</b>.");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Highlight {
    /// The name of the column.
    pub column: String,
    /// The part of the column's text that best matches the query.
    pub text: String,
    /// The byte offset of `text` in the column's text. It is 0 if `text` is not truncated at the start.
    pub start: usize,
    /// The byte ranges of the matches in `text`, on character boundaries, in order and without overlaps. Adjacent matches
    /// are merged into one range.
    pub ranges: Vec<Range<usize>>,
    /// `true` if the column's text continues after `text`.
    pub continues: bool,
}

impl Highlight {
    /// Creates a highlight without running a search, for use in tests. `text` extends to the end of the column's text.
    pub fn new(
        column: impl Into<String>,
        text: impl Into<String>,
        start: usize,
        ranges: Vec<Range<usize>>,
    ) -> Self {
        Self { column: column.into(), text: text.into(), start, ranges, continues: false }
    }

    /// Splits the text into parts, each with a flag that is `true` for a match.
    ///
    /// For HTML, escape each part:
    ///
    /// ```
    /// use datus_store::query::Highlight;
    ///
    /// let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    /// let highlight = Highlight::new("body", "a < b", 0, vec![0..1]);
    /// let html: String = highlight
    ///     .parts()
    ///     .map(|(part, is_match)| if is_match { format!("<em>{}</em>", escape(part)) } else { escape(part) })
    ///     .collect();
    /// assert_eq!(html, "<em>a</em> &lt; b");
    /// ```
    pub fn parts(&self) -> impl Iterator<Item = (&str, bool)> {
        let mut parts = Vec::with_capacity(self.ranges.len() * 2 + 1);
        let mut end = 0;
        for range in &self.ranges {
            parts.push((end..range.start, false));
            parts.push((range.clone(), true));
            end = range.end;
        }
        parts.push((end..self.text.len(), false));
        let parts = parts.into_iter().filter_map(|(range, is_match)| Some((self.text.get(range)?, is_match)));
        parts.filter(|(part, _)| !part.is_empty())
    }

    /// Returns the text with a mark before and after each match. The text is not escaped; for HTML, use
    /// [`parts`](Self::parts).
    pub fn marked(&self, before: &str, after: &str) -> String {
        let mut marked = String::with_capacity(self.text.len());
        for (part, is_match) in self.parts() {
            if is_match {
                marked.extend([before, part, after]);
            } else {
                marked.push_str(part);
            }
        }
        marked
    }
}
