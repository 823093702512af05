//! Arguments as language models write them, each with the resulting filter or error message.

use datus_store::query::IntoFilter;
use datus_store::{ColumnEnum, EmbeddingRecord, Filter};

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "snake_case")]
enum TableType {
    Table,
    View,
    MaterializedView,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct TableSchema {
    database_name: String,
    schema_name: Option<String>,
    table_name: String,
    table_type: TableType,
    row_count: Option<i64>,
    size_gib: f64,
    temporary: bool,
    tags: Vec<String>,
    updated_at: chrono::DateTime<chrono::Utc>,
    #[datus(decimal(10, 2))]
    cost: Option<rust_decimal::Decimal>,
}

fn read(json: &str) -> Result<Filter<TableSchema>, String> {
    match serde_json::from_str::<TableSchemaFilter>(json) {
        Ok(filter) => Ok(filter.into_filter()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn good_arguments_are_the_filters_that_they_mean() {
    let t = TableSchema::columns();
    let good: Vec<(&str, Filter<TableSchema>)> = vec![
        (r#"{}"#, Filter::all()),
        (r#"{"database_name": "sales"}"#, t.database_name.eq("sales")),
        (r#"{"database_name": "sales", "schema_name": null}"#, t.database_name.eq("sales")),
        (r#"{"database_name": {"eq": "sales"}}"#, t.database_name.eq("sales")),
        (r#"{"row_count": {"ge": 1000, "lt": 5000}}"#, t.row_count.ge(1000) & t.row_count.lt(5000)),
        (r#"{"row_count": {"ge": 1e3}}"#, t.row_count.ge(1000)),
        (r#"{"row_count": "1000"}"#, t.row_count.eq(1000)),
        (r#"{"temporary": "false"}"#, t.temporary.eq(false)),
        (r#"{"size_gib": {"gt": 2}}"#, t.size_gib.gt(2.0)),
        (r#"{"cost": {"le": 12.5}}"#, t.cost.le(rust_decimal::Decimal::new(1250, 2))),
        (
            r#"{"table_type": {"in": ["table", "view"]}}"#,
            t.table_type.is_in([TableType::Table, TableType::View]),
        ),
        (r#"{"table_type": {"in": "view"}}"#, t.table_type.is_in([TableType::View])),
        (r#"{"schema_name": {"is_null": true}}"#, t.schema_name.is_null()),
        (r#"{"schema_name": {"in": ["public", null]}}"#, t.schema_name.is_in([Some("public"), None])),
        (r#"{"tags": ["pii"]}"#, t.tags.contains_all(["pii"])),
        (r#"{"tags": "pii"}"#, t.tags.contains_all(["pii"])),
        (r#"{"tags": {"contains_any": ["pii", "gdpr"]}}"#, t.tags.contains_any(["pii", "gdpr"])),
        (
            r#"{"updated_at": {"ge": "2024-01-31T12:00:00+02:00"}}"#,
            t.updated_at.ge(chrono::DateTime::from_timestamp(1_706_695_200, 0).unwrap()),
        ),
        (
            r#"{"any": [{"table_name": {"starts_with": "dim_"}}, {"not": {"schema_name": "staging"}}]}"#,
            t.table_name.starts_with("dim_") | !t.schema_name.eq("staging"),
        ),
    ];
    for (json, filter) in good {
        assert_eq!(read(json).as_ref(), Ok(&filter), "{json}");
    }
}

#[test]
fn bad_arguments_get_a_sentence_that_says_what_is_possible() {
    let numbers = "`eq`, `ne`, `lt`, `le`, `gt`, `ge`, `in`, `not_in`, `is_null`";
    let texts =
        "`eq`, `ne`, `lt`, `le`, `gt`, `ge`, `in`, `not_in`, `contains`, `starts_with`, `ends_with`, `like`";
    let columns = "`database_name`, `schema_name`, `table_name`, `table_type`, `row_count`, `size_gib`, `temporary`, \
                   `tags`, `updated_at`, `cost`";
    let bad: Vec<(&str, String)> = vec![
        // Column names.
        (r#"{"datbase_name": "sales"}"#, "`datbase_name` is not a column: did you mean `database_name`?".into()),
        (r#"{"databaseName": "sales"}"#, "`databaseName` is not a column: did you mean `database_name`?".into()),
        (r#"{"row-count": 1}"#, "`row-count` is not a column: did you mean `row_count`?".into()),
        (r#"{"owner": "me"}"#, format!("`owner` is not a column: the columns are {columns}")),
        (r#"{"table.name": "a"}"#, "`table.name` is not a column: did you mean `table_name`?".into()),
        (r#"{"$or": [{"row_count": 1}]}"#, "`$or` is not a column: did you mean `any`?".into()),
        (r#"{"AND": [{"row_count": 1}]}"#, "`AND` is not a column: did you mean `all`?".into()),
        (r#"{"must_not": {"row_count": 1}}"#, "`must_not` is not a column: did you mean `not`?".into()),
        // Operators.
        (
            r#"{"row_count": {"gte": 1000}}"#,
            format!("column `row_count` has no operator `gte`: did you mean `ge`? It has {numbers}"),
        ),
        (
            r#"{"row_count": {"$gt": 1000}}"#,
            format!("column `row_count` has no operator `$gt`: did you mean `gt`? It has {numbers}"),
        ),
        (
            r#"{"row_count": {">=": 1000}}"#,
            format!("column `row_count` has no operator `>=`: did you mean `ge`? It has {numbers}"),
        ),
        (
            r#"{"row_count": {"starts_with": "1"}}"#,
            format!("column `row_count` has no operator `starts_with`: it has {numbers}"),
        ),
        (
            r#"{"row_count": {"between": [1, 2]}}"#,
            format!("column `row_count` has no operator `between`: it has {numbers}"),
        ),
        (
            r#"{"table_name": {"startsWith": "dim_"}}"#,
            format!("column `table_name` has no operator `startsWith`: did you mean `starts_with`? It has {texts}"),
        ),
        (
            r#"{"table_name": {"is_null": true}}"#,
            format!("column `table_name` has no operator `is_null`: it has {texts}"),
        ),
        (
            r#"{"temporary": {"gt": false}}"#,
            "column `temporary` has no operator `gt`: it has `eq`, `ne`, `in`, `not_in`".into(),
        ),
        (
            r#"{"tags": {"eq": "pii"}}"#,
            "column `tags` has no operator `eq`: it has `contains`, `contains_any`, `contains_all`".into(),
        ),
        (r#"{"row_count": {}}"#, format!("column `row_count` has an empty object: give it an operator ({numbers}), or leave it out")),
        // Values.
        (
            r#"{"row_count": "many"}"#,
            "column `row_count` needs an integer of at most 64 bits, not the text \"many\"".into(),
        ),
        (
            r#"{"row_count": {"ge": 1000.5}}"#,
            "`ge` of column `row_count` needs an integer of at most 64 bits, not the number 1000.5".into(),
        ),
        (
            r#"{"row_count": {"ge": 99999999999999999999}}"#,
            "`ge` of column `row_count` needs an integer of at most 64 bits, not the number 100000000000000000000".into(),
        ),
        (r#"{"row_count": [1, 2]}"#, "column `row_count` needs an integer of at most 64 bits, not a list".into()),
        (r#"{"database_name": 7}"#, "column `database_name` needs text, not the number 7".into()),
        (r#"{"database_name": ["a", "b"]}"#, "column `database_name` needs text, not a list".into()),
        (r#"{"temporary": 1}"#, "column `temporary` needs true or false, not the number 1".into()),
        (r#"{"table_type": "VIEW"}"#, "column `table_type` cannot be \"VIEW\": did you mean \"view\"?".into()),
        (
            r#"{"table_type": {"in": ["view", "index"]}}"#,
            "`in` of column `table_type` needs \"table\", \"view\" or \"materialized_view\", not the text \"index\"".into(),
        ),
        (
            r#"{"schema_name": {"eq": null}}"#,
            "`eq` of column `schema_name` needs text, not null: to find nulls, use the operator `is_null` if the column has it"
                .into(),
        ),
        (
            r#"{"row_count": {"lt": null}}"#,
            "`lt` of column `row_count` needs an integer of at most 64 bits, not null: leave it out if it should not be tested"
                .into(),
        ),
        (
            r#"{"table_name": {"in": ["a", null]}}"#,
            "`in` of column `table_name` needs text, not null: leave it out if it should not be tested".into(),
        ),
        (
            r#"{"table_name": {"in": {"values": ["a"]}}}"#,
            "`in` of column `table_name` needs a list of values, each text, not an object".into(),
        ),
        (r#"{"schema_name": {"is_null": 1}}"#, "`is_null` of column `schema_name` needs true or false, not the number 1".into()),
        (
            r#"{"updated_at": {"ge": "last week"}}"#,
            "`ge` of column `updated_at` needs a time with a zone such as \"2024-01-31T12:30:00Z\", not the text \"last week\""
                .into(),
        ),
        (
            r#"{"updated_at": {"ge": "2024-01-31"}}"#,
            "`ge` of column `updated_at` needs a time with a zone such as \"2024-01-31T12:30:00Z\", not the text \"2024-01-31\""
                .into(),
        ),
        (
            r#"{"cost": "0.005"}"#,
            "column `cost` needs a number of at most 10 digits, 2 of them after the point, not the text \"0.005\"".into(),
        ),
        // Combinations.
        (r#"{"any": {"row_count": 1}}"#, "`any` needs a list of objects with filters, not an object".into()),
        (r#"{"any": ["row_count > 1"]}"#, "`any` needs a list of objects with filters, not the text \"row_count > 1\"".into()),
        (r#"{"any": []}"#, "`any` has no filters, so no row could pass: add a filter to it, or leave it out".into()),
        (r#"{"not": [{"row_count": 1}]}"#, "`not` needs an object with a filter, not a list".into()),
        (
            r#""row_count > 1000""#,
            format!("a filter is an object with columns as keys, not the text \"row_count > 1000\": the columns are {columns}"),
        ),
        (
            r#"[{"row_count": 1}]"#,
            format!("a filter is an object with columns as keys, not a list: the columns are {columns}"),
        ),
    ];
    assert!(bad.len() >= 30);
    for (json, message) in bad {
        assert_eq!(read(json), Err(message), "{json}");
    }
}
