use super::{Question, metric};

/// The figures of an evaluation: of each way to search the mean over all questions.
///
/// `Display` writes them as a table, [`to_svg`](Self::to_svg) as a chart.
#[derive(Debug, Clone)]
pub struct Report {
    questions: Vec<Question>,
    /// Ascending, at least one.
    cutoffs: Vec<usize>,
    runs: Vec<Measured>,
}

/// What one way to search answered.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) name: String,
    /// For each question the keys, best first.
    pub(super) answers: Vec<Vec<String>>,
    /// The grades of these keys.
    pub(super) grades: Vec<Vec<u32>>,
}

/// One question, and how one way to search answered it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// The keys that were found, best first.
    pub answer: &'a [String],
    /// The part of the relevant keys that are among the first, from 0 to 1.
    pub recall: f64,
}

/// A measure with the rank that it is cut at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Recall(usize),
    Mrr(usize),
    Ndcg(usize),
}

impl Report {
    pub(super) fn new(questions: Vec<Question>, cutoffs: Vec<usize>, runs: Vec<Measured>) -> Self {
        Self { questions, cutoffs, runs }
    }

    /// The questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The names of the runs, in the order in which they were added.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|run| run.name.as_str())
    }

    /// The mean recall among the first `k`: see [`recall_at`](metric::recall_at). `None` where there is no such run.
    pub fn recall(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Figure::Recall(k)))
    }

    /// The mean reciprocal rank among the first `k`: see [`reciprocal_rank_at`](metric::reciprocal_rank_at). `None` where there
    /// is no such run.
    pub fn mrr(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Figure::Mrr(k)))
    }

    /// The mean nDCG of the first `k`: see [`ndcg_at`](metric::ndcg_at). `None` where there is no such run.
    pub fn ndcg(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, Figure::Ndcg(k)))
    }

    /// The questions as a run answered them, those with the least recall among the first `k` first; empty where there is no
    /// such run.
    pub fn worst(&self, run: &str, k: usize) -> Vec<Asked<'_>> {
        let Some(run) = self.run(run) else { return Vec::new() };
        let answers = self.questions.iter().zip(&run.answers).zip(&run.grades);
        let asked = answers.map(|((question, answer), grades)| {
            let recall = question.recall_at(grades, k);
            Asked { question, answer, recall }
        });
        let mut asked: Vec<Asked<'_>> = asked.collect();
        asked.sort_by(|left, right| left.recall.total_cmp(&right.recall));
        asked
    }

    /// The columns of the table and the groups of the chart.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let last = self.cutoffs.last().copied().unwrap_or(1);
        let recalls = self.cutoffs.iter().map(|k| Figure::Recall(*k));
        recalls.chain([Figure::Mrr(last), Figure::Ndcg(last)]).collect()
    }

    /// The runs with their figures, in the order of [`figures`](Self::figures).
    pub(super) fn values(&self) -> Vec<(&str, Vec<f64>)> {
        let figures = self.figures();
        let values =
            |run: &Measured| figures.iter().map(|figure| self.mean(run, *figure)).collect::<Vec<_>>();
        self.runs.iter().map(|run| (run.name.as_str(), values(run))).collect()
    }

    fn run(&self, name: &str) -> Option<&Measured> {
        self.runs.iter().find(|run| run.name == name)
    }

    fn mean(&self, run: &Measured, figure: Figure) -> f64 {
        let answers = self.questions.iter().zip(&run.grades);
        let sum: f64 = answers
            .map(|(question, grades)| match figure {
                Figure::Recall(k) => question.recall_at(grades, k),
                Figure::Mrr(k) => metric::reciprocal_rank_at(grades, k),
                Figure::Ndcg(k) => question.ndcg_at(grades, k),
            })
            .sum();
        sum / self.questions.len() as f64
    }
}
