//! The filter of a receipt.

use serde::{Deserialize, Serialize};

use super::names::ColumnNames;
use super::value::ValueBody;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{CompareOp, Filter, ListOp, Predicate, TextOp, Value};
use crate::record::RecordDef;

/// A [`Predicate`] that serde can read and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Condition {
    Constant(bool),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare { column: ColumnNames, is: Comparison, value: ValueBody },
    In { column: ColumnNames, values: Vec<ValueBody> },
    Null { column: ColumnNames },
    Text { column: ColumnNames, is: TextTest, text: String },
    List { column: ColumnNames, contains: ListTest, values: Vec<ValueBody> },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TextTest {
    Like,
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ListTest {
    Any,
    All,
}

impl Condition {
    pub(super) fn of(predicate: &Predicate) -> Result<Self> {
        let all = |members: &[Predicate]| members.iter().map(Self::of).collect::<Result<Vec<Self>>>();
        Ok(match predicate {
            Predicate::Constant(value) => Self::Constant(*value),
            Predicate::And(members) => Self::All(all(members)?),
            Predicate::Or(members) => Self::Any(all(members)?),
            Predicate::Not(inner) => Self::Not(Box::new(Self::of(inner)?)),
            Predicate::Compare { column, op, value } => Self::Compare {
                column: ColumnNames::of(*column),
                is: Comparison::of(*op),
                value: ValueBody::of(value)?,
            },
            Predicate::In { column, values } => {
                Self::In { column: ColumnNames::of(*column), values: written(values)? }
            }
            Predicate::IsNull { column } => Self::Null { column: ColumnNames::of(*column) },
            Predicate::Text { column, op, text } => {
                Self::Text { column: ColumnNames::of(*column), is: TextTest::of(*op), text: text.clone() }
            }
            Predicate::List { column, op, values } => Self::List {
                column: ColumnNames::of(*column),
                contains: ListTest::of(*op),
                values: written(values)?,
            },
            Predicate::Invalid(reason) => return Err(Error::new(ErrorKind::InvalidInput, reason)),
        })
    }

    /// Returns the filter. It is invalid if it is nested too deeply.
    pub(super) fn predicate(&self, record: &RecordDef) -> Result<Predicate> {
        // `from_predicate` measures the depth.
        Ok(Filter::<()>::from_predicate(self.read(record)?).into_predicate())
    }

    fn read(&self, record: &RecordDef) -> Result<Predicate> {
        let all = |members: &[Self]| {
            members.iter().map(|member| member.read(record)).collect::<Result<Vec<Predicate>>>()
        };
        Ok(match self {
            Self::Constant(value) => Predicate::Constant(*value),
            Self::All(members) => Predicate::And(all(members)?),
            Self::Any(members) => Predicate::Or(all(members)?),
            Self::Not(inner) => Predicate::Not(Box::new(inner.read(record)?)),
            Self::Compare { column, is, value } => {
                Predicate::Compare { column: column.find(record)?, op: is.read(), value: value.read()? }
            }
            Self::In { column, values } => {
                Predicate::In { column: column.find(record)?, values: read(values)? }
            }
            Self::Null { column } => Predicate::IsNull { column: column.find(record)? },
            Self::Text { column, is, text } => {
                Predicate::Text { column: column.find(record)?, op: is.read(), text: text.clone() }
            }
            Self::List { column, contains, values } => {
                Predicate::List { column: column.find(record)?, op: contains.read(), values: read(values)? }
            }
        })
    }
}

fn written(values: &[Value]) -> Result<Vec<ValueBody>> {
    values.iter().map(ValueBody::of).collect()
}

fn read(values: &[ValueBody]) -> Result<Vec<Value>> {
    values.iter().map(ValueBody::read).collect()
}

/// Implements the conversions between an operator and its serializable form, which has the same variants.
macro_rules! operator {
    ($body:ident, $operator:ident: $($variant:ident)+) => {
        impl $body {
            fn of(operator: $operator) -> Self {
                match operator {
                    $($operator::$variant => Self::$variant),+
                }
            }

            fn read(self) -> $operator {
                match self {
                    $(Self::$variant => $operator::$variant),+
                }
            }
        }
    };
}

operator!(Comparison, CompareOp: Eq Ne Lt Le Gt Ge);
operator!(TextTest, TextOp: Like StartsWith EndsWith Contains);
operator!(ListTest, ListOp: Any All);
