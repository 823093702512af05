//! Decides whether a change that affects searches is made. The decision compares metrics of questions with known
//! answers before and after the change.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use futures::TryStreamExt;

use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{Evaluation, Question, Report, RunReport};
use crate::query::{BatchStream, Selection};
use crate::record::ColumnPath;

/// The number of rows that the search for each question returns.
pub(super) const ROWS: usize = 100;

const OLD: &str = "old";
const NEW: &str = "new";

/// Decides whether the change is made.
type Accept<'a> = Box<dyn FnMut(&RunReport<'_>, &RunReport<'_>) -> bool + Send + 'a>;

/// Questions with known answers, and the condition on the metrics before and after a change.
pub(super) struct Gate<'a> {
    pub(super) questions: QuestionSet,
    accept: Accept<'a>,
}

/// The questions, and how to read the keys of their answers.
pub(super) struct QuestionSet {
    evaluation: Evaluation,
    /// The columns that contain the keys of the answers.
    columns: Vec<ColumnPath>,
    /// Reads the keys of the rows in a batch.
    keys: fn(&RecordBatch) -> Result<Vec<String>>,
}

/// For each question, the keys that a search found, best first.
pub(super) type RankedKeys = Vec<Vec<String>>;

/// The decision about a change.
#[derive(Debug)]
pub(super) struct GateResult {
    pub(super) accepted: bool,
    /// The metrics that the condition read, such as `recall@10 is 0.713 instead of 0.781`.
    pub(super) measures: String,
}

impl<'a> Gate<'a> {
    /// # Errors
    /// `InvalidInput` if there are no questions, and for a question without a relevant key.
    pub(super) fn new<R, P>(
        questions: impl IntoIterator<Item = Question>,
        key: P,
        accept: impl FnMut(&RunReport<'_>, &RunReport<'_>) -> bool + Send + 'a,
    ) -> Result<Self>
    where
        P: Selection<R>,
        P::Output: ToString,
    {
        let evaluation = Evaluation::new(questions)?;
        let mut columns = Vec::new();
        key.paths(&mut columns);
        let questions = QuestionSet { evaluation, columns, keys: keys::<R, P> };
        Ok(Self { questions, accept: Box::new(accept) })
    }

    /// Evaluates the answers, and applies the condition to the metrics.
    pub(super) fn decide(&mut self, old: RankedKeys, new: RankedKeys) -> Result<GateResult> {
        let report: Report = self.questions.evaluation.clone().run(OLD, old)?.run(NEW, new)?.report();
        let (Some(old), Some(new)) = (RunReport::new(&report, OLD), RunReport::new(&report, NEW)) else {
            return Err(Error::new(ErrorKind::Engine, "the evaluation lacks one of its runs"));
        };
        let accepted = (self.accept)(&old, &new);
        if old.asked().is_empty() && new.asked().is_empty() {
            // If the condition reads no metric, the result contains the recall.
            old.recall(10);
            new.recall(10);
        }
        Ok(GateResult { accepted, measures: measures(&old, &new) })
    }
}

impl QuestionSet {
    /// Returns the texts of the questions.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.evaluation.questions().iter().map(|question| question.text.as_str()).collect()
    }

    /// Returns the columns that a search for a question reads.
    pub(super) fn columns(&self) -> &[ColumnPath] {
        &self.columns
    }

    /// Reads the keys that a search found.
    pub(super) async fn read_keys(&self, found: BatchStream) -> Result<Vec<String>> {
        let mut batches = found.batches;
        let (mut keys, mut seen) = (Vec::new(), HashSet::new());
        while let Some(batch) = batches.try_next().await? {
            // Several rows can belong to one answer, such as the parts of a document. The best of them counts.
            keys.extend((self.keys)(&batch)?.into_iter().filter(|key| seen.insert(key.clone())));
        }
        Ok(keys)
    }
}

fn keys<R, P>(batch: &RecordBatch) -> Result<Vec<String>>
where
    P: Selection<R>,
    P::Output: ToString,
{
    let reader = P::open(&mut batch.columns().iter())?;
    (0..batch.num_rows()).map(|row| P::get(&reader, row).map(|key| key.to_string())).collect()
}

fn measures(old: &RunReport<'_>, new: &RunReport<'_>) -> String {
    let (asked_old, asked_new) = (old.asked(), new.asked());
    let mut measures: Vec<String> = Vec::new();
    for (metric, value) in &asked_new {
        let before = asked_old.iter().find(|(other, _)| other == metric);
        let before = before.map_or_else(String::new, |(_, before)| format!(" instead of {before:.3}"));
        measures.push(format!("{metric} is {value:.3}{before}"));
    }
    let only_old = asked_old.iter().filter(|(metric, _)| asked_new.iter().all(|(other, _)| other != metric));
    measures.extend(only_old.map(|(metric, value)| format!("{metric} is {value:.3} before the change")));
    measures.join(", ")
}
