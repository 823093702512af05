use super::Value;
use crate::record::ColumnPath;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// A test of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    /// SQL `LIKE`: `%` stands for any characters, `_` for one, `\` takes the next one literally.
    Like,
    /// The text starts with the value, taken literally.
    StartsWith,
    /// The text ends with the value, taken literally.
    EndsWith,
    /// The value, taken literally, occurs in the text.
    Contains,
}

/// A test of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOp {
    /// At least one of the values is an item.
    Any,
    /// Every value is an item.
    All,
}

/// The untyped filter that a typed [`Filter`](super::Filter) holds: what the engine is asked.
///
/// Nulls follow SQL: a comparison with a null column is neither true nor false, `not` leaves it so, and a row is
/// kept only where the whole is true.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Predicate {
    /// True or false for every row.
    Constant(bool),
    /// All are true. Empty: true.
    And(Vec<Predicate>),
    /// At least one is true. Empty: false.
    Or(Vec<Predicate>),
    /// It is false.
    Not(Box<Predicate>),
    /// The column compares so with the value, which is not null.
    Compare {
        /// The column.
        column: ColumnPath,
        /// The comparison.
        op: CompareOp,
        /// The value on the right.
        value: Value,
    },
    /// The column equals one of the values, none of which is null. Empty: false, for a null column too.
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
        /// The pattern or literal text.
        text: String,
    },
    /// The list passes the test.
    List {
        /// The column.
        column: ColumnPath,
        /// The test.
        op: ListOp,
        /// The values looked for.
        values: Vec<Value>,
    },
    /// A filter that can't be asked, with the reason. A query that holds one fails with `InvalidInput`.
    Invalid(String),
}

impl Predicate {
    /// Both are true. Chains stay flat: what is joined to a chain becomes one more of its members, on whichever side it is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (invalid @ Self::Invalid(_), _) | (_, invalid @ Self::Invalid(_)) => invalid,
            (Self::Constant(true), other) | (other, Self::Constant(true)) => other,
            (Self::And(left), Self::And(right)) => Self::And(joined(left, right)),
            (Self::And(mut chain), other) | (other, Self::And(mut chain)) => {
                chain.push(other);
                Self::And(chain)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// At least one is true. Chains stay flat, as those of [`and`](Self::and).
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (invalid @ Self::Invalid(_), _) | (_, invalid @ Self::Invalid(_)) => invalid,
            (Self::Or(left), Self::Or(right)) => Self::Or(joined(left, right)),
            (Self::Or(mut chain), other) | (other, Self::Or(mut chain)) => {
                chain.push(other);
                Self::Or(chain)
            }
            (left, right) => Self::Or(vec![left, right]),
        }
    }

    /// It is false. The `not` of a `not` is what it was.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "the operator `!` is on the typed `Filter`; this is the word beside `and` and `or`"
    )]
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Invalid(reason) => Self::Invalid(reason),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether it is true for every row, whatever the data: such a filter does not restrict anything.
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

/// Both chains in one, for which the members of the shorter one are moved.
fn joined(mut left: Vec<Predicate>, mut right: Vec<Predicate>) -> Vec<Predicate> {
    if left.len() < right.len() {
        right.append(&mut left);
        return right;
    }
    left.append(&mut right);
    left
}
