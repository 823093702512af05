use super::{BatchLimits, EmbeddingModel};

/// Cuts texts into calls within the model's limits: the positions of the texts of each call. Texts of like length go
/// together, so that a model that pads them to the longest computes little for nothing; the longest go first, so that
/// no long call is waited for at the end.
pub(crate) fn cut(model: &dyn EmbeddingModel, texts: &[&str]) -> Vec<Vec<usize>> {
    let limits = model.limits();
    let mut sizes: Vec<Size> =
        texts.iter().enumerate().map(|(at, text)| Size::of(model, &limits, at, text)).collect();
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

/// How long a text is to the model.
struct Size {
    position: usize,
    characters: usize,
    /// Zero where the model has no limit of tokens: counting costs.
    tokens: usize,
}

impl Size {
    fn of(model: &dyn EmbeddingModel, limits: &BatchLimits, position: usize, text: &str) -> Self {
        let tokens = if limits.tokens == usize::MAX { 0 } else { model.count_tokens(text) };
        Self { position, characters: text.chars().count(), tokens }
    }
}
