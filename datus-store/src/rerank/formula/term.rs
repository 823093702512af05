use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arrow_array::ArrayRef;

use crate::error::{Error, ErrorKind, Result};
use crate::record::ColumnPath;
use crate::rerank::Candidate;
use crate::rerank::candidate::StoredValue;

/// Reads the number at a row of an array, or `None` for a null.
pub(super) type ReadNumber = fn(&ArrayRef, usize) -> Result<Option<f64>>;

/// A weighted part of a formula.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) part: Part,
    pub(super) weight: f64,
    /// The value for a null.
    pub(super) default: f64,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Relevance,
    Column { path: ColumnPath, read: ReadNumber, function: Function },
}

/// The function that is applied to the number of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    Identity,
    Ln1p,
    Saturation(f64),
    /// The number is a time in seconds since 1970.
    HalfLife(Duration),
}

impl Function {
    fn apply(self, number: f64, now: SystemTime) -> f64 {
        match self {
            Self::Identity => number,
            Self::Ln1p => number.ln_1p(),
            Self::Saturation(half) => number / (number + half),
            Self::HalfLife(half_life) => {
                let age = (since_epoch(now) - number).max(0.0);
                (-age / half_life.as_secs_f64()).exp2()
            }
        }
    }
}

/// Returns the seconds since 1970, which are negative for an earlier time.
fn since_epoch(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

impl Term {
    pub(super) fn is_relevance(&self) -> bool {
        matches!(self.part, Part::Relevance)
    }

    pub(super) fn column(&self) -> Option<ColumnPath> {
        match self.part {
            Part::Relevance => None,
            Part::Column { path, .. } => Some(path),
        }
    }

    /// Returns the weighted value for a candidate.
    pub(super) fn value(&self, candidate: &Candidate, relevance: f32, now: SystemTime) -> Result<f64> {
        let Part::Column { path, read, function } = self.part else {
            return Ok(f64::from(relevance) * self.weight);
        };
        let StoredValue { array, row, .. } = candidate.stored(path)?;
        let number = read(array, *row).map_err(|error| error.with_column(path.to_string()))?;
        let value = number.map(|number| function.apply(number, now)).filter(|value| value.is_finite());
        Ok(value.unwrap_or(self.default) * self.weight)
    }

    /// Checks the weight and the parameters.
    pub(super) fn check(&self) -> Result<()> {
        let fault = match self.part {
            _ if !self.weight.is_finite() => format!("the weight {} of a term is not finite", self.weight),
            _ if !self.default.is_finite() => format!("the value {} for a null is not finite", self.default),
            Part::Column { function: Function::HalfLife(Duration::ZERO), .. } => {
                "a half-life is zero".to_owned()
            }
            Part::Column { function: Function::Saturation(half), .. }
                if !(half.is_finite() && half > 0.0) =>
            {
                format!("the parameter {half} of a saturation is not positive and finite")
            }
            _ => return Ok(()),
        };
        Err(self.error(fault).with_help("use finite weights and positive parameters in the formula"))
    }

    /// Returns an error that names the column.
    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::InvalidInput, message.into());
        match self.column() {
            Some(path) => error.with_column(path.to_string()),
            None => error,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Relevance => f.write_str("relevance")?,
            Part::Column { path, function, .. } => match function {
                Function::Identity => write!(f, "{path}")?,
                Function::Ln1p => write!(f, "{path}.ln_1p()")?,
                Function::Saturation(half) => write!(f, "{path}.saturation({half})")?,
                Function::HalfLife(duration) => {
                    write!(f, "{path}.half_life({} days)", duration.as_secs_f64() / 86_400.0)?;
                }
            },
        }
        if self.weight == 1.0 { Ok(()) } else { write!(f, " * {}", self.weight) }
    }
}
