//! The tool of a scoped store does not offer the columns of the scope.

use datus_store::{EmbeddingRecord, ErrorKind, Store, Tool};
use serde_json::{Value, json};

use super::super::memory;
use super::message;

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "orders")]
struct Order {
    #[datus(scope)]
    tenant: String,
    #[datus(scope)]
    region: i32,
    #[datus(key)]
    id: i64,
    /// A column whose name is similar to that of the scope.
    tenants: i32,
}

async fn orders() -> Store<Order> {
    let store: Store<Order> = memory().await.store(()).await.unwrap();
    for (tenant, region) in [("north", 1), ("north", 2), ("south", 1)] {
        let order = |id| Order { tenant: tenant.into(), region, id, tenants: 7 };
        store.scoped((tenant, region)).add([order(1), order(2)]).await.unwrap();
    }
    store
}

async fn rows(tool: &Tool, arguments: Value) -> Value {
    tool.call(arguments).await.unwrap()["rows"].take()
}

#[tokio::test]
async fn the_tool_of_a_scope_neither_offers_nor_returns_its_columns() {
    let store = orders().await;
    let scope = store.scoped(("north", 1));
    for tool in [scope.tool(), scope.view(|t| t.id.ge(1)).tool()] {
        let schema = tool.input_schema();
        let filter = schema["$defs"]["filter"]["properties"].as_object().unwrap();
        let names: Vec<&str> = filter.keys().map(String::as_str).collect();
        assert_eq!(names.iter().filter(|name| ["tenant", "region"].contains(name)).count(), 0, "{names:?}");
        assert_eq!(names.len(), 5, "id, tenants and the combinators: {names:?}");
        assert_eq!(schema["properties"]["columns"]["items"]["enum"], json!(["id", "tenants"]));
        let all = json!([{ "id": 1, "tenants": 7 }, { "id": 2, "tenants": 7 }]);
        assert_eq!(rows(&tool, Value::Null).await, all);
        // A null adds no condition, as for other columns.
        assert_eq!(rows(&tool, json!({ "filter": { "tenant": null } })).await, all);
    }
}

#[tokio::test]
async fn an_argument_that_names_the_scope_is_refused() {
    let tool = orders().await.scoped(("north", 1)).tool();
    for (column, filter) in [
        ("tenant", json!({ "tenant": "north" })),
        ("tenant", json!({ "id": 1, "tenant": { "ne": "north" } })),
        ("region", json!({ "region": { "in": [1, 2] } })),
        ("tenant", json!({ "any": [{ "id": 1 }, { "tenant": { "starts_with": "s" } }] })),
        ("region", json!({ "all": [{ "id": 1 }, { "region": 2 }] })),
        ("tenant", json!({ "not": { "tenant": "north" } })),
        ("region", json!({ "not": { "any": [{ "all": [{ "region": { "ge": 0 } }] }] } })),
    ] {
        let expected = format!("column `{column}` cannot be filtered: the columns are `id`, `tenants`");
        assert_eq!(message(&tool, json!({ "filter": filter })).await, expected);
        assert_eq!(message(&tool, json!({ "filter": filter.to_string() })).await, expected);
    }
    assert_eq!(
        message(&tool, json!({ "tenant": "north" })).await,
        "`tenant` is not an argument: leave it out, since it is the same in all rows"
    );
    assert_eq!(
        message(&tool, json!({ "columns": ["id", "region"] })).await,
        "`columns` cannot contain `region`: the columns are `id`, `tenants`"
    );
}

#[tokio::test]
async fn a_scope_column_is_returned_if_it_is_named_and_never_filtered() {
    let scope = orders().await.scoped(("north", 2));
    let tool = scope.tool().columns(["tenant", "id"]).unwrap();
    assert_eq!(tool.input_schema()["properties"]["columns"]["items"]["enum"], json!(["tenant", "id"]));
    assert!(tool.input_schema()["$defs"]["filter"]["properties"].get("tenant").is_none());
    let named = rows(&tool, json!({ "filter": { "id": 2 } })).await;
    assert_eq!(named, json!([{ "tenant": "north", "id": 2 }]));
    assert_eq!(
        message(&tool, json!({ "filter": { "tenant": "south" } })).await,
        "column `tenant` cannot be filtered: the columns are `id`"
    );
    let error = scope.tool().with_values_of(["region"]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("region")));
    assert!(error.message().contains("one value of the column"), "{error}");
    let error = tool.with_values_of(["tenant"]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("tenant")));
}

#[tokio::test]
async fn the_tool_of_all_scopes_offers_the_scope() {
    let all = orders().await.across_scopes();
    let expected = json!([{ "tenant": "south", "region": 1, "id": 2, "tenants": 7 }]);
    for tool in [all.tool(), all.view(|t| t.id.ge(1)).tool()] {
        let tool = tool.with_values_of(["tenant"]).await.unwrap();
        let filter = json!({ "tenant": "south", "any": [{ "region": 3 }, { "id": { "ge": 2 } }] });
        assert_eq!(rows(&tool, json!({ "filter": filter })).await, expected);
        let schema = tool.input_schema();
        let known = &schema["$defs"]["filter"]["properties"]["tenant"]["anyOf"][0]["enum"];
        assert_eq!(known, &json!(["north", "south"]));
    }
}
