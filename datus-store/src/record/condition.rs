//! The conditions of a filter as data: operators with their values, without the name of the column.

use std::fmt;
use std::marker::PhantomData;

use super::{Column, ColumnKind, FieldType, FilterField, Native, Part, StructFilter, Test};

/// A condition on a column of type `T` with storage `A`, in a field of the generated `…Filter`.
///
/// A condition is one operator with its value, or several that must all hold. It supports the same operators as the column
/// does in `.filter(|t| …)`: for example, `ge` needs an ordered column and `starts_with` needs text. A value converts to the
/// condition that the column equals it. A `Vec` converts to the condition that the list contains every item.
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

impl<T: Column<A>, A: 'static> FilterField for Condition<T, A> {
    const TYPE: FieldType = FieldType { kind: T::KIND, nullable: T::NULLABLE };

    fn into_part(self) -> Part {
        Part { tests: self.into_tests(), columns: Vec::new() }
    }

    fn from_part(part: Part) -> Self {
        Self::new(part.tests)
    }
}

/// A condition on a nested struct that can be null, in a field of the generated `…Filter`.
///
/// The filter of the struct converts to this condition: `Some(LocationFilter { … }.into())`. In JSON, `is_null` is a key next
/// to those of the struct's columns: `{"born": {"is_null": true}}`.
///
/// ```
/// use datus_store::{ColumnStruct, EmbeddingRecord, query::StructCondition};
///
/// #[derive(ColumnStruct)]
/// struct Location { city: String }
///
/// #[derive(EmbeddingRecord)]
/// struct Person { name: String, born: Option<Location> }
///
/// let somewhere = PersonFilter { born: Some(StructCondition::is_not_null()), ..Default::default() };
/// assert_eq!(serde_json::to_string(&somewhere)?, r#"{"born":{"is_null":false}}"#);
/// let oslo = LocationFilter { city: Some("Oslo".into()) };
/// let oslo = PersonFilter { born: Some(oslo.into()), ..Default::default() };
/// assert_eq!(serde_json::to_string(&oslo)?, r#"{"born":{"city":"Oslo"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StructCondition<F> {
    pub(crate) tests: Vec<Test>,
    pub(crate) columns: F,
}

impl<F> From<F> for StructCondition<F> {
    fn from(columns: F) -> Self {
        Self { tests: Vec::new(), columns }
    }
}

impl<F: StructFilter> FilterField for StructCondition<F> {
    const TYPE: FieldType = FieldType { kind: ColumnKind::Struct(F::COLUMNS), nullable: true };

    fn into_part(self) -> Part {
        Part { tests: self.tests, columns: self.columns.into_columns() }
    }

    fn from_part(part: Part) -> Self {
        Self { tests: part.tests, columns: F::from_columns(part.columns) }
    }
}
