//! Blocks of rows that are ranked together, so that consecutive pages neither repeat nor skip a row.
//!
//! The rank of a row can depend on how deep each leg was read: a row that is 3rd by vector and 70th by full text scores
//! higher once 70 full-text rows are read. If each page read only as deep as it needed, a row could cross the edge of a page
//! and be returned twice, or be skipped. So rows are ranked in blocks. The first block contains the first `depth` rows of
//! each leg. The second contains the rows that are new when the depth doubles, and so on. A block is ranked only by the
//! results within its depth. A page takes its rows from one or more blocks.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::backend::ScoredRow;
use crate::rerank::Leg;

/// The rows that a leg found, best first. Rows with equal scores are ordered by id.
#[derive(Debug, Default)]
pub(super) struct LegRows {
    rows: Vec<ScoredRow>,
    /// The rank of each row, starting at 1. Rows with equal scores share the rank of the first.
    ranks: Vec<usize>,
    positions: HashMap<u64, usize>,
}

/// A row of a block, with its rank and score in each leg.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) nearest: Option<Leg>,
    pub(super) full_text: Option<Leg>,
}

/// The order of scores, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScoreOrder {
    Ascending,
    Descending,
}

impl Row {
    /// Returns the score in the only leg. Higher is better.
    pub(super) fn score(&self) -> f32 {
        match (self.full_text, self.nearest) {
            (Some(leg), _) => leg.score,
            (None, Some(leg)) => -leg.score,
            (None, None) => 0.0,
        }
    }
}

impl LegRows {
    pub(super) fn new(mut rows: Vec<ScoredRow>, order: ScoreOrder) -> Self {
        let order = |a: &ScoredRow, b: &ScoredRow| match order {
            ScoreOrder::Ascending => a.score.total_cmp(&b.score),
            ScoreOrder::Descending => b.score.total_cmp(&a.score),
        };
        rows.sort_by(|a, b| order(a, b).then(a.row.cmp(&b.row)));
        let mut ranks: Vec<usize> = Vec::with_capacity(rows.len());
        for (position, row) in rows.iter().enumerate() {
            let tied = position.checked_sub(1).and_then(|before| Some((rows.get(before)?, ranks.last()?)));
            let rank = match tied {
                Some((before, &rank)) if order(before, row) == Ordering::Equal => rank,
                _ => position + 1,
            };
            ranks.push(rank);
        }
        let positions = rows.iter().enumerate().map(|(position, row)| (row.row, position)).collect();
        Self { rows, ranks, positions }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns `true` if all rows from position `depth` to the last have equal scores. More such rows may follow, and the
    /// engine may return any of them among the first `depth`.
    pub(super) fn is_cut_through(&self, depth: usize) -> bool {
        let at_depth = depth.checked_sub(1).and_then(|position| self.ranks.get(position));
        at_depth.is_some_and(|rank| self.len() > depth && self.ranks.last() == Some(rank))
    }

    /// Returns the number of rows up to position `depth`, including all rows that tie with the last of them.
    pub(super) fn len_with_ties(&self, depth: usize) -> usize {
        match depth.checked_sub(1).and_then(|position| self.ranks.get(position)) {
            Some(last) => self.ranks.partition_point(|rank| rank <= last),
            None => self.len(),
        }
    }

    fn leg(&self, id: u64, depth: usize) -> Option<Leg> {
        let &position = self.positions.get(&id).filter(|position| **position < depth)?;
        Some(Leg::new(*self.ranks.get(position)?, self.rows.get(position)?.score))
    }
}

/// Returns the rows among the first `depth` of each leg that are in no earlier block, ordered by id.
pub(super) fn block(
    nearest: &LegRows,
    full_text: &LegRows,
    depth: usize,
    seen: &mut HashSet<u64>,
) -> Vec<Row> {
    let legs = [nearest, full_text].into_iter().flat_map(|leg| leg.rows.iter().take(depth));
    let new = legs.map(|found| found.row).filter(|&id| seen.insert(id));
    let row = |id| Row { id, nearest: nearest.leg(id, depth), full_text: full_text.leg(id, depth) };
    let mut block: Vec<Row> = new.map(row).collect();
    block.sort_by_key(|row| row.id);
    block
}

#[cfg(test)]
mod tests;
