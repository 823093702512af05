use serde::Deserialize;

/// What any transformer's `config.json` says about how long a text can be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Positions {
    model_type: String,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<usize>,
}

impl Positions {
    /// The most tokens that the model has positions for; `None` where the file does not say.
    pub(super) fn limit(&self) -> Option<usize> {
        Some(self.max_position_embeddings?.saturating_sub(self.first()))
    }

    /// The position of the first token. RoBERTa and its kin count from behind the padding token.
    pub(super) fn first(&self) -> usize {
        match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "camembert" => self.pad_token_id.unwrap_or(1).saturating_add(1),
            // Its padding token is always 1, whatever the file says.
            "mpnet" => 2,
            _ => 0,
        }
    }
}
