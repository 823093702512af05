use std::fmt;

use super::{Question, measure};
use crate::error::{Error, ErrorKind, Result};
use crate::statistics::{self, Interval};

/// A measure of a [`Report`] with its cutoff rank.
///
/// ```
/// use datus_store::evaluate::Measure;
///
/// assert_eq!(Measure::Ndcg(10).to_string(), "nDCG@10");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// The mean recall (see [`recall_at`](measure::recall_at)).
    Recall(usize),
    /// The mean reciprocal rank (see [`reciprocal_rank_at`](measure::reciprocal_rank_at)).
    Mrr(usize),
    /// The mean nDCG (see [`ndcg_at`](measure::ndcg_at)).
    Ndcg(usize),
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recall(k) => write!(f, "recall@{k}"),
            Self::Mrr(k) => write!(f, "MRR@{k}"),
            Self::Ndcg(k) => write!(f, "nDCG@{k}"),
        }
    }
}

/// The measures of an evaluation: for each run, the means over all questions, with their confidence intervals and their
/// differences from a base run.
///
/// `Display` formats them as tables, and [`to_svg`](Self::to_svg) as a chart.
#[derive(Debug, Clone)]
pub struct Report {
    questions: Vec<Question>,
    /// In ascending order, and never empty.
    cutoffs: Vec<usize>,
    runs: Vec<Run>,
    /// The position of the base run.
    base: usize,
}

/// The results of one search.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) name: String,
    /// For each question, the keys that were found, best first.
    pub(super) answers: Vec<Vec<String>>,
    /// For each question, the grades of these keys.
    pub(super) grades: Vec<Vec<u32>>,
}

/// A question with the result of one run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct QuestionResult<'a> {
    /// The question.
    pub question: &'a Question,
    /// The keys that were found, best first.
    pub answer: &'a [String],
    /// The recall at the requested cutoff, from 0 to 1.
    pub recall: f64,
}

impl Report {
    pub(super) fn new(questions: Vec<Question>, cutoffs: Vec<usize>, runs: Vec<Run>) -> Self {
        Self { questions, cutoffs, runs, base: 0 }
    }

    /// Returns the questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Returns the names of the runs, in the order in which they were added.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|run| run.name.as_str())
    }

    /// Returns the mean recall at `k`, or `None` for an unknown run. See [`recall_at`](measure::recall_at).
    pub fn recall(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Measure::Recall(k)))
    }

    /// Returns the mean reciprocal rank at `k`, or `None` for an unknown run. See
    /// [`reciprocal_rank_at`](measure::reciprocal_rank_at).
    pub fn mrr(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Measure::Mrr(k)))
    }

    /// Returns the mean nDCG at `k`, or `None` for an unknown run. See [`ndcg_at`](measure::ndcg_at).
    pub fn ndcg(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Measure::Ndcg(k)))
    }

    /// Returns the mean of a measure, or `None` for an unknown run.
    pub fn value(&self, run: &str, measure: Measure) -> Option<f64> {
        Some(self.mean(self.run(run)?, measure))
    }

    /// Returns the confidence interval of the mean of a measure, or `None` for an unknown run.
    ///
    /// It shows how much the measure would vary with other questions of the same kind. It is the 95% percentile bootstrap
    /// interval over 1,000 resamples of the questions with a fixed seed (Efron and Tibshirani, *An Introduction to the
    /// Bootstrap*, 1993, section 13.3).
    pub fn interval(&self, run: &str, measure: Measure) -> Option<Interval> {
        Some(statistics::bootstrap(&self.each(self.run(run)?, measure)))
    }

    /// Sets the run that all others are compared with in [`differences`](Self::differences) and in the tables of `Display`.
    /// By default it is the first run.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown run.
    pub fn against(mut self, base: &str) -> Result<Self> {
        let position = self.runs.iter().position(|run| run.name == base);
        self.base = position.ok_or_else(|| {
            let runs: Vec<&str> = self.runs().collect();
            Error::new(ErrorKind::InvalidInput, format!("there is no run {base:?} to compare with"))
                .with_help(format!("name one of the runs {runs:?}"))
                .with_operation("evaluate")
        })?;
        Ok(self)
    }

    /// Returns the name of the run that all others are compared with, or `None` if there are no runs.
    pub fn base(&self) -> Option<&str> {
        self.runs.get(self.base).map(|run| run.name.as_str())
    }

    /// Returns the questions with the results of a run, lowest recall at `k` first. Returns an empty list for an unknown run.
    pub fn worst(&self, run: &str, k: usize) -> Vec<QuestionResult<'_>> {
        let Some(run) = self.run(run) else { return Vec::new() };
        let answers = self.questions.iter().zip(&run.answers).zip(&run.grades);
        let asked = answers.map(|((question, answer), grades)| {
            let recall = question.recall_at(grades, k);
            QuestionResult { question, answer, recall }
        });
        let mut asked: Vec<QuestionResult<'_>> = asked.collect();
        asked.sort_by(|left, right| left.recall.total_cmp(&right.recall));
        asked
    }

    /// Returns the measures of the report: recall at each cutoff, and MRR and nDCG at the largest one. They are the columns of
    /// the tables, and the groups of the chart.
    pub fn measures(&self) -> Vec<Measure> {
        let last = self.cutoffs.last().copied().unwrap_or(1);
        let recalls = self.cutoffs.iter().map(|k| Measure::Recall(*k));
        recalls.chain([Measure::Mrr(last), Measure::Ndcg(last)]).collect()
    }

    /// Returns the runs with their measures, in the order of [`measures`](Self::measures).
    pub(super) fn values(&self) -> Vec<(&str, Vec<f64>)> {
        let measures = self.measures();
        let values = |run: &Run| measures.iter().map(|measure| self.mean(run, *measure)).collect::<Vec<_>>();
        self.runs.iter().map(|run| (run.name.as_str(), values(run))).collect()
    }

    /// Returns the base run, and the other runs.
    pub(super) fn base_and_others(&self) -> Option<(&Run, Vec<&Run>)> {
        let base = self.runs.get(self.base)?;
        let others = self.runs.iter().enumerate().filter(|(position, _)| *position != self.base);
        Some((base, others.map(|(_, run)| run).collect()))
    }

    /// Returns the value of the measure for each question.
    pub(super) fn each(&self, run: &Run, measure: Measure) -> Vec<f64> {
        let answers = self.questions.iter().zip(&run.grades);
        let value = |(question, grades): (&Question, &Vec<u32>)| match measure {
            Measure::Recall(k) => question.recall_at(grades, k),
            Measure::Mrr(k) => measure::reciprocal_rank_at(grades, k),
            Measure::Ndcg(k) => question.ndcg_at(grades, k),
        };
        answers.map(value).collect()
    }

    pub(super) fn all_runs(&self) -> &[Run] {
        &self.runs
    }

    fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.name == name)
    }

    fn mean(&self, run: &Run, measure: Measure) -> f64 {
        statistics::mean(&self.each(run, measure))
    }
}
