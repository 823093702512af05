//! English stop words.

/// Function words in lower case, sorted: articles, pronouns, prepositions, conjunctions, auxiliary verbs and question
/// words.
///
/// The list is based on the English list of Snowball (Porter,
/// <https://snowballstem.org/algorithms/english/stop.txt>). Words that can be meaningful in the name of a table or column
/// are removed (`down`, `no`, `off`, `out`, `over`, `own`, `up`, …). Words that are common in questions are added (`can`,
/// `many`, `much`, `per`, `whose`, `will`), and so are `s` and `t`, which are left over from `customer's` and `isn't`. SQL
/// words such as `key`, `time` and `text` are not stop words, because they are also nouns.
const STOP_WORDS: [&str; 108] = [
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "being", "between", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "during", "each",
    "every", "few", "for", "from", "had", "has", "have", "having", "he", "her", "hers", "him", "his", "how",
    "i", "if", "in", "into", "is", "it", "its", "many", "me", "more", "most", "much", "my", "nor", "not",
    "of", "on", "only", "or", "other", "our", "ours", "per", "s", "same", "shall", "she", "should", "so",
    "some", "such", "t", "than", "that", "the", "their", "theirs", "them", "then", "there", "these", "they",
    "this", "those", "through", "to", "too", "until", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your",
];

pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        assert!(STOP_WORDS.is_sorted_by(|a, b| a < b));
        assert!(STOP_WORDS.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
        assert!(STOP_WORDS.into_iter().all(is_stop_word));
    }
}
