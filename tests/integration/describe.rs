//! `Database::describe`: the struct of a table as text.
//!
//! Each printed struct is a file in the `describe` folder, which is compiled into this binary. This proves that the output
//! compiles, and that the struct opens the table that it was printed for. After the output changes, rewrite the files with
//! `DESCRIBE=overwrite`, and run the test again.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use datus_store::model::{HashingModel, IntoModels};
use datus_store::{Database, EmbeddingRecord, ErrorKind, ExtraColumns, Store};

use crate::store::memory;

/// The folder with the printed structs.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integration/describe");

/// Tests one table: the printed struct equals the file, and the struct opens the table, except for the columns
/// `$omitted_columns`.
macro_rules! printed {
    ($name:ident, $record:ident, $models:expr, $omitted_columns:expr, $create:expr) => {
        mod $name {
            #![allow(dead_code, reason = "the fields are not read")]
            include!(concat!("describe/", stringify!($name), ".rs"));
        }

        #[tokio::test]
        async fn $name() {
            let db = memory().await;
            let table: String = ($create)(&db).await;
            check::<$name::$record>(&db, stringify!($name), &table, $models, &$omitted_columns).await;
        }
    };
}

async fn check<R: EmbeddingRecord>(
    db: &Database,
    name: &str,
    table: &str,
    models: impl IntoModels<R::Models> + Clone,
    omitted_columns: &[&str],
) {
    let description = db.describe(table).await.unwrap();
    let file = Path::new(FOLDER).join(name).with_extension("rs");
    if std::env::var_os("DESCRIBE").is_some_and(|value| value == "overwrite") {
        fs::write(&file, description.to_string()).unwrap();
    }
    assert_eq!(description.to_string(), fs::read_to_string(&file).unwrap(), "{name}");
    assert_eq!(
        (description.table(), description.omitted_columns().to_vec()),
        (table, omitted_columns.to_vec().iter().map(ToString::to_string).collect())
    );
    let parts = R::definition();
    assert_eq!((&*parts.table, parts.record), (table, description.record()));

    let adopted = db.adopt::<R>(models.clone()).extra_columns(ExtraColumns::Allow).await.unwrap();
    assert_eq!(adopted.rows, 0);
    let _: Store<R> = db.store(models.clone()).extra_columns(ExtraColumns::Allow).await.unwrap();
    let extra = db.store::<R>(models).await.err();
    assert_eq!(extra.map_or(0, |error| error.differences().len()), omitted_columns.len(), "{name}");
}

/// Creates an empty table with these columns, and returns its name.
async fn create(db: &Database, table: &str, fields: Vec<Field>, metadata: &[(&str, &str)]) -> String {
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    db.as_lancedb().create_empty_table(table, schema).execute().await.unwrap();
    table.to_owned()
}

fn never_null(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, false)
}

