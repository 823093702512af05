use super::Ranked;

/// Ranks candidates by their relevance minus their similarity to the rows already selected.
///
/// After `top_n` rows are selected, the others are ordered by their current scores. Scores never increase along the
/// ranking: the score of a candidate can only fall as more rows are selected, and each step selects the highest score.
pub(super) fn select(
    relevance: &[f32],
    lambda: f32,
    top_n: usize,
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<Ranked> {
    let mut remaining: Vec<Contender> = relevance
        .iter()
        .enumerate()
        .map(|(row, &relevance)| Contender::new(row, lambda * relevance))
        .collect();
    let mut ranking = Vec::with_capacity(relevance.len());
    while ranking.len() < top_n {
        let Some(best) = best(&remaining) else { return ranking };
        // `remove` keeps the order, so that the first of several equal candidates is selected first.
        let selected = remaining.remove(best);
        ranking.push(selected.ranked());
        for contender in &mut remaining {
            contender.penalize((1.0 - lambda) * similarity(contender.row, selected.row));
        }
    }
    remaining.sort_by(|a, b| b.score().total_cmp(&a.score()));
    ranking.extend(remaining.iter().map(Contender::ranked));
    ranking
}

/// A candidate that has not been selected yet.
struct Contender {
    row: usize,
    /// The weighted relevance.
    relevance: f32,
    /// The weighted similarity to the most similar selected row, or `None` before the first selection.
    penalty: Option<f32>,
}

impl Contender {
    fn new(row: usize, relevance: f32) -> Self {
        Self { row, relevance, penalty: None }
    }

    fn penalize(&mut self, penalty: f32) {
        self.penalty = Some(self.penalty.map_or(penalty, |highest| highest.max(penalty)));
    }

    fn score(&self) -> f32 {
        self.relevance - self.penalty.unwrap_or(0.0)
    }

    fn ranked(&self) -> Ranked {
        Ranked::new(self.row, self.score())
    }
}

/// Returns the position of the first contender with the highest score.
fn best(contenders: &[Contender]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (position, score) in contenders.iter().map(Contender::score).enumerate() {
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((position, score));
        }
    }
    best.map(|(position, _)| position)
}
