use super::report::Run;
use super::{Measure, Report};
use crate::statistics::{self, Interval};

/// A difference is significant if its p-value is below this threshold.
const THRESHOLD: f64 = 0.05;

/// The difference between a run and the base run in one measure, over the same questions.
///
/// ```
/// use datus_store::evaluate::{Evaluation, Measure, Question};
///
/// let questions = (0..8).map(|number| Question::new(format!("question {number}"), [number]));
/// let report = Evaluation::new(questions)?
///     .run("before", (0..8).map(|_| Vec::<i32>::new()))?
///     .run("now", (0..8).map(|number| [number]))?
///     .report();
/// let difference = report.difference("now", Measure::Recall(1)).unwrap();
/// assert_eq!((difference.run.as_str(), difference.base.as_str()), ("now", "before"));
/// assert_eq!(difference.mean, 1.0);
/// assert!(difference.is_significant());
/// # Ok::<(), datus_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The name of the run.
    pub run: String,
    /// The name of the base run.
    pub base: String,
    /// The measure.
    pub measure: Measure,
    /// The mean difference over all questions. It is positive if the run is better than the base.
    pub mean: f64,
    /// The percentile bootstrap interval of the mean, over resamples of the questions, as in [`Report::interval`].
    pub interval: Interval,
    /// The probability that a difference of at least this size arises by chance, if both runs are equally good.
    ///
    /// It is the p-value of the two-sided paired randomization test, which assigns the two results of each question to the runs
    /// at random (Smucker, Allan and Carterette, *A Comparison of Statistical Significance Tests for Information Retrieval
    /// Evaluation*, CIKM 2007). If the report has several runs besides the base, the value is corrected for their number
    /// with Holm's method, so that one of twenty runs does not seem better by chance.
    pub p_value: f64,
}

impl PairedDifference {
    /// Returns `true` if the difference is unlikely to be due to chance: [`p_value`](Self::p_value) is below 0.05.
    pub fn is_significant(&self) -> bool {
        self.p_value < THRESHOLD
    }
}

impl Report {
    /// Returns the differences between the [base](Self::base) and all other runs in all [measures](Self::measures), run by
    /// run, in the order in which the runs were added.
    pub fn differences(&self) -> Vec<PairedDifference> {
        let by_measure: Vec<Vec<PairedDifference>> =
            self.measures().into_iter().map(|measure| self.differences_in(measure)).collect();
        let runs = by_measure.first().map_or(0, Vec::len);
        (0..runs)
            .flat_map(|run| by_measure.iter().filter_map(move |differences| differences.get(run)))
            .cloned()
            .collect()
    }

    /// Returns the difference between a run and the [base](Self::base) in one measure, with any cutoff. Returns `None` for
    /// the base itself and for an unknown run.
    pub fn difference(&self, run: &str, measure: Measure) -> Option<PairedDifference> {
        self.differences_in(measure).into_iter().find(|difference| difference.run == run)
    }

    /// Returns the differences between the base and all other runs in one measure.
    fn differences_in(&self, measure: Measure) -> Vec<PairedDifference> {
        let Some((base, others)) = self.base_and_others() else { return Vec::new() };
        let of_base = self.each(base, measure);
        let paired = |run: &Run| -> Vec<f64> {
            self.each(run, measure).iter().zip(&of_base).map(|(value, base)| value - base).collect()
        };
        let paired: Vec<(&Run, Vec<f64>)> = others.into_iter().map(|run| (run, paired(run))).collect();
        let p_values: Vec<f64> =
            paired.iter().map(|(_, differences)| statistics::randomization_test(differences)).collect();
        let differences = paired.into_iter().zip(statistics::holm(&p_values));
        let difference = |((run, differences), p_value): ((&Run, Vec<f64>), f64)| PairedDifference {
            run: run.name.clone(),
            base: base.name.clone(),
            measure,
            mean: statistics::mean(&differences),
            interval: statistics::bootstrap(&differences),
            p_value,
        };
        differences.map(difference).collect()
    }
}
