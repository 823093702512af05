/// The limits on one call to a model, and the number of concurrent calls.
///
/// A call contains at least one text, even if this text exceeds a limit.
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
    /// The maximum number of texts in one call. The default is 256.
    pub texts: usize,
    /// The maximum number of characters in one call, over all its texts. The default is 1,048,576.
    pub characters: usize,
    /// The maximum number of tokens in one call, over all its texts, as counted by [`count_tokens`]. The default is no
    /// limit.
    ///
    /// [`count_tokens`]: super::EmbeddingModel::count_tokens
    pub tokens: usize,
    /// The maximum number of concurrent calls. The default is 2, so that one call is prepared while another is
    /// computed.
    pub in_flight: usize,
}

impl BatchLimits {
    /// Sets the maximum number of texts in one call.
    #[must_use]
    pub fn with_texts(self, texts: usize) -> Self {
        Self { texts, ..self }
    }

    /// Sets the maximum number of characters in one call.
    #[must_use]
    pub fn with_characters(self, characters: usize) -> Self {
        Self { characters, ..self }
    }

    /// Sets the maximum number of tokens in one call.
    #[must_use]
    pub fn with_tokens(self, tokens: usize) -> Self {
        Self { tokens, ..self }
    }

    /// Sets the maximum number of concurrent calls.
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
