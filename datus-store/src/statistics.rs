//! Confidence intervals for means and proportions, and a test of paired differences. All functions are pure.

use std::fmt;

use fastrand::Rng;

/// The seed of all random numbers, so that the same values always produce the same interval and the same p-value.
const SEED: u64 = 0x7374_6174_6973_7469;
/// The number of resamples of a bootstrap. 1,000 or more are needed for the percentiles of a 95% interval: Efron and
/// Tibshirani, *An Introduction to the Bootstrap*, 1993, section 14.2.
const RESAMPLES: usize = 1000;
/// The number of random sign assignments that a test draws.
const ASSIGNMENTS: usize = 10_000;
/// The maximum number of nonzero differences for which a test tries all sign assignments.
const EXACT: usize = 15;
/// Sums of differences that are closer than this differ only by rounding.
const ROUNDING: f64 = 1e-9;
/// The quantile of the normal distribution for a two-sided interval of 95%.
#[cfg(feature = "store")]
const Z: f64 = 1.959_964;

/// A 95% confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Returns `true` if the value is in the interval, including its endpoints.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Formats the endpoints with three decimal places: `0.701 to 0.867`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} to {:.3}", self.low, self.high)
    }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Returns the percentile bootstrap interval of a mean: Efron and Tibshirani, section 13.3. Sakai, *Evaluating Evaluation
/// Metrics based on the Bootstrap*, SIGIR 2006, uses it for the questions of an evaluation.
pub(crate) fn bootstrap(values: &[f64]) -> Interval {
    let mut random = Rng::with_seed(SEED);
    let mut resample = || {
        let drawn = (0..values.len()).filter_map(|_| values.get(random.usize(0..values.len())));
        drawn.sum::<f64>() / values.len().max(1) as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
    means.sort_by(f64::total_cmp);
    let at = |position: usize| means.get(position).copied().unwrap_or(0.0);
    Interval { low: at(RESAMPLES / 40), high: at(RESAMPLES - 1 - RESAMPLES / 40) }
}

/// Returns the probability that the mean of the differences would be at least as far from 0 if the sign of each difference
/// were random, as is the case if both sides are equally good.
///
/// This is Fisher's randomization test, two-sided (*The Design of Experiments*, 1935, section 21). It assumes no
/// distribution of the values, and Smucker, Allan and Carterette, *A Comparison of Statistical Significance Tests for
/// Information Retrieval Evaluation*, CIKM 2007, recommend it for comparing the metrics of questions. With up to 15
/// differences, the test is exact. With more, it draws 10,000 sign assignments and also counts the observed one, so that
/// the probability is never 0 (Davison and Hinkley, *Bootstrap Methods and their Application*, 1997, section 4.3).
pub(crate) fn randomization_test(differences: &[f64]) -> f64 {
    // The sign of 0 changes nothing.
    let differences: Vec<f64> =
        differences.iter().copied().filter(|difference| difference.abs() > ROUNDING).collect();
    if differences.is_empty() {
        return 1.0;
    }
    let observed = differences.iter().sum::<f64>().abs() - ROUNDING;
    if differences.len() <= EXACT {
        let assignments = 1_u32 << differences.len();
        let is_extreme = |assignment: &u32| {
            let mut signs = (0..differences.len()).map(|position| assignment >> position & 1 == 1);
            signed_sum(&differences, || signs.next() == Some(true)).abs() >= observed
        };
        return (0..assignments).filter(is_extreme).count() as f64 / f64::from(assignments);
    }
    let mut random = Rng::with_seed(SEED);
    let mut is_extreme = || signed_sum(&differences, || random.bool()).abs() >= observed;
    let extreme = (0..ASSIGNMENTS).filter(|_| is_extreme()).count();
    (extreme + 1) as f64 / (ASSIGNMENTS + 1) as f64
}

/// Returns the sum of the differences, each with its own sign or with the opposite sign.
fn signed_sum(differences: &[f64], mut keeps_sign: impl FnMut() -> bool) -> f64 {
    differences.iter().map(|difference| if keeps_sign() { *difference } else { -difference }).sum()
}

/// Returns the p-values of several tests, corrected for the number of tests, in the same order.
///
/// With this correction, the probability that any difference is found by chance stays below the threshold: Holm, *A Simple
/// Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of Statistics, 1979.
pub(crate) fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    let (mut corrected, mut largest) = (vec![1.0; p_values.len()], 0.0_f64);
    for (position, &test) in order.iter().enumerate() {
        largest = largest.max(p_values[test] * (p_values.len() - position) as f64).min(1.0);
        corrected[test] = largest;
    }
    corrected
}

/// Returns the score interval of a mean of proportions, such as the recalls of several queries.
///
/// The interval is that of Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, JASA 1927. It
/// stays between 0 and 1 and has a nonzero width even if all values are 1. The results of one query depend on each other, so
/// the number of trials is the effective sample size of Kish, *Survey Sampling*, 1965: the number of independent trials with
/// the same standard error. This number is raised to the number of values if it is lower.
#[cfg(feature = "store")]
pub(crate) fn score_interval(mean: f64, standard_error: f64, values: usize) -> Interval {
    let values = values.max(1) as f64;
    let variance = mean * (1.0 - mean);
    let effective = if standard_error > 0.0 { variance / standard_error.powi(2) } else { values };
    let trials = effective.max(values);
    let (square, scale) = (Z * Z, 1.0 + Z * Z / trials);
    let center = (mean + square / (2.0 * trials)) / scale;
    let half = Z / scale * (variance / trials + square / (4.0 * trials * trials)).sqrt();
    Interval { low: (center - half).max(0.0), high: (center + half).min(1.0) }
}

