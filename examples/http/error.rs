//! Errors as responses: `{"error": "row_not_found", "message": "no table has this identifier"}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use datus_store::{Error, ErrorKind};
use serde_json::json;

pub(crate) struct ApiError {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl ApiError {
    pub(crate) fn unauthorized() -> Self {
        let message = "the header `x-datasource` is missing".to_owned();
        Self { status: StatusCode::UNAUTHORIZED, error: "unauthorized", message }
    }
}

/// Sends the message of the error to the client, or `internal error` for status 500. Server errors are logged with their
/// help and causes.
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
            ErrorKind::RowNotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Expired => StatusCode::GONE,
            ErrorKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
            ErrorKind::Model | ErrorKind::Reranker => StatusCode::BAD_GATEWAY,
            ErrorKind::TableChanged | ErrorKind::TableNotFound => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            eprintln!("{error:?}");
        }
        let message =
            if status == StatusCode::INTERNAL_SERVER_ERROR { "internal error" } else { error.message() };
        Self { status, error: error.kind().name(), message: message.to_owned() }
    }
}

/// Converts the error for an invalid filter in a query string. The text names the column and the valid alternatives.
impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self { status: rejection.status(), error: "invalid_query", message: rejection.body_text() }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self { status: rejection.status(), error: "invalid_body", message: rejection.body_text() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.error, "message": self.message }))).into_response()
    }
}
