//! The sets of calls that are tried as the cause of a version.

use super::effect::effective;
use crate::store::serializability::log::Call;
use crate::store::serializability::model::State;
use crate::store::serializability::operation::{Filter, Operation};

/// The maximum number of sets of calls to try.
const MAX_SETS: usize = 400;

/// Returns `true` if the change of a version shows an effect of the call.
pub(super) fn is_visible(call: &Call, before: &State, after: &State) -> bool {
    let written = |id: &String| before.get(id) != after.get(id);
    let deleted = |id: &String| match (before.get(id), after.get(id)) {
        (Some(before), after) => after.is_none_or(|after| after.created != before.created),
        (None, _) => false,
    };
    match effective(call) {
        Operation::Add { rows } | Operation::AddAbsent { rows } | Operation::Upsert { rows, .. } => rows
            .iter()
            .any(|row| written(&row.id) && after.get(&row.id).is_some_and(|stored| stored.row == *row)),
        Operation::Sync { rows, .. } => rows.iter().any(|row| written(&row.id)) || before.keys().any(deleted),
        Operation::Update { filter: Filter::Key(id), .. } => written(&id),
        Operation::Update { filter, .. } => {
            before.iter().any(|(id, stored)| filter.keeps(&stored.row) && written(id))
        }
        Operation::Delete { filter } => {
            before.iter().any(|(id, stored)| filter.keeps(&stored.row) && deleted(id))
        }
        Operation::Read | Operation::Optimize | Operation::CreateIndexes => false,
    }
}

/// Returns the sets of the given number of calls.
pub(super) fn sets(calls: &[usize], size: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let longer = sets.iter().flat_map(|set| {
            let from =
                set.last().and_then(|last| calls.iter().position(|call| call == last)).map_or(0, |at| at + 1);
            calls[from..].iter().map(|&call| set.iter().copied().chain([call]).collect())
        });
        sets = longer.take(MAX_SETS).collect();
    }
    sets
}

#[test]
fn sets_have_each_call_once() {
    assert_eq!(sets(&[7, 5, 6], 0), [Vec::<usize>::new()]);
    assert_eq!(sets(&[7, 5, 6], 2), [[7, 5], [7, 6], [5, 6]]);
    assert!(sets(&[7], 2).is_empty());
}
