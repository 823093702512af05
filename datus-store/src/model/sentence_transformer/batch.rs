//! Grouping of texts into batches.

use crate::error::BoxError;

/// The capacity of one run of the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// The most texts.
    pub(super) texts: usize,
    /// The most tokens, including padding. A single text may have more.
    pub(super) tokens: usize,
}

/// The output of one run.
#[derive(Debug)]
pub(super) struct Output {
    /// The vectors of all tokens, including padding, or of all texts.
    pub(super) values: Vec<f32>,
    /// `true` if there is one vector for each text.
    pub(super) pooled: bool,
}

/// Groups texts of similar length into batches, the longest first, and returns the positions of the texts in each batch.
/// A text is padded by at most an eighth of the batch length, because the computation for padding is wasted.
pub(super) fn plan(lengths: &[usize], capacity: Capacity) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(lengths[position]));

    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for position in order {
        let length = lengths[position];
        match batches.last_mut() {
            Some(batch)
                if batch.len() < capacity.texts
                    && (batch.len() + 1) * longest <= capacity.tokens
                    && (longest - length) * 8 <= longest =>
            {
                batch.push(position);
            }
            _ => {
                longest = length;
                batches.push(vec![position]);
            }
        }
    }
    batches
}

/// Returns the results of the batches in the order of their `count` texts.
pub(super) fn in_order<T: Clone + Default>(
    batches: &[Vec<usize>],
    results: Vec<Result<Vec<T>, BoxError>>,
    count: usize,
) -> Result<Vec<T>, BoxError> {
    let mut ordered = vec![T::default(); count];
    for (positions, result) in batches.iter().zip(results) {
        for (&position, item) in positions.iter().zip(result?) {
            ordered[position] = item;
        }
    }
    Ok(ordered)
}

/// The token ids of several texts, padded to the length of the longest text.
#[derive(Debug)]
pub(super) struct Batch {
    /// The ids of all rows, each of [`length`](Self::length) ids.
    pub(super) ids: Vec<u32>,
    /// The number of tokens of each row, without padding.
    pub(super) tokens: Vec<usize>,
    /// The length of a row, at least 1.
    pub(super) length: usize,
    /// The token type of each id, which is the part of the input that it belongs to. `None` if all ids have type 0.
    #[cfg(feature = "candle")]
    pub(super) types: Option<Vec<u32>>,
}

impl Batch {
    pub(super) fn new(texts: &[&[u32]], padding: u32) -> Self {
        let tokens: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let length = tokens.iter().copied().max().unwrap_or(0).max(1);
        let mut ids = Vec::with_capacity(texts.len() * length);
        for text in texts {
            ids.extend_from_slice(text);
            ids.resize(ids.len() + length - text.len(), padding);
        }
        Self {
            ids,
            tokens,
            length,
            #[cfg(feature = "candle")]
            types: None,
        }
    }

    /// Sets the token types, one list for each text.
    #[cfg(feature = "candle")]
    pub(super) fn with_types(mut self, types: &[&[u32]]) -> Self {
        let mut all = Vec::with_capacity(self.ids.len());
        for types in types {
            all.extend(types.iter().copied().chain(std::iter::repeat(0)).take(self.length));
        }
        self.types = all.iter().any(|&token_type| token_type > 0).then_some(all);
        self
    }

    pub(super) fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// Returns 1 for each id of a text, and 0 for padding.
    pub(super) fn mask(&self) -> impl Iterator<Item = u8> {
        let length = self.length;
        self.tokens.iter().flat_map(move |&tokens| (0..length).map(move |at| u8::from(at < tokens)))
    }

    #[cfg(any(feature = "candle", test))]
    pub(super) fn is_padded(&self) -> bool {
        self.tokens.iter().any(|&tokens| tokens < self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: Capacity = Capacity { texts: 3, tokens: 100 };

    #[test]
    fn texts_of_similar_length_share_a_batch_and_the_longest_come_first() {
        assert_eq!(plan(&[2, 40, 2, 38, 2, 2], CAPACITY), [vec![1, 3], vec![0, 2, 4], vec![5]]);
    }

    #[test]
    fn padding_counts_towards_the_tokens_of_a_batch() {
        assert_eq!(plan(&[60, 60, 30, 30, 30], CAPACITY), [vec![0], vec![1], vec![2, 3, 4]]);
        assert_eq!(plan(&[500, 0], CAPACITY), [vec![0], vec![1]]);
    }

    #[test]
    fn a_batch_is_padded_to_its_longest_text() {
        let batch = Batch::new(&[&[7, 8, 9], &[5], &[]], 1);
        assert_eq!((batch.rows(), batch.length), (3, 3));
        assert_eq!(batch.ids, [7, 8, 9, 5, 1, 1, 1, 1, 1]);
        assert_eq!(batch.mask().collect::<Vec<u8>>(), [1, 1, 1, 1, 0, 0, 0, 0, 0]);
        assert!(batch.is_padded());
    }
}
