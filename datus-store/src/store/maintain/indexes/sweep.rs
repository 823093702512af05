//! Sweeps the search parameters of an index, to find the cheapest that reach a target recall.

use crate::backend::SearchParams;
use crate::record::VectorIndex;

/// The refine factors that are tried. The largest re-ranks 2,560 rows for 10 hits.
const REFINES: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// The number of refine factors, up to 64, that are tried for the product-quantized index of a column declared `auto`. If it
/// needs a larger one, a scalar-quantized index is tried.
const AUTO_REFINES: usize = 7;

/// The candidate counts (`ef`) that are tried for a graph. The largest is the maximum that lance considers sensible for 10
/// rows.
const CANDIDATES: [usize; 8] = [16, 32, 64, 128, 256, 512, 1024, 2048];

/// Returns the refine factors to try for an index on a column that declares the kind `declared`. `multi` is `true` if a row
/// has several vectors.
pub(super) fn refines(kind: VectorIndex, declared: VectorIndex, multi: bool) -> &'static [u32] {
    if kind.is_flat() && !multi {
        // A flat index computes exact distances, which need no refinement. For rows with several vectors, the distances are
        // estimates, since an index search does not find all vectors of a row.
        &REFINES[..1]
    } else if declared == VectorIndex::Auto && kind.is_product_quantized() {
        &REFINES[..AUTO_REFINES]
    } else {
        &REFINES
    }
}

/// The recall of one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TrialRecall {
    /// The mean fraction of the nearest rows that were found.
    pub(super) recall: f64,
    /// The standard error of the mean.
    pub(super) error: f64,
    /// The number of queries.
    pub(super) queries: usize,
}

impl TrialRecall {
    /// Returns `true` if the recall reaches the target, and not merely by chance: the mean exceeds the target by at least
    /// its standard error, or is 1.
    pub(super) fn reaches(self, target: f64) -> bool {
        self.recall >= 1.0 || self.lower_bound() >= target
    }

    /// Returns the mean minus its standard error.
    pub(super) fn lower_bound(self) -> f64 {
        self.recall - self.error
    }
}

/// The trials of one index. The first trials search all partitions, or use the largest number of candidates of a graph, and
/// raise the refine factor until the recall has a margin. If it never has one, the smallest factor that reaches the target is
/// used. Rows that these trials miss are not found with any number of partitions. Then a bisection finds the smallest number
/// of partitions or candidates that reaches the target, since recall never falls when their number grows.
#[derive(Debug)]
pub(super) struct ParameterSweep {
    target: f64,
    is_graph: bool,
    /// The number of partitions, or the number of candidate counts.
    steps: usize,
    partitions: usize,
    refines: &'static [u32],
    /// The number of nearest rows that are compared.
    at: usize,
    stage: Stage,
    /// The trial with the chosen parameters so far.
    cheapest: Option<(SearchParams, TrialRecall)>,
    /// The trial with the highest recall.
    best: Option<(SearchParams, TrialRecall)>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Tries the refine factor at this position with all partitions or candidates.
    Refine(usize),
    /// Bisects between `low` steps, which missed the target, and `high` steps, which reached it.
    Bisect {
        refine: u32,
        low: usize,
        high: usize,
    },
    Done,
}

impl ParameterSweep {
    /// Creates a sweep for an index, which tries the given refine factors and compares the `at` nearest rows.
    pub(super) fn new(
        kind: VectorIndex,
        partitions: usize,
        target: f64,
        refines: &'static [u32],
        at: usize,
    ) -> Self {
        let (is_graph, partitions) = (kind.is_graph(), partitions.max(1));
        Self {
            target,
            is_graph,
            steps: if is_graph { CANDIDATES.len() } else { partitions },
            partitions,
            refines,
            at,
            stage: Stage::Refine(0),
            cheapest: None,
            best: None,
        }
    }

    /// Returns the search parameters of the next trial; `None` at the end.
    pub(super) fn next(&self) -> Option<SearchParams> {
        match self.stage {
            Stage::Refine(position) => Some(self.params_at(self.steps, *self.refines.get(position)?)),
            Stage::Bisect { refine, low, high } => Some(self.params_at(usize::midpoint(low, high), refine)),
            Stage::Done => None,
        }
    }

    /// Records the result of the trial that [`next`](Self::next) returned.
    pub(super) fn record(&mut self, measured: TrialRecall) {
        let Some(params) = self.next() else { return };
        let reaches = measured.reaches(self.target);
        let is_better = self.cheapest.is_none()
            || matches!(self.stage, Stage::Bisect { .. })
            || measured.reaches(self.margin());
        if reaches && is_better {
            self.cheapest = Some((params, measured));
        }
        if self.best.is_none_or(|(_, best)| measured.recall > best.recall) {
            self.best = Some((params, measured));
        }
        self.stage = match self.stage {
            Stage::Refine(position) => self.after_refine(position, measured),
            Stage::Bisect { refine, low, high } => {
                let middle = usize::midpoint(low, high);
                if reaches { Self::bisect(refine, low, middle) } else { Self::bisect(refine, middle, high) }
            }
            Stage::Done => Stage::Done,
        };
    }

