//! Where the key comes from, and how it is kept out of what people read.

use std::fmt;

use super::OpenAiModel;
use super::builder::invalid;
use crate::error::Result;
use crate::model::variable;

/// Where the key comes from.
#[derive(Clone)]
pub(super) enum KeySource {
    /// The usual variable; nothing for a server on this machine.
    Default,
    Variable(String),
    Given(String),
    None,
}

impl KeySource {
    /// The key, if one is to be sent.
    pub(super) fn read(&self, loopback: bool) -> Result<Option<String>> {
        match self {
            Self::None => Ok(None),
            Self::Default if loopback => Ok(None),
            Self::Default => read_variable(OpenAiModel::DEFAULT_API_KEY_ENV).map(Some),
            Self::Variable(name) => read_variable(name).map(Some),
            Self::Given(key) if key.trim().is_empty() => {
                Err(invalid("the key is blank").with_help("give one, or call `without_api_key`"))
            }
            Self::Given(key) => Ok(Some(key.trim().to_owned())),
        }
    }

    /// What to do about a key that the server does not take.
    pub(super) fn remedy(&self, loopback: bool) -> String {
        match self {
            Self::Default if !loopback => in_variable(OpenAiModel::DEFAULT_API_KEY_ENV),
            Self::Variable(name) => in_variable(name),
            Self::Given(_) => "check the key given to `api_key`".to_owned(),
            Self::Default | Self::None => {
                "no key was sent: name the environment variable that holds one with `api_key_env`".to_owned()
            }
        }
    }
}

/// `true` for the name of a header or of a parameter whose value is a secret.
pub(in crate::model) fn is_credential(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let secret = ["auth", "key", "token", "secret", "password", "cookie", "credential", "signature"];
    secret.iter().any(|part| lower.contains(part))
}

fn in_variable(name: &str) -> String {
    format!("check the key in the environment variable `{}`", variable::shown(name))
}

fn read_variable(name: &str) -> Result<String> {
    // `var` panics for none of these, but they can't be names.
    let found = if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var(name).ok() };
    match found.as_deref().map(str::trim) {
        Some(key) if !key.is_empty() => Ok(key.to_owned()),
        _ => {
            let message = format!("there is no key in the environment variable `{}`", variable::shown(name));
            let help = "set it, name another with `api_key_env`, or call `without_api_key` where the endpoint asks for none";
            Err(invalid(message).with_help(help))
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Variable(name) => write!(f, "variable {}", variable::shown(name)),
            Self::Given(_) => f.write_str("given"),
            Self::None => f.write_str("none"),
        }
    }
}

/// What must be seen nowhere, for texts that a server wrote: some repeat the key that they refuse.
pub(super) struct Secrets(Vec<String>);

/// So many characters of a secret in a row are hidden, so that a part of it is too.
const WINDOW: usize = 8;

impl Secrets {
    /// The key whatever its length; of other values those that could be a secret by their length.
    pub(super) fn new(key: Option<&str>, others: impl IntoIterator<Item = String>) -> Self {
        let others = others.into_iter().filter(|value| value.len() >= WINDOW);
        Self(key.map(str::to_owned).into_iter().chain(others).collect())
    }

    /// The text with every part of a secret replaced by `***`.
    pub(super) fn scrub(&self, text: &str) -> String {
        let mut hidden = vec![false; text.len()];
        for secret in &self.0 {
            let window = WINDOW.min(secret.len()).max(1);
            for part in secret.as_bytes().windows(window) {
                for at in text.as_bytes().windows(window).enumerate().filter(|(_, found)| *found == part) {
                    hidden.iter_mut().skip(at.0).take(window).for_each(|hidden| *hidden = true);
                }
            }
        }
        let is_hidden = |at: usize| hidden.get(at).copied().unwrap_or_default();
        let mut scrubbed = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            if !is_hidden(at) {
                scrubbed.push(character);
            } else if at == 0 || !is_hidden(at - 1) {
                scrubbed.push_str("***");
            }
        }
        scrubbed
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn a_secret_and_its_parts_are_hidden() {
        let secrets = Secrets::new(Some("sk-abcdefghijkl"), ["org-12345".to_owned(), "short".to_owned()]);
        assert_eq!(secrets.scrub("key sk-abcdefghijkl is bad"), "key *** is bad");
        assert_eq!(secrets.scrub("`sk-abcde***ijkl` is bad"), "`******ijkl` is bad");
        assert_eq!(secrets.scrub("org-12345, short, größer"), "***, short, größer");
        assert_eq!(Secrets::new(None, []).scrub("nothing"), "nothing");
        assert_eq!(Secrets::new(Some("abc"), []).scrub("an abc of it"), "an *** of it");
    }
}
