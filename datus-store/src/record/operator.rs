//! The operators of filters as data.

use std::fmt;

use super::Value;

/// An operator with its values.
#[derive(Clone, PartialEq)]
pub struct Test {
    /// The operator.
    pub operator: Operator,
    /// The values: the items of a list for the operators that accept a list, otherwise exactly one value.
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
    /// Equal to none of the values and not null.
    NotIn,
    /// Null if the value is `true`, or not null if it is `false`.
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

    /// Returns the operator's name in a filter as data, such as `starts_with`.
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

    /// Returns `true` if the operator accepts a list of values.
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn | Self::ContainsAny | Self::ContainsAll)
    }
}
