use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A question, and the keys of the rows that answer it.
///
/// With serde it is `{"text": "…", "relevant": ["key", …]}`, or with grades `{"text": "…", "relevant": {"key": 3, …}}`.
///
/// ```
/// use datus_store::evaluate::Question;
///
/// let question: Question = serde_json::from_str(r#"{"text": "who works where?", "relevant": ["hr.employees"]}"#).unwrap();
/// assert_eq!(question, Question::new("who works where?", ["hr.employees"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// The keys of the relevant rows, with how relevant each is: 1 and more, and 0 for one that is known not to be.
    #[serde(deserialize_with = "relevant")]
    pub relevant: BTreeMap<String, u32>,
}

impl Question {
    /// A question whose answers are all as relevant: of grade 1.
    pub fn new<K: ToString>(text: impl Into<String>, relevant: impl IntoIterator<Item = K>) -> Self {
        Self::graded(text, relevant.into_iter().map(|key| (key, 1)))
    }

    /// A question some of whose answers are more relevant than others.
    pub fn graded<K: ToString>(
        text: impl Into<String>,
        relevant: impl IntoIterator<Item = (K, u32)>,
    ) -> Self {
        let relevant = relevant.into_iter().map(|(key, grade)| (key.to_string(), grade));
        Self { text: text.into(), relevant: relevant.collect() }
    }

    /// How relevant a key is.
    pub(super) fn grade(&self, key: &str) -> u32 {
        self.relevant.get(key).copied().unwrap_or(0)
    }

    /// The keys that are relevant.
    pub(super) fn answers(&self) -> impl Iterator<Item = (&str, u32)> {
        self.relevant.iter().map(|(key, grade)| (key.as_str(), *grade)).filter(|(_, grade)| *grade > 0)
    }
}

fn relevant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "`relevant` is a list of keys, or a map from keys to grades")]
    enum Relevant {
        Keys(Vec<String>),
        Grades(BTreeMap<String, u32>),
    }
    Ok(match Relevant::deserialize(deserializer)? {
        Relevant::Keys(keys) => keys.into_iter().map(|key| (key, 1)).collect(),
        Relevant::Grades(grades) => grades,
    })
}
