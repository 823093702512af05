use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A question with the keys of its relevant rows.
///
/// The serde format is `{"text": "…", "relevant": ["key", …]}`. With grades, it is `{"text": "…", "relevant": {"key": 3, …}}`.
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
    /// The text of the question.
    pub text: String,
    /// The keys of the relevant rows, with their relevance grades. A grade of 0 marks a row as not relevant.
    #[serde(deserialize_with = "relevant")]
    pub relevant: BTreeMap<String, u32>,
}

impl Question {
    /// Creates a question whose relevant keys all have grade 1.
    pub fn new<K: ToString>(text: impl Into<String>, relevant: impl IntoIterator<Item = K>) -> Self {
        Self::graded(text, relevant.into_iter().map(|key| (key, 1)))
    }

    /// Creates a question with a relevance grade for each key.
    pub fn graded<K: ToString>(
        text: impl Into<String>,
        relevant: impl IntoIterator<Item = (K, u32)>,
    ) -> Self {
        let relevant = relevant.into_iter().map(|(key, grade)| (key.to_string(), grade));
        Self { text: text.into(), relevant: relevant.collect() }
    }

    /// Returns the grade of a key, which is 0 for an unknown key.
    pub(super) fn grade(&self, key: &str) -> u32 {
        self.relevant.get(key).copied().unwrap_or(0)
    }

    /// Returns the relevant keys with their grades.
    pub(super) fn relevant_keys(&self) -> impl Iterator<Item = (&str, u32)> {
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
