use super::Ranked;

/// Ranks candidates by relevance less similarity to those ranked before. After `places` of them the rest is ranked by
/// how it stands.
///
/// Scores never rise: what is compared with grows, so a candidate's score only falls, and each place takes the greatest.
pub(super) fn select(
    relevance: &[f32],
    lambda: f32,
    places: usize,
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<Ranked> {
    let mut left: Vec<Standing> = relevance
        .iter()
        .enumerate()
        .map(|(row, &relevance)| Standing::new(row, lambda * relevance))
        .collect();
    let mut ranking = Vec::with_capacity(relevance.len());
    while ranking.len() < places {
        let Some(best) = best(&left) else { return ranking };
        // In order, so that the first of equals stays the first.
        let chosen = left.remove(best);
        ranking.push(chosen.ranked());
        for standing in &mut left {
            standing.compare((1.0 - lambda) * similarity(standing.row, chosen.row));
        }
    }
    left.sort_by(|a, b| b.score().total_cmp(&a.score()));
    ranking.extend(left.iter().map(Standing::ranked));
    ranking
}

/// A candidate that has no place yet.
struct Standing {
    row: usize,
    /// Its weighted relevance.
    gain: f32,
    /// Its weighted similarity to the most similar one that has a place; `None` while there is none.
    loss: Option<f32>,
}

impl Standing {
    fn new(row: usize, gain: f32) -> Self {
        Self { row, gain, loss: None }
    }

    fn compare(&mut self, loss: f32) {
        self.loss = Some(self.loss.map_or(loss, |greatest| greatest.max(loss)));
    }

    fn score(&self) -> f32 {
        self.gain - self.loss.unwrap_or(0.0)
    }

    fn ranked(&self) -> Ranked {
        Ranked::new(self.row, self.score())
    }
}

/// The first of those with the greatest score.
fn best(left: &[Standing]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (at, score) in left.iter().map(Standing::score).enumerate() {
        if best.is_none_or(|(_, greatest)| score > greatest) {
            best = Some((at, score));
        }
    }
    best.map(|(at, _)| at)
}
