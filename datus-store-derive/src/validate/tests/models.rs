//! The models that valid input produces.

use quote::ToTokens;
use syn::parse_quote;

use super::{enumeration, record, structure};
use crate::choice::{IndexKind, Metric, TimeUnit, VectorElement, VectorIndex};
use crate::model::{
    ColumnModel, DefaultValue, ModelChoice, RecordModel, StampModel, Storage, StructKind, TemplatePart,
    TextModel,
};

fn accepted(input: syn::DeriveInput) -> RecordModel {
    record(input).unwrap_or_else(|error| unreachable!("{error}"))
}

fn names(model: &RecordModel) -> Vec<&str> {
    model.columns.iter().map(|column| column.field.name.as_str()).collect()
}

fn methods(model: &RecordModel) -> Vec<(String, String)> {
    let pair = |column: &ColumnModel| (column.eq_method.to_string(), column.maybe_method.to_string());
    model.columns.iter().map(pair).collect()
}

#[test]
fn a_bare_record_takes_every_default() {
    let model = accepted(parse_quote! {
        /// One table.
        ///
        ///  Indented.
        pub struct TableSchema<T> where T: Clone { pub id: String, r#type: T }
    });
    assert_eq!(model.table, "table_schema");
    assert_eq!(model.description.as_deref(), Some("One table.\n\n Indented."));
    assert_eq!(model.krate.to_token_stream().to_string(), ":: datus_store");
    assert_eq!(names(&model), ["id", "type"]);
    assert!(model.key.is_empty() && model.embeds.is_empty() && model.skipped.is_empty());
    assert!(model.columns.iter().all(|c| c.field.storage == Storage::Native && c.default.is_none()));
    assert_eq!(methods(&model), [("id".into(), "maybe_id".into()), ("r#type".into(), "maybe_type".into())]);
}

#[test]
fn every_key_reaches_the_model() {
    let model = accepted(parse_quote! {
        #[datus(table = "t", rename_all = "camelCase", crate = "my::store", key(tenant_id, r#type), schema_version = 3)]
        #[datus(metadata("a" = "1"), metadata("b" = "2",))]
        struct R {
            #[datus(index = bitmap, default = "x".to_owned())] r#type: String,
            #[datus(skip)] cache: Cache,
            #[datus(skip, default = Cache::new())] other: Cache,
            #[datus(rename = "Tenant", index, default)] tenant_id: i64,
            #[datus(embed, fts, private)] title: String,
            #[datus(embed(model = Tagged<A>, column = "v", metric = l2, index = hnsw_sq, element = f16), fts(stem = false, language = "German"))] text_body: String,
            #[datus(json)] doc: Doc,
            #[datus(decimal(10, 2))] price: Decimal,
            #[datus(timestamp(ms, "UTC"))] at: Time,
            #[datus(dictionary)] city: String,
            #[datus(with = my::Optional<UrlText>)] url: Url,
            #[datus(created_at, rename_from = "since", rename_from = "birth")] born: Time,
            #[datus(updated_at, timestamp(s))] changed: Time,
        }
    });
    assert_eq!(model.krate.to_token_stream().to_string(), "my :: store");
    assert_eq!(model.metadata, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    assert_eq!(
        names(&model),
        ["type", "Tenant", "title", "textBody", "doc", "price", "at", "city", "url", "born", "changed"]
    );
    let stamps: Vec<_> = model.columns[8..].iter().map(|c| c.stamp).collect();
    assert_eq!(stamps, [None, Some(StampModel::Created), Some(StampModel::Updated)]);
    assert_eq!((model.key.as_slice(), model.schema_version), ([1, 0].as_slice(), 3));
    assert_eq!(
        (&model.columns[0].renamed_from[..], &model.columns[9].renamed_from[..]),
        (&[][..], &["since".to_owned(), "birth".to_owned()][..])
    );
    let private: Vec<_> = model.columns.iter().map(|c| c.private.is_some()).collect();
    assert_eq!(private.iter().position(|private| *private), Some(2));
    let kinds: Vec<_> = model.columns.iter().map(|c| c.index.as_ref().map(|i| i.kind)).collect();
    assert_eq!(kinds[..3], [Some(IndexKind::Bitmap), Some(IndexKind::BTree), None]);
    assert!(matches!(model.columns[0].default, Some(DefaultValue::Expr(_))));
    assert!(matches!(model.columns[1].default, Some(DefaultValue::Trait)));
    assert!(matches!(model.skipped[0].default, DefaultValue::Trait));
    assert!(matches!(model.skipped[1].default, DefaultValue::Expr(_)));

    let storages: Vec<_> = model.columns[4..8].iter().map(|c| c.field.storage.clone()).collect();
    let timestamp = Storage::Timestamp { unit: TimeUnit::Millisecond, tz: Some("UTC".into()) };
    assert!(matches!(&model.columns[8].field.storage, Storage::With(path) if path.segments.len() == 2));
    let decimal = Storage::Decimal { precision: 10, scale: 2 };
    assert_eq!(storages, [Storage::Json, decimal, timestamp, Storage::Dictionary]);

    let vectors: Vec<_> = model
        .embeds
        .iter()
        .map(|e| (e.column, e.vector_column.as_str(), e.metric, e.index, e.element))
        .collect();
    assert_eq!(
        vectors,
        [
            (2, "vector", Metric::Cosine, VectorIndex::Auto, VectorElement::Float32),
            (3, "v", Metric::L2, VectorIndex::HnswSq, VectorElement::Float16),
        ]
    );
    assert!(matches!(model.embeds[0].model, ModelChoice::Dynamic));
    assert!(
        matches!(&model.embeds[1].model, ModelChoice::Fixed(path) if path.is_ident("Tagged") || path.segments.len() == 1)
    );
    let multi = accepted(parse_quote! { struct R { #[datus(embed(multi, metric = cosine))] text: String } });
    assert!(matches!(multi.embeds[0].model, ModelChoice::Multi));
    let fts: Vec<_> = model
        .columns
        .iter()
        .filter_map(|c| c.fts.as_ref())
        .map(|f| (f.language.as_str(), f.stem, f.max_token_length))
        .collect();
    assert_eq!(fts, [("English", true, 255), ("German", false, 255)]);
}

#[test]
fn a_template_resolves_to_texts_and_columns() {
    let model = accepted(parse_quote! {
        struct R {
            #[datus(skip)] cache: i64,
            a: i64,
            #[datus(embed(template = "{{{r} of {a}{a}}}, {r}"))] r#r: String,
            #[datus(embed(column = "plain"))] b: String,
        }
    });
    let text = |text: &str| TemplatePart::Text(text.to_owned());
    let column = TemplatePart::Column;
    let TextModel::Template(parts) = &model.embeds[0].text else { unreachable!("a template") };
    assert_eq!(*parts, [text("{"), column(1), text(" of "), column(0), column(0), text("}, "), column(1)]);
    assert_eq!(model.embeds[0].sources(), [1, 0]);
    assert_eq!(model.embeds[1].sources(), [2]);
}

#[test]
fn methods_never_collide() {
    let model = accepted(parse_quote! {
        struct R { x: i64, maybe_x: i64, limit: i64, limit_is: i64, #[datus(skip)] maybe_limit: i64, r#where: i64 }
    });
    let expected = [
        ("x", "maybe_x_is"),
        ("maybe_x", "maybe_maybe_x"),
        ("limit_is_is", "maybe_limit"),
        ("limit_is", "maybe_limit_is"),
        ("r#where", "maybe_where"),
    ];
    assert_eq!(methods(&model), expected.map(|(eq, maybe)| (eq.to_owned(), maybe.to_owned())));
}

#[test]
fn enums_resolve_to_stored_names() {
    let model = enumeration(parse_quote! {
        #[datus(rename_all = "SCREAMING-KEBAB-CASE")]
        enum TableType { BaseTable, #[datus(rename = "v")] View = 7, r#Self_ }
    });
    let variants = model.map(|model| model.variants).unwrap_or_default();
    let names: Vec<_> = variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["BASE-TABLE", "v", "SELF"]);
}

#[test]
fn structs_resolve_to_fields_or_to_the_inner_type() {
    let named = structure(parse_quote! {
        #[datus(rename_all = "PascalCase")]
        struct Place<T> { /** The city. */ city_name: String, #[datus(json)] rest: T, #[datus(skip)] cache: i64 }
    });
    let Ok(StructKind::Named { fields, skipped }) = named.map(|model| model.kind) else {
        unreachable!("a struct with named fields");
    };
    let columns: Vec<_> = fields.iter().map(|f| (f.name.as_str(), f.description.as_deref())).collect();
    assert_eq!(columns, [("CityName", Some("The city.")), ("Rest", None)]);
    assert_eq!(skipped.len(), 1);

    let newtype = structure(parse_quote!(
        struct UserId(pub String);
    ));
    let Ok(StructKind::Newtype(inner)) = newtype.map(|model| model.kind) else {
        unreachable!("a newtype");
    };
    assert_eq!(inner.to_token_stream().to_string(), "String");
}
