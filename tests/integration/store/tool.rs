//! A store as a tool for a language model.

mod scoped;

use std::error::Error as _;

use datus_store::{ColumnEnum, EmbeddingRecord, ErrorKind, Store, Tool};
use serde_json::{Value, json};

use super::full_text::{recipe, recipes_of};
use super::memory;
use crate::support::models::Toy;

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "snake_case")]
enum TableType {
    Table,
    View,
}

/// The tables of the warehouse.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "catalog")]
struct Table {
    /// The name of the table.
    #[datus(key)]
    name: String,
    database: String,
    table_type: TableType,
    row_count: Option<i64>,
    tags: Vec<String>,
    #[datus(embed(metric = l2))]
    definition: String,
    #[datus(private)]
    notes: String,
    #[datus(filter = false)]
    owner: String,
}

fn table(name: &str, database: &str, row_count: Option<i64>, definition: &str) -> Table {
    Table {
        name: name.to_owned(),
        database: database.to_owned(),
        table_type: if name.starts_with("v_") { TableType::View } else { TableType::Table },
        row_count,
        tags: vec![format!("tag {database}")],
        definition: definition.to_owned(),
        notes: "secret".to_owned(),
        owner: "me".to_owned(),
    }
}

async fn store() -> Store<Table> {
    let store: Store<Table> = memory().await.store(Toy::new()).await.unwrap();
    let rows = [
        table("orders", "sales", Some(5000), "0 0 1"),
        table("v_orders", "sales", None, "1 0 1"),
        table("dim_date", "core", Some(10), "2 0 1"),
        table("refunds", "sales", Some(2000), "3 0 1"),
    ];
    store.add(rows).await.unwrap();
    store
}

