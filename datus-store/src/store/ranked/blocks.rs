//! Which rows are put into one order together, so that pages of any depth fit on to each other.
//!
//! The order of a row can depend on how deep each leg was read: a row that is 3rd by vector and 70th by words scores more
//! once 70 rows are read by words. If each page read as deep as it needs, a row could move over the edge of a page and be
//! returned twice, or never. So rows come in blocks. The first block is what the first `depth` rows of each leg have among
//! them, the second what twice as many have beyond that, and so on; a block is ordered by what is within its depth alone, as
//! a reading of that depth has it. A page lies in one block or more, whatever page it is.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::backend::FoundRow;
use crate::rerank::Leg;

/// The rows that a leg found, best first; equal ones in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct LegRows {
    rows: Vec<FoundRow>,
    /// The place of each row, from 1. Equal ones have the place of the first.
    ranks: Vec<usize>,
    positions: HashMap<u64, usize>,
}

/// A row of a block, and where it stands in the legs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) nearest: Option<Leg>,
    pub(super) full_text: Option<Leg>,
}

/// What is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Less,
    More,
}

impl LegRows {
    pub(super) fn new(mut rows: Vec<FoundRow>, better: Better) -> Self {
        let order = |a: &FoundRow, b: &FoundRow| match better {
            Better::Less => a.score.total_cmp(&b.score),
            Better::More => b.score.total_cmp(&a.score),
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

    /// Whether all rows from place `depth` to the last are equal: there may be more of them, and which of them are among
    /// the first `depth` is chance.
    pub(super) fn is_cut_through(&self, depth: usize) -> bool {
        let at_depth = depth.checked_sub(1).and_then(|position| self.ranks.get(position));
        at_depth.is_some_and(|rank| self.len() > depth && self.ranks.last() == Some(rank))
    }

    fn leg(&self, id: u64, depth: usize) -> Option<Leg> {
        let &position = self.positions.get(&id).filter(|position| **position < depth)?;
        Some(Leg::new(*self.ranks.get(position)?, self.rows.get(position)?.score))
    }
}

/// The rows among the first `depth` of each leg that are in no block before, in the order of their ids.
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
