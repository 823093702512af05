//! Full-text queries.

use super::Book;
use crate::query::{BoostedColumn, FullText, Fuzzy, TextQuery};
use crate::record::TextSearchable;

fn word(text: &str) -> TextQuery<Book> {
    Book::texts().title.matches(text)
}

fn untyped(text: &str) -> FullText {
    word(text).into_untyped()
}

fn boolean(must: &[&str], should: &[&str], must_not: &[&str]) -> FullText {
    let each = |texts: &[&str]| texts.iter().map(|text| untyped(text)).collect();
    FullText::Boolean { must: each(must), should: each(should), must_not: each(must_not) }
}

fn words(columns: &[(&'static str, f32)], all: bool, fuzzy: Option<Fuzzy>) -> FullText {
    let columns = columns.iter().map(|&(name, boost)| BoostedColumn { name, boost }).collect();
    FullText::Match { columns, text: "the sea".to_owned(), all, fuzzy }
}

#[test]
fn each_method_of_columns_makes_its_query() {
    let t = Book::texts();
    let title = [("title", 1.0)];
    let fuzzy = Fuzzy { distance: 2, prefix_length: 3, max_expansions: 7 };
    assert_eq!(Fuzzy::new(2).with_prefix_length(3).with_max_expansions(7), fuzzy);
    assert_eq!(Fuzzy::from(1), Fuzzy { distance: 1, prefix_length: 0, max_expansions: 50 });
    assert_eq!(t.title.matches("the sea").into_untyped(), words(&title, false, None));
    assert_eq!(t.title.matches_all("the sea").into_untyped(), words(&title, true, None));
    assert_eq!(t.title.fuzzy("the sea", fuzzy).into_untyped(), words(&title, false, Some(fuzzy)));
    assert_eq!(t.title.fuzzy_all("the sea", 1).into_untyped(), words(&title, true, Some(Fuzzy::new(1))));
    let phrase = |slop| FullText::Phrase { column: "title", text: "the sea".to_owned(), slop };
    assert_eq!(t.title.phrase("the sea").into_untyped(), phrase(0));
    assert_eq!(t.title.phrase_within("the sea", 2).into_untyped(), phrase(2));
    let both = [("title", 2.0), ("text", 1.0)];
    let columns = || t.title.boost(2.0).with(t.text);
    assert_eq!(columns().matches("the sea").into_untyped(), words(&both, false, None));
    assert_eq!(columns().matches_all("the sea").into_untyped(), words(&both, true, None));
    assert_eq!(columns().fuzzy("the sea", 1).into_untyped(), words(&both, false, Some(Fuzzy::new(1))));
    assert_eq!(columns().fuzzy_all("the sea", 1).into_untyped(), words(&both, true, Some(Fuzzy::new(1))));
    let all = t.all().matches("the sea").into_untyped();
    assert_eq!(all.columns().into_iter().collect::<Vec<_>>(), ["text", "title"]);
    let combined = |all| FullText::Combined {
        columns: both.map(|(name, boost)| BoostedColumn { name, boost }).to_vec(),
        text: "the sea".to_owned(),
        all,
    };
    assert_eq!(columns().combined().matches("the sea").into_untyped(), combined(false));
    let joined = t.title.boost(2.0).combined_with(t.text);
    assert_eq!(joined.clone().matches_all("the sea").into_untyped(), combined(true));
    assert_eq!(joined.combined_with(t.title).matches("x").into_untyped().columns().len(), 2);
    assert_eq!(FullText::matching("the sea"), words(&[], false, None));
}

#[test]
fn clauses_are_added_to_the_query_that_has_them() {
    let must = word("a").must(word("b"));
    assert_eq!(must.clone().into_untyped(), boolean(&["a", "b"], &[], &[]));
    let all = must.should(word("c")).must_not(word("d"));
    assert_eq!(all.clone().into_untyped(), boolean(&["a", "b"], &["c"], &["d"]));
    assert_eq!(all.must(word("e")).into_untyped(), boolean(&["a", "b", "e"], &["c"], &["d"]));
    assert_eq!(word("a").should(word("b")).into_untyped(), boolean(&["a"], &["b"], &[]));
    let either = FullText::Boolean {
        must: vec![boolean(&[], &["a", "b"], &[]), untyped("c")],
        should: Vec::new(),
        must_not: Vec::new(),
    };
    assert_eq!(word("a").or(word("b")).must(word("c")).into_untyped(), either);
    let right = word("a").must(word("b").must(word("c")));
    assert_eq!(right.into_untyped(), boolean(&["b", "c", "a"], &[], &[]), "the shorter chain is moved");
    let either = word("a").or(word("b")).or(word("c").or(word("d")));
    assert_eq!(either.into_untyped(), boolean(&[], &["a", "b", "c", "d"], &[]));
    let excluded = word("a").must_not(word("b").or(word("c")));
    assert_eq!(excluded.into_untyped(), boolean(&["a"], &[], &["b", "c"]));
    // A query with its own clauses stays one clause.
    let clause = word("b").should(word("c"));
    let nested = FullText::Boolean {
        must: vec![untyped("a"), clause.clone().into_untyped()],
        should: Vec::new(),
        must_not: Vec::new(),
    };
    assert_eq!(word("a").must(clause.clone()).into_untyped(), nested);
    let clause = clause.into_untyped();
    assert_eq!(
        word("a").or(word("b").should(word("c"))).into_untyped(),
        FullText::Boolean {
            must: Vec::new(),
            should: vec![untyped("a"), clause.clone()],
            must_not: Vec::new()
        }
    );
    assert_eq!(
        word("a").must_not(word("b").should(word("c"))).into_untyped(),
        FullText::Boolean { must: vec![untyped("a")], should: Vec::new(), must_not: vec![clause] }
    );
    let demoted = FullText::Boost {
        positive: Box::new(untyped("a")),
        negative: Box::new(untyped("b")),
        negative_boost: 0.5,
    };
    assert_eq!(word("a").demote(word("b"), 0.5).into_untyped(), demoted);
}

/// Returns `true` if the query is rejected because it is too deep, `false` if it is accepted.
fn is_too_deep(query: TextQuery<Book>) -> bool {
    match query.into_untyped() {
        FullText::Invalid(reason) => {
            assert_eq!(reason, "the full-text query is nested more than 6 levels deep");
            true
        }
        _ => false,
    }
}

/// Nests a query in `levels` demotions, always on the left side.
fn demoted(levels: u32) -> TextQuery<Book> {
    (0..levels).fold(word("a"), |query, _| query.demote(word("b"), 0.5))
}

#[test]
fn a_query_may_be_nested_six_levels_deep() {
    assert!(!is_too_deep(demoted(6)));
    assert!(is_too_deep(demoted(7)));
    for levels in [5, 6] {
        let is_deep = levels == 6;
        assert_eq!(is_too_deep(word("c").demote(demoted(levels), 0.5)), is_deep, "on the right");
        assert_eq!(is_too_deep(demoted(levels).must(word("c"))), is_deep);
        assert_eq!(is_too_deep(word("c").must(demoted(levels))), is_deep);
        assert_eq!(is_too_deep(word("c").should(demoted(levels))), is_deep);
        assert_eq!(is_too_deep(word("c").must_not(demoted(levels))), is_deep);
        assert_eq!(is_too_deep(demoted(levels).or(word("c"))), is_deep);
        assert_eq!(is_too_deep(word("c").or(demoted(levels))), is_deep);
    }
}

#[test]
fn clauses_of_a_chain_are_on_one_level() {
    let chain = |clause: fn(TextQuery<Book>, TextQuery<Book>) -> TextQuery<Book>| {
        (0..20).fold(demoted(5), |query, _| clause(query, word("b")))
    };
    for query in [
        chain(TextQuery::must),
        chain(TextQuery::should),
        chain(TextQuery::must_not),
        chain(TextQuery::or),
        chain(|query, other| query.must(other.must(word("c")))),
        chain(|query, other| query.or(other.or(word("c")))),
    ] {
        assert!(!is_too_deep(query.clone()));
        assert!(is_too_deep(query.demote(word("b"), 0.5)), "the chain counts as the sixth level");
    }
    // A deep chain on the right of `must`, `must_not` and `or` becomes part of the query.
    assert!(!is_too_deep(word("a").must(demoted(5).must(word("b")))));
    assert!(!is_too_deep(word("a").or(demoted(5).or(word("b")))));
    assert!(!is_too_deep(word("a").must_not(demoted(5).or(word("b")))));
    assert!(is_too_deep(word("a").should(demoted(5).should(word("b")))), "`should` keeps it as a clause");
    assert!(is_too_deep(word("a").must(demoted(5).should(word("b")))));
}

#[test]
fn a_query_may_have_1024_clauses() {
    let count = |clause: fn(TextQuery<Book>, TextQuery<Book>) -> TextQuery<Book>, clauses: usize| {
        let query = (1..clauses).fold(word("a"), |query, _| clause(query, word("b")));
        match query.into_untyped() {
            FullText::Invalid(reason) => Err(reason),
            _ => Ok(()),
        }
    };
    for clause in [TextQuery::must, TextQuery::or] {
        assert_eq!(count(clause, 1024), Ok(()));
        let reason = "the full-text query has more than 1024 clauses".to_owned();
        assert_eq!(count(clause, 1025), Err(reason));
    }
    let half = || (1..512).fold(word("a"), |query, _| query.or(word("b")));
    assert!(!matches!(half().demote(half(), 0.5).into_untyped(), FullText::Invalid(_)));
    let more = half().or(word("c")).demote(half(), 0.5);
    assert!(matches!(more.into_untyped(), FullText::Invalid(_)));
}

#[test]
fn an_invalid_query_stays_invalid() {
    let reason = || demoted(7).into_untyped();
    assert!(matches!(reason(), FullText::Invalid(_)));
    assert_eq!(demoted(7).must(word("a")).into_untyped(), reason());
    assert_eq!(word("a").or(demoted(7)).into_untyped(), reason());
    assert_eq!(demoted(7).demote(word("a"), 0.5).into_untyped(), reason());
}

#[test]
fn a_query_knows_its_columns_and_its_text() {
    let t = Book::texts();
    let query = t.title.matches("a").should(t.text.phrase("b c")).must_not(t.text.matches("d"));
    let untyped = query.clone().into_untyped();
    assert_eq!(untyped.text(), "a b c");
    assert_eq!(untyped.columns().into_iter().collect::<Vec<_>>(), ["text", "title"]);
    assert_eq!(word("a").must(word("b")).into_untyped().text(), "a b");
    assert_eq!(word("a").or(word("b")).into_untyped().text(), "a b");
    assert_eq!(word("a").demote(t.text.matches("b"), 0.5).into_untyped().text(), "a");
    let demoted_by = word("a").demote(t.text.matches("b"), 0.5).into_untyped();
    assert_eq!(demoted_by.columns().len(), 2);
    let combined = t.title.combined_with(t.text).matches("a b").into_untyped();
    assert_eq!((combined.text(), combined.columns().len()), ("a b".to_owned(), 2));
    assert_eq!(FullText::Invalid("a reason".to_owned()).text(), "");
    assert!(format!("{query:?}").starts_with("TextQuery(Boolean {"));
    assert_eq!(
        format!("{:?} {:?}", t.title, t.title.boost(2.0)),
        "TextCol(title) TextColumns([BoostedColumn { name: \"title\", boost: 2.0 }])"
    );
    let combined = t.title.combined_with(t.text);
    assert!(format!("{combined:?}").starts_with("CombinedColumns([BoostedColumn { name: \"title\""));
}

#[test]
fn clauses_for_all_columns_get_the_columns() {
    let all = [BoostedColumn { name: "text", boost: 1.0 }];
    let any = || FullText::matching("a");
    let in_text = || any().with_columns(&all);
    assert_eq!(in_text().columns().into_iter().collect::<Vec<_>>(), ["text"]);
    assert_eq!(untyped("a").with_columns(&all), untyped("a"), "a query with columns keeps them");
    let boolean = |query: fn() -> FullText| FullText::Boolean {
        must: vec![query()],
        should: vec![query()],
        must_not: vec![query()],
    };
    let demoted = |query: FullText| FullText::Boost {
        positive: Box::new(query.clone()),
        negative: Box::new(query),
        negative_boost: 0.5,
    };
    let of_text = || FullText::matching("a").with_columns(&[BoostedColumn { name: "text", boost: 1.0 }]);
    assert_eq!(boolean(|| FullText::matching("a")).with_columns(&all), boolean(of_text));
    assert_eq!(demoted(any()).with_columns(&all), demoted(in_text()));
}

#[test]
fn every_part_of_a_query_is_visited_until_an_error() {
    let query = word("a").should(word("b")).must_not(word("c")).demote(word("d"), 0.5).into_untyped();
    let visit = |stop: &str| {
        let mut seen = Vec::new();
        let result = query.visit(&mut |part| match part {
            FullText::Match { text, .. } if text == stop => Err(()),
            FullText::Match { text, .. } => {
                seen.push(text.clone());
                Ok(())
            }
            _ => Ok(()),
        });
        (seen.concat(), result)
    };
    assert_eq!(visit("none"), ("abcd".to_owned(), Ok(())));
    assert_eq!(visit("c"), ("ab".to_owned(), Err(())));
    assert_eq!(visit("d"), ("abc".to_owned(), Err(())));
}

#[test]
fn other_spellings_and_nested_exclusions_need_the_index() {
    let needs_index = |query: TextQuery<Book>| query.into_untyped().needs_index();
    let title = || Book::texts().title;
    assert!(needs_index(title().fuzzy("sea", 1)));
    assert!(!needs_index(title().fuzzy("sea", 0)) && !needs_index(word("a")));
    assert!(needs_index(word("a").demote(title().fuzzy("sea", 1), 0.5)));
    let without = || word("a").must_not(word("b"));
    assert!(!needs_index(without()), "only inside another clause");
    assert!(!needs_index(word("a").must(word("b")).demote(word("c").or(word("d")), 0.5)));
    assert!(needs_index(word("c").should(without())) && needs_index(word("c").or(without())));
    assert!(needs_index(word("c").must_not(without())));
    assert!(needs_index(word("c").demote(without(), 0.5)) && needs_index(without().demote(word("c"), 0.5)));
}
