//! The list of providers. To add one, write a file with its `PROVIDER` and list it in [`PROVIDERS`].

use super::provider::Provider;
use super::{hashing, openai, sentence_transformer};
use crate::error::Result;
use crate::model::bounds::invalid;
use crate::model::clipped;

/// All providers, whether or not their cargo feature is enabled.
const PROVIDERS: &[Provider] = &[
    hashing::PROVIDER,
    openai::PROVIDER,
    sentence_transformer::NATIVE,
    sentence_transformer::CANDLE,
    sentence_transformer::ONNX,
];

/// Returns the provider with the given name.
pub(super) fn find(name: &str) -> Result<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name).ok_or_else(|| {
        let enabled = PROVIDERS.iter().filter(|provider| provider.build.is_some());
        let enabled: Vec<String> = enabled.map(|provider| format!("`{}`", provider.name)).collect();
        let name = clipped(name);
        let message =
            format!("unknown model provider `{name}`; the enabled providers are {}", enabled.join(", "));
        let disabled = PROVIDERS.iter().filter(|provider| provider.build.is_none());
        let disabled: Vec<String> = disabled
            .map(|Provider { name, feature, .. }| format!("`{name}` needs the cargo feature `{feature}`"))
            .collect();
        let error = invalid(message);
        if disabled.is_empty() { error } else { error.with_help(disabled.join("; ")) }
    })
}
