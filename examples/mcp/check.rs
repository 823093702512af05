//! A client of the server, which CI runs: it lists the tools, reads their schemas, searches, and sends wrong arguments.

use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use datus_store::BoxError;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::transport::{IntoTransport, StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// The time limit of the check, which only matters if the check hangs.
const DEADLINE: Duration = Duration::from_secs(300);

pub(crate) async fn run() -> Result<(), BoxError> {
    tokio::time::timeout(DEADLINE, async {
        let program = std::env::current_exe()?;
        println!("over stdio");
        let mut command = Command::new(&program);
        command.arg("retail");
        use_tools(TokioChildProcess::new(command)?).await?;

        println!("\nover HTTP");
        let mut command = Command::new(&program);
        command.args(["retail", "--http", "127.0.0.1:0"]).stdout(Stdio::piped()).kill_on_drop(true);
        let mut server = command.spawn()?;
        let stdout = server.stdout.take().ok_or("the server has no output")?;
        let address = BufReader::new(stdout).lines().next_line().await?.ok_or("the server ended")?;
        use_tools(StreamableHttpClientTransport::from_uri(address)).await?;
        server.kill().await?;
        Ok(())
    })
    .await?
}

/// Returns wrong arguments for `search_schema_metadata`, each with part of the message that helps a model correct them.
fn wrong_arguments() -> [(Value, &'static str); 12] {
    let nested = (0..40).fold(json!({ "table_name": "orders" }), |inside, _| json!({ "not": inside }));
    [
        (json!({ "query": "orders" }), "did you mean `question`?"),
        (json!({ "question": 7 }), "`question` needs text, not the number 7"),
        (json!({ "question": " " }), "`question` is blank"),
        (json!({ "table_name": "orders" }), "put it into `filter`"),
        (json!({ "filter": { "tabel_name": "orders" } }), "did you mean `table_name`?"),
        (json!({ "filter": { "row_count": { "gte": 10 } } }), "did you mean `ge`?"),
        (json!({ "filter": { "row_count": "many" } }), "needs an integer"),
        (json!({ "filter": { "table_type": "tables" } }), "did you mean \"table\"?"),
        (json!({ "filter": { "datasource": "hospital" } }), "`datasource` is not a column"),
        (json!({ "filter": nested }), "levels"),
        (json!({ "limit": 1000 }), "an integer from 1 to 50"),
        (json!({ "columns": ["datasource"] }), "`columns` cannot contain `datasource`"),
    ]
}

async fn use_tools<T, E, A>(transport: T) -> Result<(), BoxError>
where
    T: IntoTransport<RoleClient, E, A>,
    E: Error + Send + Sync + 'static,
{
    let client = ().serve(transport).await?;
    let tools = client.list_all_tools().await?;
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    println!("{names:?}");
    let tables = "search_schema_metadata";
    assert_eq!((names.len(), names[0]), (5, tables));

    // The schema contains the columns with their descriptions, and the values that are in the database.
    let schema = Value::Object((*tools[0].input_schema).clone());
    let columns = &schema["$defs"]["filter"]["properties"];
    let text = columns.to_string();
    assert!(text.contains("The kind of the table.") && text.contains("materialized_view"), "{columns:#}");
    assert!(columns["database_name"].to_string().contains("\"retail\""), "{columns:#}");
    assert!(columns.get("datasource").is_none(), "{columns:#}");

    let search =
        json!({ "question": "Which customers returned goods?", "columns": ["table_name"], "limit": 2 });
    let found = call(&client, tables, search).await?;
    assert_eq!(rows(&found)[0], json!({ "table_name": "returned_goods" }), "{found:?}");
    let large = json!({ "filter": { "row_count": { "ge": 3 }, "table_name": { "starts_with": "shop" } } });
    assert_eq!(rows(&call(&client, tables, large).await?).len(), 2);
    let patients = json!({ "filter": { "table_name": "patients" } });
    assert!(rows(&call(&client, tables, patients).await?).is_empty(), "a table of a different data source");
    let sales =
        json!({ "question": "money earned", "filter": { "subject_path": { "starts_with": "Sales/" } } });
    assert_eq!(rows(&call(&client, "search_metrics", sales).await?).len(), 3);

    for (arguments, expected) in wrong_arguments() {
        let answer = call(&client, tables, arguments.clone()).await?;
        let message = answer.content.first().and_then(|content| content.as_text()).map(|text| &*text.text);
        let message = message.unwrap_or_default();
        println!("{message}");
        assert_eq!(answer.is_error, Some(true), "{arguments}");
        assert!(message.contains(expected), "{arguments}: expected {expected:?}, got {message:?}");
    }
    let unknown = call(&client, "drop_table", json!({})).await.err();
    assert!(unknown.is_some_and(|error| error.to_string().contains(tables)), "the message names the tools");

    // The server still answers.
    assert_eq!(rows(&call(&client, tables, json!({ "limit": 50 })).await?).len(), 15);
    client.cancel().await?;
    Ok(())
}

async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> Result<CallToolResult, BoxError> {
    let arguments = serde_json::from_value(arguments)?;
    Ok(client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?)
}

fn rows(result: &CallToolResult) -> Vec<Value> {
    let rows = result.structured_content.as_ref().and_then(|content| content["rows"].as_array());
    rows.cloned().unwrap_or_default()
}
