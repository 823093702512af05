use datus_store::record::ColumnPath;
use datus_store::{ColumnStruct, EmbeddingRecord, ErrorKind, record};

use super::{columns, schema};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
#[datus(rename_all = "camelCase")]
struct Address {
    /// The city.
    city_name: String,
    zip: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Size<T> {
    width: T,
    height: T,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Shop {
    #[datus(flatten)]
    size: Size<f32>,
    #[datus(key)]
    id: i64,
    #[datus(skip)]
    cache: u8,
    #[datus(flatten(prefix = "home_"))]
    home: Address,
    #[datus(default)]
    stars: u8,
    #[datus(flatten(prefix = "work "))]
    work: Address,
    #[datus(embed(template = "{name} {stars}"))]
    name: String,
}

fn address(city: &str, zip: Option<u32>) -> Address {
    Address { city_name: city.to_owned(), zip }
}

fn shop(id: i64) -> Shop {
    Shop {
        size: Size { width: 1.5, height: 2.0 },
        id,
        cache: 0,
        home: address("Oslo", Some(150)),
        stars: 3,
        work: address("Bergen", None),
        name: format!("shop {id}"),
    }
}

#[test]
fn the_columns_of_a_flattened_struct_are_columns_of_the_table() {
    let names =
        ["width", "height", "id", "home_cityName", "home_zip", "stars", "work cityName", "work zip", "name"];
    assert_eq!(columns::<Shop>(), names);
    let definition = Shop::definition();
    assert_eq!(
        (definition.key.as_slice(), definition.vectors[0].sources.as_slice()),
        ([2].as_slice(), [8, 5].as_slice())
    );
    assert_eq!((definition.fields[3].description, definition.fields[5].optional), ("The city.", true));
    let schema = schema::<Shop>();
    assert_eq!(schema.field_with_name("id").unwrap().metadata()["datus:key"], "0");
    assert_eq!(schema.field_with_name("vector").unwrap().metadata()["datus:vector_of"], "name,stars");
}

#[test]
fn rows_are_written_to_flat_columns_and_read_again() {
    let shops = [shop(1), Shop { work: address("Åre", Some(7)), ..shop(2) }];
    let batch = record::encode(&shops).unwrap();
    assert_eq!(batch.num_columns(), 9);
    assert_eq!(record::decode::<Shop>(&batch).unwrap(), shops);

    let reordered = batch.project(&[8, 7, 6, 4, 3, 2, 1, 0]).unwrap();
    let read = record::decode::<Shop>(&reordered).unwrap();
    assert_eq!(read[1], Shop { stars: 0, ..shops[1].clone() }, "`stars` has a default");
}

#[test]
fn an_error_names_the_column_with_its_prefix() {
    let batch = record::encode(&[shop(1)]).unwrap();
    let without = batch.project(&[0, 1, 2, 4, 5, 6, 7, 8]).unwrap();
    let error = record::decode::<Shop>(&without).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("home_cityName")));
}

#[test]
fn handles_point_to_the_flat_columns() {
    let columns = Shop::columns();
    assert_eq!(columns.home.city_name.path(), ColumnPath::column("home_cityName"));
    assert_eq!(columns.work.zip.path(), ColumnPath::column("work zip"));
    assert_eq!(columns.size.width.path(), ColumnPath::column("width"));
}

#[test]
fn a_generic_field_is_flattened() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Picture<T> {
        id: i64,
        #[datus(flatten)]
        size: Size<T>,
        name: String,
    }

    let picture = Picture { id: 1, size: Size { width: 2_i64, height: 3 }, name: "a".to_owned() };
    assert_eq!(columns::<Picture<i64>>(), ["id", "width", "height", "name"]);
    let batch = record::encode([&picture]).unwrap();
    assert_eq!(record::decode::<Picture<i64>>(&batch).unwrap(), [picture]);
}
