use std::ops::Range;

/// A token that a full-text index makes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextToken {
    /// The token as the index stores it, such as a stem in lower case.
    pub(crate) text: String,
    /// Its place in the text, in bytes.
    pub(crate) range: Range<usize>,
    /// Its number among the words of the text.
    pub(crate) position: usize,
}

/// A place in a text that matches a term of the query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The number of the term.
    pub(crate) term: usize,
}
