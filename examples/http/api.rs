//! The routes and their handlers.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use datus_modules::schema::{TableSchema, TableSchemaFilter, TableType};
use datus_modules::{Datasource, Filters, Found, Modules};
use datus_store::{Cursor, Error, ErrorKind, Hit, Page};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ApiError;

type Answer<T> = Result<Json<T>, ApiError>;

/// Returns the service. Its state is cheap to clone.
pub(crate) fn router(modules: Modules) -> Router {
    Router::new()
        .route("/tables", get(list).put(write).delete(delete))
        .route("/tables/search", post(search))
        .route("/tables/counts", get(counts))
        .route("/tables/{identifier}", get(read))
        .route("/tables/{identifier}/similar", get(similar))
        .route("/search", get(search_modules))
        .with_state(modules)
}

/// The stores of the caller. Here a header names the data source. In a real service, take it from a verified token.
struct Caller(Datasource);

impl FromRequestParts<Modules> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, modules: &Modules) -> Result<Self, ApiError> {
        let name = parts.headers.get("x-datasource").and_then(|name| name.to_str().ok());
        let name = name.filter(|name| !name.is_empty()).ok_or_else(ApiError::unauthorized)?;
        Ok(Self(modules.datasource(name)))
    }
}

#[derive(Deserialize)]
struct List {
    rows: Option<usize>,
    after: Option<Cursor>,
    /// All other keys in the query string, such as `row_count[ge]=10`.
    #[serde(flatten)]
    filter: TableSchemaFilter,
}

async fn list(
    Caller(source): Caller,
    query: Result<Query<List>, QueryRejection>,
) -> Answer<Page<TableSchema>> {
    let Query(List { rows, after, filter }) = query?;
    let query = source.tables.search_all().matching(filter).order_by(|t| t.identifier.asc());
    Ok(Json(query.page(rows.unwrap_or(20).min(100)).after(&after).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    question: String,
    #[serde(default)]
    filter: TableSchemaFilter,
    limit: Option<usize>,
}

async fn search(
    Caller(source): Caller,
    body: Result<Json<Question>, JsonRejection>,
) -> Answer<Vec<Hit<TableSchema>>> {
    let Json(Question { question, filter, limit }) = body?;
    let search = source.tables.vector(|v| v.definition).search(question).hybrid().matching(filter);
    Ok(Json(search.limit(limit.unwrap_or(10).min(50)).highlight(200).await?))
}

async fn read(Caller(source): Caller, Path(identifier): Path<String>) -> Answer<TableSchema> {
    let table = source.tables.get(identifier).await?;
    let missing = || Error::new(ErrorKind::RowNotFound, "no table has this identifier");
    Ok(Json(table.ok_or_else(missing)?))
}

async fn similar(Caller(source): Caller, Path(identifier): Path<String>) -> Answer<Vec<Hit<TableSchema>>> {
    Ok(Json(source.tables.vector(|v| v.definition).similar_to(identifier).limit(5).await?))
}

async fn counts(
    Caller(source): Caller,
    query: Result<Query<TableSchemaFilter>, QueryRejection>,
) -> Answer<Vec<Value>> {
    let Query(filter) = query?;
    let counts = source.tables.search_all().matching(filter);
    let counts = counts.count_by(|t| (t.database_name, t.table_type)).await?;
    let count = |((database_name, table_type), tables): ((String, TableType), usize)| json!({ "database_name": database_name, "table_type": table_type, "tables": tables });
    Ok(Json(counts.into_iter().map(count).collect()))
}

async fn write(Caller(source): Caller, body: Result<Json<Vec<TableSchema>>, JsonRejection>) -> Answer<Value> {
    let Json(tables) = body?;
    // Writes to the data source of the caller, even if the body names a different one.
    let done = source.tables.upsert(tables).stamp_scope().await?;
    Ok(Json(json!({ "inserted": done.inserted, "updated": done.updated, "unchanged": done.unchanged })))
}

async fn delete(
    Caller(source): Caller,
    query: Result<Query<TableSchemaFilter>, QueryRejection>,
) -> Answer<Value> {
    let Query(filter) = query?;
    Ok(Json(json!({ "deleted": source.tables.delete().filter(|_| filter).await? })))
}

#[derive(Deserialize)]
struct Ask {
    question: String,
}

async fn search_modules(Caller(source): Caller, query: Result<Query<Ask>, QueryRejection>) -> Answer<Found> {
    let Query(Ask { question }) = query?;
    Ok(Json(source.search(&question, Filters::default(), 3).await?))
}
