use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray};
use arrow_schema::DataType;
use async_trait::async_trait;
use lancedb::embeddings::EmbeddingFunction;

use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity, Role, normalize};

/// A model that calls a LanceDB embedding function, either from `lancedb::embeddings` or your own.
///
/// An embedding function is synchronous and runs on tokio's blocking threads, so the model needs a tokio runtime. Documents
/// are passed to `compute_source_embeddings`, many per call. Queries are passed to `compute_query_embeddings`, one per call,
/// because a function may accept only one query. An embedding function does not batch or retry requests and does not limit
/// their rate, so prefer this crate's model for the same provider.
///
/// The function is not registered with LanceDB, because LanceDB would then embed the text a second time on `add`.
///
/// ```
/// use std::borrow::Cow;
/// use std::sync::Arc;
///
/// use datus_store::lancedb::Result;
/// use datus_store::lancedb::arrow::arrow_array::{Array, ArrayRef, Float32Array};
/// use datus_store::lancedb::arrow::arrow_schema::DataType;
/// use datus_store::lancedb::embeddings::EmbeddingFunction;
/// use datus_store::LanceModel;
/// use datus_store::model::EmbeddingModel;
///
/// #[derive(Debug)]
/// struct Constant;
///
/// impl EmbeddingFunction for Constant {
///     fn name(&self) -> &str {
///         "constant"
///     }
///     fn source_type(&self) -> Result<Cow<'_, DataType>> {
///         Ok(Cow::Owned(DataType::Utf8))
///     }
///     fn dest_type(&self) -> Result<Cow<'_, DataType>> {
///         Ok(Cow::Owned(DataType::new_fixed_size_list(DataType::Float32, 3, true)))
///     }
///     fn compute_source_embeddings(&self, source: ArrayRef) -> Result<ArrayRef> {
///         Ok(Arc::new(Float32Array::from(vec![1.0; 3 * source.len()])))
///     }
///     fn compute_query_embeddings(&self, input: ArrayRef) -> Result<ArrayRef> {
///         self.compute_source_embeddings(input)
///     }
/// }
///
/// let model = LanceModel::new("tests/constant", Arc::new(Constant))?;
/// assert_eq!(model.identity().dimension, 3);
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Clone)]
pub struct LanceModel {
    function: Arc<dyn EmbeddingFunction>,
    identity: ModelIdentity,
    /// `true` if the function accepts `LargeUtf8`.
    large: bool,
    sends_text_away: bool,
}

