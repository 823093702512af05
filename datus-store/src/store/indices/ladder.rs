//! Which settings of an index are tried, one after another, until the cheapest is found that holds a target.

use crate::backend::Nearby;
use crate::record::VectorIndex;

/// The refine factors that are tried.
const REFINES: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The numbers of candidates of a graph that are tried; the greatest is lance's bound of what is sensible for 10 rows.
const CANDIDATES: [usize; 8] = [16, 32, 64, 128, 256, 512, 1024, 2048];

/// What a trial found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// The mean part of the nearest rows that was found.
    pub(super) recall: f64,
    /// The standard error of the mean.
    pub(super) error: f64,
}

impl Measured {
    /// Whether it is the target, and not by chance: the mean is above it by its standard error, or perfect.
    fn holds(self, target: f64) -> bool {
        self.recall >= 1.0 || self.recall - self.error >= target
    }
}

/// The trials of one index. First everything that can be looked into is, with more and more refinement: what that does not
/// find, no number of partitions does. Then partitions, or candidates of a graph, are halved down to the fewest that hold
/// the target; more of them find more, never less.
#[derive(Debug)]
pub(super) struct Ladder {
    target: f64,
    graph: bool,
    /// How many partitions there are, or how many numbers of candidates are tried.
    steps: usize,
    partitions: usize,
    refines: &'static [u32],
    stage: Stage,
    /// The best trial that holds the target and is the cheapest so far.
    held: Option<(Nearby, Measured)>,
    /// The trial that found most.
    best: Option<(Nearby, Measured)>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// The position of the refine factor that is tried with everything.
    Refine(usize),
    /// The refine factor, the steps that are too few, and the steps that do.
    Halve {
        refine: u32,
        low: usize,
        high: usize,
    },
    Done,
}

impl Ladder {
    pub(super) fn new(kind: VectorIndex, partitions: usize, target: f64) -> Self {
        let (graph, partitions) = (kind.is_graph(), partitions.max(1));
        Self {
            target,
            graph,
            steps: if graph { CANDIDATES.len() } else { partitions },
            partitions,
            // Distances of whole vectors are right the first time.
            refines: if kind.is_flat() { &REFINES[..1] } else { &REFINES },
            stage: Stage::Refine(0),
            held: None,
            best: None,
        }
    }

    /// What to try next; `None` at the end.
    pub(super) fn next(&self) -> Option<Nearby> {
        match self.stage {
            Stage::Refine(position) => Some(self.trial(self.steps, *self.refines.get(position)?)),
            Stage::Halve { refine, low, high } => Some(self.trial(usize::midpoint(low, high), refine)),
            Stage::Done => None,
        }
    }

    /// Takes what the trial found that [`next`](Self::next) gave.
    pub(super) fn record(&mut self, measured: Measured) {
        let Some(how) = self.next() else { return };
        let holds = measured.holds(self.target);
        if holds {
            self.held = Some((how, measured));
        }
        if self.best.is_none_or(|(_, best)| measured.recall > best.recall) {
            self.best = Some((how, measured));
        }
        self.stage = match self.stage {
            Stage::Refine(position) => self.after_refine(position, measured, holds),
            Stage::Halve { refine, low, high } => {
                let middle = usize::midpoint(low, high);
                if holds { Self::halve(refine, low, middle) } else { Self::halve(refine, middle, high) }
            }
            Stage::Done => Stage::Done,
        };
    }

    /// The cheapest settings that hold the target.
    pub(super) fn held(&self) -> Option<(Nearby, Measured)> {
        self.held
    }

    /// The settings that found most.
    pub(super) fn best(&self) -> Option<(Nearby, Measured)> {
        self.best
    }

    /// One more refinement, until there is room: a recall halfway between target and 1 leaves partitions to save.
    fn after_refine(&self, position: usize, measured: Measured, holds: bool) -> Stage {
        let room = measured.holds(f64::midpoint(self.target, 1.0));
        let last = position + 1 >= self.refines.len();
        match self.held {
            _ if !room && !last => Stage::Refine(position + 1),
            Some((how, _)) if holds || last => Self::halve(how.refine, 0, self.steps),
            _ => Stage::Done,
        }
    }

    /// The steps that do are known to, those too few are known not to; between them is what is not known.
    fn halve(refine: u32, low: usize, high: usize) -> Stage {
        if high - low > 1 { Stage::Halve { refine, low, high } } else { Stage::Done }
    }

    fn trial(&self, step: usize, refine: u32) -> Nearby {
        if self.graph {
            let ef = CANDIDATES.get(step.saturating_sub(1)).copied();
            Nearby { probes: self.partitions, refine, ef }
        } else {
            Nearby { probes: step, refine, ef: None }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    /// Climbs with an index that finds as much as the function says, and returns the trials as well.
    fn climb(mut ladder: Ladder, recall: impl Fn(Nearby) -> f64) -> (Ladder, Vec<Nearby>) {
        let mut trials = Vec::new();
        while let Some(how) = ladder.next() {
            trials.push(how);
            ladder.record(Measured { recall: recall(how), error: 0.0 });
            assert!(trials.len() < 100, "{trials:?}");
        }
        (ladder, trials)
    }

    #[test]
    fn the_fewest_partitions_that_hold_the_target_are_found() {
        for least in 1..=122 {
            let ladder = Ladder::new(VectorIndex::IvfFlat, 122, 0.95);
            let (ladder, trials) = climb(ladder, |how| if how.probes >= least { 0.96 } else { 0.9 });
            assert_eq!(ladder.held().map(|(how, _)| how.probes), Some(least));
            assert!(trials.len() <= 9, "{}", trials.len());
        }
    }

    #[test]
    fn an_index_that_loses_much_is_refined_until_there_is_room() {
        let recall = |how: Nearby| (1.0 - 0.4 / f64::from(how.refine)) * (1.0 - 0.1 / how.probes as f64);
        let (ladder, _) = climb(Ladder::new(VectorIndex::IvfPq, 16, 0.95), recall);
        let (how, measured) = ladder.held().unwrap();
        assert_eq!(how, Nearby { probes: 3, refine: 32, ef: None });
        assert!(measured.recall >= 0.95);
    }

    #[test]
    fn a_target_out_of_reach_ends_with_the_best_figure() {
        let (ladder, trials) =
            climb(Ladder::new(VectorIndex::IvfRq, 8, 0.99), |how| 0.5 + f64::from(how.refine) / 1000.0);
        assert_eq!(ladder.held(), None);
        assert_eq!(ladder.best().map(|(how, _)| how.refine), Some(64));
        assert_eq!(trials.len(), REFINES.len());
    }

    #[test]
    fn candidates_of_a_graph_are_halved_and_all_partitions_looked_into() {
        let recall = |how: Nearby| if how.ef >= Some(100) { 0.99 } else { 0.5 };
        let (ladder, _) = climb(Ladder::new(VectorIndex::HnswSq, 2, 0.95), recall);
        assert_eq!(ladder.held().map(|(how, _)| how), Some(Nearby { probes: 2, refine: 1, ef: Some(128) }));
    }

    #[test]
    fn a_figure_that_holds_by_chance_does_not_count() {
        let mut ladder = Ladder::new(VectorIndex::IvfFlat, 1, 0.95);
        ladder.record(Measured { recall: 0.955, error: 0.01 });
        assert_eq!((ladder.held(), ladder.next()), (None, None));
        let mut ladder = Ladder::new(VectorIndex::IvfFlat, 1, 1.0);
        ladder.record(Measured { recall: 1.0, error: 0.0 });
        assert!(ladder.held().is_some());
    }
}
