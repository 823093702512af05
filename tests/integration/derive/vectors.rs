use std::sync::Arc;

use arrow_schema::{DataType, Field};
use datus_store::model::{ModelIdentity, ModelTag, SeveralVectors};
use datus_store::record::{Searchable, VectorDef, VectorElement, VectorIndex};
use datus_store::{ColumnStruct, EmbeddingRecord, Metric};

use super::schema;

struct Small;

impl ModelTag for Small {
    const ID: &'static str = "small";
    const DIMENSION: usize = 4;
}

struct Large;

impl ModelTag for Large {
    const ID: &'static str = "large";
    const DIMENSION: usize = 8;
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Abstract(Option<String>);

#[derive(EmbeddingRecord)]
struct Paper {
    id: i64,
    #[datus(embed(model = Large))]
    body: String,
    year: i32,
    #[datus(embed(model = Small, column = "title_vector", metric = l2))]
    title: Option<Box<str>>,
    #[datus(embed(model = Large, column = "Abstract Vector", metric = dot), rename = "Abstract")]
    r#abstract: Abstract,
    #[datus(embed(column = "other"))]
    authors: Arc<str>,
}

fn paper() -> Paper {
    Paper {
        id: 1,
        body: "body".to_owned(),
        year: 1999,
        title: None,
        r#abstract: Abstract(Some("abstract".to_owned())),
        authors: "A, B".into(),
    }
}

fn vector(dimension: i32) -> DataType {
    DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), dimension)
}

#[test]
fn vectors_follow_the_columns_in_the_order_of_their_texts() {
    let schema = schema::<Paper>();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "id",
            "body",
            "year",
            "title",
            "Abstract",
            "authors",
            "vector",
            "title_vector",
            "Abstract Vector",
            "other"
        ]
    );
}

#[test]
fn each_vector_has_the_dimension_of_its_model_and_can_be_null() {
    let schema = schema::<Paper>();
    // Models are numbered in order of first use: `Large`, `Small`, and the model chosen when the table is opened.
    for (column, dimension) in [("vector", 4), ("title_vector", 8), ("Abstract Vector", 4), ("other", 12)] {
        let field = schema.field_with_name(column).unwrap();
        assert_eq!((field.data_type(), field.is_nullable()), (&vector(dimension), true), "{column}");
    }
}

#[test]
fn each_text_names_its_vector_and_each_vector_its_text() {
    let schema = schema::<Paper>();
    let pairs = [
        ("body", "vector", "cosine"),
        ("title", "title_vector", "l2"),
        ("Abstract", "Abstract Vector", "dot"),
        ("authors", "other", "cosine"),
    ];
    for (text, vector, metric) in pairs {
        let metadata = |column| schema.field_with_name(column).unwrap().metadata();
        assert_eq!(metadata(text)["datus:source_of"], vector);
        assert_eq!(metadata(vector)["datus:vector_of"], text);
        assert_eq!(metadata(vector)["datus:metric"], metric);
    }
}

#[test]
fn the_definition_lists_vectors_with_source_metric_and_model() {
    let definition = Paper::definition();
    let vector = |name, source, metric, model| VectorDef {
        name,
        sources: vec![source],
        template: None,
        metric,
        index: VectorIndex::Auto,
        element: VectorElement::Float32,
        multi: false,
        model,
    };
    assert_eq!(
        definition.vectors,
        [
            vector("vector", 1, Metric::Cosine, 0),
            vector("title_vector", 3, Metric::L2, 1),
            vector("Abstract Vector", 4, Metric::Dot, 0),
            vector("other", 5, Metric::Cosine, 2),
        ]
    );
    assert_eq!(definition.model_count(), 3);
}

#[test]
fn source_texts_are_counted_in_the_order_of_the_vectors() {
    let paper = paper();
    let texts: Vec<_> = (0..5).map(|vector| paper.source_text(vector)).collect();
    let texts: Vec<_> = texts.iter().map(Option::as_deref).collect();
    assert_eq!(texts, [Some("body"), None, Some("abstract"), Some("A, B"), None]);
}

#[test]
fn the_source_of_a_vector_skips_fields_that_are_not_columns() {
    #[derive(EmbeddingRecord)]
    struct Skipping {
        #[datus(skip)]
        _cache: u8,
        id: i32,
        #[datus(skip)]
        _other: u8,
        #[datus(embed)]
        text: String,
    }

    assert_eq!(Skipping::definition().vectors[0].sources, [1]);
    assert_eq!(schema::<Skipping>().field(1).metadata()["datus:source_of"], "vector");
}

#[test]
fn the_model_of_the_only_vector_is_the_model_of_the_record() {
    #[derive(EmbeddingRecord)]
    struct Single {
        #[datus(embed(model = Small))]
        text: String,
    }

    fn model_of<R: Searchable<Model = M>, M>() {}
    model_of::<Single, Small>();
    model_of::<Paper, SeveralVectors>();
    fn models_of<R: EmbeddingRecord<Models = M>, M>() {}
    models_of::<Single, (Small,)>();
    models_of::<Paper, (Large, Small, datus_store::model::Dynamic)>();
    let _: datus_store::query::VectorCol<Paper, Small> = Paper::vectors().title;
}

#[test]
fn a_record_without_embed_has_no_vector() {
    #[derive(EmbeddingRecord)]
    struct Plain {
        text: String,
    }

    let definition = Plain::definition();
    assert_eq!((definition.vectors.len(), definition.model_count()), (0, 0));
    assert_eq!(definition.arrow_schema(&[ModelIdentity::new("unused", 4)]).fields().len(), 1);
    assert_eq!(Plain { text: "text".to_owned() }.source_text(0), None);
}
