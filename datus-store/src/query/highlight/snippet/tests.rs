use super::*;

/// Returns the snippet around the best occurrences of the words.
fn cut(text: &str, words: &[&str], length: usize) -> Option<Highlight> {
    let places = |(term, word): (usize, &&str)| {
        let matches = text.match_indices(*word).map(move |(start, word)| (start, start + word.len(), term));
        matches.map(|(start, end, term)| Match { start, end, term }).collect::<Vec<_>>()
    };
    let mut matches: Vec<Match> = words.iter().enumerate().flat_map(places).collect();
    matches.sort_unstable();
    snippet("body", text, &matches, length)
}

fn marked(text: &str, words: &[&str], length: usize) -> String {
    cut(text, words, length).unwrap().marked("<", ">")
}

#[test]
fn a_short_text_is_shown_whole() {
    let highlight = cut(" Tomato soup ", &["Tomato", "soup"], 13).unwrap();
    assert_eq!(highlight.marked("<", ">"), " <Tomato> <soup> ");
    assert_eq!((highlight.start, highlight.continues), (0, false));
    assert_eq!(cut("Tomato soup", &["basil"], 13), None);
}

#[test]
fn a_long_text_is_cut_between_words_around_the_matches() {
    let text = "One two three four five six seven eight nine ten eleven twelve";
    let highlight = cut(text, &["six"], 20).unwrap();
    assert_eq!(highlight.marked("<", ">"), "five <six> seven");
    assert_eq!((highlight.start, highlight.continues), (19, true));
    assert_eq!(&text[highlight.start..][..highlight.text.len()], highlight.text);
    assert_eq!(marked(text, &["One"], 12), "<One> two");
    assert_eq!(marked("soup one,twofold", &["soup"], 12), "<soup> one,");
    let last = cut(text, &["twelve"], 14).unwrap();
    assert_eq!((last.marked("<", ">").as_str(), last.continues), ("eleven <twelve>", false));
}

#[test]
fn the_place_with_the_most_words_of_the_query_is_shown() {
    let text = "soup soup soup. Then a long text without any. At last tomato soup with basil";
    assert_eq!(marked(text, &["soup", "tomato"], 16), "<tomato> <soup>");
    let text = "soup, and many other words. soup soup and many other words. soup soup soup";
    assert_eq!(marked(text, &["soup"], 16), "<soup> <soup> <soup>");
    // If several parts are equally good, the first one is shown.
    assert_eq!(marked("soup one, and later soup two", &["soup"], 10), "<soup> one,");
}

#[test]
fn every_part_lies_between_characters() {
    let text = "größer größer größer Straße größer größer größer 東京都東京都東京都東京都東京都";
    let characters = text.chars().count();
    for length in 1..=characters + 1 {
        for words in [&["Straße"][..], &["東京"], &["größer"], &["Straße", "京都"]] {
            let highlight = cut(text, words, length).unwrap();
            let Highlight { text: shown, start, ranges, continues, .. } = &highlight;
            assert_eq!(&text[*start..][..shown.len()], shown);
            assert!(shown.chars().count() <= length && !ranges.is_empty(), "{length}: {highlight:?}");
            assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            assert!(ranges.iter().all(|range| !shown[range.clone()].is_empty()));
            assert_eq!(*continues, start + shown.len() < text.len());
            let joined: String = highlight.parts().map(|(part, _)| part).collect();
            assert_eq!(joined, *shown);
        }
    }
}

#[test]
fn matches_that_overlap_or_touch_are_one_range() {
    assert_eq!(marked("customerOrderId", &["customer", "Order", "erOr"], 50), "<customerOrder>Id");
    assert_eq!(marked("customerOrderId", &["customer", "Order"], 50), "<customerOrder>Id");
}

#[test]
fn a_match_longer_than_the_limit_is_cut() {
    let highlight = cut("an internationalization", &["internationalization"], 8).unwrap();
    assert_eq!((highlight.marked("<", ">").as_str(), highlight.continues), ("<internat>", true));
}

#[test]
fn random_snippets_keep_the_best_terms() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..2000 {
        let words: Vec<&str> =
            (0..random.usize(1..60)).map(|_| random.choice(["a", "bb", "ccc", "x"]).unwrap()).collect();
        let text = words.join(" ");
        let length = random.usize(3..40);
        let Some(highlight) = cut(&text, &["a", "bb", "ccc"], length) else { continue };
        let terms = |text: &str| ["a", "bb", "ccc"].iter().filter(|term| text.contains(**term)).count();
        // No other part with this length has more terms.
        let most =
            (0..text.len()).map(|start| terms(&text[start..(start + length).min(text.len())])).max().unwrap();
        assert_eq!(terms(&highlight.text), most, "{length}: {text:?} {highlight:?}");
    }
}
