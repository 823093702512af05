use std::ops::Range;

/// A token of a text, as created by the tokenizer of a full-text index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextToken {
    /// The token as the index stores it, such as a lowercase stem.
    pub(crate) text: String,
    /// The byte range of the token in the text.
    pub(crate) range: Range<usize>,
    /// The position of the token among the words of the text.
    pub(crate) position: usize,
}

/// A byte range of a text that matches a term of the query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The index of the term in the query.
    pub(crate) term: usize,
}
