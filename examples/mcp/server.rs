//! The server: one search tool for each module.

use std::sync::Arc;

use datus_modules::Datasource;
use datus_store::{Result, Tool};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool as McpTool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Server {
    tools: Arc<[Tool]>,
    instructions: String,
}

impl Server {
    /// Creates a server with the tools for a data source. Their schemas list the current values of the columns.
    pub(crate) async fn new(source: &Datasource) -> Result<Self> {
        let tables = [
            "database_name",
            "schema_name",
            "table_name",
            "table_type",
            "row_count",
            "definition",
            "sample_rows",
        ];
        let metrics = ["name", "subject_path", "description", "measure_expr", "dimensions"];
        let sql = ["name", "subject_path", "summary", "sql", "tags"];
        let documents = ["platform", "version", "doc_path", "chunk_index", "hierarchy", "chunk_text"];
        let knowledge = ["subject_path", "name", "explanation"];
        let tools = [
            offer(source.tables.tool(), &tables, &["database_name", "schema_name"]).await?,
            offer(source.metrics.tool(), &metrics, &["subject_path", "dimensions"]).await?,
            offer(source.reference_sql.tool(), &sql, &["subject_path", "tags"]).await?,
            offer(source.documents.tool(), &documents, &["platform", "version"]).await?,
            offer(source.knowledge.tool(), &knowledge, &["subject_path"]).await?,
        ];
        let instructions = format!("Searches what is known about the data source {}.", source.name);
        Ok(Self { tools: Arc::new(tools), instructions })
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("datus", env!("CARGO_PKG_VERSION")))
            .with_instructions(self.instructions.clone())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.iter().map(describe).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools.iter().find(|tool| tool.name() == request.name) else {
            let names: Vec<&str> = self.tools.iter().map(Tool::name).collect();
            let message = format!("no tool is named `{}`: the tools are {}", request.name, names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let result = match tool.call(request.arguments.map_or(Value::Null, Value::Object)).await {
            Ok(rows) => CallToolResult::structured(rows),
            Err(error) => {
                if !error.can_be_corrected() {
                    eprintln!("{}: {:?}", tool.name(), std::error::Error::source(&error));
                }
                // This is a tool error, not a protocol error, so the model can read it.
                CallToolResult::error(vec![ContentBlock::text(error.to_string())])
            }
        };
        Ok(result.into())
    }
}

/// Offers some columns. The schema lists the values of the columns in `listed`, if the columns have few distinct values.
async fn offer(tool: Tool, columns: &[&str], listed: &[&str]) -> Result<Tool> {
    tool.hybrid()?.columns(columns)?.with_values_of(listed).await
}

fn describe(tool: &Tool) -> McpTool {
    let schema = tool.input_schema().as_object().cloned().unwrap_or_default();
    McpTool::new(tool.name().to_owned(), tool.description().to_owned(), schema)
        .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
}
