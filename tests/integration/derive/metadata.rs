use std::collections::{BTreeMap, HashMap};

use datus_store::model::{ModelIdentity, ModelTag};
use datus_store::{EmbeddingRecord, record};

use super::schema;

struct Tiny;

impl ModelTag for Tiny {
    const ID: &'static str = "tiny";
    const DIMENSION: usize = 4;
}

/// One page.
///
/// Of a book:
///   indented.
#[derive(EmbeddingRecord)]
#[datus(key(path, number), metadata("owner" = "search team", "a b" = ""), metadata("source" = "scan \"1\""))]
struct Page {
    /// What it is found by.
    #[datus(index)]
    path: String,
    #[datus(index = zone_map)]
    number: u32,
    /// The text,
    /// in two lines.
    #[datus(embed(model = Tiny, metric = dot), fts)]
    body: String,
    #[datus(fts(
        language = "French",
        tokenizer = "raw",
        stem = false,
        with_position = true,
        max_token_length = 7
    ))]
    title: Option<String>,
    #[datus(index = label_list)]
    tags: Vec<String>,
}

fn metadata(metadata: &HashMap<String, String>) -> BTreeMap<&str, &str> {
    metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[track_caller]
fn assert_metadata<R: EmbeddingRecord, const N: usize>(column: &str, expected: [(&str, &str); N]) {
    let schema = schema::<R>();
    assert_eq!(metadata(schema.field_with_name(column).unwrap().metadata()), BTreeMap::from(expected));
}

const DEFAULT_FTS: &str = "language=English,tokenizer=simple,stem=true,remove_stop_words=true,ascii_folding=true,\
                           lower_case=true,with_position=false,max_token_length=255";

#[test]
fn columns_have_descriptions() {
    assert_metadata::<Page, _>(
        "path",
        [("description", "What it is found by."), ("datus:key", "0"), ("datus:index", "btree")],
    );
    assert_metadata::<Page, _>("number", [("datus:key", "1"), ("datus:index", "zone_map")]);
    assert_metadata::<Page, _>(
        "body",
        [
            ("description", "The text,\nin two lines."),
            ("datus:source_of", "vector"),
            ("datus:fts", DEFAULT_FTS),
        ],
    );
    assert_metadata::<Page, _>(
        "title",
        [(
            "datus:fts",
            "language=French,tokenizer=raw,stem=false,remove_stop_words=true,ascii_folding=true,lower_case=true,\
             with_position=true,max_token_length=7",
        )],
    );
    assert_metadata::<Page, _>("tags", [("datus:index", "label_list")]);
}

#[test]
fn every_kind_of_index_has_its_name() {
    #[derive(EmbeddingRecord)]
    struct Indexed {
        #[datus(index = btree)]
        btree: String,
        #[datus(index = bitmap)]
        bitmap: String,
        #[datus(index = label_list)]
        label_list: Option<Vec<String>>,
        #[datus(index = ngram)]
        ngram: String,
        #[datus(index = fm)]
        fm: String,
        #[datus(index = zone_map)]
        zone_map: String,
        #[datus(index = bloom)]
        bloom: String,
    }

    for column in super::columns::<Indexed>() {
        assert_metadata::<Indexed, _>(column, [("datus:index", column)]);
    }
}

#[test]
fn a_vector_names_its_source_and_its_model() {
    let model = ModelIdentity::new("intfloat/e5", 4)
        .with_revision("1f2")
        .with_normalized(true)
        .with_prefixes("passage: ", "query: ");
    let schema = Page::definition().arrow_schema(&[model]);
    let expected = [
        ("datus:vector_of", "body"),
        ("datus:metric", "dot"),
        ("datus:model.id", "intfloat/e5"),
        ("datus:model.revision", "1f2"),
        ("datus:model.dimension", "4"),
        ("datus:model.normalized", "true"),
        ("datus:model.document_prefix", "passage: "),
        ("datus:model.query_prefix", "query: "),
    ];
    assert_eq!(metadata(schema.field_with_name("vector").unwrap().metadata()), BTreeMap::from(expected));
}

#[test]
fn the_schema_has_the_description_the_record_and_the_users_own_pairs() {
    let expected = [
        ("description", "One page.\n\nOf a book:\n  indented."),
        ("datus:record", "Page"),
        ("owner", "search team"),
        ("a b", ""),
        ("source", "scan \"1\""),
    ];
    assert_eq!(metadata(schema::<Page>().metadata()), BTreeMap::from(expected));
}

#[test]
fn a_record_without_attributes_has_only_its_name() {
    #[derive(EmbeddingRecord)]
    struct Bare {
        field: i32,
    }

    assert_eq!(metadata(schema::<Bare>().metadata()), BTreeMap::from([("datus:record", "Bare")]));
    assert_metadata::<Bare, 0>("field", []);
}

/// An encoded batch does not mark keys and vectors, because these marks belong to the table.
#[test]
fn an_encoded_batch_keeps_descriptions_and_declared_indexes() {
    let batch = record::encode::<Page>([]).unwrap();
    let path = metadata(batch.schema_ref().field(0).metadata()).into_iter().collect::<Vec<_>>();
    assert_eq!(path, [("datus:index", "btree"), ("description", "What it is found by.")]);
}

#[derive(EmbeddingRecord)]
struct Tokenized {
    #[datus(fts(code))]
    code: String,
    #[datus(fts(tokenizer = "code"))]
    raw_code: String,
    #[datus(fts(tokenizer = "ngram"))]
    ngram: String,
    #[datus(fts(tokenizer = "ngram", ngram_min_length = 5, prefix_only = true, stem = true))]
    prefixes: String,
    #[datus(fts(tokenizer = "ngram", ngram_max_length = 2))]
    bigrams: String,
    #[datus(fts(stop_words("b", "a", "b")))]
    own_words: String,
    #[datus(fts(tokenizer = "code", stop_words("order_id")))]
    own_code_words: String,
}

#[test]
fn options_that_are_not_declared_depend_on_the_tokenizer() {
    let options = |column: &str| {
        let field = schema::<Tokenized>().field_with_name(column).unwrap().metadata()["datus:fts"].clone();
        let (words, rest) =
            field.split_once(",ascii_folding=true,lower_case=true,with_position=false,").unwrap();
        let words = words.strip_prefix("language=English,tokenizer=").unwrap().to_owned();
        (words, rest.strip_prefix("max_token_length=255").unwrap().to_owned())
    };
    let whole = "split_on_numerics=true,preserve_original=true,index_operators=false";
    for (column, words, own) in [
        ("code", "code,stem=true,remove_stop_words=true", format!(",split_identifiers=true,{whole}")),
        ("raw_code", "code,stem=false,remove_stop_words=false", format!(",split_identifiers=false,{whole}")),
        (
            "ngram",
            "ngram,stem=false,remove_stop_words=false",
            ",ngram_min_length=3,ngram_max_length=3,prefix_only=false".to_owned(),
        ),
        (
            "prefixes",
            "ngram,stem=true,remove_stop_words=false",
            ",ngram_min_length=5,ngram_max_length=5,prefix_only=true".to_owned(),
        ),
        (
            "bigrams",
            "ngram,stem=false,remove_stop_words=false",
            ",ngram_min_length=2,ngram_max_length=2,prefix_only=false".to_owned(),
        ),
        ("own_words", "simple,stem=true,remove_stop_words=true", ",stop_words=a b".to_owned()),
        (
            "own_code_words",
            "code,stem=false,remove_stop_words=true",
            format!(",split_identifiers=false,{whole},stop_words=order_id"),
        ),
    ] {
        assert_eq!(options(column), (words.to_owned(), own), "{column}");
    }
}