fn nullable(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn list(data_type: DataType, nulls: bool) -> DataType {
    DataType::List(Arc::new(Field::new("item", data_type, nulls)))
}

fn array(data_type: DataType, length: i32) -> DataType {
    DataType::FixedSizeList(Arc::new(Field::new("item", data_type, true)), length)
}

fn dictionary(keys: DataType) -> DataType {
    DataType::Dictionary(Box::new(keys), Box::new(DataType::Utf8))
}

fn place() -> Fields {
    Fields::from(vec![
        never_null("city", DataType::Utf8),
        nullable("postalCode", DataType::Utf8),
        nullable(
            "position",
            DataType::Struct(Fields::from(vec![
                never_null("lat", DataType::Float64),
                never_null("lon", DataType::Float64),
            ])),
        ),
    ])
}

printed!(numbers, Numbers, (), [], async |db| {
    use DataType::{Boolean, Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    let types = [Boolean, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float32, Float64];
    let fields = types.into_iter().enumerate().flat_map(|(number, data_type)| {
        [
            never_null(&format!("n{number}"), data_type.clone()),
            nullable(&format!("maybe_n{number}"), data_type),
        ]
    });
    create(db, "numbers", fields.collect(), &[]).await
});

printed!(texts, Texts, (), [], async |db| {
    let fields = vec![never_null("id", DataType::Utf8), nullable("note", DataType::Utf8)];
    create(db, "texts", fields, &[("description", "Texts.\n\nWith a second paragraph.")]).await
});

printed!(bytes, Bytes, (), [], async |db| {
    let fields = vec![
        never_null("hash", DataType::FixedSizeBinary(32)),
        nullable("uuid", DataType::FixedSizeBinary(16)),
        nullable("content", DataType::Binary),
    ];
    create(db, "bytes", fields, &[]).await
});

printed!(lists, Lists, (), ["small"], async |db| {
    let fields = vec![
        nullable("tags", list(DataType::Utf8, true)),
        never_null("numbers", list(DataType::Int64, false)),
        nullable("deep", list(list(DataType::Float32, true), true)),
        nullable("blobs", list(DataType::Binary, false)),
        nullable("small", list(DataType::UInt8, true)),
    ];
    create(db, "lists", fields, &[]).await
});

printed!(decimals, Decimals, (), ["large"], async |db| {
    let fields = vec![
        never_null("price", DataType::Decimal128(10, 2)),
        nullable("exact", DataType::Decimal128(38, 18)),
        nullable("prices", list(DataType::Decimal128(12, 4), true)),
        nullable("large", DataType::Decimal256(60, 10)),
    ];
    create(db, "decimals", fields, &[]).await
});

printed!(timestamps, Timestamps, (), [], async |db| {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let at = |unit, zone: Option<&str>| DataType::Timestamp(unit, zone.map(Into::into));
    let fields = vec![
        never_null("created", at(Microsecond, Some("UTC"))),
        nullable("local", at(Microsecond, None)),
        nullable("in_seconds", at(Second, None)),
        nullable("in_milliseconds", at(Millisecond, Some("UTC"))),
        nullable("in_oslo", at(Nanosecond, Some("Europe/Oslo"))),
        nullable("offset", at(Microsecond, Some("+02:00"))),
    ];
    create(db, "timestamps", fields, &[]).await
});

printed!(times, Times, (), ["millis", "seconds"], async |db| {
    let fields = vec![
        never_null("day", DataType::Date32),
        nullable("at", DataType::Time64(TimeUnit::Nanosecond)),
        nullable("took", DataType::Duration(TimeUnit::Nanosecond)),
        nullable("millis", DataType::Date64),
        nullable("seconds", DataType::Time32(TimeUnit::Second)),
    ];
    create(db, "times", fields, &[]).await
});

printed!(dictionaries, Dictionaries, (), ["short_keys"], async |db| {
    let fields = vec![
        never_null("kind", dictionary(DataType::Int32)),
        nullable("color", dictionary(DataType::Int32)),
        nullable("short_keys", dictionary(DataType::Int8)),
    ];
    create(db, "dictionaries", fields, &[]).await
});

printed!(nested, Nested, (), [], async |db| {
    let fields = vec![never_null("id", DataType::Int64), nullable("place", DataType::Struct(place()))];
    create(db, "nested", fields, &[]).await
});

printed!(nested_lists, NestedLists, (), ["odd"], async |db| {
    let odd = DataType::Struct(Fields::from(vec![nullable("large", DataType::LargeUtf8)]));
    let fields = vec![
        nullable("places", list(DataType::Struct(place()), true)),
        never_null("home", DataType::Struct(place())),
        nullable("odd", odd),
    ];
    create(db, "nested_lists", fields, &[]).await
});

printed!(vectors, Vectors, (), ["bytes"], async |db| {
    let items = Arc::new(Field::new("item", DataType::Float32, false));
    let fields = vec![
        nullable("small", array(DataType::Float32, 3)),
        never_null("medium", array(DataType::Float32, 384)),
        nullable("large", array(DataType::Float32, 1536)),
        nullable("wide", array(DataType::Float64, 8)),
        nullable("half", array(DataType::Float16, 64)),
        nullable("bytes", array(DataType::UInt8, 128)),
        nullable("never_null_items", DataType::FixedSizeList(items, 4)),
    ];
    create(db, "vectors", fields, &[]).await
});

printed!(multi_vectors, MultiVectors, (), [], async |db| {
    let fields =
        vec![never_null("id", DataType::Int32), nullable("tokens", list(array(DataType::Float32, 4), true))];
    create(db, "multi_vectors", fields, &[]).await
});

printed!(blobs, Blobs, (), ["image", "page", "items"], async |db| {
    let blob = HashMap::from([("lance-encoding:blob".to_owned(), "true".to_owned())]);
    let fields = vec![
        never_null("id", DataType::Int64),
        nullable("image", DataType::LargeBinary).with_metadata(blob),
        nullable("page", DataType::LargeUtf8),
        nullable("items", DataType::LargeList(Arc::new(Field::new("item", DataType::Int32, true)))),
    ];
    create(db, "blobs", fields, &[]).await
});

printed!(half, Half, (), [], async |db| {
    create(
        db,
        "half",
        vec![never_null("weight", DataType::Float16), nullable("weights", list(DataType::Float16, true))],
        &[],
    )
    .await
});

printed!(odd_names, Sales2024V1, (), [], async |db| {
    let names = [
        "tableName",
        "type",
        "self",
        "two words",
        "2024",
        "größe",
        "limit",
        "table_name",
        "_private",
        "日本",
    ];
    let fields = names.iter().map(|name| nullable(name, DataType::Int32)).collect();
    create(db, "sales-2024.v1", fields, &[]).await
});

printed!(type_names, StringRow, (), [], async |db| {
    let inner = |name: &str| DataType::Struct(Fields::from(vec![never_null(name, DataType::Int8)]));
    create(db, "string", vec![never_null("row", inner("a")), never_null("Row", inner("b"))], &[]).await
});

// The table of Datus-agent: seven text columns and a vector.
printed!(datus_agent, SchemaMetadata, (), [], async |db| {
    let texts = [
        "identifier",
        "catalog_name",
        "database_name",
        "schema_name",
        "table_name",
        "table_type",
        "definition",
    ];
    let mut fields: Vec<Field> = texts.iter().map(|name| nullable(name, DataType::Utf8)).collect();
    fields.push(nullable("vector", array(DataType::Float32, 384)));
    create(db, "schema_metadata", fields, &[]).await
});

// The table for a `LanceModel` with an embedding function.
printed!(lance_model, Documents, HashingModel::new(384), [], async |db| {
    let functions = r#"[{"name": "sentence-transformers", "model": {"name": "datus/hashing"}, "source_column": "text",
        "vector_column": "vector"}]"#;
    let fields = vec![
        never_null("text", DataType::Utf8),
        nullable("vector", array(DataType::Float32, 384)),
        never_null("id", DataType::Int64),
    ];
    create(db, "documents", fields, &[("embedding_functions", functions)]).await
});

