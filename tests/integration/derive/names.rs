use datus_store::query::IntoFilter;
use datus_store::{ColumnEnum, ColumnName, ColumnStruct, EmbeddingRecord, record};

use super::columns;

macro_rules! assert_case {
    ($case:literal, $expected:expr) => {{
        #[derive(EmbeddingRecord)]
        #[datus(rename_all = $case)]
        struct Record {
            plain: i32,
            two_words: i32,
            #[datus(rename = "As_IT is")]
            renamed: i32,
            r#type: i32,
            with_digit_2: i32,
        }
        assert_eq!(columns::<Record>(), $expected);
    }};
}

#[test]
fn rename_all_changes_the_case_of_every_column_except_renamed_ones() {
    assert_case!("lowercase", ["plain", "two_words", "As_IT is", "type", "with_digit_2"]);
    assert_case!("UPPERCASE", ["PLAIN", "TWO_WORDS", "As_IT is", "TYPE", "WITH_DIGIT_2"]);
    assert_case!("PascalCase", ["Plain", "TwoWords", "As_IT is", "Type", "WithDigit2"]);
    assert_case!("camelCase", ["plain", "twoWords", "As_IT is", "type", "withDigit2"]);
    assert_case!("snake_case", ["plain", "two_words", "As_IT is", "type", "with_digit_2"]);
    assert_case!("SCREAMING_SNAKE_CASE", ["PLAIN", "TWO_WORDS", "As_IT is", "TYPE", "WITH_DIGIT_2"]);
    assert_case!("kebab-case", ["plain", "two-words", "As_IT is", "type", "with-digit-2"]);
    assert_case!("SCREAMING-KEBAB-CASE", ["PLAIN", "TWO-WORDS", "As_IT is", "TYPE", "WITH-DIGIT-2"]);
}

#[test]
fn variants_are_renamed_in_the_same_way() {
    #[derive(Debug, Clone, PartialEq, ColumnEnum)]
    #[datus(rename_all = "kebab-case")]
    #[allow(dead_code)]
    enum Kind {
        BaseTable,
        #[datus(rename = "a \"b\" 'c'")]
        Odd,
        r#Self2,
        HTTPServer,
    }

    assert_eq!(Kind::NAMES, ["base-table", "a \"b\" 'c'", "self2", "http-server"]);
    assert_eq!(Kind::from_name("a \"b\" 'c'"), Some(Kind::Odd));
    assert_eq!(Kind::from_name("BaseTable"), None);
    assert_eq!(Kind::BaseTable.name(), "base-table");
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Inner {
    r#where: i32,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(key(r#type, r#fn))]
struct r#Match {
    r#type: String,
    r#fn: i64,
    #[datus(embed, fts)]
    r#impl: String,
    r#struct: Inner,
}

#[test]
fn raw_identifiers_are_names_without_the_prefix() {
    assert_eq!((Match::TABLE, Match::definition().record), ("match", "Match"));
    assert_eq!(columns::<Match>(), ["type", "fn", "impl", "struct"]);
    assert_eq!(Match::definition().key, [0, 1]);

    let rows = [Match {
        r#type: "a".to_owned(),
        r#fn: 7,
        r#impl: "text".to_owned(),
        r#struct: Inner { r#where: 1 },
    }];
    assert_eq!(record::decode::<Match>(&record::encode(&rows).unwrap()).unwrap(), rows);
    assert_eq!(rows[0].source_text(0).as_deref(), Some("text"));

    let t = Match::columns();
    assert_eq!(t.r#struct.r#where.path().names(), ["struct", "where"]);
    let filter: MatchFilter = serde_json::from_str(r#"{"type": "a", "struct": {"where": 1}}"#).unwrap();
    assert_eq!(filter.r#type, Some("a".into()));
    assert_ne!(filter.into_filter(), t.r#type.eq("a"));
}

#[test]
fn a_column_prints_its_path() {
    let t = Match::columns();
    assert_eq!(format!("{:?} and {:?}", t.r#fn, t.r#struct.r#where), "Col(fn) and Col(struct.where)");
}

#[test]
fn columns_can_have_the_names_of_generated_items() {
    #[derive(Debug, PartialEq, EmbeddingRecord)]
    struct Row {
        row: i32,
        columns: i32,
        builder: i32,
        reader: i32,
        query: i32,
        filter: i32,
        all: i32,
        map: i32,
        index: i32,
        value: i32,
        default: i32,
        new: i32,
        select: i32,
        into_future: i32,
        maybe_new: i32,
        maybe_limit: i32,
        limit: i32,
    }

    assert_eq!(columns::<Row>().len(), 17);
    assert_eq!(Row::columns().new.path().names(), ["new"]);
    let filter: RowFilter = serde_json::from_str(r#"{"all": 1, "map": 2, "index": 3}"#).unwrap();
    assert_eq!(serde_json::to_string(&filter).unwrap(), r#"{"all":1,"map":2,"index":3}"#);
    // If a column is named `all`, the field that combines filters becomes `all_`.
    let filter: RowFilter = serde_json::from_str(r#"{"all": 1, "all_": [{"map": 2}]}"#).unwrap();
    let one = RowFilter { map: Some(2.into()), ..RowFilter::default() };
    assert_eq!(filter, RowFilter { all: Some(1.into()), all_: vec![one], ..RowFilter::default() });
}

#[test]
fn names_may_contain_spaces_dashes_keywords_and_other_alphabets() {
    #[derive(EmbeddingRecord)]
    #[datus(table = "A-b_c.2")]
    struct Odd {
        #[datus(rename = "SELECT")]
        select: i32,
        #[datus(rename = "first name - 'last'")]
        name: i32,
        ключ: i32,
        #[datus(rename = "名前 $%&")]
        other: i32,
    }

    assert_eq!(Odd::TABLE, "A-b_c.2");
    assert_eq!(columns::<Odd>(), ["SELECT", "first name - 'last'", "ключ", "名前 $%&"]);
    assert_eq!(Odd::columns().name.path().to_string(), "first name - 'last'");
}

#[test]
fn a_table_has_the_name_of_the_struct_in_snake_case() {
    #[derive(EmbeddingRecord)]
    #[allow(dead_code)]
    struct HTTPRequestLog2 {
        id: i32,
    }

    assert_eq!(HTTPRequestLog2::TABLE, "http_request_log2");
}
