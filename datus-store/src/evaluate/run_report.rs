use std::cell::RefCell;
use std::fmt;

use super::Report;

/// The measures of one run of an evaluation, as means over all questions. The conditions of
#[cfg_attr(
    feature = "store",
    doc = "[`Reembed::only_if`](crate::Reembed::only_if) and [`CreateIndexes::only_if`](crate::CreateIndexes::only_if)"
)]
#[cfg_attr(not(feature = "store"), doc = "`Reembed::only_if` and `CreateIndexes::only_if`")]
/// receive two such reports.
///
/// It records which measures were requested, so that an error can name them.
pub struct RunReport<'a> {
    report: &'a Report,
    run: &'a str,
    asked: RefCell<Vec<(String, f64)>>,
}

impl<'a> RunReport<'a> {
    /// Returns the measures of a run, or `None` if the report has no such run.
    ///
    /// ```
    /// use datus_store::evaluate::{Evaluation, Question, RunReport};
    ///
    /// let report = Evaluation::new([Question::new("who works where?", ["hr.employees"])])?
    ///     .run("vector", [["hr.departments", "hr.employees"]])?
    ///     .report();
    /// let vector = RunReport::new(&report, "vector").unwrap();
    /// assert_eq!((vector.recall(2), vector.mrr(2)), (1.0, 0.5));
    /// # Ok::<(), datus_store::Error>(())
    /// ```
    pub fn new(report: &'a Report, run: &'a str) -> Option<Self> {
        report.recall(run, 1).map(|_| Self { report, run, asked: RefCell::default() })
    }

    /// Returns the mean recall at `k`. See [`recall_at`](super::measure::recall_at).
    pub fn recall(&self, k: usize) -> f64 {
        self.ask(format!("recall@{k}"), self.report.recall(self.run, k))
    }

    /// Returns the mean reciprocal rank at `k`. See [`reciprocal_rank_at`](super::measure::reciprocal_rank_at).
    pub fn mrr(&self, k: usize) -> f64 {
        self.ask(format!("MRR@{k}"), self.report.mrr(self.run, k))
    }

    /// Returns the mean nDCG at `k`. See [`ndcg_at`](super::measure::ndcg_at).
    pub fn ndcg(&self, k: usize) -> f64 {
        self.ask(format!("nDCG@{k}"), self.report.ndcg(self.run, k))
    }

    fn ask(&self, measure: String, value: Option<f64>) -> f64 {
        // `new` checks that the run exists. NaN makes every condition false.
        let value = value.unwrap_or(f64::NAN);
        let mut asked = self.asked.borrow_mut();
        if asked.iter().all(|(other, _)| *other != measure) {
            asked.push((measure, value));
        }
        value
    }

    /// Returns the requested measures with their values.
    #[cfg(feature = "store")]
    pub(crate) fn asked(&self) -> Vec<(String, f64)> {
        self.asked.borrow().clone()
    }
}

impl fmt::Debug for RunReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunReport").field("run", &self.run).finish_non_exhaustive()
    }
}
