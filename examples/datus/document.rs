//! Documents in chunks: a row for each section of a Markdown file.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use datus_store::EmbeddingRecord;
use serde::{Deserialize, Serialize};

/// A section of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, EmbeddingRecord)]
#[datus(table = "document", key(platform, version, doc_path, chunk_id))]
pub struct Chunk {
    /// The data source.
    #[datus(scope, filter = false)]
    #[serde(default)]
    pub datasource: String,
    /// The platform that the document describes, such as `duckdb`.
    #[datus(index = bitmap)]
    pub platform: String,
    /// The version of the platform.
    #[datus(index = bitmap)]
    pub version: String,
    /// The path of the document.
    #[datus(index)]
    pub doc_path: String,
    /// The hash of the text. An edit changes the key of one chunk, and the other chunks keep their vectors.
    pub chunk_id: String,
    /// The position of the chunk in the document, starting at 0.
    pub chunk_index: u32,
    /// The headings above the text, such as `Manual > Returns`.
    #[datus(index, fts)]
    pub hierarchy: String,
    /// The text.
    #[datus(embed(metric = cosine, template = "{hierarchy}\n{chunk_text}"), fts)]
    pub chunk_text: String,
    /// The time of the last change.
    #[datus(updated_at)]
    pub updated_at: Option<DateTime<Utc>>,
}

impl Chunk {
    /// Splits a Markdown document at its headings.
    pub fn split(
        datasource: &str,
        platform: &str,
        version: &str,
        doc_path: &str,
        markdown: &str,
    ) -> Vec<Self> {
        let mut repeated: HashMap<u64, u32> = HashMap::new();
        let chunk = |(chunk_index, (hierarchy, chunk_text)): (u32, (String, String))| {
            let hash = fnv(&chunk_text);
            let count = repeated.entry(hash).or_default();
            *count += 1;
            Self {
                datasource: datasource.to_owned(),
                platform: platform.to_owned(),
                version: version.to_owned(),
                doc_path: doc_path.to_owned(),
                chunk_id: format!("{hash:016x}-{count}"),
                chunk_index,
                hierarchy,
                chunk_text,
                updated_at: None,
            }
        };
        (0..).zip(sections(markdown)).map(chunk).collect()
    }
}

/// Returns each section that has text, as a pair of the headings above it and its text.
fn sections(markdown: &str) -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    let (mut headings, mut is_code): (Vec<&str>, bool) = (Vec::new(), false);
    for line in markdown.lines() {
        is_code ^= line.starts_with("```");
        match line.trim_start_matches('#').strip_prefix(' ') {
            Some(title) if line.starts_with('#') && !is_code => {
                headings.truncate(line.len() - title.len() - 2);
                headings.push(title.trim());
                sections.push((headings.join(" > "), String::new()));
            }
            _ => {
                if let Some((_, text)) = sections.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    sections.retain(|(_, text)| !text.trim().is_empty());
    sections
}

/// Returns the FNV-1a hash of a text. Unlike that of `DefaultHasher`, this algorithm never changes.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