/// Returns the standard error of the mean.
#[cfg(feature = "store")]
pub(crate) fn standard_error(values: &[f64]) -> f64 {
    let (mean, count) = (mean(values), values.len().max(1) as f64);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (variance / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64, tolerance: f64) -> bool {
        (left - right).abs() <= tolerance
    }

    /// The mean of two resampled values is 0, 0.5 or 1, with probabilities of 1/4, 1/2 and 1/4.
    #[test]
    fn the_bootstrap_interval_of_few_values_has_their_extremes() {
        assert_eq!(bootstrap(&[0.0, 1.0]), Interval { low: 0.0, high: 1.0 });
        assert_eq!(bootstrap(&[0.25; 30]), Interval { low: 0.25, high: 0.25 });
        assert_eq!(bootstrap(&[]), Interval { low: 0.0, high: 0.0 });
    }

    /// For many values, the interval is that of the normal distribution: the mean and 1.96 standard errors.
    #[test]
    fn the_bootstrap_interval_of_many_values_is_the_normal_one() {
        let values: Vec<f64> = (0..400).map(|number| f64::from(number) / 400.0).collect();
        let half = 1.96 * (1.0_f64 / 12.0 / 400.0).sqrt();
        let interval = bootstrap(&values);
        assert!(close(interval.low, 0.499 - half, 0.003), "{interval}");
        assert!(close(interval.high, 0.499 + half, 0.003), "{interval}");
    }

    /// Fisher counts 863 of the 32,768 sign assignments for Darwin's 15 pairs of maize plants, in eighths of an inch.
    #[test]
    fn the_test_has_fishers_result_for_darwins_maize() {
        let differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
            .map(|eighths| f64::from(eighths) / 8.0);
        assert_eq!(randomization_test(&differences), 2.0 * 863.0 / 32_768.0);
        // Zeros change nothing.
        let with_zeros: Vec<f64> = differences.into_iter().chain([0.0; 100]).collect();
        assert_eq!(randomization_test(&with_zeros), 2.0 * 863.0 / 32_768.0);
    }

    #[test]
    fn few_equal_differences_can_be_chance_and_many_cannot() {
        assert_eq!(randomization_test(&[0.0; 9]), 1.0);
        assert_eq!(randomization_test(&[0.5; 3]), 0.25);
        assert_eq!(randomization_test(&[0.5; 6]), 2.0 / 64.0);
        assert!(randomization_test(&[0.5; 30]) < 0.001);
        let balanced: Vec<f64> = [1.0, -1.0].repeat(20);
        assert_eq!(randomization_test(&balanced), 1.0);
    }

    /// The binomial probability of 60 or more, or of 40 or fewer, among 100 is 0.0569.
    #[test]
    fn random_signs_agree_with_the_binomial_distribution() {
        let differences: Vec<f64> = (0..100).map(|number| if number < 60 { 1.0 } else { -1.0 }).collect();
        let p = randomization_test(&differences);
        assert!(close(p, 0.0569, 0.007), "{p}");
    }

    /// The example of Holm's method on Wikipedia: the first and last hypotheses are rejected at 0.05.
    #[test]
    fn holm_multiplies_by_the_number_of_tests_that_are_left() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(
            corrected.iter().zip(expected).all(|(left, right)| close(*left, right, 1e-12)),
            "{corrected:?}"
        );
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    /// Newcombe, *Two-sided confidence intervals for the single proportion*, Statistics in Medicine 1998, table I: the
    /// interval is 0.2553 to 0.3662 for 81 of 263, and 0 to 0.1611 for 0 of 20.
    #[cfg(feature = "store")]
    #[test]
    fn the_score_interval_has_newcombes_values() {
        let of = |found: f64, trials: usize| {
            let mean = found / trials as f64;
            score_interval(mean, (mean * (1.0 - mean) / trials as f64).sqrt(), trials)
        };
        let interval = of(81.0, 263);
        assert!(close(interval.low, 0.2553, 5e-5) && close(interval.high, 0.3662, 5e-5), "{interval}");
        let interval = of(0.0, 20);
        assert!(close(interval.low, 0.0, 1e-12) && close(interval.high, 0.1611, 5e-5), "{interval}");
    }

    #[cfg(feature = "store")]
    #[test]
    fn queries_that_agree_narrow_the_interval() {
        let scattered = score_interval(0.95, 0.02, 100);
        let alike = score_interval(0.95, 0.005, 100);
        assert!(alike.high - alike.low < scattered.high - scattered.low, "{alike} {scattered}");
        let all_found = score_interval(1.0, 0.0, 100);
        assert!(close(all_found.low, 0.963, 1e-3) && all_found.high == 1.0, "{all_found}");
    }

    #[cfg(feature = "store")]
    #[test]
    fn the_standard_error_is_that_of_a_sample() {
        assert_eq!(standard_error(&[1.0, 1.0]), 0.0);
        assert!(close(standard_error(&[1.0, 0.8, 1.0, 0.8]), 0.0577, 1e-4));
    }
}
