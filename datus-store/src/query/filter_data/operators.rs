//! The operators of each column, which are those of the traits in `query/operators.rs`.

use crate::record::{ColumnKind, FieldType, Operator, ScalarKind};

/// Returns the operators of a column, in the order of [`Operator::ALL`].
pub(super) fn of(field: FieldType) -> Vec<Operator> {
    Operator::ALL.into_iter().filter(|operator| has(field, *operator)).collect()
}

/// Returns `true` if the column supports the operator.
pub(super) fn has(field: FieldType, operator: Operator) -> bool {
    use Operator as O;
    let (scalar, list) = match field.kind {
        ColumnKind::Scalar(kind) => (Some(kind), false),
        ColumnKind::List(_) => (None, true),
        ColumnKind::Opaque | ColumnKind::Json | ColumnKind::Struct(_) => (None, false),
    };
    match operator {
        O::Eq | O::Ne | O::In | O::NotIn => scalar.is_some(),
        O::Lt | O::Le | O::Gt | O::Ge => scalar.is_some_and(is_ordered),
        O::Like | O::StartsWith | O::EndsWith => scalar == Some(ScalarKind::Text),
        O::Contains => list || scalar == Some(ScalarKind::Text),
        O::ContainsAny | O::ContainsAll => list,
        O::IsNull => field.nullable,
    }
}

fn is_ordered(kind: ScalarKind) -> bool {
    match kind {
        ScalarKind::Bool | ScalarKind::Enum(_) | ScalarKind::Bytes | ScalarKind::FixedBytes(_) => false,
        #[cfg(feature = "uuid")]
        ScalarKind::Uuid => false,
        _ => true,
    }
}

/// Returns the operator that another language or library calls by this name.
pub(super) fn alias(name: &str) -> Option<&'static str> {
    Some(match name.trim_start_matches('$') {
        "=" | "==" | "equals" | "equal" | "is" => "eq",
        "!=" | "<>" | "neq" | "not_eq" | "not" | "not_equals" => "ne",
        "<" | "before" | "less_than" => "lt",
        "<=" | "lte" | "max" => "le",
        ">" | "after" | "greater_than" => "gt",
        ">=" | "gte" | "min" => "ge",
        "in_" | "one_of" | "is_in" | "any_of" => "in",
        "nin" | "not_in_" | "notin" | "none_of" => "not_in",
        "null" | "isnull" | "is_none" | "exists" | "is_not_null" => "is_null",
        "startswith" | "prefix" | "begins_with" => "starts_with",
        "endswith" | "suffix" => "ends_with",
        "ilike" | "regex" | "matches" | "pattern" => "like",
        "includes" | "has" | "substring" | "icontains" => "contains",
        "has_any" | "overlaps" | "any" => "contains_any",
        "has_all" | "all" => "contains_all",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::alias;
    use crate::record::Operator;

    #[test]
    fn names_of_other_languages_lead_to_the_operators() {
        for (names, operator) in [
            ("= == equals equal is", "eq"),
            ("!= <> neq not_eq not not_equals", "ne"),
            ("< before less_than", "lt"),
            ("<= lte max $lte", "le"),
            ("> after greater_than", "gt"),
            (">= gte min $gte", "ge"),
            ("in_ one_of is_in any_of", "in"),
            ("nin not_in_ notin none_of $nin", "not_in"),
            ("null isnull is_none exists is_not_null", "is_null"),
            ("startswith prefix begins_with", "starts_with"),
            ("endswith suffix", "ends_with"),
            ("ilike regex matches pattern", "like"),
            ("includes has substring icontains", "contains"),
            ("has_any overlaps any", "contains_any"),
            ("has_all all", "contains_all"),
        ] {
            assert!(Operator::ALL.iter().any(|known| known.name() == operator), "{operator}");
            for name in names.split(' ') {
                assert_eq!(alias(name), Some(operator), "{name}");
            }
        }
        assert_eq!((alias("near"), alias("")), (None, None));
    }
}
