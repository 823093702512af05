//! Shapes, generics, tables, keys and metadata.

use super::refuses;

#[test]
fn a_record_is_a_struct_with_named_fields() {
    let named =
        "a record needs named fields, because they name its columns: write `struct R { name: String }`";
    refuses!(record { struct R(String); } named);
    refuses!(record { struct R; } named);
    refuses!(record { enum R { A(#[datus(wrong)] i64) } }
        "a record is a struct with named fields: for an enum that is one column, write `#[derive(ColumnEnum)]`");
    refuses!(record { union R { a: i64 } }
        "a record is a struct with named fields: write `struct` instead of `union`");
    refuses!(record { struct R {} }
        "record `R` has no column: give it a field that is not `#[datus(skip)]`");
    refuses!(record { struct R { #[datus(skip)] a: i64 } }
        "record `R` has no column: give it a field that is not `#[datus(skip)]`");
}

#[test]
fn lifetimes_are_refused() {
    refuses!(record { struct R<'a, T, const N: usize> { id: &'a str, t: T, b: [u8; N] } }
        "a record owns its data: remove `'a`, and replace `&'a str` by `String`");
    refuses!(structure { struct S<'a> { id: &'a str } }
        "a column struct owns its data: remove `'a`, and replace `&'a str` by `String`");
    refuses!(enumeration { enum E<T> { A } }
        "a column enum takes no generics, since its variants hold no data: remove `T`");
}

#[test]
fn table_names_are_what_lancedb_takes() {
    let remedy = "choose another with `#[datus(table = \"…\")]`";
    let long = "x".repeat(129);
    for (name, problem) in [
        ("", "a table name cannot be empty"),
        ("..", "table name `..` is refused by LanceDB"),
        ("a/b", "table name `a/b` holds '/', and LanceDB takes only ASCII letters, digits, `-`, `_` and `.`"),
        (long.as_str(), "a table name has at most 128 characters, this one has 129"),
    ] {
        refuses!(record { #[datus(table = #name)] struct R { id: i64 } } format!("{problem}: {remedy}"));
    }
    refuses!(record { #[datus(table = "a-b.c_9")] struct R { id: i64 } });
}

#[test]
fn keys_name_columns_once() {
    refuses!(record { struct R { #[datus(key)] id: i64, #[datus(key)] tenant: i64 } }
        "a record has one `key` field: for a composite key write `#[datus(key(id, tenant))]` on the struct");
    refuses!(record { #[datus(key(id, tenant))] struct R { #[datus(key)] id: i64, tenant: i64 } }
        "the key is said twice, here and by `key(…)` on the struct: remove one of them");
    refuses!(record { #[datus(key())] struct R { id: i64 } }
        "`key` names no field: write `#[datus(key(a, b))]`");
    refuses!(record { #[datus(key(id, id))] struct R { id: i64 } }
        "field `id` is in the key twice: name it once");
    refuses!(record { #[datus(key(uuid))] struct R { id: i64 } }
        "unknown key field `uuid`: the fields are `id`");
    refuses!(record { #[datus(key(id, cache))] struct R { id: i64, #[datus(skip)] cache: i64 } }
        "field `cache` is skipped, so it is no column: leave it out of the key, or remove its `skip`");
    refuses!(record { #[datus(key(id, doc))] struct R { id: i64, #[datus(json)] doc: Doc } }
        "field `doc` is `json`, and LanceDB cannot look into JSON text: leave it out of the key");
}

#[test]
fn schema_versions_count_from_one() {
    for version in ["0", "4294967296"] {
        let number = syn::LitInt::new(version, proc_macro2::Span::call_site());
        refuses!(record { #[datus(schema_version = #number)] struct R { id: i64 } }
            format!("a schema version is a number from 1 to 4294967295, not {version}: write `schema_version = 1`"));
    }
    refuses!(structure { #[datus(schema_version = 1)] struct S { id: i64 } }
        "key `schema_version` belongs on the record. A column struct takes `rename_all`, `crate`");
}

#[test]
fn metadata_names_are_distinct_and_not_reserved() {
    refuses!(record { #[datus(metadata("a" = "1"), metadata("a" = "2"))] struct R { id: i64 } }
        "duplicate metadata name `a`: say it once");
    refuses!(record { #[datus(metadata("lancedb::x" = "1", "datus:model" = "2", "lancet" = "ok"))] struct R { id: i64 } }
        "metadata name `lancedb::x` is reserved, because LanceDB owns names that start with `lancedb`: choose another",
        "metadata name `datus:model` is reserved, because datus-store owns names that start with `datus:`: choose another");
    refuses!(record { #[datus(metadata())] struct R { id: i64 } }
        "`metadata` has nothing in it: write `metadata(\"name\" = \"value\")`");
}

#[test]
fn a_column_enum_has_distinct_unit_variants() {
    refuses!(enumeration { enum E {} }
        "column enum `E` has no variant, so nothing could be stored: give it one");
    refuses!(enumeration { enum E { A(i64), B { x: i64 }, C } }
        "variant `A` holds data, and a column enum is stored as text: remove the data, or store the enum as JSON \
         with `#[datus(json)]` on the record's field and without `ColumnEnum`",
        "variant `B` holds data, and a column enum is stored as text: remove the data, or store the enum as JSON \
         with `#[datus(json)]` on the record's field and without `ColumnEnum`");
    refuses!(enumeration { #[datus(rename_all = "lowercase")] enum E { Ab, #[datus(rename = "ab")] C } }
        "two variants are stored as `ab`: give one of them another name with `#[datus(rename = \"…\")]`");
    refuses!(enumeration { struct E { a: i64 } }
        "a column enum is an enum: for a struct, write `#[derive(ColumnStruct)]`");
}

#[test]
fn a_column_struct_has_named_fields_or_one() {
    refuses!(structure { struct S(i64, i64); }
        "a tuple struct of 2 fields has no names for its columns: write `struct S { name: String }`, or keep one \
         field to store it as that field's type");
    refuses!(structure { struct S; }
        "a column struct needs fields, because they are what is stored: write `struct S { name: String }`");
    refuses!(structure { enum S { A } }
        "a column struct is a struct: for an enum, write `#[derive(ColumnEnum)]`");
    refuses!(structure { struct S { #[datus(skip)] a: i64 } }
        "column struct `S` has no column: give it a field that is not `#[datus(skip)]`");
    refuses!(structure { #[datus(rename_all = "camelCase")] struct S(i64); }
        "newtype `S` has no column names, it is stored as the type inside: remove `rename_all`");
}
