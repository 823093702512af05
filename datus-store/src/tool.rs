//! A store as a tool for a language model: a name, a description, a JSON Schema of the arguments, and a call.

mod arguments;
mod error;
mod offer;
mod schema;
mod values;

pub use self::error::ToolError;

use std::fmt;
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Value, json};

use self::arguments::Arguments;
use self::offer::Offer;
use self::values::ColumnValues;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Execute, FullText, Nearest, Predicate, QuerySpec, VectorQuery, column_paths};
use crate::record::EmbeddingRecord;

/// A tool with which a language model can search one store. Created by [`Store::tool`](crate::Store::tool).
///
/// [`name`](Self::name), [`description`](Self::description) and [`input_schema`](Self::input_schema) are the parts that
/// function calling and MCP need. [`call`](Self::call) takes the arguments, which are all optional:
///
/// | argument | meaning |
/// |---|---|
/// | `question` | the text to search for, best rows first; if absent, rows are only filtered |
/// | `filter` | a filter as data, in the grammar of the generated `…Filter` |
/// | `limit` | the maximum number of rows, 10 by default and at most 50 |
/// | `columns` | the columns to return, by default all that the tool offers |
///
/// A call only reads, and only the rows that the store reads: the tool of a scoped store or of a view is restricted in the same
/// way. The arguments cannot change that. The tool of a scoped store does not offer the columns of the scope: no argument
/// filters by them, and the rows leave them out unless [`columns`](Self::columns) names them. The tool of
/// [`across_scopes`](crate::Store::across_scopes) offers them like other columns.
///
/// A record with `embed` is searched by vector and, with [`hybrid`](Self::hybrid), also by full text. A record that has only
/// `fts` is searched by full text. If a record has several vectors, the first one is searched.
///
/// A call can neither filter by columns with `#[datus(private)]` nor return them unless [`columns`](Self::columns) names
/// them, because their text must stay on this machine. `#[datus(filter = false)]` leaves a column out of the filter.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
/// use serde_json::json;
///
/// /// The tables of the warehouse.
/// #[derive(EmbeddingRecord)]
/// struct Table {
///     /// The name of the table.
///     name: String,
///     #[datus(embed)]
///     definition: String,
///     /// The number of rows when it was last counted.
///     row_count: Option<i64>,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let tables: Store<Table> = db.store(HashingModel::default()).await?;
/// let table = |name: &str, definition: &str, row_count| {
///     Table { name: name.into(), definition: definition.into(), row_count }
/// };
/// tables
///     .add([
///         table("orders", "The orders of customers", Some(5000)),
///         table("invoices", "The invoices for orders", Some(10)),
///     ])
///     .await?;
///
/// let tool = tables.tool();
/// assert_eq!(tool.name(), "search_table");
/// assert_eq!(tool.input_schema()["properties"]["limit"]["maximum"], 50);
///
/// let arguments = json!({ "question": "orders", "filter": { "row_count": { "ge": 1000 } }, "columns": ["name"] });
/// assert_eq!(tool.call(arguments).await?, json!({ "rows": [{ "name": "orders" }] }));
///
/// let error = tool.call(json!({ "filter": { "row_count": { "gte": 1000 } } })).await.unwrap_err();
/// assert!(error.to_string().starts_with("column `row_count` has no operator `gte`: did you mean `ge`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a tool does nothing until it is called"]
pub struct Tool {
    executor: Arc<dyn Execute>,
    offer: Offer,
    name: String,
    description: String,
    hybrid: bool,
    known: ColumnValues,
}

impl Tool {
    /// Creates a tool that reads rows with `executor`. `scope` contains the columns whose values the store fixes.
    pub(crate) fn new<R: EmbeddingRecord>(executor: Arc<dyn Execute>, scope: Vec<&'static str>) -> Self {
        let offer = Offer::of::<R>(scope);
        let definition = &offer.definition;
        let description = match definition.description {
            "" => format!("Searches the table {}.", definition.table),
            text => format!("Searches the table {}. {text}", definition.table),
        };
        let name = format!("search_{}", definition.table);
        Self { executor, offer, name, description, hybrid: false, known: ColumnValues::default() }
    }

