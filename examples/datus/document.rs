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
    /// The hash of the text. An edit changes the key of one chunk, and the others keep their vectors.
    pub chunk_id: String,
    /// The place of the chunk in the document, from 0.
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
        let mut chunks: Vec<Self> = Vec::new();
        let (mut headings, mut text): (Vec<&str>, String) = (Vec::new(), String::new());
        let mut repeated: HashMap<u64, u32> = HashMap::new();
        // A last heading ends the last section.
        for line in markdown.lines().chain(["# "]) {
            let level = line.bytes().take_while(|byte| *byte == b'#').count();
            if level == 0 || !line[level..].starts_with(' ') {
                text.push_str(line);
                text.push('\n');
                continue;
            }
            if !text.trim().is_empty() {
                let hash = fnv(&text);
                let count = repeated.entry(hash).or_default();
                *count += 1;
                chunks.push(Self {
                    datasource: datasource.to_owned(),
                    platform: platform.to_owned(),
                    version: version.to_owned(),
                    doc_path: doc_path.to_owned(),
                    chunk_id: format!("{hash:016x}-{count}"),
                    chunk_index: chunks.len().try_into().unwrap_or(u32::MAX),
                    hierarchy: headings.join(" > "),
                    chunk_text: text.trim().to_owned(),
                    updated_at: None,
                });
            }
            text.clear();
            headings.truncate(level - 1);
            headings.push(line[level..].trim());
        }
        chunks
    }
}

/// FNV-1a, whose result never changes.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
