use std::fmt;

use super::{Effect, Fill, Plan, Step};
use crate::record::Difference;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, record, rows, steps } = self;
        if steps.is_empty() {
            return write!(f, "table `{table}` matches the record `{record}`: nothing to change");
        }
        write!(f, "table `{table}`, {}, to match the record `{record}`:", count(*rows, "row"))?;
        let mut under = None;
        for step in steps {
            let effect = step.effect();
            if under.replace(effect) != Some(effect) {
                write!(f, "\n{effect}")?;
            }
            write!(f, "\n  - {step}")?;
            match step {
                Step::AddColumn { fill: Fill::Default, .. } => {
                    write!(f, " (written into {})", count(*rows, "row"))?;
                }
                Step::ForbidNulls { nulls: 0, .. } => write!(f, " (reads the column)")?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safe => "safe",
            Self::Reembeds => "needs embedding",
            Self::DestroysData => "destroys data",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable => f.write_str("create the table, without rows"),
            Self::RenameColumn { from, to, data_type } => {
                write!(f, "rename column `{from}` ({data_type}) to `{to}`")
            }
            Self::AllowNulls { column, data_type } => {
                write!(f, "allow nulls in column `{column}` ({data_type})")
            }
            Self::ForbidNulls { column, data_type, nulls: 0 } => {
                write!(f, "forbid nulls in column `{column}` ({data_type}), which contains no nulls")
            }
            Self::ForbidNulls { column, data_type, nulls } => {
                let nulls = count(*nulls, "row");
                write!(f, "forbid nulls in column `{column}` ({data_type}), which is null in {nulls}")
            }
            Self::AddColumn { column, data_type, nullable, fill } => {
                let null = if *nullable { "nullable" } else { "never null" };
                write!(f, "add column `{column}` ({data_type}, {null}), {fill}")
            }
            Self::DropIndex { index, column } => {
                write!(
                    f,
                    "drop index `{index}` of column `{column}`, which the record does not declare or declares differently"
                )
            }
            Self::SetMetric { column, from, to } => {
                let from = from.as_deref().unwrap_or("no metric");
                write!(
                    f,
                    "change the metric of vector `{column}` from {from} to {to}; an index with the old metric is not used"
                )
            }
            Self::SetMetadata { column, changes } => {
                match column {
                    Some(column) => write!(f, "update the metadata of column `{column}`: ")?,
                    None => write!(f, "update the metadata of the table: ")?,
                }
                let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
                write!(f, "{}", keys.join(", "))
            }
            Self::RaiseVersion { from, to } => write!(f, "raise the schema version from {from} to {to}"),
            Self::Reembed { column, reasons, rows: 0 } => {
                let reasons: Vec<String> = reasons.iter().map(Difference::to_string).collect();
                write!(f, "replace vector `{column}`, which is empty: {}", reasons.join("; "))
            }
            Self::Reembed { column, reasons, rows } => {
                let reasons: Vec<String> = reasons.iter().map(Difference::to_string).collect();
                write!(f, "embed {} for vector `{column}`: {}", count(*rows, "row"), reasons.join("; "))
            }
            Self::DropColumn { column, data_type, rows: 0 } => {
                write!(
                    f,
                    "drop column `{column}` ({data_type}), which the record lacks; the table has no rows"
                )
            }
            Self::DropColumn { column, data_type, .. } => {
                write!(f, "drop column `{column}` ({data_type}) and its values, which the record lacks")
            }
            Self::ChangeType { column, from, to, rows: 0 } => {
                write!(f, "change column `{column}` from {from} to {to}; the table has no rows")
            }
            Self::ChangeType { column, from, to, .. } => {
                write!(f, "change column `{column}` from {from} to {to}: its values are lost")
            }
            Self::ChangeKey { from, to, rows } => {
                let (from, to) = (from.join(", "), to.join(", "));
                write!(f, "change the key from ({from}) to ({to})")?;
                match rows {
                    0 => f.write_str("; no two rows share it"),
                    1 => f.write_str(": 1 row has no key of its own"),
                    rows => write!(f, ": {rows} rows have no key of their own"),
                }
            }
        }
    }
}

impl fmt::Display for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nulls => f.write_str("filled with nulls"),
            Self::Default => f.write_str("filled with its default"),
            Self::Nothing { rows: 0 } => f.write_str("no row needs a value"),
            Self::Nothing { rows } => {
                let (has, rows) = (if *rows == 1 { "has" } else { "have" }, count(*rows, "row"));
                write!(f, "for which {rows} {has} no value")
            }
        }
    }
}

/// Formats a number and the noun that it counts.
fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}
