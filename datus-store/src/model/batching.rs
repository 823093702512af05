use super::{BatchLimits, EmbeddingModel};

/// Splits the texts into calls within the limits of the model, and returns the positions of the texts in each call.
///
/// Each call has texts of similar length, so that a model that pads texts to the longest one wastes little work. The longest
/// texts come first, so that the last call to finish is a short one.
pub(crate) fn split_into_batches(model: &dyn EmbeddingModel, texts: &[&str]) -> Vec<Vec<usize>> {
    split_into_batches_by(&model.limits(), texts, &|text| model.count_tokens(text))
}

/// Splits the texts into calls within the limits, like [`split_into_batches`].
pub(crate) fn split_into_batches_by(
    limits: &BatchLimits,
    texts: &[&str],
    count_tokens: &dyn Fn(&str) -> usize,
) -> Vec<Vec<usize>> {
    let sizes = texts.iter().enumerate();
    let mut sizes: Vec<Size> = sizes.map(|(at, text)| Size::new(limits, count_tokens, at, text)).collect();
    sizes.sort_by_key(|size| (std::cmp::Reverse(size.characters), size.position));
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let (mut characters, mut tokens) = (0_usize, 0_usize);
    for size in sizes {
        characters = characters.saturating_add(size.characters);
        tokens = tokens.saturating_add(size.tokens);
        match calls.last_mut() {
            Some(call)
                if call.len() < limits.texts
                    && characters <= limits.characters
                    && tokens <= limits.tokens =>
            {
                call.push(size.position);
            }
            _ => {
                (characters, tokens) = (size.characters, size.tokens);
                calls.push(vec![size.position]);
            }
        }
    }
    calls
}

/// The size of one text.
struct Size {
    position: usize,
    characters: usize,
    /// Zero if the model has no token limit, to avoid the cost of counting.
    tokens: usize,
}

impl Size {
    fn new(limits: &BatchLimits, count_tokens: &dyn Fn(&str) -> usize, position: usize, text: &str) -> Self {
        let tokens = if limits.tokens == usize::MAX { 0 } else { count_tokens(text) };
        Self { position, characters: text.chars().count(), tokens }
    }
}
