#[cfg(feature = "store")]
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The embedding function of LanceDB's Python client that produces the same vectors as a model.
///
/// A store writes it into the metadata of a table that it creates. Python clients can then search the table by text, and
/// embed the texts that they write.
///
/// ```
/// use datus_store::model::PythonFunction;
///
/// let function = PythonFunction::new("sentence-transformers").with("name", "intfloat/e5-base").with("normalize", true);
/// assert_eq!(function.name(), "sentence-transformers");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonFunction {
    name: String,
    arguments: Vec<(String, PythonArgument)>,
}

/// The value of an argument of a [`PythonFunction`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PythonArgument {
    /// A `str`.
    Text(String),
    /// An `int`.
    Number(i64),
    /// A `bool`.
    Flag(bool),
}

impl PythonFunction {
    /// Creates a function without arguments. `name` is its name in Python's registry.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new() }
    }

    /// Adds an argument for the function's `create` method. It is stored with the table, so it must not be a secret.
    #[must_use]
    pub fn with(mut self, argument: impl Into<String>, value: impl Into<PythonArgument>) -> Self {
        self.arguments.push((argument.into(), value.into()));
        self
    }

    /// Returns the name in Python's registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the arguments, in order.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, &PythonArgument)> {
        self.arguments.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// The arguments, as stored in the metadata of a table.
#[cfg(feature = "store")]
pub(crate) struct Arguments<'a>(pub(crate) &'a PythonFunction);

#[cfg(feature = "store")]
impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.arguments.len()))?;
        for (name, value) in self.0.arguments() {
            match value {
                PythonArgument::Text(text) => map.serialize_entry(name, text)?,
                PythonArgument::Number(number) => map.serialize_entry(name, number)?,
                PythonArgument::Flag(flag) => map.serialize_entry(name, flag)?,
            }
        }
        map.end()
    }
}

impl From<&str> for PythonArgument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for PythonArgument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for PythonArgument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for PythonArgument {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
