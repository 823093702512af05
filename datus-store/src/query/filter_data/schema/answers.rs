//! The JSON Schema of query results: pages, cursors and hits.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::query::{Cursor, Hit, Of2, Of3, Of4, Of5, Of6, Page};

impl JsonSchema for Cursor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "datus_store::Cursor".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The start of the next page. Pass it on unchanged.",
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+$",
        })
    }
}

impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Page_of_{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("datus_store::Page<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (items, cursor) = (generator.subschema_for::<T>(), generator.subschema_for::<Cursor>());
        json_schema!({
            "type": "object",
            "properties": {
                "items": { "description": "The rows of the page.", "type": "array", "items": items },
                "next": {
                    "description": "The cursor for the next page, or null on the last page.",
                    "anyOf": [cursor, { "type": "null" }],
                },
            },
            "required": ["items", "next"],
        })
    }
}

impl<T: JsonSchema> JsonSchema for Hit<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Hit_of_{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("datus_store::Hit<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let record = generator.subschema_for::<T>();
        let leg = |description: &str| {
            json_schema!({
                "description": description,
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {
                            "rank": { "type": "integer", "minimum": 1 },
                            "score": { "type": "number" },
                        },
                        "required": ["rank", "score"],
                    },
                    { "type": "null" },
                ],
            })
        };
        json_schema!({
            "type": "object",
            "properties": {
                "table": {
                    "description": "The name of the row's table, in a search over several tables.",
                    "type": "string",
                },
                "record": record,
                "score": {
                    "description": "The score by which the hits are ordered. For a distance, lower is better; for the \
                                    others, higher is better.",
                    "type": "object",
                    "properties": {
                        "kind": { "type": "string", "enum": ["distance", "bm25", "fused", "reranked"] },
                        "value": { "type": "number" },
                        "metric": { "type": "string", "enum": ["cosine", "l2", "dot"] },
                        "by": { "description": "The name of the reranker.", "type": "string" },
                    },
                    "required": ["kind", "value"],
                },
                "nearest": leg("The rank and the distance in the vector search."),
                "full_text": leg("The rank and the BM25 score in the full-text search."),
            },
            "required": ["record", "score", "nearest", "full_text"],
        })
    }
}

/// Implements `JsonSchema` for the row of one of several searches, as an `anyOf` of the schemas of their row types.
macro_rules! one_of {
    ($name:ident<$($row:ident),+>) => {
        impl<$($row: JsonSchema),+> JsonSchema for $name<$($row),+> {
            fn schema_name() -> Cow<'static, str> {
                [$($row::schema_name()),+].join("_or_").into()
            }

            fn schema_id() -> Cow<'static, str> {
                format!("datus_store::{}<{}>", stringify!($name), [$($row::schema_id()),+].join(", ")).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let rows = [$(generator.subschema_for::<$row>()),+];
                json_schema!({ "anyOf": rows })
            }
        }
    };
}

one_of!(Of2<A, B>);
one_of!(Of3<A, B, C>);
one_of!(Of4<A, B, C, D>);
one_of!(Of5<A, B, C, D, E>);
one_of!(Of6<A, B, C, D, E, F>);
