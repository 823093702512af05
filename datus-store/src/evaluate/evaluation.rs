use std::collections::HashSet;
use std::future::IntoFuture;

use super::report::{Measured, Report};
use super::{Question, metric};
use crate::error::{Error, ErrorKind, Result};
use crate::model::clipped;
use crate::query::Hit;

/// The ranks that a report cuts at, unless it is told others.
const CUTOFFS: [usize; 3] = [1, 5, 10];

/// Questions with known answers, and what some ways to search answered.
#[derive(Debug, Clone)]
#[must_use = "an evaluation is seen in its `report`"]
pub struct Evaluation {
    questions: Vec<Question>,
    cutoffs: Vec<usize>,
    runs: Vec<Measured>,
}

impl Evaluation {
    /// An evaluation by these questions.
    ///
    /// # Errors
    /// `InvalidInput` without questions, and for a question without a relevant answer, of which no recall can be told.
    pub fn new(questions: impl IntoIterator<Item = Question>) -> Result<Self> {
        let questions: Vec<Question> = questions.into_iter().collect();
        if questions.is_empty() {
            return Err(invalid("there are no questions".to_owned()).with_help("give one or more"));
        }
        if let Some(question) = questions.iter().find(|question| question.answers().next().is_none()) {
            let text = &question.text;
            let message = format!("no answer of the question {:?} is relevant", clipped(text));
            return Err(invalid(message).with_help("name one of grade 1 or more, or leave the question out"));
        }
        Ok(Self { questions, cutoffs: CUTOFFS.to_vec(), runs: Vec::new() })
    }

    /// Cuts the answers at these ranks: 1, 5 and 10 unless it is said. MRR and nDCG are of the last one.
    /// Rank 0 is left out; where none is left, the ranks stay as they were.
    pub fn at(mut self, cutoffs: impl IntoIterator<Item = usize>) -> Self {
        let cutoffs: HashSet<usize> = cutoffs.into_iter().filter(|k| *k > 0).collect();
        if !cutoffs.is_empty() {
            self.cutoffs = cutoffs.into_iter().collect();
            self.cutoffs.sort_unstable();
        }
        self
    }

    /// The questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The keys of all relevant answers, each once: to check that the table has them, since one that is misspelled lowers
    /// every figure.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.questions.iter().flat_map(Question::answers).map(|(key, _)| key);
        let mut seen = HashSet::new();
        keys.filter(move |key| seen.insert(*key))
    }

    /// Adds the answers of one way to search: for each question the keys that it found, best first.
    ///
    /// # Errors
    /// `InvalidInput` for a name that another run has, for answers to more or fewer questions than there are, and for an
    /// answer that has a key twice.
    pub fn run<A, K>(mut self, name: impl Into<String>, answers: impl IntoIterator<Item = A>) -> Result<Self>
    where
        A: IntoIterator<Item = K>,
        K: ToString,
    {
        let texts = |answer: A| answer.into_iter().map(|key| key.to_string()).collect();
        let run = self.measured(name.into(), answers.into_iter().map(texts).collect())?;
        self.runs.push(run);
        Ok(self)
    }

    /// Asks a store every question, one after the other, and adds what it found. The closure makes a search that gives hits
    /// of keys:
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
    /// Those of the search, and of [`run`](Self::run).
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

    /// The figures of all runs.
    pub fn report(self) -> Report {
        let Self { questions, cutoffs, runs } = self;
        Report::new(questions, cutoffs, runs)
    }

    fn measured(&self, name: String, answers: Vec<Vec<String>>) -> Result<Measured> {
        if self.runs.iter().any(|run| run.name == name) {
            let message = format!("there are two runs {name:?}");
            return Err(invalid(message).with_help("give each its own name"));
        }
        let (asked, answered) = (self.questions.len(), answers.len());
        if asked != answered {
            let message = format!("run {name:?} answers {answered} of {asked} questions");
            return Err(invalid(message).with_help("give each question one answer, which may be empty"));
        }
        for (question, answer) in self.questions.iter().zip(&answers) {
            let mut seen = HashSet::new();
            if let Some(twice) = answer.iter().find(|key| !seen.insert(key.as_str())) {
                let text = &question.text;
                let text = clipped(text);
                let message = format!("run {name:?} answers the question {text:?} with {twice:?} twice");
                return Err(invalid(message).with_help("give each key once, at its best rank"));
            }
        }
        let grades = self.questions.iter().zip(&answers);
        let grades = grades.map(|(question, answer)| answer.iter().map(|key| question.grade(key)).collect());
        Ok(Measured { name, grades: grades.collect(), answers })
    }
}

impl Question {
    /// The recall of an answer with these grades.
    pub(super) fn recall_at(&self, grades: &[u32], k: usize) -> f64 {
        metric::recall_at(grades, self.answers().count(), k)
    }

    /// The nDCG of an answer with these grades.
    pub(super) fn ndcg_at(&self, grades: &[u32], k: usize) -> f64 {
        let relevant: Vec<u32> = self.answers().map(|(_, grade)| grade).collect();
        metric::ndcg_at(grades, &relevant, k)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_operation("evaluate")
}
