use super::Value;
use crate::record::ColumnPath;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
}

/// A test on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextOp {
    /// SQL `LIKE`: `%` matches any characters, `_` matches one, and `\` escapes the next character.
    Like,
    /// The text starts with the value, which is not a pattern.
    StartsWith,
    /// The text ends with the value, which is not a pattern.
    EndsWith,
    /// The text contains the value, which is not a pattern.
    Contains,
}

/// A test on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListOp {
    /// The list contains at least one of the values.
    Any,
    /// The list contains every value.
    All,
}

/// An untyped filter, which a typed [`Filter`](super::Filter) wraps.
///
/// Nulls follow SQL: a comparison with a null column is null, and so is its negation. A filter keeps only the rows for which
/// the predicate is true.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Predicate {
    /// True or false for every row.
    Constant(bool),
    /// All members are true. An empty list is true.
    And(Vec<Predicate>),
    /// At least one member is true. An empty list is false.
    Or(Vec<Predicate>),
    /// The predicate is false.
    Not(Box<Predicate>),
    /// The comparison of the column with the value holds. The value is not null.
    Compare {
        /// The column.
        column: ColumnPath,
        /// The comparison.
        op: CompareOp,
        /// The value on the right.
        value: Value,
    },
    /// The column equals one of the values, none of which is null. An empty list is false, even for a null column.
    In {
        /// The column.
        column: ColumnPath,
        /// The values.
        values: Vec<Value>,
    },
    /// The column is null.
    IsNull {
        /// The column.
        column: ColumnPath,
    },
    /// The text passes the test.
    Text {
        /// The column.
        column: ColumnPath,
        /// The test.
        op: TextOp,
        /// The pattern, or the literal text.
        text: String,
    },
    /// The list passes the test.
    List {
        /// The column.
        column: ColumnPath,
        /// The test.
        op: ListOp,
        /// The values to search for.
        values: Vec<Value>,
    },
    /// An invalid filter, with the reason. A query that contains it fails with `InvalidInput`.
    Invalid(String),
}

impl Predicate {
    /// Returns a predicate that is true if both predicates are true. Chains stay flat: a predicate on either side of a chain
    /// becomes a member of the chain.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (invalid @ Self::Invalid(_), _) | (_, invalid @ Self::Invalid(_)) => invalid,
            (Self::Constant(true), other) | (other, Self::Constant(true)) => other,
            (Self::And(left), Self::And(right)) => Self::And(concat(left, right)),
            (Self::And(mut chain), other) | (other, Self::And(mut chain)) => {
                chain.push(other);
                Self::And(chain)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// Returns a predicate that is true if at least one of the two is true. Chains stay flat, as in [`and`](Self::and).
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (invalid @ Self::Invalid(_), _) | (_, invalid @ Self::Invalid(_)) => invalid,
            (Self::Or(left), Self::Or(right)) => Self::Or(concat(left, right)),
            (Self::Or(mut chain), other) | (other, Self::Or(mut chain)) => {
                chain.push(other);
                Self::Or(chain)
            }
            (left, right) => Self::Or(vec![left, right]),
        }
    }

    /// Returns the negation. The negation of a negation is the original predicate.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "the typed `Filter` has the operator `!`; this method goes with `and` and `or`"
    )]
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Invalid(reason) => Self::Invalid(reason),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Returns `true` if the predicate is true for every row, regardless of the data.
    pub fn is_always_true(&self) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::And(all) => all.iter().all(Self::is_always_true),
            Self::Or(any) => any.iter().any(Self::is_always_true),
            Self::Not(inner) => inner.is_always_false(),
            _ => false,
        }
    }

    fn is_always_false(&self) -> bool {
        match self {
            Self::Constant(value) => !*value,
            Self::And(all) => all.iter().any(Self::is_always_false),
            Self::Or(any) => any.iter().all(Self::is_always_false),
            Self::Not(inner) => inner.is_always_true(),
            Self::In { values, .. } => values.is_empty(),
            _ => false,
        }
    }
}

/// Concatenates two chains, the longer one first, by moving the members of the shorter one.
fn concat(mut left: Vec<Predicate>, mut right: Vec<Predicate>) -> Vec<Predicate> {
    if left.len() < right.len() {
        right.append(&mut left);
        return right;
    }
    left.append(&mut right);
    left
}
