//! Evaluation of search quality: recall, MRR and nDCG of several searches on questions with known answers.
//!
//! ```
//! use datus_store::assert_recall;
//! use datus_store::evaluate::{Evaluation, Question};
//!
//! let questions = [
//!     Question::new("what did a customer order?", ["sales.orders", "sales.order_lines"]),
//!     Question::new("who works in which department?", ["hr.employees"]),
//! ];
//! let report = Evaluation::new(questions)?
//!     .run("curated", [vec!["sales.orders", "hr.employees"], vec!["hr.departments", "hr.employees"]])?
//!     .run("random", [vec!["hr.employees"], vec!["sales.orders"]])?
//!     .report();
//! assert_eq!(report.recall("curated", 2), Some(0.75));
//! assert_recall!(report, "curated", @2 >= 0.75);
//! for difference in report.differences() {
//!     println!("{}: {:+.3} ({})", difference.measure, difference.mean, difference.interval);
//! }
//! println!("{report}");
//! std::fs::write(std::env::temp_dir().join("evaluation.svg"), report.to_svg()).unwrap();
//! # Ok::<(), datus_store::Error>(())
//! ```
//!
//! [`Evaluation::ask`] runs a search in a store for each question. [`Evaluation::run`] adds results from any other system.
//! Keys are compared as text, so any column that identifies rows can be the key.
//!
//! The functions in [`measure`] compute the measures of one result and cite the source of each formula. A report contains
//! the means over all questions with their confidence intervals, and compares any number of runs with a base:
//! [`Report::differences`] reports which differences are significant.

mod assert;
mod chart;
mod difference;
mod evaluation;
pub mod measure;
mod question;
mod report;
mod run_report;
mod table;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

pub use crate::statistics::Interval;
pub use difference::PairedDifference;
pub use evaluation::Evaluation;
pub use question::Question;
pub use report::{Measure, QuestionResult, Report};
pub use run_report::RunReport;
