//! Random hostile input is answered or rejected with a short message, and never aborts the process.

use datus_store::query::{FullText, Fuzzy, Predicate, TextQuery};
use datus_store::record::TextSearchable;
use datus_store::{ColumnStruct, Cursor, EmbeddingRecord, ErrorKind, Filter, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::store::memory;
use crate::support::cases;

/// The maximum length of a message, for input of any length. A message contains column names and 200 characters of the input.
const LONGEST: usize = 1500;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: String,
    floor: Option<i16>,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "hostile")]
struct Row {
    #[datus(key)]
    id: i64,
    #[datus(fts)]
    text: String,
    note: Option<String>,
    small: Option<u8>,
    float: Option<f32>,
    tags: Vec<String>,
    bytes: Option<Vec<u8>>,
    place: Option<Place>,
}

fn run<S: Strategy>(default: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(default), failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

/// Generates arbitrary text, including long strings.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        2 => "[a-z0-9_\\-]{0,60}",
        1 => (select(vec!["a", "é", "\u{0}", "\"", "\\", "{", "語", "🄰"]), 0..20_000_usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

#[test]
fn any_text_is_a_cursor_or_refused_with_a_short_message() {
    let good = "AQAAAAf_____AAAAAAAAAAAAAAADGPridpO0AAAAAAAAAAAADK57pzpZ";
    let changed = (any::<prop::sample::Index>(), any::<char>()).prop_map(move |(at, character)| {
        let at = at.index(good.len());
        format!("{}{character}{}", &good[..at], &good[at + 1..])
    });
    run(256, prop_oneof![text(), changed, "[A-Za-z0-9_\\-]{56}"], |text| {
        match text.parse::<Cursor>() {
            Ok(cursor) => prop_assert_eq!(&cursor.to_string(), &text),
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidInput);
                prop_assert!(error.to_string().len() < 300, "{}", error);
            }
        }
        let json = serde_json::to_string(&text).unwrap();
        if let Err(error) = serde_json::from_str::<Cursor>(&json) {
            prop_assert!(error.to_string().len() < 300, "{}", error);
        }
        Ok(())
    });
}

