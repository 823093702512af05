use std::collections::HashSet;
use std::future::IntoFuture;

use super::report::{Report, Run};
use super::{Question, measure};
use crate::error::{Error, ErrorKind, Result};
use crate::model::clipped;
use crate::query::Hit;

/// The default cutoff ranks of a report.
const CUTOFFS: [usize; 3] = [1, 5, 10];

/// A set of questions with known relevant keys, and the results of several searches for them.
#[derive(Debug, Clone)]
#[must_use = "an evaluation does nothing until `report` is called"]
pub struct Evaluation {
    questions: Vec<Question>,
    cutoffs: Vec<usize>,
    runs: Vec<Run>,
}

impl Evaluation {
    /// Creates an evaluation with these questions.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if there are no questions, or if a question has no relevant key, because its recall is
    /// undefined.
    pub fn new(questions: impl IntoIterator<Item = Question>) -> Result<Self> {
        let questions: Vec<Question> = questions.into_iter().collect();
        if questions.is_empty() {
            return Err(invalid("there are no questions".to_owned()).with_help("pass at least one"));
        }
        if let Some(question) = questions.iter().find(|question| question.relevant_keys().next().is_none()) {
            let text = &question.text;
            let message = format!("the question {:?} has no relevant key", clipped(text));
            return Err(invalid(message).with_help("add a key with grade 1 or more, or remove the question"));
        }
        Ok(Self { questions, cutoffs: CUTOFFS.to_vec(), runs: Vec::new() })
    }

    /// Sets the ranks at which results are cut off, by default 1, 5 and 10. MRR and nDCG use the largest one. Rank 0 is
    /// ignored, and if no other rank is given, the cutoffs do not change.
    pub fn at(mut self, cutoffs: impl IntoIterator<Item = usize>) -> Self {
        let cutoffs: HashSet<usize> = cutoffs.into_iter().filter(|k| *k > 0).collect();
        if !cutoffs.is_empty() {
            self.cutoffs = cutoffs.into_iter().collect();
            self.cutoffs.sort_unstable();
        }
        self
    }

    /// Returns the questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Returns the distinct relevant keys of all questions. Use it to check that the table contains them, because a
    /// misspelled key lowers every measure.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.questions.iter().flat_map(Question::relevant_keys).map(|(key, _)| key);
        let mut seen = HashSet::new();
        keys.filter(move |key| seen.insert(*key))
    }

    /// Adds the results of a search: for each question, the keys that it found, best first.
    ///
    /// # Errors
    /// Fails with `InvalidInput` if another run has the same name, if the number of results differs from the number of
    /// questions, or if a result contains a key twice.
    pub fn run<A, K>(mut self, name: impl Into<String>, answers: impl IntoIterator<Item = A>) -> Result<Self>
    where
        A: IntoIterator<Item = K>,
        K: ToString,
    {
        let texts = |answer: A| answer.into_iter().map(|key| key.to_string()).collect();
        let run = self.graded_run(name.into(), answers.into_iter().map(texts).collect())?;
        self.runs.push(run);
        Ok(self)
    }

    /// Runs a search in a store for each question in turn and adds the results. The closure creates a search that selects
    /// the key:
    ///
    #[cfg_attr(feature = "store", doc = "```")]
    #[cfg_attr(not(feature = "store"), doc = "```text")]
    /// use datus_store::evaluate::{Evaluation, Question};
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page { path: String, #[datus(embed)] text: String }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// let page = |path: &str, text: &str| Page { path: path.into(), text: text.into() };
    /// pages.add([page("a", "How to bake bread"), page("b", "How to brew tea")]).await?;
    ///
    /// let report = Evaluation::new([Question::new("baking a loaf of bread", ["a"])])?
    ///     .ask("vector", |text| pages.search(text).limit(10).select(|t| t.path))
    ///     .await?
    ///     .report();
    /// assert_eq!(report.recall("vector", 1), Some(1.0));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns the errors of the search and of [`run`](Self::run).
    pub async fn ask<S, K>(self, name: impl Into<String>, mut search: impl FnMut(&str) -> S) -> Result<Self>
    where
        S: IntoFuture<Output = Result<Vec<Hit<K>>>>,
        K: ToString,
    {
        let mut answers = Vec::with_capacity(self.questions.len());
        for question in &self.questions {
            let hits = search(&question.text).await?;
            answers.push(hits.into_iter().map(|hit| hit.record).collect::<Vec<K>>());
        }
        self.run(name, answers)
    }

    /// Computes the measures of all runs.
    pub fn report(self) -> Report {
        let Self { questions, cutoffs, runs } = self;
        Report::new(questions, cutoffs, runs)
    }

    fn graded_run(&self, name: String, answers: Vec<Vec<String>>) -> Result<Run> {
        if self.runs.iter().any(|run| run.name == name) {
            let message = format!("there are two runs {name:?}");
            return Err(invalid(message).with_help("give each run its own name"));
        }
        let (questions, results) = (self.questions.len(), answers.len());
        if questions != results {
            let message = format!("expected {questions} results in run {name:?}, found {results}");
            return Err(
                invalid(message).with_help("pass one result for each question; a result may be empty")
            );
        }
        for (question, answer) in self.questions.iter().zip(&answers) {
            let mut seen = HashSet::new();
            if let Some(duplicate) = answer.iter().find(|key| !seen.insert(key.as_str())) {
                let text = clipped(&question.text);
                let message =
                    format!("run {name:?} contains the key {duplicate:?} twice for the question {text:?}");
                return Err(invalid(message).with_help("pass each key once, at its best rank"));
            }
        }
        let grades = self.questions.iter().zip(&answers);
        let grades = grades.map(|(question, answer)| answer.iter().map(|key| question.grade(key)).collect());
        Ok(Run { name, grades: grades.collect(), answers })
    }
}

impl Question {
    /// Returns the recall of a result with these grades.
    pub(super) fn recall_at(&self, grades: &[u32], k: usize) -> f64 {
        measure::recall_at(grades, self.relevant_keys().count(), k)
    }

    /// Returns the nDCG of a result with these grades.
    pub(super) fn ndcg_at(&self, grades: &[u32], k: usize) -> f64 {
        let relevant: Vec<u32> = self.relevant_keys().map(|(_, grade)| grade).collect();
        measure::ndcg_at(grades, &relevant, k)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_operation("evaluate")
}
