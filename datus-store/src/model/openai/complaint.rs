//! The messages of servers about requests that failed.

use reqwest::StatusCode;
use serde_json::Value;

/// The most bytes of a failure that are read.
pub(super) const MOST_BYTES: usize = 8 << 10;

/// The largest answer of status 200 that is looked at for an error.
const MOST_OF_A_SUCCESS: usize = 64 << 10;

/// The most characters of a message that are kept, in which secrets and limits are found.
const KEPT: usize = 2000;

/// The error in the body of an answer.
#[derive(Debug, Default)]
pub(super) struct Complaint {
    pub(super) message: String,
    /// The code, such as `insufficient_quota`; empty if absent.
    pub(super) code: String,
}

impl Complaint {
    /// Reads what OpenAI, Azure, vLLM, Ollama, TEI and FastAPI write, or takes the body as it is.
    pub(super) fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(json) => Self::of(&json),
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                Self { message: kept(&text), code: String::new() }
            }
        }
    }

    /// Reads an error that came with status 200; `None` where the body does not say that it is one.
    pub(super) fn in_success(body: &[u8]) -> Option<Self> {
        if body.len() > MOST_OF_A_SUCCESS {
            return None;
        }
        let json: Value = serde_json::from_slice(body).ok()?;
        let says_so = match json.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(_) => true,
        };
        let without_data = || ["message", "detail", "msg"].iter().any(|key| json.get(key).is_some());
        let is_error = says_so || (json.get("data").is_none_or(Value::is_null) && without_data());
        is_error.then(|| Self::of(&json))
    }

    fn of(json: &Value) -> Self {
        let error = json.get("error").filter(|error| !error.is_null()).unwrap_or(json);
        let text = |key: &str| error.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let message = error.as_str().or(text("message")).or(text("detail")).or(text("error")).or(text("msg"));
        let number = || error.get("code").and_then(Value::as_u64).map(|code| code.to_string());
        let code =
            text("code").map(str::to_owned).or_else(number).or_else(|| text("type").map(str::to_owned));
        Self {
            message: message.map_or_else(|| kept(&json.to_string()), kept),
            code: kept(&code.unwrap_or_default()),
        }
    }

    /// `true` for a status 429 that waiting does not end.
    pub(super) fn is_of_an_empty_account(&self) -> bool {
        self.code == "insufficient_quota"
    }

    /// The status that an error which came with status 200 has in its code.
    pub(super) fn status(&self) -> Option<StatusCode> {
        let status = StatusCode::from_bytes(self.code.as_bytes()).ok()?;
        (status.is_client_error() || status.is_server_error()).then_some(status)
    }
}

fn kept(text: &str) -> String {
    text.chars().take(KEPT).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_every_kind_of_server_is_found() {
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
            let complaint = Complaint::read(body.as_bytes());
            assert_eq!((complaint.message.as_str(), complaint.code.as_str()), (message, code), "{body}");
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        for body in [format!("{{\"error\": \"{}\"}}", "x".repeat(5000)), "x ".repeat(5000), "x".repeat(5000)]
        {
            assert!(Complaint::read(body.as_bytes()).message.chars().count() <= KEPT);
        }
    }

    // fault 26
    #[test]
    fn an_error_of_status_200_is_told_from_an_answer() {
        for (body, message) in [
            (r#"{"error": {"message": "no", "code": 429}}"#, "no"),
            (r#"{"error": "no"}"#, "no"),
            (r#"{"error": {"message": "no"}, "data": []}"#, "no"),
            (r#"{"object": "error", "message": "no"}"#, "no"),
            (r#"{"detail": "no", "data": null}"#, "no"),
        ] {
            assert_eq!(Complaint::in_success(body.as_bytes()).unwrap().message, message, "{body}");
        }
        for body in [r#"{"data": [], "error": null}"#, r#"{"data": [], "message": "ok"}"#, "{}", "[1]", "x"] {
            assert!(Complaint::in_success(body.as_bytes()).is_none(), "{body}");
        }
        let code = |body: &str| Complaint::read(body.as_bytes()).status();
        assert_eq!(code(r#"{"error": {"message": "no", "code": 502}}"#), Some(StatusCode::BAD_GATEWAY));
        assert_eq!(code(r#"{"error": {"message": "no", "code": "200"}}"#), None);
        assert_eq!(code(r#"{"error": {"message": "no", "code": "x"}}"#), None);
    }
}
