//! The API key: where it comes from, and how it is kept out of errors and logs.

use std::fmt;

use crate::error::Result;
use crate::model::bounds::invalid;
use crate::model::variable;

/// The source of the API key.
#[derive(Clone)]
pub(crate) enum KeySource {
    /// The default variable, or no key for a server on this machine.
    Default,
    Variable(String),
    Literal(String),
    None,
}

impl KeySource {
    /// Reads the key. Returns `None` if no key is to be sent.
    pub(super) fn read(&self, loopback: bool, default_variable: Option<&str>) -> Result<Option<String>> {
        match self {
            Self::None => Ok(None),
            Self::Default if loopback => Ok(None),
            Self::Default => match default_variable {
                Some(name) => read_variable(name).map(Some),
                None => Err(invalid("no API key is set for an endpoint on another machine").with_help(
                    "name its environment variable with `api_key_env`, or call `without_api_key` if the endpoint needs none",
                )),
            },
            Self::Variable(name) => read_variable(name).map(Some),
            Self::Literal(key) if key.trim().is_empty() => {
                Err(invalid("the API key is blank").with_help("pass a key, or call `without_api_key`"))
            }
            Self::Literal(key) => Ok(Some(key.trim().to_owned())),
        }
    }

    /// Returns the help for a key that the server rejects.
    pub(super) fn help(&self, loopback: bool, default_variable: Option<&str>) -> String {
        match (self, default_variable) {
            (Self::Default, Some(name)) if !loopback => check_variable(name),
            (Self::Variable(name), _) => check_variable(name),
            (Self::Literal(_), _) => "check the key passed to `api_key`".to_owned(),
            (Self::Default | Self::None, _) => {
                "no key was sent: name the environment variable that holds it with `api_key_env`".to_owned()
            }
        }
    }
}

/// Returns `true` if a header or URL parameter of this name usually holds a secret.
pub(crate) fn is_credential(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts = ["auth", "key", "token", "secret", "password", "cookie", "credential", "signature"];
    parts.iter().any(|part| lower.contains(part))
}

fn check_variable(name: &str) -> String {
    format!("check the key in the environment variable `{}`", variable::redacted(name))
}

fn read_variable(name: &str) -> Result<String> {
    // A variable name cannot be empty or contain these characters.
    let value = if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var(name).ok() };
    match value.as_deref().map(str::trim) {
        Some(key) if !key.is_empty() => Ok(key.to_owned()),
        _ => {
            let message =
                format!("the environment variable `{}` does not hold an API key", variable::redacted(name));
            let help = "set it, use a different variable with `api_key_env`, or call `without_api_key` if the endpoint needs \
                        no key";
            Err(invalid(message).with_help(help))
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Variable(name) => write!(f, "variable {}", variable::redacted(name)),
            Self::Literal(_) => f.write_str("literal"),
            Self::None => f.write_str("none"),
        }
    }
}

/// The secrets to remove from server messages. Some servers echo the key that they reject.
pub(super) struct Secrets(Vec<String>);

/// Any run of this many consecutive bytes of a secret is hidden, so that parts of the secret are hidden too.
const WINDOW: usize = 8;

impl Secrets {
    /// Collects the key, and those other values that are long enough to be secrets.
    pub(super) fn new(key: Option<&str>, others: impl IntoIterator<Item = String>) -> Self {
        let others = others.into_iter().filter(|value| value.len() >= WINDOW);
        Self(key.map(str::to_owned).into_iter().chain(others).collect())
    }

    /// Replaces every part of a secret in the text with `***`.
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
