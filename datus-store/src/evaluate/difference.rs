use super::report::Run;
use super::{Figure, Report};
use crate::statistics::{self, Interval};

/// The largest p-value of a difference that is more than noise.
const THRESHOLD: f64 = 0.05;

/// The difference of a run from the base run in one figure, over the same questions.
///
/// ```
/// use datus_store::evaluate::{Evaluation, Figure, Question};
///
/// let questions = (0..8).map(|number| Question::new(format!("question {number}"), [number]));
/// let report = Evaluation::new(questions)?
///     .run("before", (0..8).map(|_| Vec::<i32>::new()))?
///     .run("now", (0..8).map(|number| [number]))?
///     .report();
/// let difference = report.difference("now", Figure::Recall(1)).unwrap();
/// assert_eq!((difference.run.as_str(), difference.base.as_str()), ("now", "before"));
/// assert_eq!(difference.mean, 1.0);
/// assert!(difference.is_more_than_noise());
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The name of the run.
    pub run: String,
    /// The name of the base run.
    pub base: String,
    /// The figure.
    pub figure: Figure,
    /// The mean over all questions of the difference: positive if the run is better than the base.
    pub mean: f64,
    /// The percentile bootstrap interval of the mean, over resamples of the questions, as in [`Report::interval`].
    pub interval: Interval,
    /// The probability that a difference of this size or more arises by chance, if both runs are equally good.
    ///
    /// It is that of the paired randomization test, two-sided: for each question, it is random which run has which result
    /// (Smucker, Allan and Carterette, *A Comparison of Statistical Significance Tests for Information Retrieval
    /// Evaluation*, CIKM 2007). If the report has several runs besides the base, it is corrected for their number with
    /// Holm's method, so one of twenty runs does not seem better by chance.
    pub p_value: f64,
}

impl Difference {
    /// Returns `true` if the difference is unlikely to be chance: [`p_value`](Self::p_value) is below 0.05.
    pub fn is_more_than_noise(&self) -> bool {
        self.p_value < THRESHOLD
    }
}

impl Report {
    /// Returns the differences of all other runs from the [base](Self::base) in all [figures](Self::figures): run by run, in
    /// the order in which the runs were added.
    pub fn differences(&self) -> Vec<Difference> {
        let by_figure: Vec<Vec<Difference>> =
            self.figures().into_iter().map(|figure| self.differences_in(figure)).collect();
        let runs = by_figure.first().map_or(0, Vec::len);
        (0..runs)
            .flat_map(|run| by_figure.iter().filter_map(move |differences| differences.get(run)))
            .cloned()
            .collect()
    }

    /// Returns the difference of a run from the [base](Self::base) in one figure, with any cutoff. Returns `None` for the base
    /// itself and for an unknown run.
    pub fn difference(&self, run: &str, figure: Figure) -> Option<Difference> {
        self.differences_in(figure).into_iter().find(|difference| difference.run == run)
    }

    /// Returns the differences of all other runs from the base in one figure.
    fn differences_in(&self, figure: Figure) -> Vec<Difference> {
        let Some((base, others)) = self.base_and_others() else { return Vec::new() };
        let of_base = self.each(base, figure);
        let paired = |run: &Run| -> Vec<f64> {
            self.each(run, figure).iter().zip(&of_base).map(|(value, base)| value - base).collect()
        };
        let paired: Vec<(&Run, Vec<f64>)> = others.into_iter().map(|run| (run, paired(run))).collect();
        let p_values: Vec<f64> =
            paired.iter().map(|(_, differences)| statistics::randomization_test(differences)).collect();
        let differences = paired.into_iter().zip(statistics::holm(&p_values));
        let difference = |((run, differences), p_value): ((&Run, Vec<f64>), f64)| Difference {
            run: run.name.clone(),
            base: base.name.clone(),
            figure,
            mean: statistics::mean(&differences),
            interval: statistics::bootstrap(&differences),
            p_value,
        };
        differences.map(difference).collect()
    }
}
