use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema};

use super::{differences, key_columns, same_type, schema_version};
use crate::model::ModelIdentity;
use crate::record::{ColumnKind, Difference, FieldDef, RecordDef, keys};

fn with<const N: usize>(field: Field, metadata: [(&str, &str); N]) -> Field {
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let metadata = field.metadata().clone().into_iter().chain(metadata).collect();
    field.with_metadata(metadata)
}

fn column(name: &str) -> Field {
    Field::new(name, DataType::Int32, false)
}

fn list_of(item: DataType, length: i32) -> DataType {
    DataType::FixedSizeList(Arc::new(Field::new("item", item, true)), length)
}

fn vector(dimension: i32) -> Field {
    let field = Field::new("vector", list_of(DataType::Float32, dimension), true);
    with(field, [(keys::VECTOR_OF, "text"), (keys::METRIC, "cosine")])
}

fn made_by(field: Field, model: &ModelIdentity) -> Field {
    let metadata: HashMap<String, String> =
        model.to_metadata().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let metadata = field.metadata().clone().into_iter().chain(metadata).collect();
    field.with_metadata(metadata)
}

/// Returns the differences of two schemas, for a record whose column `optional` has a default.
fn compare(expected: Schema, found: Schema) -> Vec<Difference> {
    let field = |name, optional| FieldDef {
        name,
        data_type: DataType::Int32,
        nullable: false,
        description: "",
        optional,
        index: None,
        fts: None,
        auto_timestamp: None,
        renamed_from: &[],
        private: false,
        kind: ColumnKind::Opaque,
    };
    let record = RecordDef {
        record: "Row",
        table: Cow::Borrowed("row"),
        description: "",
        fields: vec![field("optional", true), field("required", false)],
        vectors: Vec::new(),
        key: Vec::new(),
        scope: Vec::new(),
        schema_version: 0,
        metadata: Vec::new(),
    };
    differences(&record, &expected, &found)
}

fn compare_columns(expected: Field, found: Field) -> Vec<Difference> {
    compare(Schema::new(vec![expected]), Schema::new(vec![found]))
}

#[test]
fn columns_are_compared_by_their_names() {
    let columns = |names: &[&str]| Schema::new(names.iter().map(|name| column(name)).collect::<Vec<_>>());
    assert_eq!(compare(columns(&["a", "b"]), columns(&["b", "a"])), []);
    let missing = Difference::Missing { column: "required".to_owned(), expected: DataType::Int32 };
    assert_eq!(compare(columns(&["optional", "required"]), columns(&[])), [missing]);
    let extra = Difference::Extra { column: "b".to_owned(), found: DataType::Int32 };
    assert_eq!(compare(columns(&["a"]), columns(&["a", "b"])), [extra]);
}

#[test]
fn a_standby_vector_is_not_a_difference() {
    let standby = vector(2).with_name("vector__standby");
    assert_eq!(compare(Schema::new(vec![vector(2)]), Schema::new(vec![vector(2), standby])), []);
    let found = Schema::new(vec![vector(2), column("b__standby")]);
    assert_eq!(compare(Schema::new(vec![vector(2)]), found).len(), 1);
}

#[test]
fn types_and_nullability_are_compared() {
    let (name, expected, found) = ("a".to_owned(), DataType::Int32, DataType::Int64);
    let different = Difference::Type { column: name.clone(), expected, found };
    assert_eq!(compare_columns(column("a"), column("a").with_data_type(DataType::Int64)), [different]);
    let nullable = |expected| Difference::Nullability { column: name.clone(), expected };
    assert_eq!(compare_columns(column("a").with_nullable(true), column("a")), [nullable(true)]);
    assert_eq!(compare_columns(column("a"), column("a").with_nullable(true)), [nullable(false)]);
}

#[test]
fn vectors_of_a_different_dimension_differ_in_it() {
    let dimension = Difference::Dimension { column: "vector".to_owned(), expected: 2, found: 3 };
    assert_eq!(compare_columns(vector(2), vector(3)), [dimension]);
    let halves = vector(3).with_data_type(list_of(DataType::Float16, 3));
    for found in [halves.clone(), halves.with_data_type(list_of(DataType::Float16, 2))] {
        assert!(matches!(&compare_columns(vector(2), found)[..], [Difference::Type { .. }]));
    }
    let plain = |length| Field::new("list", list_of(DataType::Float32, length), true);
    assert!(matches!(&compare_columns(plain(2), plain(3))[..], [Difference::Type { .. }]), "not a vector");
    assert_eq!(compare_columns(plain(2), plain(2)), []);
}

