//! Error bodies from servers.

use reqwest::StatusCode;
use serde_json::Value;

/// The maximum number of bytes to read from an error body.
pub(crate) const MAX_BYTES: usize = 8 << 10;

/// The maximum size of a response with status 200 that is searched for an error.
const MAX_SUCCESS_BYTES: usize = 64 << 10;

/// The maximum number of characters to keep from a message and to search for secrets and limits.
const MAX_MESSAGE: usize = 2000;

/// The error in the body of a response.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    pub(crate) message: String,
    /// The code, such as `insufficient_quota`, or an empty string.
    pub(crate) code: String,
}

impl ErrorBody {
    /// Parses an error in the format of OpenAI, Azure, vLLM, Ollama, TEI or FastAPI. For any other body, the message is the
    /// whole body.
    pub(crate) fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(json) => Self::from_json(&json),
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                Self { message: truncated(&text), code: String::new() }
            }
        }
    }

    /// Parses an error from the body of a response with status 200. Returns `None` if the body is not an error.
    pub(crate) fn from_success(body: &[u8]) -> Option<Self> {
        if body.len() > MAX_SUCCESS_BYTES {
            return None;
        }
        let json: Value = serde_json::from_slice(body).ok()?;
        let has_error = match json.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(_) => true,
        };
        let has_message = || ["message", "detail", "msg"].iter().any(|key| json.get(key).is_some());
        let is_error = has_error || (json.get("data").is_none_or(Value::is_null) && has_message());
        is_error.then(|| Self::from_json(&json))
    }

    fn from_json(json: &Value) -> Self {
        let error = json.get("error").filter(|error| !error.is_null()).unwrap_or(json);
        let text = |key: &str| error.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let message = error.as_str().or(text("message")).or(text("detail")).or(text("error")).or(text("msg"));
        let number = || error.get("code").and_then(Value::as_u64).map(|code| code.to_string());
        let code =
            text("code").map(str::to_owned).or_else(number).or_else(|| text("type").map(str::to_owned));
        Self {
            message: message.map_or_else(|| truncated(&json.to_string()), truncated),
            code: truncated(&code.unwrap_or_default()),
        }
    }

    /// Returns `true` if the account's quota is exhausted, in which case waiting does not help.
    pub(crate) fn is_quota_exhausted(&self) -> bool {
        self.code == "insufficient_quota"
    }

    /// Returns the code as an HTTP status, if it is one. Errors in a response with status 200 can have such a code.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        let status = StatusCode::from_bytes(self.code.as_bytes()).ok()?;
        (status.is_client_error() || status.is_server_error()).then_some(status)
    }
}

fn truncated(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_found_in_the_errors_of_all_servers() {
        for (body, message, code) in [
            (r#"{"error": {"message": "no", "type": "t", "code": "c"}}"#, "no", "c"),
            (r#"{"error": {"message": "no", "type": "t", "code": null}}"#, "no", "t"),
            (r#"{"error": {"message": "no", "type": "t", "code": 413}}"#, "no", "413"),
            (r#"{"object": "error", "message": "no", "type": "t"}"#, "no", "t"),
            (r#"{"error": "no"}"#, "no", ""),
            (r#"{"error": "no", "error_type": "Validation"}"#, "no", ""),
            (r#"{"detail": "no"}"#, "no", ""),
            (r#"{"detail": [{"loc": 1}]}"#, r#"{"detail":[{"loc":1}]}"#, ""),
            ("<html>\n  no </html>", "<html> no </html>", ""),
            ("", "", ""),
        ] {
            let error = ErrorBody::read(body.as_bytes());
            assert_eq!((error.message.as_str(), error.code.as_str()), (message, code), "{body}");
        }
    }

    #[test]
    fn a_long_message_is_truncated() {
        for body in [format!("{{\"error\": \"{}\"}}", "x".repeat(5000)), "x ".repeat(5000), "x".repeat(5000)]
        {
            assert!(ErrorBody::read(body.as_bytes()).message.chars().count() <= MAX_MESSAGE);
        }
    }

    // fault 26
    #[test]
    fn an_error_with_status_200_is_recognized() {
        for (body, message) in [
            (r#"{"error": {"message": "no", "code": 429}}"#, "no"),
            (r#"{"error": "no"}"#, "no"),
            (r#"{"error": {"message": "no"}, "data": []}"#, "no"),
            (r#"{"object": "error", "message": "no"}"#, "no"),
            (r#"{"detail": "no", "data": null}"#, "no"),
        ] {
            assert_eq!(ErrorBody::from_success(body.as_bytes()).unwrap().message, message, "{body}");
        }
        for body in [r#"{"data": [], "error": null}"#, r#"{"data": [], "message": "ok"}"#, "{}", "[1]", "x"] {
            assert!(ErrorBody::from_success(body.as_bytes()).is_none(), "{body}");
        }
        let code = |body: &str| ErrorBody::read(body.as_bytes()).status();
        assert_eq!(code(r#"{"error": {"message": "no", "code": 502}}"#), Some(StatusCode::BAD_GATEWAY));
        assert_eq!(code(r#"{"error": {"message": "no", "code": "200"}}"#), None);
        assert_eq!(code(r#"{"error": {"message": "no", "code": "x"}}"#), None);
    }
}