    /// Returns the cheapest search parameters that reached the target.
    pub(super) fn cheapest(&self) -> Option<(SearchParams, TrialRecall)> {
        self.cheapest
    }

    /// Returns the search parameters with the highest recall.
    pub(super) fn best(&self) -> Option<(SearchParams, TrialRecall)> {
        self.best
    }

    /// Returns the standard error of the best trial if no trial reached the target, but this one's mean reached it before the
    /// error was subtracted. More queries can settle this.
    pub(super) fn uncertainty(&self) -> Option<f64> {
        let (_, best) =
            self.best.filter(|(_, best)| self.cheapest.is_none() && best.recall >= self.target)?;
        Some(best.error)
    }

    /// Returns the recall at which the refine factor is high enough: the midpoint between the target and 1. The distance to the
    /// target allows a search to skip partitions.
    fn margin(&self) -> f64 {
        f64::midpoint(self.target, 1.0)
    }

    fn after_refine(&self, position: usize, measured: TrialRecall) -> Stage {
        if !measured.reaches(self.margin()) && position + 1 < self.refines.len() {
            return Stage::Refine(position + 1);
        }
        match self.cheapest {
            Some((params, _)) => Self::bisect(params.refine_factor, self.too_few(params), self.steps),
            None => Stage::Done,
        }
    }

    /// Returns the number of steps at which a graph would keep fewer candidates than it refines. The engine keeps more then, so
    /// these steps are all the same.
    fn too_few(&self, params: SearchParams) -> usize {
        let refined = self.refined(params.refine_factor);
        let too_few = CANDIDATES.iter().filter(|candidates| self.is_graph && **candidates < refined).count();
        too_few.min(self.steps - 1)
    }

    /// Returns the number of rows that a measurement refines. It requests one more row than it compares.
    fn refined(&self, factor: u32) -> usize {
        (self.at + 1).saturating_mul(factor as usize)
    }

    /// Returns the stage that bisects between `low` steps, which missed the target, and `high` steps, which reached it.
    fn bisect(refine: u32, low: usize, high: usize) -> Stage {
        if high - low > 1 { Stage::Bisect { refine, low, high } } else { Stage::Done }
    }