/// Returns the names of the rows of an answer.
async fn names(tool: &Tool, arguments: Value) -> Vec<String> {
    let answer = tool.call(arguments).await.unwrap();
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

async fn message(tool: &Tool, arguments: Value) -> String {
    let error = tool.call(arguments.clone()).await.expect_err(&arguments.to_string());
    assert!(error.can_be_corrected(), "{error}");
    assert_eq!(serde_json::to_value(&error).unwrap(), json!({ "error": error.to_string() }));
    error.to_string()
}

#[tokio::test]
async fn a_call_searches_filters_limits_and_selects() {
    let tool = store().await.tool();
    assert_eq!(
        names(&tool, json!({ "question": "3 0 1" })).await,
        ["refunds", "dim_date", "v_orders", "orders"]
    );
    assert_eq!(names(&tool, json!({ "question": "3 0 1", "limit": 2 })).await, ["refunds", "dim_date"]);
    let filter = json!({ "database": "sales", "row_count": { "ge": 1000, "lt": 5000 } });
    assert_eq!(names(&tool, json!({ "filter": filter })).await, ["refunds"]);
    assert_eq!(names(&tool, json!({ "question": "0 0 1", "filter": filter })).await, ["refunds"]);
    // Some models write the filter as JSON text, and null for arguments that they omit.
    let arguments = json!({ "filter": filter.to_string(), "limit": null, "question": null, "columns": null });
    assert_eq!(names(&tool, arguments).await, ["refunds"]);

    let answer =
        tool.call(json!({ "question": "2 0 1", "limit": 1, "columns": ["name", "row_count"] })).await;
    assert_eq!(answer.unwrap(), json!({ "rows": [{ "name": "dim_date", "row_count": 10 }] }));
    let none = tool.call(json!({ "filter": { "name": "nothing" } })).await;
    assert_eq!(none.unwrap(), json!({ "rows": [] }));
    assert_eq!(tool.call(Value::Null).await.unwrap()["rows"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn the_schema_describes_the_arguments() {
    let tool = store().await.tool();
    assert_eq!(
        (tool.name(), tool.description()),
        ("search_catalog", "Searches the table catalog. The tables of the warehouse.")
    );
    let schema = tool.input_schema();
    let properties = schema["properties"].as_object().unwrap();
    let mut names_of: Vec<&String> = properties.keys().collect();
    names_of.sort();
    assert_eq!(names_of, ["columns", "filter", "limit", "question"]);
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!((&properties["limit"]["minimum"], &properties["limit"]["maximum"]), (&json!(1), &json!(50)));
    let columns = json!(["name", "database", "table_type", "row_count", "tags", "definition", "owner"]);
    assert_eq!(properties["columns"]["items"]["enum"], columns);
    let filter = &schema["$defs"]["filter"];
    assert_eq!(filter["properties"]["name"]["description"], "The name of the table.");
    assert_eq!(filter["properties"]["any"]["items"]["$ref"], "#/$defs/filter");
    assert_eq!(filter["properties"]["table_type"]["anyOf"][0]["enum"], json!(["table", "view"]));
    assert!(filter["properties"].get("owner").is_none());

    let named = tool.with_name("find").with_description("Finds.").limits(2, 3);
    assert_eq!((named.name(), named.description()), ("find", "Finds."));
    assert_eq!(named.input_schema()["properties"]["limit"]["maximum"], 3);
    assert_eq!(names(&named, json!({ "question": "0 0 1" })).await, ["orders", "v_orders"]);
    let limit = message(&named, json!({ "limit": 4 })).await;
    assert_eq!(limit, "`limit` needs an integer from 1 to 3, not the number 4");
}

#[tokio::test]
async fn private_columns_are_neither_returned_nor_filtered_unless_they_are_named() {
    let store = store().await;
    let tool = store.tool();
    let answer = tool.call(json!({})).await.unwrap().to_string();
    assert!(!answer.contains("secret"), "{answer}");
    assert!(!tool.input_schema().to_string().contains("notes"));
    let filtered = message(&tool, json!({ "filter": { "notes": { "starts_with": "s" } } })).await;
    assert!(
        filtered.starts_with("`notes` is not a column: the columns are `name`, `database`,"),
        "{filtered}"
    );
    let selected = message(&tool, json!({ "columns": ["notes"] })).await;
    assert!(selected.starts_with("`columns` cannot contain `notes`: the columns are `name`,"), "{selected}");

    let named = store.tool().columns(["name", "notes"]).unwrap();
    let answer = named.call(json!({ "filter": { "name": "orders" } })).await.unwrap();
    assert_eq!(answer, json!({ "rows": [{ "name": "orders", "notes": "secret" }] }));
    let other = message(&named, json!({ "filter": { "database": "sales" } })).await;
    assert_eq!(other, "`database` is not a column: the columns are `name`, `notes`");
    assert_eq!(store.tool().columns(["nmae"]).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn wrong_arguments_get_a_sentence_that_says_what_is_possible() {
    let tool = store().await.tool();
    for (arguments, expected) in [
        (json!([]), "the arguments must be an object, not a list"),
        (json!("orders"), "the arguments must be an object, not the text \"orders\""),
        (json!({ "query": "orders" }), "`query` is not an argument: did you mean `question`?"),
        (json!({ "top_k": 3 }), "`top_k` is not an argument: did you mean `limit`?"),
        (json!({ "where": {} }), "`where` is not an argument: did you mean `filter`?"),
        (json!({ "fields": ["name"] }), "`fields` is not an argument: did you mean `columns`?"),
        (json!({ "quesiton": "orders" }), "`quesiton` is not an argument: did you mean `question`?"),
        (
            json!({ "scope": "other" }),
            "`scope` is not an argument: the arguments are `question`, `filter`, `limit`, `columns`",
        ),
        (json!({ "database": "sales" }), "`database` is not an argument: put it into `filter`"),
        (json!({ "any": [] }), "`any` is not an argument: put it into `filter`"),
        (json!({ "question": " " }), "`question` is blank: write what to search for, or leave it out"),
        (json!({ "question": ["a"] }), "`question` needs text, not a list"),
        (json!({ "limit": 0 }), "`limit` needs an integer from 1 to 50, not the number 0"),
        (json!({ "limit": "many" }), "`limit` needs an integer from 1 to 50, not the text \"many\""),
        (json!({ "limit": 2.5 }), "`limit` needs an integer from 1 to 50, not the number 2.5"),
        (json!({ "columns": [] }), "`columns` is empty: name at least one column, or leave it out"),
        (json!({ "columns": [1] }), "`columns` needs names of columns, not the number 1"),
        (json!({ "columns": { "name": 1 } }), "`columns` needs a list of names, not an object"),
        (json!({ "columns": ["nmae"] }), "`columns` cannot contain `nmae`: did you mean `name`?"),
        (json!({ "filter": { "databse": "sales" } }), "`databse` is not a column: did you mean `database`?"),
        (
            json!({ "filter": "row_count > 5" }),
            "a filter is an object with columns as keys, not the text \"row_count > 5\": the columns are `name`, \
             `database`, `table_type`, `row_count`, `tags`, `definition`",
        ),
    ] {
        assert_eq!(message(&tool, arguments.clone()).await, expected, "{arguments}");
    }
}

#[tokio::test]
async fn a_failure_of_the_store_is_told_without_internals() {
    let db = memory().await;
    let store: Store<Table> = db.store(Toy::new()).await.unwrap();
    let tool = store.tool();
    db.drop_table("catalog").await.unwrap();
    let error = tool.call(json!({ "question": "0 0 1" })).await.unwrap_err();
    assert!(!error.can_be_corrected());
    assert_eq!(
        error.to_string(),
        "the search failed for a reason other than the arguments: tell the user, or try again later"
    );
    let source = error.source().and_then(|source| source.downcast_ref::<datus_store::Error>()).unwrap();
    assert_eq!(source.kind(), ErrorKind::TableNotFound);
}

#[tokio::test]
async fn the_schema_lists_the_values_that_a_column_holds() {
    let store = store().await;
    let tool = store.tool().with_values_of(["database", "tags", "row_count"]).await.unwrap();
    let schema = tool.input_schema();
    let columns = &schema["$defs"]["filter"]["properties"];
    assert_eq!(columns["database"]["anyOf"][0], json!({ "type": "string", "enum": ["core", "sales"] }));
    assert_eq!(
        columns["database"]["anyOf"][1]["properties"]["in"]["items"],
        json!({ "type": "string", "enum": ["core", "sales"] })
    );
    assert_eq!(
        columns["tags"]["anyOf"][0]["items"],
        json!({ "type": "string", "enum": ["tag core", "tag sales"] })
    );
    assert_eq!(columns["row_count"]["anyOf"][0], json!({ "type": "integer", "enum": [10, 2000, 5000] }));
    // For operators that compare a part of the text, any string is allowed.
    assert_eq!(columns["database"]["anyOf"][1]["properties"]["starts_with"], json!({ "type": "string" }));

    let refused = |name: &'static str| {
        let tool = store.tool();
        async move { tool.with_values_of([name]).await.unwrap_err() }
    };
    assert_eq!(refused("databse").await.message(), "`databse` is not a column: did you mean `database`?");
    let owner = refused("owner").await;
    assert_eq!((owner.kind(), owner.column()), (ErrorKind::InvalidInput, Some("owner")));

    let many = (0..101).map(|n| table(&format!("t{n}"), "many", None, "0 0 1"));
    store.add(many).await.unwrap();
    let error = refused("name").await;
    assert_eq!(error.message(), "the column has more than 100 distinct values");
}

#[tokio::test]
async fn a_record_is_searched_by_what_it_has() {
    #[derive(EmbeddingRecord)]
    struct Plain {
        name: String,
    }

    let plain: Store<Plain> = memory().await.store(()).await.unwrap();
    plain.add([Plain { name: "a".to_owned() }]).await.unwrap();
    let tool = plain.tool();
    assert!(tool.input_schema()["properties"].get("question").is_none());
    assert_eq!(
        message(&tool, json!({ "question": "a" })).await,
        "`question` is not an argument: the arguments are `filter`, `limit`, `columns`"
    );
    assert_eq!(tool.call(json!({})).await.unwrap(), json!({ "rows": [{ "name": "a" }] }));
    assert_eq!(plain.tool().hybrid().unwrap_err().kind(), ErrorKind::InvalidInput);

    let rows = [recipe(1, "tomato soup", "0 0 1"), recipe(2, "bread", "5 0 1"), recipe(3, "tomato", "9 0 1")];
    let recipes = recipes_of(&rows).await;
    let hybrid = recipes.tool().hybrid().unwrap();
    let arguments = json!({ "question": "tomato", "columns": ["title"], "filter": { "kind": "odd" } });
    let answer = hybrid.call(arguments).await.unwrap();
    let titles: Vec<&str> =
        answer["rows"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), 2);
    assert!(titles.contains(&"tomato") && titles.contains(&"tomato soup"), "{titles:?}");
}
