use crate::model::PythonFunction;
use crate::model::http::connection::Connection;

pub(super) const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";

/// The default environment variable for the key.
pub(super) const DEFAULT_VARIABLE: &str = "OPENAI_API_KEY";

/// The settings of the builder.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) model: String,
    pub(super) revision: String,
    pub(super) connection: Connection,
    /// `None` for the default of a known model.
    pub(super) dimension: Option<usize>,
    /// `None` for the default, which depends on the model and the dimension.
    pub(super) send_dimension: Option<bool>,
    /// `None` for the default, which depends on the model.
    pub(super) normalized: Option<bool>,
    pub(super) document_prefix: String,
    pub(super) query_prefix: String,
}

impl Settings {
    pub(super) fn new(model: String) -> Self {
        Self {
            model,
            revision: String::new(),
            connection: Connection::new(DEFAULT_BASE_URL),
            dimension: None,
            send_dimension: None,
            normalized: None,
            document_prefix: String::new(),
            query_prefix: String::new(),
        }
    }

    /// Returns the properties of the model if it is an OpenAI model.
    pub(super) fn known_model(&self) -> Option<KnownModel> {
        let (dimension, can_shorten) = match self.model.as_str() {
            "text-embedding-3-small" => (1536, true),
            "text-embedding-3-large" => (3072, true),
            "text-embedding-ada-002" => (1536, false),
            _ => return None,
        };
        Some(KnownModel { dimension, can_shorten })
    }

    /// Returns the function of LanceDB's Python client for vectors of this dimension. Returns `None` unless the model is an
    /// OpenAI model at OpenAI's own endpoint and no prefixes are set.
    pub(super) fn python_function(&self, dimension: usize) -> Option<PythonFunction> {
        let known = self.known_model()?;
        let has_prefixes = !self.document_prefix.is_empty() || !self.query_prefix.is_empty();
        if self.connection.base_url != DEFAULT_BASE_URL || has_prefixes {
            return None;
        }
        let function = PythonFunction::new("openai").with("name", self.model.as_str());
        match i64::try_from(dimension) {
            Ok(_) if dimension == known.dimension => Some(function),
            Ok(dimension) if known.can_shorten => Some(function.with("dim", dimension)),
            _ => None,
        }
    }
}

/// An OpenAI model. All of them return unit vectors.
pub(super) struct KnownModel {
    pub(super) dimension: usize,
    /// `true` if the service can return shorter vectors.
    pub(super) can_shorten: bool,
}
