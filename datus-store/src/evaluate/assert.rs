//! The assertion that recall has not fallen below a bound.

use super::Report;

/// The maximum number of questions, and of keys per question, that a failed assertion shows.
const MAX_SHOWN: usize = 5;

/// Asserts that a run of a [`Report`](crate::evaluate::Report) has at least the given recall:
/// `assert_recall!(report, "hybrid", @10 >= 0.9)`.
///
/// The panic message contains the measures of all runs and the questions with the lowest recall. The bound can be any
/// expression, such as the recall of another run.
///
/// ```should_panic
/// use datus_store::assert_recall;
/// use datus_store::evaluate::{Evaluation, Question};
///
/// let report = Evaluation::new([Question::new("who works where?", ["hr.employees"])])
///     .and_then(|evaluation| evaluation.run("vector", [["hr.departments"]]))
///     .unwrap()
///     .report();
/// assert_recall!(report, "vector", @10 >= 0.9);
/// ```
#[macro_export]
macro_rules! assert_recall {
    ($report:expr, $run:expr, @ $k:tt >= $min:expr $(,)?) => {
        if let ::core::option::Option::Some(shortfall) =
            $crate::evaluate::Report::recall_shortfall(&$report, $run, $k, $min)
        {
            ::core::assert!(shortfall.is_empty(), "{shortfall}");
        }
    };
}

impl Report {
    /// Returns the message of a failed assertion, or `None` if the recall is high enough. Called by
    /// [`assert_recall`](crate::assert_recall).
    #[doc(hidden)]
    pub fn recall_shortfall(&self, run: &str, k: usize, min: f64) -> Option<String> {
        let Some(recall) = self.recall(run, k) else {
            let runs: Vec<&str> = self.runs().collect();
            return Some(format!("there is no run {run:?}: the runs are {runs:?}"));
        };
        // Allow for rounding in the sum of fractions. The comparison is false for NaN, so NaN fails the assertion.
        if recall >= min - 1e-9 {
            return None;
        }
        let mut message =
            format!("recall@{k} of {run:?} is {recall:.3}, expected at least {min}\n\n{self}\n");
        for asked in self.worst(run, k).into_iter().take(MAX_SHOWN).filter(|asked| asked.recall < 1.0) {
            let relevant: Vec<&str> = asked.question.relevant_keys().map(|(key, _)| key).collect();
            let found: Vec<&String> = asked.answer.iter().take(k.min(MAX_SHOWN)).collect();
            let text = &asked.question.text;
            message.push_str(&format!("\n{text:?}\n  expected {relevant:?}\n  found first {found:?}"));
        }
        Some(message)
    }
}
