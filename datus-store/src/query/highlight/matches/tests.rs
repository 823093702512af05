use super::*;
use crate::query::BoostedColumn;

/// Splits a text like an index that lowercases words, stems them by removing a final `s`, and drops the stop word `the`.
fn tokens(text: &str) -> Vec<TextToken> {
    let mut tokens = Vec::new();
    let mut position = 0;
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = text[from..at].to_lowercase();
                let word = word.strip_suffix('s').unwrap_or(&word).to_owned();
                if word != "the" {
                    tokens.push(TextToken { text: word, range: from..at, position });
                }
                position += 1;
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

fn columns(names: &[&'static str]) -> Vec<BoostedColumn> {
    names.iter().map(|name| BoostedColumn { name, boost: 1.0 }).collect()
}

fn words(text: &str, fuzzy: Option<Fuzzy>) -> FullText {
    FullText::Match { columns: columns(&["title", "body"]), text: text.to_owned(), all: false, fuzzy }
}

fn phrase(text: &str, slop: u32) -> FullText {
    FullText::Phrase { column: "body", text: text.to_owned(), slop }
}

/// Returns the matching parts of the text in the column `body`.
fn found<'a>(query: &FullText, text: &'a str) -> Vec<&'a str> {
    found_in("body", query, text)
}

fn found_in<'a>(column: &str, query: &FullText, text: &'a str) -> Vec<&'a str> {
    let matcher = Matcher::new(query, column, &|text| Ok(tokens(text))).unwrap();
    matcher.find(&tokens(text)).iter().map(|found| &text[found.start..found.end]).collect()
}

#[test]
fn words_match_in_any_form_that_the_index_makes_equal() {
    let query = words("tomato SOUPS the", None);
    assert_eq!(found(&query, "The Tomatos of a soup, größer Soup"), ["Tomatos", "soup", "Soup"]);
    assert_eq!(found_in("title", &query, "a soup"), ["soup"]);
    assert!(found_in("notes", &query, "a soup").is_empty(), "the column is not searched");
    let combined = FullText::Combined { columns: columns(&["body"]), text: "soup".to_owned(), all: true };
    assert_eq!(found(&combined, "a soup"), ["soup"]);
    assert!(found_in("title", &combined, "a soup").is_empty());
}

#[test]
fn excluded_and_demoting_words_do_not_match() {
    let query = FullText::Boolean {
        must: vec![words("soup", None)],
        should: vec![words("basil", None)],
        must_not: vec![words("cream", None)],
    };
    let query = FullText::Boost {
        positive: Box::new(query),
        negative: Box::new(words("cold", None)),
        negative_boost: 0.5,
    };
    assert_eq!(found(&query, "cold soup, basil, cream"), ["soup", "basil"]);
}

#[test]
fn fuzzy_words_match_within_their_distance_and_after_their_prefix() {
    let fuzzy = |distance, prefix| words("tomatoe", Some(Fuzzy::new(distance).with_prefix_length(prefix)));
    let text = "tomato tomatoes potato tomat zomatoe";
    assert_eq!(found(&fuzzy(1, 0), text), ["tomato", "tomatoes", "zomatoe"]);
    assert_eq!(found(&fuzzy(1, 1), text), ["tomato", "tomatoes"]);
    assert_eq!(found(&fuzzy(2, 0), text), ["tomato", "tomatoes", "tomat", "zomatoe"]);
    // With a distance of 0, the words are stemmed.
    assert_eq!(found(&words("tomatos", Some(Fuzzy::new(0))), text), ["tomato"]);
}

#[test]
fn the_edit_distance_is_that_of_insertions_removals_and_replacements() {
    let distance =
        |a: &str, b: &str| edit_distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
    for (a, b, expected) in [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("ab", "ba", 2),
        ("größe", "grose", 2),
        ("x", "x", 0),
    ] {
        assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
    }
}

#[test]
fn a_phrase_matches_only_where_its_words_follow_each_other() {
    let query = phrase("roast tomatoes", 0);
    let text = "roast. Tomatoes, roast the tomatoes; roast tomatoes roast";
    // `the` occupies a position, so `roast the tomatoes` is not the phrase.
    assert_eq!(Matcher::new(&query, "body", &|text| Ok(tokens(text))).unwrap().find(&tokens(text)).len(), 4);
    assert_eq!(found(&query, "roast the tomatoes"), Vec::<&str>::new());
    assert_eq!(found(&query, "tomatoes roast"), Vec::<&str>::new());
    assert_eq!(found(&query, "a roast and roast tomatoes"), ["roast", "tomatoes"]);
    assert_eq!(found(&phrase("a b a", 0), "a b c a b a"), ["a", "b", "a"]);
    assert!(found_in("title", &query, "roast tomatoes").is_empty());
}

#[test]
fn the_words_of_a_loose_phrase_match_within_the_slop() {
    let text = "roast a few red tomatoes";
    assert!(found(&phrase("roast tomatoes", 2), text).is_empty());
    assert_eq!(found(&phrase("roast tomatoes", 3), text), ["roast", "tomatoes"]);
    // The words must be in order, and the slop applies to each pair of neighboring words.
    assert!(found(&phrase("tomatoes roast", 9), text).is_empty());
    assert_eq!(found(&phrase("roast few tomatoes", 1), text), ["roast", "few", "tomatoes"]);
    assert!(found(&phrase("roast few basil", 9), text).is_empty());
}

#[test]
fn each_word_of_the_query_has_a_number() {
    let clauses = [
        words("soup basil", None),
        words("basil soup thyme", None),
        phrase("roast tomatoes", 0),
        words("pasta lemon", Some(Fuzzy::new(1))),
        phrase("olive oil", 0),
    ];
    let query = FullText::Boolean { must: clauses.to_vec(), should: Vec::new(), must_not: Vec::new() };
    let text = tokens("soup basil thyme roast tomatoes pasta lemon olive oil");
    let matcher = Matcher::new(&query, "body", &|text| Ok(tokens(text))).unwrap();
    let terms: Vec<usize> = matcher.find(&text).iter().map(|found| found.term).collect();
    assert_eq!(terms, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}