impl LanceModel {
    /// Creates a model from a function. `id` is the id in the model's identity.
    ///
    /// The id should name the model, because the function's name only names its provider, such as `openai`.
    ///
    /// # Errors
    /// `InvalidInput` if the function does not convert text to fixed-size lists of floats.
    pub fn new(id: impl Into<String>, function: Arc<dyn EmbeddingFunction>) -> Result<Self> {
        let name = function.name().to_owned();
        let unusable = |what: String| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("the embedding function `{name}` cannot be used as a model: {what}"),
            )
        };
        let type_error = |kind: &str, source| {
            unusable(format!("it does not report the type of its {kind}")).with_source(source)
        };
        let source = function.source_type().map_err(|error| type_error("input", error))?;
        if !matches!(&*source, DataType::Utf8 | DataType::LargeUtf8) {
            return Err(unusable(format!("it embeds {source}, not text")));
        }
        let large = matches!(&*source, DataType::LargeUtf8);
        let dest = function.dest_type().map_err(|error| type_error("output", error))?;
        let dimension = match &*dest {
            DataType::FixedSizeList(value, size) if value.data_type().is_floating() => {
                usize::try_from(*size).ok()
            }
            _ => None,
        };
        let Some(dimension) = dimension.filter(|dimension| *dimension > 0) else {
            return Err(unusable(format!("it returns {dest}, not fixed-size lists of floats")));
        };
        drop((source, dest));
        let identity = ModelIdentity::new(id, dimension);
        Ok(Self { function, identity, large, sends_text_away: true })
    }

    /// Sets the revision in the model's identity. It is empty by default.
    #[must_use]
    pub fn with_revision(self, revision: impl Into<String>) -> Self {
        Self { identity: self.identity.with_revision(revision), ..self }
    }

    /// Sets whether each vector is scaled to unit length. The default is `false`, which keeps vectors as the function
    /// returns them.
    #[must_use]
    pub fn with_normalized(self, normalized: bool) -> Self {
        Self { identity: self.identity.with_normalized(normalized), ..self }
    }

    /// Sets whether texts leave this machine. The default is `true`, because a function does not declare where it sends
    /// them.
    #[must_use]
    pub fn with_sends_text_away(self, away: bool) -> Self {
        Self { sends_text_away: away, ..self }
    }

    fn embed_all(&self, texts: Vec<String>, role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if role == Role::Document {
            let embedded = self.function.compute_source_embeddings(self.array(&texts))?;
            return self.vectors(&embedded, texts.len());
        }
        let mut vectors = Vec::with_capacity(texts.len());
        for text in texts {
            let embedded = self.function.compute_query_embeddings(self.array(&[text]))?;
            vectors.extend(self.vectors(&embedded, 1)?);
        }
        Ok(vectors)
    }

    /// Returns the texts as an array for the function. The array has no null buffer, because some functions reject one.
    fn array(&self, texts: &[String]) -> ArrayRef {
        if self.large {
            return Arc::new(LargeStringArray::from_iter_values(texts));
        }
        Arc::new(StringArray::from_iter_values(texts))
    }

    /// Returns the vectors in a function's output. The output contains either one list per vector or all values in one flat
    /// array. LanceDB's functions return the flat form for queries.
    fn vectors(&self, embedded: &ArrayRef, texts: usize) -> Result<Vec<Vec<f32>>, BoxError> {
        let (name, dimension) = (self.function.name(), self.identity.dimension);
        let values = match embedded.as_fixed_size_list_opt() {
            Some(lists) if usize::try_from(lists.value_length()) != Ok(dimension) => {
                let size = lists.value_length();
                return Err(format!(
                    "the function `{name}` returned lists of {size} values, but declares dimension {dimension}"
                )
                .into());
            }
            Some(lists) => lists.values(),
            None => embedded,
        };
        if embedded.null_count() > 0 || values.null_count() > 0 {
            return Err(
                format!("the function `{name}` returned a null in place of a vector or a value").into()
            );
        }
        if !values.data_type().is_floating() {
            return Err(format!("the function `{name}` returned {}, not floats", embedded.data_type()).into());
        }
        if values.len() != texts.saturating_mul(dimension) {
            let found = values.len();
            return Err(format!(
                "the function `{name}` returned {found} values, but {texts} texts need {dimension} each"
            )
            .into());
        }
        let values = arrow_cast::cast(values, &DataType::Float32)?;
        let vectors = values.as_primitive::<Float32Type>().values().chunks_exact(dimension);
        let mut vectors: Vec<Vec<f32>> = vectors.map(<[f32]>::to_vec).collect();
        if self.identity.normalized && !vectors.iter_mut().all(|vector| normalize(vector)) {
            return Err(format!(
                "the function `{name}` returned a vector of zeros, which cannot be scaled to unit length"
            )
            .into());
        }
        Ok(vectors)
    }
}

#[async_trait]
impl EmbeddingModel for LanceModel {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if tokio::runtime::Handle::try_current().is_err() {
            let message =
                "an embedding function of LanceDB needs a tokio runtime, but was called outside one";
            let help = "await the model inside a runtime, such as that of `#[tokio::main]` or `datus_store::block_on`";
            return Err(Error::new(ErrorKind::Model, message).with_help(help).into());
        }
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let model = self.clone();
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let embedded = tokio::task::spawn_blocking(move || model.embed_all(texts, role)).await;
        embedded
            .map_err(|error| format!("the function `{}` did not finish: {error}", self.function.name()))?
    }

    fn sends_text_away(&self) -> bool {
        self.sends_text_away
    }
}

impl fmt::Debug for LanceModel {
    /// Formats the model without the function, whose `Debug` output may contain an API key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, identity, large: _, sends_text_away } = self;
        f.debug_struct("LanceModel")
            .field("function", &function.name())
            .field("identity", identity)
            .field("sends_text_away", sends_text_away)
            .finish()
    }
}
