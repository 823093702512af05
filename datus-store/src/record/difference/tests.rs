use super::*;

fn shown(difference: Difference, column: Option<&str>) -> String {
    assert_eq!(difference.column(), column);
    difference.to_string()
}

#[test]
fn a_difference_names_its_column_and_both_sides() {
    let name = || "a".to_owned();
    let text = |text: &str| Some(text.to_owned());
    let (expected, found) = (DataType::Int32, DataType::Int64);
    let missing = Difference::Missing { column: name(), expected: expected.clone() };
    assert_eq!(shown(missing, Some("a")), "column `a` (Int32) is not in the table");
    let extra = Difference::Extra { column: name(), found: found.clone() };
    assert_eq!(shown(extra, Some("a")), "column `a` (Int64) is not in the record");
    let types = Difference::Type { column: name(), expected, found };
    assert_eq!(shown(types, Some("a")), "column `a` is Int32 in the record and Int64 in the table");
    let nullable = |expected| Difference::Nullability { column: name(), expected };
    let in_record = "column `a` may be null in the record, but is never null in the table";
    assert_eq!(shown(nullable(true), Some("a")), in_record);
    let in_table = "column `a` may be null in the table, but is never null in the record";
    assert_eq!(shown(nullable(false), Some("a")), in_table);
    let dimension = Difference::Dimension { column: name(), expected: 2, found: 3 };
    assert_eq!(shown(dimension, Some("a")), "vector `a` has dimension 3 in the table, but the model has 2");
    let model =
        |found| Difference::Model { column: name(), expected: Box::new(ModelIdentity::new("new", 2)), found };
    let both = shown(model(Some(Box::new(ModelIdentity::new("old", 2)))), Some("a"));
    assert!(both.starts_with("vector `a` was made by model ") && both.contains("old"), "{both}");
    let unknown = shown(model(None), Some("a"));
    assert!(
        unknown.contains("does not record which model made vector `a`") && unknown.contains("new"),
        "{unknown}"
    );
    let metric = |found| Difference::Metric { column: name(), expected: "cosine".to_owned(), found };
    let metrics = "the metric of vector `a` is cosine in the record and l2 in the table";
    assert_eq!(shown(metric(text("l2")), Some("a")), metrics);
    assert!(shown(metric(None), Some("a")).ends_with("and not recorded in the table"));
    let source = |found| Difference::Source { column: name(), expected: "text".to_owned(), found };
    let sources = "the source of vector `a` is `text` in the record and `title` in the table";
    assert_eq!(shown(source(text("title")), Some("a")), sources);
    assert!(shown(source(None), Some("a")).ends_with("and not recorded in the table"));
    let template = Difference::Template { column: name(), expected: text("{a}"), found: None };
    let templates = "the template of vector `a` is \"{a}\" in the record and none in the table";
    assert_eq!(shown(template, Some("a")), templates);
    let key = Difference::Key { expected: vec![name(), "b".to_owned()], found: vec![name()] };
    assert_eq!(shown(key, None), "the key is (a, b) in the record and (a) in the table");
    let version = Difference::SchemaVersion { expected: 2, found: 1 };
    assert_eq!(shown(version, None), "the schema version is 2 in the record and 1 in the table");
}
