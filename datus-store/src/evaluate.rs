//! How good a search is: questions with known answers, and recall, MRR and nDCG of several ways to search, side by side.
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
//!     .run("by hand", [vec!["sales.orders", "hr.employees"], vec!["hr.departments", "hr.employees"]])?
//!     .run("by chance", [vec!["hr.employees"], vec!["sales.orders"]])?
//!     .report();
//! assert_eq!(report.recall("by hand", 2), Some(0.75));
//! assert_recall!(report, "by hand", @2 >= 0.75);
//! println!("{report}");
//! std::fs::write(std::env::temp_dir().join("evaluation.svg"), report.to_svg()).unwrap();
//! # Ok::<(), datus_store::Error>(())
//! ```
//!
//! [`Evaluation::ask`] asks a store the questions. Keys are compared as text, so any column that tells rows apart serves,
//! and so do the answers of any other system, by [`Evaluation::run`].
//!
//! The measures are functions of [`metric`], each with the source of its formula. Of all questions the mean is taken.

mod assert;
mod chart;
mod evaluation;
pub mod metric;
mod question;
mod report;
mod table;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;

pub use evaluation::Evaluation;
pub use question::Question;
pub use report::{Asked, Report};
