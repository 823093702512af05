//! Projections.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use quote::ToTokens;
use syn::parse_quote;

use super::{projection, refuses};
use crate::model::Source;

/// Returns the column of each field as written in a filter, or `..` for a flattened projection.
fn sources(input: syn::DeriveInput) -> Vec<String> {
    let model = projection(input).unwrap();
    let path = |source: &Source| match source {
        Source::Column(path) => path.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        Source::Projection => "..".to_owned(),
    };
    model.fields.iter().map(|field| path(&field.source)).collect()
}

#[test]
fn a_field_reads_the_column_of_its_name_or_the_one_that_it_names() {
    let read = sources(parse_quote! {
        #[datus(of = Book)]
        struct Summary {
            title: String,
            #[datus(column = year)] printed: i32,
            #[datus(column = publisher.address.city)] place: String,
            #[datus(column = r#type)] kind: Kind,
            r#in: bool,
            #[datus(flatten)] source: Source,
        }
    });
    assert_eq!(read, ["title", "year", "publisher.address.city", "r#type", "r#in", ".."]);
}

#[test]
fn the_record_is_any_path() {
    let record = |input| projection(input).unwrap().record.to_token_stream().to_string();
    assert_eq!(
        record(parse_quote!(
            #[datus(of = crate::a::Book)]
            struct S {
                a: i64,
            }
        )),
        "crate :: a :: Book"
    );
    assert_eq!(
        record(parse_quote!(
            #[datus(of = Page<i64>)]
            struct S {
                a: i64,
            }
        )),
        "Page < i64 >"
    );
    assert_eq!(
        record(parse_quote!(
            #[datus(of = "Page<i64>")]
            struct S {
                a: i64,
            }
        )),
        "Page < i64 >"
    );
}

#[test]
fn the_path_of_a_column_has_only_names_and_dots() {
    let rule = "`column` takes the path of a field of the record: write `column = title` or `column = location.city`";
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column = "a")] a: i64 } } rule);
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column = a.0)] a: i64 } } rule);
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column = a::b)] a: i64 } } rule);
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column = a())] a: i64 } } rule);
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column =)] a: i64 } } rule);
    refuses!(projection { #[datus(of = B)] struct S { #[datus(column)] a: i64 } } rule);
}

#[test]
fn keys_of_other_derives_report_where_they_belong() {
    refuses!(projection { #[datus(of = B, rename_all = "camelCase")] struct S { a: i64 } }
        "key `rename_all` belongs on the record. A projection takes `of`, `crate`");
    refuses!(projection { #[datus(of = B)] struct S { #[datus(json)] a: i64 } }
        "key `json` belongs on a field of the record. A field of a projection takes `column`, `flatten`");
    refuses!(projection { #[datus(of = B)] struct S { #[datus(of = B)] a: i64 } }
        "key `of` belongs on the struct. A field of a projection takes `column`, `flatten`");
    refuses!(projection { #[datus(of = B)] struct S { #[datus(colunm = b)] a: i64 } }
        "unknown key `colunm`; did you mean `column`? A field of a projection takes `column`, `flatten`");
}

#[test]
fn all_mistakes_of_a_projection_are_reported_at_once() {
    refuses!(projection { struct S<T> { #[datus(flatten(prefix = "a"), column = b)] a: T } }
        "a projection cannot be generic, because its fields have the types of the record's columns: remove `T`",
        "projection `S` does not name its record: add `#[datus(of = MyRecord)]`",
        "`flatten` and `column` conflict on field `a`: a flattened field reads several columns, which its projection \
         names, so remove one of them",
        "the flattened projection names its own columns: write `flatten` without a prefix");
}
