use serde_json::{Map, Value, json};

use super::offer::Offer;
use super::values::ColumnValues;
use crate::query::filter_data::schema;

/// Returns the JSON Schema of the arguments of a tool.
pub(super) fn arguments(offer: &Offer, known: &ColumnValues) -> Value {
    let this = json!({ "$ref": "#/$defs/filter" });
    let filter = schema::filter(&offer.filter, offer.combinators, &this, &|name| known.get(name));
    let mut properties = Map::new();
    if offer.is_searchable() {
        let question = json!({
            "description": "The text to search for. The best rows come first. If absent, rows are only filtered.",
            "type": "string",
            "minLength": 1,
        });
        properties.insert("question".to_owned(), question);
    }
    let limit = json!({
        "description": format!("The maximum number of rows, {} by default.", offer.default_limit),
        "type": "integer",
        "minimum": 1,
        "maximum": offer.max_limit,
    });
    let columns = json!({
        "description": "The columns to return, by default all of them.",
        "type": "array",
        "items": { "type": "string", "enum": offer.columns },
        "minItems": 1,
    });
    let filter_argument = json!({
        "description": "A row must meet every condition. A plain value means equality; an object contains operators.",
        "$ref": "#/$defs/filter",
    });
    properties.insert("filter".to_owned(), filter_argument);
    properties.insert("limit".to_owned(), limit);
    properties.insert("columns".to_owned(), columns);
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": { "filter": filter },
    })
}