#[test]
fn vectors_of_a_different_model_metric_source_or_template_differ_in_it() {
    let name = || "vector".to_owned();
    let (model, other) = (ModelIdentity::new("a", 2), ModelIdentity::new("b", 2));
    let of_model = || made_by(vector(2), &model);
    assert_eq!(compare_columns(of_model(), of_model()), []);
    assert_eq!(compare_columns(vector(2), of_model()), [], "without a model, the record accepts any");
    let difference = |found| Difference::Model { column: name(), expected: Box::new(model.clone()), found };
    assert_eq!(compare_columns(of_model(), vector(2)), [difference(None)]);
    let found = compare_columns(of_model(), made_by(vector(2), &other));
    assert_eq!(found, [difference(Some(Box::new(other.clone())))]);

    let metric = |found: Option<&str>| {
        [Difference::Metric {
            column: name(),
            expected: "cosine".to_owned(),
            found: found.map(str::to_owned),
        }]
    };
    assert_eq!(compare_columns(vector(2), with(vector(2), [(keys::METRIC, "l2")])), metric(Some("l2")));
    let plain = Field::new("vector", list_of(DataType::Float32, 2), true);
    let without_metric = with(plain.clone(), [(keys::VECTOR_OF, "text")]);
    assert_eq!(compare_columns(vector(2), without_metric), metric(None));

    let source = |found: Option<&str>| {
        [Difference::Source { column: name(), expected: "text".to_owned(), found: found.map(str::to_owned) }]
    };
    // A different source means that the text is different, so the template is not compared.
    let template = [(keys::VECTOR_OF, "title"), (keys::TEMPLATE, "{title}")];
    assert_eq!(compare_columns(vector(2), with(vector(2), template)), source(Some("title")));
    assert_eq!(compare_columns(vector(2), with(plain, [(keys::METRIC, "cosine")])), source(None));

    let template = |expected: Option<&str>, found: Option<&str>| {
        let [expected, found] = [expected, found].map(|template| template.map(str::to_owned));
        [Difference::Template { column: name(), expected, found }]
    };
    let of = |text| with(vector(2), [(keys::TEMPLATE, text)]);
    assert_eq!(compare_columns(of("{a}"), of("{a}")), []);
    assert_eq!(compare_columns(of("{a}"), of("{a}!")), template(Some("{a}"), Some("{a}!")));
    assert_eq!(compare_columns(vector(2), of("{a}")), template(None, Some("{a}")));
}

#[test]
fn keys_and_schema_versions_are_compared() {
    let key = |columns: [(&str, &str); 2]| {
        Schema::new(columns.map(|(name, at)| with(column(name), [(keys::KEY, at)])).to_vec())
    };
    let reversed = key([("a", "1"), ("b", "0")]);
    assert_eq!(key_columns(&reversed), ["b", "a"]);
    assert_eq!(key_columns(&Schema::new(vec![column("a")])), Vec::<String>::new());
    let [ab, ba] = [["a", "b"], ["b", "a"]].map(|names| names.map(str::to_owned).to_vec());
    let difference = Difference::Key { expected: ab, found: ba };
    assert_eq!(compare(key([("a", "0"), ("b", "1")]), reversed.clone()), [difference]);
    assert_eq!(compare(reversed.clone(), reversed), []);

    let version = |version: &str| {
        let metadata = HashMap::from([(keys::SCHEMA_VERSION.to_owned(), version.to_owned())]);
        Schema::new_with_metadata(Fields::empty(), metadata)
    };
    assert_eq!(schema_version(&version("3")), 3);
    assert_eq!((schema_version(&version("three")), schema_version(&Schema::empty())), (0, 0));
    let difference = Difference::SchemaVersion { expected: 3, found: 4 };
    assert_eq!(compare(version("3"), version("4")), [difference]);
    assert_eq!(compare(version("3"), version("3")), []);
}

#[test]
fn nested_types_are_equal_if_their_fields_are_apart_from_metadata() {
    let int = || Field::new("item", DataType::Int32, false);
    let text = || Field::new("item", DataType::Utf8, false);
    let with_metadata = || with(int(), [("key", "value")]);
    let list = |field: Field| DataType::List(Arc::new(field));
    let map = |field: Field| DataType::Map(Arc::new(field), false);
    let fixed = |field: Field| DataType::FixedSizeList(Arc::new(field), 2);
    let structure = |field: Field| DataType::Struct(Fields::from(vec![field]));
    let nested: [&dyn Fn(Field) -> DataType; 4] = [&list, &map, &fixed, &structure];
    for of in nested {
        assert!(same_type(&of(int()), &of(with_metadata())));
        assert!(same_type(
            &list(Field::new("item", of(int()), true)),
            &list(Field::new("item", of(with_metadata()), true))
        ));
        assert!(!same_type(&of(int()), &of(text())));
        assert!(!same_type(&of(int()), &of(int().with_name("other"))));
        assert!(!same_type(&of(int()), &of(int().with_nullable(true))));
    }
    assert!(!same_type(&list(int()), &fixed(int())));
    assert!(!same_type(&list_of(DataType::Int32, 2), &list_of(DataType::Int32, 3)));
    let two = DataType::Struct(Fields::from(vec![int(), text()]));
    assert!(!same_type(&structure(int()), &two) && same_type(&two, &two));
    assert!(same_type(&DataType::Utf8, &DataType::Utf8) && !same_type(&DataType::Utf8, &DataType::LargeUtf8));
}
