use serde::Deserialize;

/// The keys of `config.json` that limit the length of a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Positions {
    model_type: String,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<usize>,
}

impl Positions {
    /// Returns the number of positions for tokens, or `None` if the file does not define it.
    pub(super) fn limit(&self) -> Option<usize> {
        Some(self.max_position_embeddings?.saturating_sub(self.first()))
    }

    /// Returns the position of the first token. RoBERTa and related models start counting after the padding token.
    pub(super) fn first(&self) -> usize {
        match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "camembert" => self.pad_token_id.unwrap_or(1).saturating_add(1),
            // The padding token of MPNet is always 1, even if the file contains a different id.
            "mpnet" => 2,
            _ => 0,
        }
    }
}
