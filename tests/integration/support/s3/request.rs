use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH, RANGE};
use axum::http::{HeaderMap, Method};

use super::objects::Condition;

/// The kind of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Get,
    Head,
    List,
    /// A put or the completion of an upload, on the condition that the object does not exist or has a given tag.
    Create,
    Put,
    /// A part of an upload, or the start or the abort of an upload.
    Upload,
    Complete,
    Delete,
    Copy,
}

/// A request, with its whole body.
pub(super) struct S3Request {
    pub(super) method: Method,
    /// The bucket and the key, such as `bucket/a/b`. Only the bucket for a request about the bucket.
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl S3Request {
    /// Reads a request. Returns `None` if its body did not arrive.
    pub(super) async fn read(request: Request) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        let key = decoded(head.uri.path().trim_start_matches('/'), false);
        let pairs = head.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        });
        Some(Self { method: head.method, key, query: query.collect(), headers: head.headers, body })
    }

    pub(super) fn kind(&self) -> Kind {
        let conditional = !matches!(self.condition(), Condition::None);
        match self.method {
            Method::GET if self.query.contains_key("list-type") => Kind::List,
            Method::GET => Kind::Get,
            Method::HEAD => Kind::Head,
            Method::PUT if self.query.contains_key("uploadId") => Kind::Upload,
            Method::PUT if self.copied().is_some() => Kind::Copy,
            Method::PUT if conditional => Kind::Create,
            Method::PUT => Kind::Put,
            Method::POST if self.query.contains_key("delete") => Kind::Delete,
            Method::POST if self.query.contains_key("uploads") => Kind::Upload,
            Method::POST if conditional => Kind::Create,
            Method::POST => Kind::Complete,
            _ if self.query.contains_key("uploadId") => Kind::Upload,
            _ => Kind::Delete,
        }
    }

    /// Returns the key, or the bucket and the prefix of the keys that are listed.
    pub(super) fn target(&self) -> Cow<'_, str> {
        match self.parameter("prefix") {
            Some(prefix) => format!("{}/{prefix}", self.key.trim_end_matches('/')).into(),
            None => self.key.as_str().into(),
        }
    }

    pub(super) fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Returns the condition of a write.
    pub(super) fn condition(&self) -> Condition {
        match (self.header(IF_NONE_MATCH), self.header(IF_MATCH)) {
            (Some("*"), _) => Condition::Absent,
            (_, Some(tag)) if self.method != Method::GET => Condition::Tag(tag.to_owned()),
            _ => Condition::None,
        }
    }

    /// Returns the key of the object that a copy reads.
    pub(super) fn copied(&self) -> Option<String> {
        let source = self.header("x-amz-copy-source")?;
        Some(decoded(source.trim_start_matches('/'), false))
    }

    /// Returns the range of bytes of an object of this size, or `None` for the whole object.
    ///
    /// # Errors
    /// Returns an error if the range is malformed or does not begin inside the object.
    pub(super) fn range(&self, size: usize) -> Result<Option<std::ops::Range<usize>>, ()> {
        let Some(range) = self.header(RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
            return Ok(None);
        };
        let (from, to) = range.split_once('-').ok_or(())?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| ());
        let range = match (from, to) {
            ("", last) => size.saturating_sub(number(last)?)..size,
            (from, "") => number(from)?..size,
            (from, to) => number(from)?..size.min(number(to)? + 1),
        };
        if range.start >= size { Err(()) } else { Ok(Some(range)) }
    }
}

/// Decodes percent escapes, and in a query also a plus as a space.
fn decoded(text: &str, in_query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.expect("a digit"));
                let digits = std::str::from_utf8(&digits).expect("two digits");
                u8::from_str_radix(digits, 16).expect("two digits")
            }
            b'+' if in_query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}
