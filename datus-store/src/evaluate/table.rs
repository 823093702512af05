//! The report as text.

use std::fmt;

use super::{PairedDifference, Report};
use crate::statistics::{self, Interval};

/// The width of a column: `+.035 [-.01, +.06]*`.
const COLUMN: usize = 19;

const INTERVAL: &str = "\n\n[ ] 95% interval over the questions (percentile bootstrap)";
const MARK: &str =
    "\n*   more than noise: p < 0.05 (paired randomization test, corrected for the number of runs)";

/// Formats a table with one line for each run, and if there are several runs, a table with their differences from the base
/// run. Each measure has its confidence interval. A `*` marks a difference that is significant.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let questions = match self.questions().len() {
            1 => "1 question".to_owned(),
            count => format!("{count} questions"),
        };
        let differences = self.differences();
        let base = self.base().filter(|_| !differences.is_empty());
        let against = base.map(|base| format!("against {base}")).unwrap_or_default();
        let labels = self.runs().chain([questions.as_str(), against.as_str()]);
        let width = labels.map(|label| label.chars().count()).max().unwrap_or(0);
        self.header(f, &questions, width)?;
        for run in self.all_runs() {
            write!(f, "\n{:width$}", run.name)?;
            for measure in self.measures() {
                let values = self.each(run, measure);
                let cell =
                    format!("{:.3} {}", statistics::mean(&values), short(statistics::bootstrap(&values)));
                write!(f, "  {cell:>COLUMN$}")?;
            }
        }
        if differences.is_empty() {
            return f.write_str(INTERVAL);
        }
        f.write_str("\n\n")?;
        self.header(f, &against, width)?;
        for of_run in differences.chunks(self.measures().len()) {
            let name = of_run.first().map_or("", |difference| difference.run.as_str());
            let line: String =
                of_run.iter().map(|difference| format!("  {:>COLUMN$}", cell(difference))).collect();
            write!(f, "\n{name:width$}{}", line.trim_end())?;
        }
        f.write_str(INTERVAL)?;
        f.write_str(MARK)
    }
}

impl Report {
    fn header(&self, f: &mut fmt::Formatter<'_>, corner: &str, width: usize) -> fmt::Result {
        write!(f, "{corner:width$}")?;
        self.measures().iter().try_for_each(|measure| write!(f, "  {:>COLUMN$}", measure.to_string()))
    }
}

/// Formats a difference: `+.035 [+.01, +.06]*`, with a space instead of the mark if the difference is not significant.
fn cell(difference: &PairedDifference) -> String {
    let PairedDifference { mean, interval: Interval { low, high }, .. } = difference;
    let mark = if difference.is_significant() { "*" } else { " " };
    format!("{} [{}, {}]{mark}", signed(*mean, 3), signed(*low, 2), signed(*high, 2))
}

/// Formats an interval: `[.701, .867]`.
fn short(interval: Interval) -> String {
    let without_zero = |value: f64| match format!("{value:.3}").strip_prefix('0') {
        Some(digits) => digits.to_owned(),
        None => format!("{value:.2}"),
    };
    format!("[{}, {}]", without_zero(interval.low), without_zero(interval.high))
}

/// Formats a number with its sign and without a leading zero: `+.035`, `-.01`, `+1.00`.
fn signed(value: f64, digits: usize) -> String {
    let text = format!("{value:+.digits$}");
    text.replacen("+0.", "+.", 1).replacen("-0.", "-.", 1)
}
