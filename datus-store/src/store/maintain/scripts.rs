//! Finds columns whose texts are in a script without spaces, and whose tokenizer splits at spaces. Full-text search does not
//! find the words in them.

use std::fmt;

use crate::error::Result;
use crate::record::FieldDef;
use crate::store::core::Core;

/// The number of rows that are examined, spread over the table.
const SAMPLE: usize = 64;

/// The maximum number of characters of a text to examine.
const CHARACTERS: usize = 1000;

/// The tokenizers that split texts at spaces and punctuation.
const BY_SPACES: [&str; 3] = ["simple", "whitespace", "code"];

/// A group of scripts that are written without spaces between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Chinese and Japanese.
    EastAsian,
    /// Thai, Lao, Khmer and Burmese.
    SoutheastAsian,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EastAsian => "Chinese or Japanese",
            Self::SoutheastAsian => "Thai, Lao, Khmer or Burmese",
        })
    }
}

/// A column with full-text search whose texts are not split into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UntokenizedColumn {
    pub(super) column: &'static str,
    pub(super) tokenizer: &'static str,
    pub(super) script: Script,
}

impl UntokenizedColumn {
    /// Warns through `tracing`.
    pub(super) fn warn(&self, table: &str) {
        let Self { column, tokenizer, script } = self;
        tracing::warn!(
            target: "datus_store",
            table,
            column,
            tokenizer,
            %script,
            "most texts of the column are in a script without spaces, which its tokenizer does not split into words: \
             declare `fts(tokenizer = \"icu\")`"
        );
    }
}

impl Core {
    /// Returns the given columns whose texts are mostly in a script that their tokenizer does not split. Reads up to 64
    /// texts of each column.
    pub(super) async fn untokenized_texts(&self, columns: &[&str]) -> Result<Vec<UntokenizedColumn>> {
        let mut found = Vec::new();
        // LanceDB's service cannot read rows by position.
        if self.table.is_service() {
            return Ok(found);
        }
        let fields: Vec<&FieldDef> =
            self.text_fields().filter(|field| columns.contains(&field.name)).collect();
        for field in fields {
            let tokenizer = tokenizer(field);
            if !BY_SPACES.contains(&tokenizer) || self.opened.field_with_name(field.name).is_err() {
                continue;
            }
            let texts = self.table.sampled_texts(field.name, SAMPLE).await?;
            if let Some(script) = script_of_most(&texts) {
                found.push(UntokenizedColumn { column: field.name, tokenizer, script });
            }
        }
        Ok(found)
    }
}

fn tokenizer(field: &FieldDef) -> &'static str {
    let options = field.fts.unwrap_or_default();
    options.split(',').find_map(|option| option.strip_prefix("tokenizer=")).unwrap_or("simple")
}

/// Returns the script of more than half of the texts that have letters.
fn script_of_most(texts: &[String]) -> Option<Script> {
    let scripts: Vec<Option<Script>> = texts.iter().filter_map(|text| script_of(text)).collect();
    let count = |script| scripts.iter().filter(|found| **found == Some(script)).count();
    [Script::EastAsian, Script::SoutheastAsian].into_iter().find(|script| count(*script) * 2 > scripts.len())
}

/// Returns the script of more than half of the letters, or `Some(None)` if neither group of scripts has more than half.
/// Returns `None` if the text has no letters.
fn script_of(text: &str) -> Option<Option<Script>> {
    let (mut letters, mut east, mut southeast) = (0, 0, 0);
    for letter in text.chars().take(CHARACTERS).filter(|letter| letter.is_alphabetic()) {
        letters += 1;
        match letter {
            // Kana, Han with its extensions, and half-width forms.
            '\u{3040}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}'
            | '\u{3400}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FF66}'..='\u{FF9D}'
            | '\u{20000}'..='\u{323AF}' => east += 1,
            // Thai and Lao, Burmese, Khmer.
            '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => southeast += 1,
            _ => {}
        }
    }
    if letters == 0 {
        return None;
    }
    let most = |count: usize| count * 2 > letters;
    Some(match (most(east), most(southeast)) {
        (true, _) => Some(Script::EastAsian),
        (_, true) => Some(Script::SoutheastAsian),
        (false, false) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Option<Script> {
        script_of_most(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_script_without_spaces_is_seen_in_most_texts() {
        assert_eq!(of(&["数据库中的订单表", "顧客の住所を保存する", "orders"]), Some(Script::EastAsian));
        assert_eq!(of(&["ｶﾅﾃﾞｰﾀ", "カタカナ"]), Some(Script::EastAsian));
        assert_eq!(of(&["ตารางคำสั่งซื้อ"]), Some(Script::SoutheastAsian));
        assert_eq!(of(&["တစ်", "ຕາຕະລາງ", "តារាង", "table"]), Some(Script::SoutheastAsian));
    }

    #[test]
    fn texts_with_spaces_and_texts_without_letters_do_not_count() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["", "123 456", "…"]), None);
        assert_eq!(of(&["1", "2", "3", "数据库"]), Some(Script::EastAsian), "numbers are in no script");
        assert_eq!(of(&["orders", "数据库"]), None, "half is not most");
        assert_eq!(of(&["the table 订单 has orders of customers"]), None);
        assert_eq!(of(&["주문 표에는 고객이 있다", "таблица заказов"]), None, "Korean has spaces");
    }
}
