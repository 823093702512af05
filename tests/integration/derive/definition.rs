use arrow_schema::DataType;
use datus_store::__private::{ColumnKind, ScalarKind};
use datus_store::record::{FieldDef, IndexKind, RecordDef, VectorDef, VectorElement, VectorIndex};
use datus_store::{EmbeddingRecord, Metric};

/// A note.
#[derive(EmbeddingRecord)]
#[datus(table = "notes", key(year, id), metadata("b" = "2", "a" = "1"))]
struct Note {
    #[datus(rename = "Id", index)]
    id: i64,
    /// When.
    #[datus(default = 2000)]
    year: i32,
    #[datus(skip)]
    _cache: u8,
    #[datus(embed, fts)]
    text: Option<String>,
}

#[test]
fn a_definition_contains_all_declarations_of_the_struct() {
    let field = |name, data_type, nullable| FieldDef {
        name,
        nullable,
        description: "",
        optional: false,
        index: None,
        fts: None,
        auto_timestamp: None,
        renamed_from: &[],
        private: false,
        kind: ColumnKind::Scalar(match data_type {
            DataType::Int64 => ScalarKind::Int64,
            DataType::Int32 => ScalarKind::Int32,
            _ => ScalarKind::Text,
        }),
        data_type,
    };
    let expected = RecordDef {
        record: "Note",
        table: "notes".into(),
        description: "A note.",
        fields: vec![
            FieldDef { index: Some(IndexKind::BTree), ..field("Id", DataType::Int64, false) },
            FieldDef { description: "When.", optional: true, ..field("year", DataType::Int32, false) },
            FieldDef {
                fts: Some(
                    "language=English,tokenizer=simple,stem=true,remove_stop_words=true,ascii_folding=true,\
                     lower_case=true,with_position=false,max_token_length=255",
                ),
                ..field("text", DataType::Utf8, true)
            },
        ],
        vectors: vec![VectorDef {
            name: "vector",
            sources: vec![2],
            template: None,
            metric: Metric::Cosine,
            index: VectorIndex::Auto,
            element: VectorElement::Float32,
            multi: false,
            model: 0,
        }],
        key: vec![1, 0],
        scope: vec![],
        schema_version: 0,
        metadata: vec![("b", "2"), ("a", "1")],
    };
    assert_eq!(Note::definition(), expected);
}

#[test]
fn fields_are_found_by_the_names_of_their_columns() {
    let definition = Note::definition();
    assert_eq!(definition.field("Id").map(|field| field.name), Some("Id"));
    assert_eq!(definition.field("id"), None);
    assert_eq!(definition.field("vector"), None);
}

#[test]
fn the_columns_of_the_scope_come_first_in_the_key() {
    #[derive(EmbeddingRecord)]
    #[datus(key(id, part))]
    #[allow(dead_code)]
    struct Page {
        part: i32,
        id: i64,
        #[datus(scope)]
        tenant: String,
        #[datus(scope)]
        site: String,
    }

    let definition = Page::definition();
    assert_eq!((definition.scope, definition.key), (vec![2, 3], vec![2, 3, 1, 0]));

    #[derive(EmbeddingRecord)]
    #[allow(dead_code)]
    struct Event {
        name: String,
        #[datus(scope)]
        tenant: String,
    }

    let definition = Event::definition();
    assert_eq!((definition.scope, definition.key), (vec![1], vec![]));
}

#[test]
fn a_definition_prints_as_record_and_table() {
    assert_eq!(Note::definition().to_string(), "record `Note` of table `notes`");
}

#[test]
fn fields_are_in_the_order_of_the_struct_with_any_order_of_the_key() {
    assert_eq!(super::columns::<Note>(), ["Id", "year", "text"]);
    let schema = super::schema::<Note>();
    let key = |column| schema.field_with_name(column).unwrap().metadata()["datus:key"].as_str();
    assert_eq!((key("year"), key("Id")), ("0", "1"));
}