/// Generates JSON of any shape.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = prop_oneof![
            3 => select(vec!["id", "text", "note", "small", "float", "tags", "bytes", "place", "city", "floor"]).prop_map(str::to_owned),
            1 => text(),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(names, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn any_json_is_a_filter_or_refused_with_a_short_message() {
    let names = select(vec!["id", "text", "note", "small", "float", "tags", "bytes", "place", "unknown"]);
    let column = (names, json()).prop_map(|(name, value)| serde_json::json!({ name: value }));
    let broken = (json(), any::<prop::sample::Index>()).prop_map(|(json, at)| {
        let mut text = json.to_string();
        let at =
            (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(at);
        text
    });
    let input = prop_oneof![
        2 => json().prop_map(|json| json.to_string()),
        4 => column.prop_map(|json| json.to_string()),
        1 => broken,
        1 => text(),
    ];
    run(256, input, |input| {
        match serde_json::from_str::<RowFilter>(&input) {
            Ok(filter) => {
                let again = serde_json::to_string(&filter).unwrap();
                prop_assert_eq!(&serde_json::from_str::<RowFilter>(&again).unwrap(), &filter);
                let filter = datus_store::query::IntoFilter::<Row>::into_filter(filter);
                prop_assert!(!matches!(filter.predicate(), Predicate::Invalid(_)));
            }
            Err(error) => prop_assert!(error.to_string().len() < LONGEST, "{}", error),
        }
        Ok(())
    });
}

#[test]
fn an_error_repeats_little_of_a_large_filter() {
    let large = "x".repeat(10 << 20);
    for json in [
        format!(r#"{{"{large}": 1}}"#),
        format!(r#"{{"id": "{large}"}}"#),
        format!(r#"{{"small": "{large}"}}"#),
        format!(r#"{{"place": {{"{large}": 1}}}}"#),
        format!(r#"{{"place": {{"floor": "{large}"}}}}"#),
        format!(r#"{{"tags": [{{"{large}": 1}}]}}"#),
        format!("\"{large}\""),
        format!(r#"{{"text": [{}"#, "[".repeat(1 << 20)),
    ] {
        let error = serde_json::from_str::<RowFilter>(&json).unwrap_err();
        assert!(error.to_string().len() < LONGEST, "{}", error.to_string().len());
    }
    let error = serde_json::from_str::<RowFilter>(&format!(r#"{{"{large}": 1}}"#)).unwrap_err().to_string();
    assert!(error.contains("xxx … xxx") && error.contains("the columns are `id`"), "{error}");
}

/// A step in the construction of a filter.
#[derive(Debug, Clone, Copy)]
enum Step {
    And(bool),
    Or(bool),
    Not,
}

fn steps() -> impl Strategy<Value = Vec<(Step, u16)>> {
    let step =
        prop_oneof![any::<bool>().prop_map(Step::And), any::<bool>().prop_map(Step::Or), Just(Step::Not),];
    let once = (step, prop_oneof![8 => Just(1_u16), 1 => 1..400_u16]);
    proptest::collection::vec(once, 0..60)
}

/// Returns the depth of a predicate, computed without the library.
fn depth(predicate: &Predicate) -> u32 {
    let tree = |members: usize| members.next_power_of_two().ilog2().max(1);
    match predicate {
        Predicate::And(all) | Predicate::Or(all) => {
            tree(all.len()) + all.iter().map(depth).max().unwrap_or_default()
        }
        Predicate::Not(inner) => 1 + depth(inner),
        _ => 0,
    }
}

#[test]
fn randomly_combined_filters_are_correct_or_too_deep() {
    run(256, steps(), |steps| {
        let t = Row::columns();
        let (mut filter, mut wanted) = (t.id.eq(0), true);
        for (step, times) in steps {
            for time in 0..i64::from(times) {
                // `other` is true for row 0 if `time` is even.
                let other = if time % 2 == 0 { t.id.eq(0) } else { t.id.eq(1) };
                let is_true = time % 2 == 0;
                (filter, wanted) = match step {
                    Step::And(true) => (filter & other, wanted && is_true),
                    Step::And(false) => (other & filter, wanted && is_true),
                    Step::Or(true) => (filter | other, wanted || is_true),
                    Step::Or(false) => (other | filter, wanted || is_true),
                    Step::Not => (!filter, !wanted),
                };
            }
        }
        match filter.predicate() {
            Predicate::Invalid(reason) => prop_assert!(reason.contains("levels deep")),
            predicate => {
                prop_assert!(depth(predicate) <= 20);
                prop_assert_eq!(meaning(predicate, 0), wanted);
                // The depth that the library recomputes equals the depth counted during construction.
                prop_assert!(Filter::<Row>::from_predicate(predicate.clone()) == filter);
            }
        }
        Ok(())
    });
}

/// Returns `true` if the predicate is true for the row with the id.
fn meaning(predicate: &Predicate, id: i64) -> bool {
    match predicate {
        Predicate::And(all) => all.iter().all(|each| meaning(each, id)),
        Predicate::Or(any) => any.iter().any(|each| meaning(each, id)),
        Predicate::Not(inner) => !meaning(inner, id),
        Predicate::Compare { value: datus_store::query::Value::Int64(value), .. } => *value == id,
        other => panic!("no meaning for {other:?}"),
    }
}

const WORDS: [&str; 5] = ["tomato", "soup", "bread", "onion", "the"];

/// A full-text query as data.
#[derive(Debug, Clone)]
enum Query {
    Word(usize),
    All(usize, usize),
    Combined(usize, usize),
    Fuzzy(usize),
    Must(Box<Query>, Box<Query>),
    Should(Box<Query>, Box<Query>),
    MustNot(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    Demote(Box<Query>, Box<Query>),
}

fn query() -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![
        4 => (0..WORDS.len()).prop_map(Query::Word),
        1 => (0..4_usize, 0..4_usize).prop_map(|(one, other)| Query::All(one, other)),
        1 => (0..4_usize, 0..4_usize).prop_map(|(one, other)| Query::Combined(one, other)),
        1 => (0..4_usize).prop_map(Query::Fuzzy),
    ];
    leaf.prop_recursive(5, 16, 2, |inner| {
        let pair = || (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            pair().prop_map(|(one, other)| Query::Must(one, other)),
            pair().prop_map(|(one, other)| Query::Should(one, other)),
            pair().prop_map(|(one, other)| Query::MustNot(one, other)),
            pair().prop_map(|(one, other)| Query::Or(one, other)),
            pair().prop_map(|(one, other)| Query::Demote(one, other)),
        ]
    })
}

impl Query {
    fn build(&self) -> TextQuery<Row> {
        let text = Row::texts().text;
        match self {
            Self::Word(word) => text.matches(WORDS[*word]),
            Self::All(one, other) => text.matches_all(format!("{} {}", WORDS[*one], WORDS[*other])),
            Self::Combined(one, other) => {
                text.boost(2.0).combined().matches(format!("{} {}", WORDS[*one], WORDS[*other]))
            }
            Self::Fuzzy(word) => text.fuzzy(format!("{}x", WORDS[*word]), Fuzzy::new(1)),
            Self::Must(one, other) => one.build().must(other.build()),
            Self::Should(one, other) => one.build().should(other.build()),
            Self::MustNot(one, other) => one.build().must_not(other.build()),
            Self::Or(one, other) => one.build().or(other.build()),
            Self::Demote(one, other) => one.build().demote(other.build(), 0.5),
        }
    }

    /// Returns `true` if the first clause of a `should` or `must_not` consists only of stop words. In that case, only the
    /// second clause remains, which `met` does not model.
    fn has_remains(&self) -> bool {
        match self {
            Self::Word(_) | Self::All(..) | Self::Combined(..) | Self::Fuzzy(_) => false,
            Self::Should(one, other) | Self::MustNot(one, other) => {
                one.met(&[]).is_none() || one.has_remains() || other.has_remains()
            }
            Self::Must(one, other) | Self::Or(one, other) | Self::Demote(one, other) => {
                one.has_remains() || other.has_remains()
            }
        }
    }

    /// Returns `true` if a row with these words matches the query; `None` if the query has no words that the index
    /// keeps.
    fn met(&self, words: &[&str]) -> Option<bool> {
        let has = |word: usize| words.contains(&WORDS[word]);
        match self {
            Self::Word(4) => None,
            Self::Word(word) | Self::Fuzzy(word) => Some(has(*word)),
            Self::All(one, other) => Some(has(*one) && has(*other)),
            Self::Combined(one, other) => Some(has(*one) || has(*other)),
            Self::Must(one, other) => match (one.met(words), other.met(words)) {
                (Some(one), Some(other)) => Some(one && other),
                (one, other) => one.or(other),
            },
            // If all words of the first clause are stop words, only the second clause remains.
            Self::Should(one, other) => one.met(words).or_else(|| other.met(words)),
            Self::MustNot(one, other) => Some(one.met(words)? && other.met(words) != Some(true)),
            Self::Or(one, other) => match (one.met(words), other.met(words)) {
                (None, None) => None,
                (one, other) => Some(one == Some(true) || other == Some(true)),
            },
            Self::Demote(one, _) => one.met(words),
        }
    }
}

#[test]
fn random_full_text_queries_find_the_rows_that_plain_rust_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let rows: Vec<Row> = (0..32_i64)
        .map(|id| {
            let text: Vec<&str> = (0..5).filter(|word| id >> word & 1 == 1).map(|word| WORDS[word]).collect();
            Row {
                id,
                text: text.join(" "),
                note: None,
                small: None,
                float: None,
                tags: Vec::new(),
                bytes: None,
                place: None,
            }
        })
        .collect();
    let store: Store<Row> = runtime.block_on(async {
        let store: Store<Row> = memory().await.store(()).await.unwrap();
        store.add(&rows[..20]).await.unwrap();
        store.create_indexes().await.unwrap();
        store.add(&rows[20..]).await.unwrap();
        store
    });
    run(40, query(), |query| {
        let built = query.build();
        if matches!(built.clone().into_untyped(), FullText::Invalid(_)) || query.has_remains() {
            return Ok(());
        }
        let expected = rows.iter().map(|row| query.met(&row.text.split(' ').collect::<Vec<_>>()));
        let expected: Option<Vec<bool>> = expected.collect();
        let found =
            runtime.block_on(async { store.search_text(|_| built).limit(100).select(|t| t.id).await });
        match (expected, found) {
            (Some(expected), Ok(hits)) => {
                let mut found: Vec<i64> = hits.iter().map(|hit| hit.record).collect();
                found.sort_unstable();
                let expected: Vec<i64> =
                    (0..).zip(expected).filter(|(_, met)| *met).map(|(id, _)| id).collect();
                prop_assert_eq!(found, expected);
            }
            (None, Err(error)) => prop_assert_eq!(error.kind(), ErrorKind::InvalidInput),
            (expected, found) => prop_assert!(false, "{:?} {:?}", expected, found),
        }
        Ok(())
    });
}
