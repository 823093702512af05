use std::fmt;

/// A step of [`Store::repair`](crate::Store::repair), which removes one kind of fault from a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepairStep {
    /// Embeds the texts of rows that lack the vector.
    EmbedMissing {
        /// The vector column.
        column: &'static str,
        /// The number of rows.
        rows: usize,
    },
    /// Embeds the texts of rows that have the vector, compares both vectors, and writes the new one if the old one is stale.
    CompareVectors {
        /// The vector column.
        column: &'static str,
        /// The number of rows to compare.
        rows: usize,
    },
    /// Deletes rows that have the same key as another row.
    RemoveDuplicates {
        /// The number of rows to delete.
        rows: usize,
        /// One of the keys.
        key: String,
    },
    /// Drops an index that the struct does not declare.
    DropIndex {
        /// The name of the index.
        index: String,
        /// Its column.
        column: String,
        /// The kind of the index, such as `btree`.
        kind: String,
    },
}

/// The steps of a repair. Returned by [`Repair::plan`](crate::Repair::plan).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RepairPlan {
    /// The steps that the repair takes, in order.
    pub steps: Vec<RepairStep>,
    /// The problems that the repair does not fix, because the builder method for them was not called. Rows that share a key
    /// also remain if the chosen column does not decide between them.
    pub remaining: Vec<RepairStep>,
}

impl RepairPlan {
    /// Returns `true` if the repair changes nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl RepairStep {
    /// Returns the builder method that requests the step.
    fn method(&self) -> &'static str {
        match self {
            Self::EmbedMissing { .. } => "`repair()`",
            Self::CompareVectors { .. } => "`stale_vectors()`",
            Self::RemoveDuplicates { .. } => "`keep_max(…)` or `keep_min(…)`, by a column that differs",
            Self::DropIndex { .. } => "`drop_undeclared_indexes()`",
        }
    }
}

impl fmt::Display for RepairStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmbedMissing { column, rows } => {
                write!(f, "embed {rows} rows that have a text but no vector in {column}")
            }
            Self::CompareVectors { column, rows } => {
                write!(f, "embed {rows} rows, and write the vectors that differ from {column}")
            }
            Self::RemoveDuplicates { rows, key } => {
                write!(f, "delete {rows} rows whose key another row also has, such as {key}")
            }
            Self::DropIndex { index, column, kind } => {
                write!(f, "drop the index `{index}` ({kind}) of {column}, which the struct does not declare")
            }
        }
    }
}

/// Lists the steps, and the faults that remain, with the methods that repair them.
impl fmt::Display for RepairPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            write!(f, "nothing to repair")?;
        }
        for (number, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if number == 0 { "" } else { "\n" })?;
        }
        self.remaining.iter().try_for_each(|step| write!(f, "\nremaining: {step}: {}", step.method()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_the_method_for_each_fault_that_it_leaves() {
        let missing = RepairStep::EmbedMissing { column: "vector", rows: 2 };
        let index = RepairStep::DropIndex { index: "i".into(), column: "kind".into(), kind: "btree".into() };
        let duplicates = RepairStep::RemoveDuplicates { rows: 3, key: "`7`".into() };
        let plan = RepairPlan { steps: vec![missing, index], remaining: vec![duplicates] };
        assert_eq!(
            plan.to_string(),
            "embed 2 rows that have a text but no vector in vector\n\
             drop the index `i` (btree) of kind, which the struct does not declare\n\
             remaining: delete 3 rows whose key another row also has, such as `7`: `keep_max(…)` or `keep_min(…)`, by a \
             column that differs"
        );
        assert_eq!(RepairPlan::default().to_string(), "nothing to repair");
    }
}
