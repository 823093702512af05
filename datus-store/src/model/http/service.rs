use crate::error::ErrorKind;

/// The service behind an endpoint, for its URL, errors and logs.
#[derive(Clone)]
pub(crate) struct Service {
    /// The last part of the URL's path, which is also the name of the requests, such as `embeddings`.
    pub(crate) path: &'static str,
    /// The kind of error that a failed request returns.
    pub(crate) kind: ErrorKind,
    /// The name of the model.
    pub(crate) model: String,
    /// The base URL that an error shows as an example.
    pub(crate) example_url: &'static str,
    /// The default environment variable for the key, or `None` if the user must name one.
    pub(crate) key_variable: Option<&'static str>,
    /// The noun for the numbers in a response, such as `vectors`.
    pub(crate) content: &'static str,
    /// The help for a response that is too long for its content.
    pub(crate) too_long_help: &'static str,
}
