//! The conditions of a filter as data: an operator with its values, without the name of the column.

use std::fmt;
use std::marker::PhantomData;

use super::{Native, Value};

/// A condition on a column of type `T` with storage `A`, in a field of the generated `…Filter`.
///
/// A condition is one operator with its value, or several that must all hold. It has the operators that the column has
/// in `.filter(|t| …)`, and no others: `ge` needs a column with an order, `starts_with` needs text. A value converts to the
/// condition that the column equals it, and a `Vec` to the condition that the list contains every item.
///
/// ```
/// use datus_store::{Condition, EmbeddingRecord};
///
/// #[derive(EmbeddingRecord)]
/// struct TableSchema {
///     database_name: String,
///     row_count: Option<i64>,
///     tags: Vec<String>,
/// }
///
/// let filter = TableSchemaFilter {
///     database_name: Some("sales".into()),
///     row_count: Some(Condition::ge(1000).and(Condition::lt(5000))),
///     tags: Some(Condition::contains_any(["pii", "gdpr"])),
///     ..TableSchemaFilter::default()
/// };
/// let json = r#"{"database_name":"sales","row_count":{"ge":1000,"lt":5000},"tags":{"contains_any":["pii","gdpr"]}}"#;
/// assert_eq!(serde_json::to_string(&filter)?, json);
/// assert_eq!(serde_json::from_str::<TableSchemaFilter>(json)?, filter);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Condition<T, A = Native> {
    tests: Vec<Test>,
    column: PhantomData<fn() -> (T, A)>,
}

impl<T, A> Condition<T, A> {
    pub(crate) fn new(tests: Vec<Test>) -> Self {
        Self { tests, column: PhantomData }
    }

    pub(crate) fn into_tests(self) -> Vec<Test> {
        self.tests
    }
}

impl<T, A> Clone for Condition<T, A> {
    fn clone(&self) -> Self {
        Self::new(self.tests.clone())
    }
}

impl<T, A> PartialEq for Condition<T, A> {
    fn eq(&self, other: &Self) -> bool {
        self.tests == other.tests
    }
}

impl<T, A> fmt::Debug for Condition<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.tests).finish()
    }
}

/// An operator with its values.
#[derive(Clone, PartialEq)]
pub struct Test {
    /// The operator.
    pub operator: Operator,
    /// The values: those of a list for the operators that take one, otherwise exactly one.
    pub values: Vec<Value>,
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.operator.name(), self.values)
    }
}

/// An operator of a filter as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal, and not null.
    Ne,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Equal to one of the values.
    In,
    /// Equal to none of the values, and not null.
    NotIn,
    /// Null, or not null.
    IsNull,
    /// Text that matches the SQL pattern.
    Like,
    /// Text that starts with the value.
    StartsWith,
    /// Text that ends with the value.
    EndsWith,
    /// Text that contains the value, or a list that contains the item.
    Contains,
    /// A list that contains at least one of the items.
    ContainsAny,
    /// A list that contains every item.
    ContainsAll,
}

impl Operator {
    /// The operators, in the order in which messages list them.
    pub const ALL: [Self; 15] = [
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::In,
        Self::NotIn,
        Self::Contains,
        Self::ContainsAny,
        Self::ContainsAll,
        Self::StartsWith,
        Self::EndsWith,
        Self::Like,
        Self::IsNull,
    ];

    /// Returns the name in data: `starts_with`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::IsNull => "is_null",
            Self::Like => "like",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Contains => "contains",
            Self::ContainsAny => "contains_any",
            Self::ContainsAll => "contains_all",
        }
    }

    /// Returns `true` if the operator takes a list of values.
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn | Self::ContainsAny | Self::ContainsAll)
    }
}
