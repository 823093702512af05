/// How texts are cut into calls of a model, and how many calls run at once.
///
/// A call has at least one text, whatever its length.
///
/// ```
/// use datus_store::model::BatchLimits;
///
/// let limits = BatchLimits::default().with_texts(64).with_in_flight(8);
/// assert_eq!((limits.texts, limits.in_flight), (64, 8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchLimits {
    /// The most texts of one call. 256 by default.
    pub texts: usize,
    /// The most characters of one call, all texts together. 1,048,576 by default.
    pub characters: usize,
    /// The most tokens of one call, all texts together, as the model counts them. No limit by default.
    pub tokens: usize,
    /// The most calls at once. 2 by default: one is computed while the next is prepared.
    pub in_flight: usize,
}

impl BatchLimits {
    /// Sets the most texts of one call.
    #[must_use]
    pub fn with_texts(self, texts: usize) -> Self {
        Self { texts, ..self }
    }

    /// Sets the most characters of one call.
    #[must_use]
    pub fn with_characters(self, characters: usize) -> Self {
        Self { characters, ..self }
    }

    /// Sets the most tokens of one call.
    #[must_use]
    pub fn with_tokens(self, tokens: usize) -> Self {
        Self { tokens, ..self }
    }

    /// Sets the most calls at once.
    #[must_use]
    pub fn with_in_flight(self, in_flight: usize) -> Self {
        Self { in_flight, ..self }
    }
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { texts: 256, characters: 1 << 20, tokens: usize::MAX, in_flight: 2 }
    }
}
