//! A test that fails when recall falls.

use super::Report;

/// How many questions a failed assertion shows.
const SHOWN: usize = 5;

/// Fails unless a run of a [`Report`](crate::evaluate::Report) has at least so much recall: `assert_recall!(report, "hybrid",
/// @10 >= 0.9)`.
///
/// The message has the figures of all runs and the questions that were answered worst. The bound is any expression, such as
/// the recall of another run.
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
    ($report:expr, $run:expr, @ $k:tt >= $least:expr $(,)?) => {
        if let ::core::option::Option::Some(shortfall) =
            $crate::evaluate::Report::recall_shortfall(&$report, $run, $k, $least)
        {
            ::core::assert!(shortfall.is_empty(), "{shortfall}");
        }
    };
}

impl Report {
    /// Says what is missing to the recall; `None` where nothing is. Called by [`assert_recall`](crate::assert_recall).
    #[doc(hidden)]
    pub fn recall_shortfall(&self, run: &str, k: usize, least: f64) -> Option<String> {
        let Some(recall) = self.recall(run, k) else {
            let runs: Vec<&str> = self.runs().collect();
            return Some(format!("there is no run {run:?}: the runs are {runs:?}"));
        };
        // A sum of fractions may be a rounding below what it is on paper; not a number is below everything.
        if recall >= least - 1e-9 {
            return None;
        }
        let mut message =
            format!("recall@{k} of {run:?} is {recall:.3}, and at least {least} is asked for\n\n{self}\n");
        for asked in self.worst(run, k).into_iter().take(SHOWN).filter(|asked| asked.recall < 1.0) {
            let relevant: Vec<&str> = asked.question.answers().map(|(key, _)| key).collect();
            let found: Vec<&String> = asked.answer.iter().take(k.min(SHOWN)).collect();
            let text = &asked.question.text;
            message.push_str(&format!("\n{text:?}\n  should find {relevant:?}\n  found first {found:?}"));
        }
        Some(message)
    }
}