/// Tables that this crate creates, whose roles are recorded.
mod ours {
    use datus_store::EmbeddingRecord;

    /// A page of the handbook.
    #[derive(EmbeddingRecord)]
    #[datus(table = "pages", schema_version = 3)]
    pub(super) struct Page {
        /// The path in the repository.
        #[datus(key)]
        pub(super) path: String,
        #[datus(fts(language = "German", with_position = true), index = ngram)]
        pub(super) title: String,
        #[datus(index = bitmap)]
        pub(super) chapter: u32,
        #[datus(index)]
        pub(super) year: Option<i16>,
        #[datus(fts(code))]
        pub(super) snippet: Option<String>,
        #[datus(fts(tokenizer = "ngram", ngram_min_length = 2))]
        pub(super) author: String,
        #[datus(fts(stop_words("a", "the")))]
        pub(super) summary: String,
        #[datus(embed(metric = l2), fts)]
        pub(super) text: Option<String>,
    }

    #[derive(EmbeddingRecord)]
    #[datus(table = "chunks", key(kind, number))]
    pub(super) struct Chunk {
        pub(super) number: i32,
        #[datus(rename = "type")]
        pub(super) kind: String,
        #[datus(embed(column = "meaning", template = "{kind}: {body}"))]
        pub(super) body: String,
        #[datus(embed(column = "headline"))]
        pub(super) title: String,
    }
}

printed!(pages, Page, HashingModel::new(16), [], async |db: &Database| {
    let _: Store<ours::Page> = db.store(HashingModel::new(16)).await.unwrap();
    "pages".to_owned()
});

printed!(chunks, Chunk, HashingModel::new(16), [], async |db: &Database| {
    let _: Store<ours::Chunk> = db.store(HashingModel::new(16)).await.unwrap();
    "chunks".to_owned()
});

#[tokio::test]
async fn the_printed_struct_declares_what_the_table_records() {
    let db = memory().await;
    let _: Store<ours::Page> = db.store(HashingModel::new(16)).await.unwrap();
    assert!(db.plan::<pages::Page>(HashingModel::new(16)).await.unwrap().is_empty());
    let _: Store<ours::Chunk> = db.store(HashingModel::new(16)).await.unwrap();
    assert!(db.plan::<chunks::Chunk>(HashingModel::new(16)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_standby_vector_is_not_described() {
    let db = memory().await;
    let store: Store<ours::Page> = db.store(HashingModel::new(16)).await.unwrap();
    let before = db.describe("pages").await.unwrap().to_string();
    let text = || "tea".to_owned();
    let row = ours::Page {
        path: text(),
        title: text(),
        chapter: 1,
        year: None,
        snippet: None,
        author: text(),
        summary: text(),
        text: Some(text()),
    };
    store.add([row]).await.unwrap();
    store.reembed(HashingModel::new(8)).await.unwrap();
    let after = db.describe("pages").await.unwrap();
    assert_eq!(after.to_string().replace("(8 dimensions", "(16 dimensions"), before);
    assert_eq!(after.omitted_columns(), [""; 0]);
}

#[tokio::test]
async fn a_missing_table_and_unreadable_metadata_are_errors() {
    let db = memory().await;
    assert_eq!(db.describe("nothing").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    create(&db, "broken", vec![nullable("a", DataType::Utf8)], &[("embedding_functions", "{")]).await;
    let error = db.describe("broken").await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Decode, Some("broken")));
}

/// Returns the strings in a constant of a source file.
fn texts_of_constant(file: &str, constant: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap();
    let (_, constant) = text.split_once(&format!("const {constant}:")).unwrap();
    let (value, _) = constant.split_once(";\n").unwrap();
    value.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_names_that_the_derive_reserves_are_reserved_in_a_description() {
    let names = "datus-store-derive/src/names.rs";
    let mut reserved = texts_of_constant(names, "RESERVED");
    reserved.extend(texts_of_constant(names, "OWN_RESERVED"));
    assert!(reserved.contains("_rowid") && reserved.contains("_highlights"), "{reserved:?}");
    assert_eq!(texts_of_constant("datus-store/src/store/describe/field_type.rs", "RESERVED"), reserved);

    let suffix = texts_of_constant("datus-store-derive/src/validate/column_name.rs", "STANDBY");
    assert_eq!(suffix.len(), 1);
    assert_eq!(texts_of_constant("datus-store/src/record/keys.rs", "STANDBY"), suffix);
}
