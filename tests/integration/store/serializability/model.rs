//! The effect of each operation on the rows of a table, written without the library's code.

use std::collections::BTreeMap;

use super::entry::vector;
use super::operation::{Counts, Operation, Row, Set, Stored};

/// The rows of one version by key.
pub(super) type State = BTreeMap<String, Stored>;

/// The keys of an `add` that are already in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Present(pub(super) Vec<String>);

/// Executes an operation on a state, at a time in microseconds.
///
/// # Errors
/// Returns the keys of an `add` that are already in the table; the state does not change.
pub(super) fn apply(operation: &Operation, before: &State, now: i64) -> Result<(State, Counts), Present> {
    let mut after = before.clone();
    let mut counts = Counts::default();
    match operation {
        Operation::Read | Operation::Optimize | Operation::CreateIndexes => {}
        Operation::Add { rows } => {
            let present: Vec<String> =
                rows.iter().filter(|row| before.contains_key(&row.id)).map(|row| row.id.clone()).collect();
            if !present.is_empty() {
                return Err(Present(present));
            }
            rows.iter().for_each(|row| put(&mut after, row, now));
            counts.rows = rows.len();
        }
        Operation::AddAbsent { rows } => {
            rows.iter().filter(|row| !before.contains_key(&row.id)).for_each(|row| put(&mut after, row, now));
            counts.rows = after.len() - before.len();
        }
        Operation::Upsert { rows, .. } => upsert(rows, before, &mut after, now, &mut counts),
        Operation::Sync { rows, within } => {
            upsert(rows, before, &mut after, now, &mut counts);
            let scoped = |stored: &Stored| within.as_ref().is_none_or(|group| stored.row.group == *group);
            for (id, stored) in before {
                if scoped(stored) && rows.iter().all(|row| row.id != *id) {
                    after.remove(id);
                    counts.deleted += 1;
                }
            }
        }
        Operation::Update { filter, set } => {
            let embeds = set.iter().any(|set| matches!(set, Set::Text(_)));
            for stored in after.values_mut().filter(|stored| filter.keeps(&stored.row)) {
                counts.rows += 1;
                let row = assigned(&stored.row, set);
                // An update of plain columns writes every row that passes the filter; one that embeds writes only
                // rows that change.
                if !embeds || row != stored.row {
                    replace(stored, row, now);
                }
            }
        }
        Operation::Delete { filter } => {
            after.retain(|_, stored| !filter.keeps(&stored.row));
            counts.deleted = before.len() - after.len();
        }
    }
    Ok((after, counts))
}

fn upsert(rows: &[Row], before: &State, after: &mut State, now: i64, counts: &mut Counts) {
    // If several rows share a key, the last one counts.
    let last: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    for row in last.into_values() {
        match before.get(&row.id) {
            None => counts.inserted += 1,
            Some(stored) if stored.row == *row => {
                counts.unchanged += 1;
                continue;
            }
            Some(_) => counts.updated += 1,
        }
        put(after, row, now);
    }
}

/// Inserts a row, or replaces the row with its key.
fn put(state: &mut State, row: &Row, now: i64) {
    match state.get_mut(&row.id) {
        Some(stored) => replace(stored, row.clone(), now),
        None => {
            let vector = row.text.as_deref().and_then(vector);
            let stored = Stored { row: row.clone(), vector, created: now, updated: now };
            state.insert(row.id.clone(), stored);
        }
    }
}

/// Replaces the columns of a row. The row keeps its creation time, and its vector if its text is the same.
fn replace(stored: &mut Stored, row: Row, now: i64) {
    if row.text != stored.row.text {
        stored.vector = row.text.as_deref().and_then(vector);
    }
    stored.row = row;
    stored.updated = now;
}

fn assigned(row: &Row, set: &[Set]) -> Row {
    let mut row = row.clone();
    for set in set {
        match set {
            Set::Counter(value) => row.counter = *value,
            Set::CounterPlus(value) => row.counter += value,
            Set::Label(label) => row.label.clone_from(label),
            Set::Text(text) => row.text.clone_from(text),
        }
    }
    row
}
