//! The condition for new vectors: both columns are searched for questions with known answers, on one version.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use futures::{StreamExt, TryStreamExt, stream};

use super::change::VectorChange;
use crate::backend::{LegQuery, NearestTo, Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{Evaluation, Question, Report, RunReport};
use crate::model::{self, Role};
use crate::query::{Selection, VectorSettings};
use crate::record::ColumnPath;
use crate::store::core::Core;

/// The number of rows that are searched for each question.
const ROWS: usize = 100;

/// The number of searches that run at once. Each reads all vectors of a column.
const SEARCHES: usize = 4;

const OLD: &str = "old";
const NEW: &str = "new";

/// Decides if the new vectors are put into use.
type Accept<'a> = Box<dyn FnMut(&RunReport<'_>, &RunReport<'_>) -> bool + Send + 'a>;

/// Questions with known answers, and the condition on the metrics of both columns.
pub(super) struct Gate<'a> {
    exam: Exam,
    accept: Accept<'a>,
}

/// The questions, and how to read the keys of their answers.
struct Exam {
    evaluation: Evaluation,
    /// The columns of the key in the answers.
    columns: Vec<ColumnPath>,
    /// Reads the keys of the rows of a batch.
    keys: fn(&RecordBatch) -> Result<Vec<String>>,
}

impl<'a> Gate<'a> {
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
        let exam = Exam { evaluation, columns, keys: keys::<R, P> };
        Ok(Self { exam, accept: Box::new(accept) })
    }

    /// Evaluates the vectors of both columns on one version of the table. `old` and `new` have the models of the columns.
    ///
    /// # Errors
    /// `Recall` if the condition does not hold; `Model` if a model fails; `Engine` if the storage fails.
    pub(super) async fn check(
        &mut self,
        table: &Table,
        old: &Core,
        new: &Core,
        changes: &[VectorChange],
    ) -> Result<()> {
        // A new vector of the record has nothing to be compared with.
        for change in changes.iter().filter(|change| change.has_vectors) {
            let found_old = self.exam.answers(table, old, change.vector, change.name).await?;
            let found_new = self.exam.answers(table, new, change.vector, change.standby).await?;
            let report = self.exam.evaluation.clone().run(OLD, found_old)?.run(NEW, found_new)?.report();
            self.decide(&report).map_err(|error| error.with_column(change.name))?;
        }
        Ok(())
    }

    fn decide(&mut self, report: &Report) -> Result<()> {
        let (Some(old), Some(new)) = (RunReport::new(report, OLD), RunReport::new(report, NEW)) else {
            return Err(Error::new(ErrorKind::Engine, "the evaluation lacks one of its runs"));
        };
        let accepted = (self.accept)(&old, &new);
        if old.asked().is_empty() && new.asked().is_empty() {
            // A condition that asks for nothing still gets an error with a figure.
            old.recall(10);
            new.recall(10);
        }
        let figures = figures(&old, &new);
        tracing::info!(target: "datus_store", accepted, figures, "new vectors were evaluated");
        if accepted {
            return Ok(());
        }
        let message = format!("the new vectors do not meet the condition of `only_if`: {figures}");
        Err(Error::new(ErrorKind::Recall, message).with_help(
            "the table still uses its current vectors; drop the new ones with `drop_standby`, or repeat `reembed` with a \
             different condition, which keeps them",
        ))
    }
}

impl Exam {
    /// Returns the keys that an exact search of the column finds for each question, best first.
    async fn answers(
        &self,
        table: &Table,
        core: &Core,
        vector: usize,
        column: &'static str,
    ) -> Result<Vec<Vec<String>>> {
        let searched = core.vector(vector)?;
        let texts: Vec<&str> =
            self.evaluation.questions().iter().map(|question| question.text.as_str()).collect();
        let vectors = model::embed_texts(searched.model(), &texts, Role::Query).await;
        let vectors = vectors.map_err(|error| error.with_column(column))?;
        let searches = vectors.into_iter().map(|values| {
            let nearest = NearestTo {
                number: vector,
                column,
                metric: searched.definition.metric,
                layout: searched.layout(),
                vector: values,
                settings: VectorSettings::default(),
            };
            self.search(table, LegQuery::Nearest(nearest.exact()))
        });
        stream::iter(searches).buffered(SEARCHES).try_collect().await
    }

    async fn search(&self, table: &Table, leg: LegQuery) -> Result<Vec<String>> {
        let (columns, leg) = (self.columns.clone(), Some(leg));
        let request = Request { columns, limit: Some(ROWS), leg, ..Request::default() };
        let mut batches = table.read(request).await?.batches;
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        while let Some(batch) = batches.try_next().await? {
            // Several rows can belong to one answer, such as the parts of a document. Its best row counts.
            found.extend((self.keys)(&batch)?.into_iter().filter(|key| seen.insert(key.clone())));
        }
        Ok(found)
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

/// Returns the metrics that the condition asked for, such as `recall@10 is 0.713 instead of 0.781`.
fn figures(old: &RunReport<'_>, new: &RunReport<'_>) -> String {
    let (asked_old, asked_new) = (old.asked(), new.asked());
    let mut figures: Vec<String> = Vec::new();
    for (metric, value) in &asked_new {
        let before = asked_old.iter().find(|(other, _)| other == metric);
        let before = before.map_or_else(String::new, |(_, before)| format!(" instead of {before:.3}"));
        figures.push(format!("{metric} is {value:.3}{before}"));
    }
    let only_old = asked_old.iter().filter(|(metric, _)| asked_new.iter().all(|(other, _)| other != metric));
    figures.extend(only_old.map(|(metric, value)| format!("{metric} of the current vectors is {value:.3}")));
    figures.join(", ")
}
