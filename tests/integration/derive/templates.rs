use chrono::NaiveDate;
use datus_store::record::{Metric, VectorDef, VectorElement, VectorIndex};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord};

use super::schema;

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
#[datus(rename_all = "lowercase")]
enum Kind {
    Table,
    View,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Owner(Option<String>);

#[derive(EmbeddingRecord)]
#[datus(rename_all = "camelCase")]
struct Table {
    #[datus(skip)]
    _cache: u8,
    table_name: String,
    r#type: Kind,
    owner: Owner,
    rows: Option<u32>,
    ratio: f64,
    made: NaiveDate,
    #[datus(embed(
        template = "{type} {table_name}: {definition} {{{owner}, {rows} rows}} {ratio} {made} {type}"
    ))]
    definition: Option<Box<str>>,
    #[datus(embed(column = "plain"))]
    comment: String,
}

fn table() -> Table {
    Table {
        _cache: 0,
        table_name: "orders".to_owned(),
        r#type: Kind::View,
        owner: Owner(Some("Ann".to_owned())),
        rows: Some(3),
        ratio: 0.5,
        made: NaiveDate::default(),
        definition: Some("SELECT 1".into()),
        comment: "none".to_owned(),
    }
}

#[test]
fn a_template_is_filled_with_the_values_of_fields() {
    let text = table().source_text(0).unwrap().into_owned();
    assert_eq!(text, "view orders: SELECT 1 {Ann, 3 rows} 0.5 1970-01-01 view");
    let bare = Table { owner: Owner(None), rows: None, definition: None, r#type: Kind::Table, ..table() };
    assert_eq!(bare.source_text(0).unwrap(), "table orders:  {,  rows} 0.5 1970-01-01 table");
    assert_eq!(bare.source_text(1).as_deref(), Some("none"));
}

#[test]
fn a_template_of_blank_fields_has_no_text() {
    #[derive(EmbeddingRecord)]
    struct Note {
        title: Option<String>,
        #[datus(embed(template = "Title: {title}\n{body}"))]
        body: String,
    }

    let text = |title: Option<&str>, body: &str| {
        let note = Note { title: title.map(str::to_owned), body: body.to_owned() };
        note.source_text(0).map(std::borrow::Cow::into_owned)
    };
    assert_eq!(text(None, ""), None);
    assert_eq!(text(Some(" "), "\t\n"), None);
    assert_eq!(text(Some("A"), ""), Some("Title: A\n".to_owned()));
    assert_eq!(text(None, "b"), Some("Title: \nb".to_owned()));
}

#[test]
fn the_definition_names_columns_and_the_vector_its_field() {
    let definition = Table::definition();
    let template = "{type} {tableName}: {definition} {{{owner}, {rows} rows}} {ratio} {made} {type}";
    assert_eq!(
        definition.vectors[0],
        VectorDef {
            name: "vector",
            sources: vec![1, 0, 6, 2, 3, 4, 5],
            template: Some(template),
            metric: Metric::Cosine,
            index: VectorIndex::Auto,
            element: VectorElement::Float32,
            multi: false,
            model: 0,
        }
    );
    assert_eq!((&definition.vectors[1].sources, definition.vectors[1].template), (&vec![7], None));
    let schema = schema::<Table>();
    let metadata = |column: &str| schema.field_with_name(column).unwrap().metadata().clone();
    assert_eq!(metadata("vector")["datus:template"], template);
    assert_eq!(metadata("vector")["datus:vector_of"], "type,tableName,definition,owner,rows,ratio,made");
    assert_eq!(metadata("tableName")["datus:source_of"], "vector");
    assert!(!metadata("comment").contains_key("datus:template"));
    use datus_store::record::Searchable;
    assert_eq!(Table::vectors().definition.index(), 0);
}

#[test]
fn a_template_can_contain_a_generic_field() {
    #[derive(EmbeddingRecord)]
    struct Pair<T> {
        first: T,
        #[datus(embed(template = "{first}-{second}"))]
        second: String,
    }

    let pair = Pair { first: 7_i64, second: "x".to_owned() };
    assert_eq!(pair.source_text(0).as_deref(), Some("7-x"));
    assert_eq!((pair.first, pair.second.len()), (7, 1));
}
