//! Which texts are run together.

use crate::error::BoxError;

/// How much one run of the model takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// The most texts.
    pub(super) texts: usize,
    /// The most tokens, padding included. One text may have more.
    pub(super) tokens: usize,
}

/// Puts texts of like length together, the longest first, and gives the positions of each batch. A text is padded by at
/// most an eighth of the batch's length: what is computed for padding is thrown away.
pub(super) fn plan(lengths: &[usize], room: Room) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(lengths[position]));

    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for position in order {
        let length = lengths[position];
        match batches.last_mut() {
            Some(batch)
                if batch.len() < room.texts
                    && (batch.len() + 1) * longest <= room.tokens
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

/// Puts what the batches made where their texts are, of which there are `count`.
pub(super) fn in_order<T: Clone + Default>(
    batches: &[Vec<usize>],
    made: Vec<Result<Vec<T>, BoxError>>,
    count: usize,
) -> Result<Vec<T>, BoxError> {
    let mut ordered = vec![T::default(); count];
    for (positions, made) in batches.iter().zip(made) {
        for (&position, one) in positions.iter().zip(made?) {
            ordered[position] = one;
        }
    }
    Ok(ordered)
}

/// Texts as token ids, padded to the longest of them.
#[derive(Debug)]
pub(super) struct Batch {
    /// One row of [`length`](Self::length) ids after the other.
    pub(super) ids: Vec<u32>,
    /// How many of a row's ids are the text's.
    pub(super) tokens: Vec<usize>,
    /// How long a row is; at least 1.
    pub(super) length: usize,
    /// For each id the part of its input that it is of; `None` where all are of the first.
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

    /// Says which part of its input each id is of, one list for each text.
    #[cfg(feature = "candle")]
    pub(super) fn with_types(mut self, types: &[&[u32]]) -> Self {
        let mut all = Vec::with_capacity(self.ids.len());
        for types in types {
            all.extend(types.iter().copied().chain(std::iter::repeat(0)).take(self.length));
        }
        self.types = all.iter().any(|&part| part > 0).then_some(all);
        self
    }

    pub(super) fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// For each id 1 where it is the text's, 0 where it is padding.
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

    const ROOM: Room = Room { texts: 3, tokens: 100 };

    #[test]
    fn texts_of_like_length_are_together_and_the_longest_come_first() {
        assert_eq!(plan(&[2, 40, 2, 38, 2, 2], ROOM), [vec![1, 3], vec![0, 2, 4], vec![5]]);
    }

    #[test]
    fn a_batch_has_room_for_its_padded_tokens() {
        assert_eq!(plan(&[60, 60, 30, 30, 30], ROOM), [vec![0], vec![1], vec![2, 3, 4]]);
        assert_eq!(plan(&[500, 0], ROOM), [vec![0], vec![1]]);
    }

    #[test]
    fn a_batch_is_padded_to_its_longest() {
        let batch = Batch::new(&[&[7, 8, 9], &[5], &[]], 1);
        assert_eq!((batch.rows(), batch.length), (3, 3));
        assert_eq!(batch.ids, [7, 8, 9, 5, 1, 1, 1, 1, 1]);
        assert_eq!(batch.mask().collect::<Vec<u8>>(), [1, 1, 1, 1, 0, 0, 0, 0, 0]);
        assert!(batch.is_padded());
    }
}