    /// Sets the name. The default is `search_` followed by the name of the table.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the description for the model. By default, it names the table and contains the doc comment of the record.
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Offers only these columns, in the filter and in the rows. A flattened column is named as in the table. The filter
    /// contains a flattened struct only if all its columns are offered. In a scoped store, the filter never contains the
    /// columns of the scope.
    ///
    /// # Errors
    /// `InvalidInput` if a name is unknown or repeated, or if no name is given. The error for an unknown name suggests
    /// the nearest one.
    pub fn columns<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let paths = column_paths(&self.offer.definition, names)?;
        self.offer.keep(paths.iter().map(|path| path.root()).collect());
        Ok(self)
    }

    /// Sets the default and the maximum of the `limit` argument. If this method is not called, they are 10 and 50.
    pub fn limits(mut self, default: usize, max: usize) -> Self {
        (self.offer.default_limit, self.offer.max_limit) = (default.min(max), max);
        self
    }

    /// Searches by vector and by full text. The record needs `embed` and `fts`, and its full-text indexes must exist.
    ///
    /// # Errors
    /// `InvalidInput` if the record lacks one of them.
    pub fn hybrid(mut self) -> Result<Self> {
        let definition = &self.offer.definition;
        if definition.vectors.is_empty() || !self.offer.has_full_text() {
            let message = "a hybrid search needs a vector and a full-text column";
            let help =
                "put `#[datus(embed)]` and `#[datus(fts)]` on fields of the record, or leave out `.hybrid()`";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help(help)
                .with_table(&*definition.table));
        }
        self.hybrid = true;
        Ok(self)
    }

    /// Reads the distinct values of these columns, so that the schema lists them.
    ///
    /// The columns must hold text or integers, or lists of them. The values are read now and not when the tool is called, so
    /// create the tool again after the data has changed.
    ///
    /// # Errors
    /// `InvalidInput` for a column that the filter does not have, such as the scope of a scoped store, for a column of a
    /// different type, and for one with more than 100 distinct values; otherwise the same errors as a read.
    pub async fn with_values_of<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        for name in names {
            self.known.read(&*self.executor, &self.offer, &name).await?;
        }
        Ok(self)
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description for the model.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the JSON Schema of the arguments.
    pub fn input_schema(&self) -> Value {
        schema::arguments(&self.offer, &self.known)
    }

    /// Runs the tool. Returns `{"rows": […]}`, with an object for each row, best rows first if there is a question.
    ///
    /// # Errors
    /// Returns a message for the model. [`ToolError::can_be_corrected`] distinguishes wrong arguments from a failure of the
    /// store.
    pub async fn call(&self, arguments: Value) -> Result<Value, ToolError> {
        let arguments = Arguments::read(&self.offer, arguments).map_err(ToolError::from_arguments)?;
        let rows = self.rows(arguments).await.map_err(ToolError::from_store)?;
        Ok(json!({ "rows": rows }))
    }

    async fn rows(&self, arguments: Arguments) -> Result<Vec<Value>> {
        let spec = self.spec(arguments);
        let stream = self.executor.execute(spec).await?;
        let batches: Vec<_> = stream.batches.try_collect().await?;
        let rows = batches.iter().flat_map(|batch| (self.offer.rows)(batch));
        let written = rows.map(|row| {
            serde_json::to_value(row).map_err(|source| {
                Error::new(ErrorKind::Decode, "a row cannot be written as JSON")
                    .with_table(self.executor.table())
                    .with_source(source)
            })
        });
        written.collect()
    }

    fn spec(&self, arguments: Arguments) -> QuerySpec {
        let Arguments { question, filter, limit, columns } = arguments;
        let mut spec = QuerySpec {
            columns: Some(columns),
            filter: filter.filter(|filter| *filter != Predicate::Constant(true)),
            limit: Some(limit),
            ..QuerySpec::default()
        };
        if let Some(question) = question {
            let by_vector = !self.offer.definition.vectors.is_empty();
            if by_vector {
                spec.nearest = Some(Nearest::new(0, VectorQuery::Text(question.clone())));
            }
            if self.hybrid || !by_vector {
                spec.full_text = Some(FullText::matching(question.as_str()));
            }
            spec.ranking.text = Some(question);
        }
        spec
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name)
            .field("columns", &self.offer.columns)
            .finish_non_exhaustive()
    }
}
