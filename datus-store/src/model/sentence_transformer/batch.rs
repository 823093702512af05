//! Groups texts into batches.

use crate::error::BoxError;

/// The capacity of one run of the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// The maximum number of texts.
    pub(super) texts: usize,
    /// The maximum number of tokens, including padding. A single text may have more.
    pub(super) tokens: usize,
    /// `true` if the runner pads texts to the length of the longest text.
    pub(super) padded: bool,
}

impl Capacity {
    /// Returns `true` if a batch has room for a text. Texts are added in order of length, longest first. A text is padded by
    /// at most an eighth of the batch length, because the computation for padding is wasted.
    fn has_room(self, batch: &[usize], lengths: &[usize], length: usize) -> bool {
        if batch.len() >= self.texts {
            return false;
        }
        let of = |position: &usize| lengths[*position];
        if !self.padded {
            return batch.iter().map(of).sum::<usize>() + length <= self.tokens;
        }
        let longest = batch.first().map_or(length, of);
        (batch.len() + 1) * longest <= self.tokens && (longest - length) * 8 <= longest
    }
}

/// The output of one run.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) values: Vec<f32>,
    pub(super) vectors: Vectors,
}

/// The vectors that an output contains. Each variant is returned by at least one runner.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(all(feature = "native", feature = "onnx-runtime")),
    expect(dead_code, reason = "each runner returns some of the variants")
)]
pub(super) enum Vectors {
    /// One vector for each text.
    Pooled,
    /// One vector for each token, including padding.
    Padded,
    /// One vector of this width for each token, without padding.
    Tokens { width: usize },
}

/// Groups texts of similar length into batches, longest first, and returns the positions of the texts in each batch.
pub(super) fn plan(lengths: &[usize], capacity: Capacity) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(lengths[position]));

    let mut batches: Vec<Vec<usize>> = Vec::new();
    for position in order {
        match batches.last_mut() {
            Some(batch) if capacity.has_room(batch, lengths, lengths[position]) => batch.push(position),
            _ => batches.push(vec![position]),
        }
    }
    batches
}

/// Returns the results of the batches, one for each of the `count` texts, in the order of the texts.
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
    /// The ids of all rows, with [`length`](Self::length) ids per row.
    pub(super) ids: Vec<u32>,
    /// The number of tokens in each row, without padding.
    pub(super) tokens: Vec<usize>,
    /// The length of a row, at least 1.
    pub(super) length: usize,
    /// The token type of each id, which identifies the part of the input that the id belongs to. `None` if all ids have type 0.
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

    /// Returns the ids of each text, without padding.
    #[cfg(feature = "native")]
    pub(super) fn texts(&self) -> impl Iterator<Item = &[u32]> {
        self.ids.chunks_exact(self.length).zip(&self.tokens).map(|(ids, &tokens)| &ids[..tokens])
    }

    #[cfg(any(feature = "candle", test))]
    pub(super) fn is_padded(&self) -> bool {
        self.tokens.iter().any(|&tokens| tokens < self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: Capacity = Capacity { texts: 3, tokens: 100, padded: true };

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
    fn without_padding_texts_of_all_lengths_share_a_batch() {
        let capacity = Capacity { texts: usize::MAX, padded: false, ..CAPACITY };
        assert_eq!(plan(&[2, 40, 2, 38, 20, 2], capacity), [vec![1, 3, 4, 0], vec![2, 5]]);
        assert_eq!(plan(&[500, 2, 1], capacity), [vec![0], vec![1, 2]]);
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
