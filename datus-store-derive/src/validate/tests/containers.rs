//! Shapes, generics, tables, keys and metadata.

use super::refuses;

#[test]
fn a_record_is_a_struct_with_named_fields() {
    let named =
        "a record needs named fields, because they name its columns: write `struct R { name: String }`";
    refuses!(record { struct R(String); } named);
    refuses!(record { struct R; } named);
    refuses!(record { enum R { A(#[datus(wrong)] i64) } }
        "a record must be a struct with named fields: to store an enum in a column, write `#[derive(ColumnEnum)]`");
    refuses!(record { union R { a: i64 } }
        "a record must be a struct with named fields: write `struct` instead of `union`");
    refuses!(record { struct R {} }
        "record `R` has no columns: add a field without `#[datus(skip)]`");
    refuses!(record { struct R { #[datus(skip)] a: i64 } }
        "record `R` has no columns: add a field without `#[datus(skip)]`");
}

#[test]
fn lifetimes_are_rejected() {
    refuses!(record { struct R<'a, T, const N: usize> { id: &'a str, t: T, b: [u8; N] } }
        "a record must own its data: remove `'a`, and replace `&'a str` with `String`");
    refuses!(structure { struct S<'a> { id: &'a str } }
        "a column struct must own its data: remove `'a`, and replace `&'a str` with `String`");
    refuses!(enumeration { enum E<T> { A } }
        "a column enum cannot be generic, because its variants hold no data: remove `T`");
}

#[test]
fn table_names_follow_the_rules_of_lancedb() {
    let remedy = "choose a different name with `#[datus(table = \"…\")]`";
    let long = "x".repeat(129);
    for (name, problem) in [
        ("", "a table name cannot be empty"),
        ("..", "LanceDB does not allow the table name `..`"),
        (
            "a/b",
            "table name `a/b` contains '/', but LanceDB allows only ASCII letters, digits, `-`, `_` and `.`",
        ),
        (long.as_str(), "a table name can have at most 128 characters, but this one has 129"),
    ] {
        refuses!(record { #[datus(table = #name)] struct R { id: i64 } } format!("{problem}: {remedy}"));
    }
    refuses!(record { #[datus(table = "a-b.c_9")] struct R { id: i64 } });
}

#[test]
fn a_key_names_each_column_once() {
    refuses!(record { struct R { #[datus(key)] id: i64, #[datus(key)] tenant: i64 } }
        "a record can have only one `key` field: for a composite key, write `#[datus(key(id, tenant))]` on the struct");
    refuses!(record { #[datus(key(id, tenant))] struct R { #[datus(key)] id: i64, tenant: i64 } }
        "the key is declared twice, here and with `key(…)` on the struct: remove one of them");
    refuses!(record { #[datus(key())] struct R { id: i64 } }
        "`key` does not name a field: write `#[datus(key(a, b))]`");
    refuses!(record { #[datus(key(id, id))] struct R { id: i64 } }
        "the key names field `id` twice: name it only once");
    refuses!(record { #[datus(key(uuid))] struct R { id: i64 } }
        "unknown key field `uuid`: the fields are `id`");
    refuses!(record { #[datus(key(id, cache))] struct R { id: i64, #[datus(skip)] cache: i64 } }
        "field `cache` is skipped, so it is not a column: remove it from the key, or remove its `skip`");
    refuses!(record { #[datus(key(id, doc))] struct R { id: i64, #[datus(json)] doc: Doc } }
        "field `doc` is stored as JSON text, which LanceDB does not parse: remove it from the key");
}

#[test]
fn schema_versions_start_at_one() {
    for version in ["0", "4294967296"] {
        let number = syn::LitInt::new(version, proc_macro2::Span::call_site());
        refuses!(record { #[datus(schema_version = #number)] struct R { id: i64 } }
            format!("a schema version must be from 1 to 4294967295, not {version}: write `schema_version = 1`"));
    }
    refuses!(structure { #[datus(schema_version = 1)] struct S { id: i64 } }
        "key `schema_version` belongs on the record. A column struct takes `rename_all`, `crate`");
}

#[test]
fn metadata_names_are_distinct_and_not_reserved() {
    refuses!(record { #[datus(metadata("a" = "1"), metadata("a" = "2"))] struct R { id: i64 } }
        "duplicate metadata name `a`: write it only once");
    refuses!(record { #[datus(metadata("lancedb::x" = "1", "datus:model" = "2", "lancet" = "ok"))] struct R { id: i64 } }
        "metadata name `lancedb::x` is reserved, because names that start with `lancedb` belong to LanceDB: choose a \
         different name",
        "metadata name `datus:model` is reserved, because names that start with `datus:` belong to datus-store: choose a \
         different name");
    refuses!(record { #[datus(metadata())] struct R { id: i64 } }
        "`metadata` is empty: write `metadata(\"name\" = \"value\")`");
}

#[test]
fn a_column_enum_has_distinct_unit_variants() {
    refuses!(enumeration { enum E {} }
        "column enum `E` has no variants: add at least one");
    refuses!(enumeration { enum E { A(i64), B { x: i64 }, C } }
        "variant `A` holds data, but a column enum is stored as text: remove the data, or remove `ColumnEnum` and put \
         `#[datus(json)]` on the record's field",
        "variant `B` holds data, but a column enum is stored as text: remove the data, or remove `ColumnEnum` and put \
         `#[datus(json)]` on the record's field");
    refuses!(enumeration { #[datus(rename_all = "lowercase")] enum E { Ab, #[datus(rename = "ab")] C } }
        "two variants are stored as `ab`: rename one of them with `#[datus(rename = \"…\")]`");
    refuses!(enumeration { struct E { a: i64 } }
        "a column enum must be an enum: for a struct, write `#[derive(ColumnStruct)]`");
}

#[test]
fn a_column_struct_has_named_fields_or_one_unnamed_field() {
    refuses!(structure { struct S(i64, i64); }
        "a tuple struct with 2 fields has no column names: write `struct S { name: String }`, or keep one field for a \
         newtype");
    refuses!(structure { struct S; }
        "a column struct needs at least one field: write `struct S { name: String }`");
    refuses!(structure { enum S { A } }
        "a column struct must be a struct: for an enum, write `#[derive(ColumnEnum)]`");
    refuses!(structure { struct S { #[datus(skip)] a: i64 } }
        "column struct `S` has no columns: add a field without `#[datus(skip)]`");
    refuses!(structure { #[datus(rename_all = "camelCase")] struct S(i64); }
        "newtype `S` has no column names: remove `rename_all`");
}
