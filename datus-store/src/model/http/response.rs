//! The response to a request: its size, its contents, and the reasons that it cannot be used.

use super::error_body::ErrorBody;

/// The maximum number of bytes of an error, or of a response in addition to its contents.
pub(crate) const ENVELOPE_BYTES: usize = 1 << 20;

/// The properties that the response to a request must have.
pub(crate) trait ExpectedResponse: Clone + Send + Sync + 'static {
    /// The contents of the response.
    type Response: Send + 'static;

    /// Returns the number of texts in the request.
    fn texts(&self) -> usize;

    /// Returns the maximum number of bytes that the response can have.
    fn max_bytes(&self) -> usize;

    /// Parses a body. It never panics, and the memory it needs is proportional to the size of the body.
    fn parse(&self, body: &[u8]) -> Result<Self::Response, ResponseError>;
}

/// The reason that a response with status 200 has no usable contents.
#[derive(Debug)]
pub(crate) enum ResponseError {
    /// The body is an error.
    Server(ErrorBody),
    /// The response does not match the request.
    Invalid(InvalidResponse),
}

/// A message whose subject is the response, and how to fix the problem.
#[derive(Debug)]
pub(crate) struct InvalidResponse {
    pub(crate) what: String,
    pub(crate) help: String,
}

impl ResponseError {
    /// Creates an error from a message whose subject is the response, and its help.
    pub(crate) fn invalid(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Invalid(InvalidResponse { what: what.into(), help: help.into() })
    }

    /// Returns the error in the body of a response with status 200, or `None` if the body is not an error.
    pub(crate) fn server(body: &[u8]) -> Option<Self> {
        ErrorBody::from_success(body).map(Self::Server)
    }
}

/// Parses a body on a blocking thread, because a large response has megabytes of numbers.
pub(super) async fn read<E: ExpectedResponse>(
    body: Vec<u8>,
    expected: &E,
) -> Result<E::Response, ResponseError> {
    let expected = expected.clone();
    let task = tokio::task::spawn_blocking(move || expected.parse(&body));
    task.await.unwrap_or_else(|_| {
        Err(ResponseError::invalid(
            "could not be parsed, because the runtime is shutting down",
            "try again in a running runtime",
        ))
    })
}