    fn params_at(&self, step: usize, refine_factor: u32) -> SearchParams {
        if self.is_graph {
            let candidates = CANDIDATES.get(step.saturating_sub(1));
            let ef = candidates.map(|candidates| (*candidates).max(self.refined(refine_factor)));
            SearchParams { nprobes: self.partitions, refine_factor, ef }
        } else {
            SearchParams { nprobes: step, refine_factor, ef: None }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sweep(kind: VectorIndex, partitions: usize, target: f64) -> ParameterSweep {
        ParameterSweep::new(kind, partitions, target, refines(kind, kind, false), 10)
    }

    /// Runs the sweep on an index with the given recall. Also returns the trials.
    fn run(
        mut sweep: ParameterSweep,
        recall: impl Fn(SearchParams) -> f64,
    ) -> (ParameterSweep, Vec<SearchParams>) {
        let mut trials = Vec::new();
        while let Some(params) = sweep.next() {
            trials.push(params);
            sweep.record(TrialRecall { recall: recall(params), error: 0.0, queries: 100 });
            assert!(trials.len() < 100, "{trials:?}");
        }
        (sweep, trials)
    }

    #[test]
    fn the_fewest_partitions_that_reach_the_target_are_found() {
        for least in 1..=122 {
            let sweep = sweep(VectorIndex::IvfFlat, 122, 0.95);
            let (sweep, trials) = run(sweep, |params| if params.nprobes >= least { 0.96 } else { 0.9 });
            assert_eq!(sweep.cheapest().map(|(params, _)| params.nprobes), Some(least));
            assert!(trials.len() <= 9, "{}", trials.len());
        }
    }

    #[test]
    fn a_lossy_index_is_refined_until_the_recall_has_a_margin() {
        let recall = |params: SearchParams| {
            (1.0 - 0.4 / f64::from(params.refine_factor)) * (1.0 - 0.1 / params.nprobes as f64)
        };
        let (sweep, _) = run(sweep(VectorIndex::IvfPq, 16, 0.95), recall);
        let (params, measured) = sweep.cheapest().unwrap();
        assert_eq!(params, SearchParams { nprobes: 3, refine_factor: 32, ef: None });
        assert!(measured.recall >= 0.95);
    }

    #[test]
    fn a_flat_index_of_several_vectors_is_refined() {
        let refined = |multi| {
            let kind = VectorIndex::IvfFlat;
            let sweep = ParameterSweep::new(kind, 4, 0.95, refines(kind, kind, multi), 10);
            run(sweep, |params| if params.refine_factor >= 4 { 0.99 } else { 0.8 }).0.cheapest()
        };
        assert_eq!(refined(true).unwrap().0, SearchParams { nprobes: 1, refine_factor: 4, ef: None });
        assert_eq!(refined(false), None);
    }

    #[test]
    fn a_target_that_no_trial_reaches_ends_with_the_best_recall() {
        let (sweep, trials) =
            run(sweep(VectorIndex::IvfRq, 8, 0.99), |params| 0.5 + f64::from(params.refine_factor) / 1000.0);
        assert_eq!(sweep.cheapest(), None);
        assert_eq!(sweep.best().map(|(params, _)| params.refine_factor), Some(256));
        assert_eq!(trials.len(), REFINES.len());
    }

    #[test]
    fn an_auto_column_prefers_scalar_quantization_to_a_large_refine_factor() {
        let refines = |kind| super::refines(kind, VectorIndex::Auto, false);
        assert_eq!(refines(VectorIndex::IvfPq).last(), Some(&64));
        assert_eq!(refines(VectorIndex::IvfSq).last(), Some(&256));
        let sweep = ParameterSweep::new(VectorIndex::IvfPq, 8, 0.95, refines(VectorIndex::IvfPq), 10);
        let recall = |params: SearchParams| if params.refine_factor > 64 { 0.99 } else { 0.9 };
        assert_eq!(run(sweep, recall).0.cheapest(), None);
    }

    #[test]
    fn a_graph_bisects_its_candidates_and_searches_all_partitions() {
        let recall = |params: SearchParams| if params.ef >= Some(100) { 0.99 } else { 0.5 };
        let (sweep, _) = run(sweep(VectorIndex::HnswSq, 2, 0.95), recall);
        assert_eq!(
            sweep.cheapest().map(|(params, _)| params),
            Some(SearchParams { nprobes: 2, refine_factor: 1, ef: Some(128) })
        );
    }

    #[test]
    fn the_smallest_refine_factor_is_used_if_none_has_a_margin() {
        let recall = |params: SearchParams| match params.refine_factor {
            1 => 0.93,
            _ if params.nprobes < 3 => 0.9,
            2 => 0.955,
            _ => 0.96,
        };
        let (sweep, trials) = run(sweep(VectorIndex::IvfPq, 8, 0.95), recall);
        let chosen = SearchParams { nprobes: 3, refine_factor: 2, ef: None };
        assert_eq!(sweep.cheapest().unwrap().0, chosen, "{trials:?}");
    }

    #[test]
    fn a_graph_keeps_at_least_as_many_candidates_as_it_refines() {
        let ef = |refine, enough: usize| {
            let recall = |params: SearchParams| {
                let reaches = params.refine_factor >= refine && params.ef >= Some(enough);
                if reaches { 0.99 } else { 0.5 }
            };
            let (sweep, trials) = run(sweep(VectorIndex::HnswSq, 1, 0.95), recall);
            (sweep.cheapest().unwrap().0.ef, trials.len())
        };
        // The trials with refine factors of 1 to 256 keep 2,048 candidates or more.
        assert_eq!(ef(256, 1), (Some(2816), 9));
        assert_eq!(ef(8, 1), (Some(128), 4 + 2));
        assert_eq!(ef(8, 1000), (Some(1024), 4 + 3));
    }

    #[test]
    fn a_recall_that_may_reach_the_target_by_chance_does_not_count() {
        let mut trials = sweep(VectorIndex::IvfFlat, 1, 0.95);
        trials.record(TrialRecall { recall: 0.955, error: 0.01, queries: 100 });
        assert_eq!((trials.cheapest(), trials.next()), (None, None));
        assert_eq!(trials.uncertainty(), Some(0.01));
        let mut trials = sweep(VectorIndex::IvfFlat, 1, 1.0);
        trials.record(TrialRecall { recall: 1.0, error: 0.0, queries: 100 });
        assert!(trials.cheapest().is_some() && trials.uncertainty().is_none());
        let mut trials = sweep(VectorIndex::IvfFlat, 1, 0.95);
        trials.record(TrialRecall { recall: 0.949, error: 0.01, queries: 100 });
        assert!(trials.cheapest().is_none() && trials.uncertainty().is_none());
    }
}
