use super::{Question, metric};

/// The metrics of an evaluation: for each run, the means over all questions.
///
/// `Display` formats them as a table, and [`to_svg`](Self::to_svg) as a chart.
#[derive(Debug, Clone)]
pub struct Report {
    questions: Vec<Question>,
    /// In ascending order, and never empty.
    cutoffs: Vec<usize>,
    runs: Vec<Run>,
}

/// The results of one search.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) name: String,
    /// For each question, the found keys, best first.
    pub(super) answers: Vec<Vec<String>>,
    /// For each question, the grades of these keys.
    pub(super) grades: Vec<Vec<u32>>,
}

/// A question with the result of one run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// The keys that were found, best first.
    pub answer: &'a [String],
    /// The recall at the requested cutoff, from 0 to 1.
    pub recall: f64,
}

/// A metric with its cutoff rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetricAt {
    Recall(usize),
    Mrr(usize),
    Ndcg(usize),
}

impl Report {
    pub(super) fn new(questions: Vec<Question>, cutoffs: Vec<usize>, runs: Vec<Run>) -> Self {
        Self { questions, cutoffs, runs }
    }

    /// Returns the questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Returns the names of the runs, in the order in which they were added.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|run| run.name.as_str())
    }

    /// Returns the mean recall at `k`, or `None` for an unknown run. See [`recall_at`](metric::recall_at).
    pub fn recall(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, MetricAt::Recall(k)))
    }

    /// Returns the mean reciprocal rank at `k`, or `None` for an unknown run. See
    /// [`reciprocal_rank_at`](metric::reciprocal_rank_at).
    pub fn mrr(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, MetricAt::Mrr(k)))
    }

    /// Returns the mean nDCG at `k`, or `None` for an unknown run. See [`ndcg_at`](metric::ndcg_at).
    pub fn ndcg(&self, run: &str, k: usize) -> Option<f64> {
        Some(self.mean(self.run(run)?, MetricAt::Ndcg(k)))
    }

    /// Returns the questions with the results of a run, lowest recall at `k` first. Returns an empty list for an unknown run.
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

    /// Returns the columns of the table, which are also the groups of the chart.
    pub(super) fn metrics(&self) -> Vec<MetricAt> {
        let last = self.cutoffs.last().copied().unwrap_or(1);
        let recalls = self.cutoffs.iter().map(|k| MetricAt::Recall(*k));
        recalls.chain([MetricAt::Mrr(last), MetricAt::Ndcg(last)]).collect()
    }

    /// Returns the runs with the values of their metrics, in the order of [`metrics`](Self::metrics).
    pub(super) fn values(&self) -> Vec<(&str, Vec<f64>)> {
        let metrics = self.metrics();
        let values = |run: &Run| metrics.iter().map(|metric| self.mean(run, *metric)).collect::<Vec<_>>();
        self.runs.iter().map(|run| (run.name.as_str(), values(run))).collect()
    }

    fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.name == name)
    }

    fn mean(&self, run: &Run, metric: MetricAt) -> f64 {
        let answers = self.questions.iter().zip(&run.grades);
        let sum: f64 = answers
            .map(|(question, grades)| match metric {
                MetricAt::Recall(k) => question.recall_at(grades, k),
                MetricAt::Mrr(k) => metric::reciprocal_rank_at(grades, k),
                MetricAt::Ndcg(k) => question.ndcg_at(grades, k),
            })
            .sum();
        sum / self.questions.len() as f64
    }
}
