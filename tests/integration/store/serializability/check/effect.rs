//! Compares the effect that calls must have on a version with the next version.

use std::collections::BTreeMap;

use crate::store::serializability::log::Call;
use crate::store::serializability::model::{Present, State, apply};
use crate::store::serializability::operation::{Counts, MOMENTS, Operation, Outcome, UNKNOWN, Written};

/// The maximum number of differing rows to print.
const SHOWN: usize = 4;

/// Returns the operation that describes the effect of a call. An `add` may have been executed in part.
pub(super) fn effective(call: &Call) -> Operation {
    match (&call.operation, &call.outcome) {
        (Operation::Add { rows }, Some(Outcome::Failed { kind, message }))
            if call.operation.written(kind, message) == Written::Partly =>
        {
            Operation::AddAbsent { rows: rows.clone() }
        }
        (operation, _) => operation.clone(),
    }
}

/// Returns the placeholder for the time of one of several calls.
pub(super) fn moment(call: usize) -> i64 {
    UNKNOWN + i64::try_from(call).expect("a small number")
}

/// Returns the call that a placeholder belongs to.
fn call_of(time: i64) -> Option<usize> {
    usize::try_from(time.checked_sub(UNKNOWN).filter(|call| *call < MOMENTS)?).ok()
}

/// Compares the state that calls lead to with the state that was found. All rows of a call have the same time, which
/// is taken from the found state. The call must have been running at that time.
///
/// # Errors
/// Returns the differences as text.
pub(super) fn resolve(calls: &[&Call], expected: &State, found: &State) -> Result<(), String> {
    let mut times: BTreeMap<usize, i64> = BTreeMap::new();
    for (id, stored) in expected {
        let Some(found) = found.get(id) else { continue };
        for (expected, found) in [(stored.updated, found.updated), (stored.created, found.created)] {
            if let Some(call) = call_of(expected) {
                times.entry(call).or_insert(found);
            }
        }
    }
    let time = |time: i64| call_of(time).and_then(|call| times.get(&call).copied()).unwrap_or(time);
    let mut resolved = expected.clone();
    for stored in resolved.values_mut() {
        (stored.created, stored.updated) = (time(stored.created), time(stored.updated));
    }
    if resolved != *found {
        return Err(format!("expected < and found >:{}", difference(&resolved, found)));
    }
    for (call, now) in times {
        let call = calls[call];
        if !(call.invoked.div_euclid(1000)..=call.ended.div_euclid(1000)).contains(&now) {
            return Err(format!(
                "its rows are stamped {now}, and it ran from {} to {} (in microseconds)",
                call.invoked.div_euclid(1000),
                call.ended.div_euclid(1000)
            ));
        }
    }
    Ok(())
}

/// Compares the result of a call with the expected result.
pub(super) fn check_counts(call: &Call, expected: Counts) -> Result<(), String> {
    let Some(Outcome::Done { counts, embedded, reused, .. }) = &call.outcome else { return Ok(()) };
    if *counts != expected {
        return Err(format!("expected the answer {expected:?}"));
    }
    let texts = match &call.operation {
        Operation::Add { rows } | Operation::Upsert { rows, .. } | Operation::Sync { rows, .. } => rows.len(),
        Operation::Update { .. } => 1,
        _ => 0,
    };
    if *embedded > texts || *reused > counts.inserted + counts.updated {
        return Err(format!("it cannot have embedded {embedded} texts and kept {reused} vectors"));
    }
    Ok(())
}

/// Compares the answer of a call that changed nothing with a state on which it may have been executed.
///
/// # Errors
/// Returns the expected answer.
pub(super) fn is_no_change(call: &Call, state: &State) -> Result<(), String> {
    let executed = apply(&call.operation, state, UNKNOWN);
    match (&call.outcome, executed) {
        (Some(Outcome::Read(rows)), _) => {
            let read: State = rows.iter().map(|stored| (stored.row.id.clone(), stored.clone())).collect();
            if read.len() == rows.len() && read == *state {
                return Ok(());
            }
            Err(format!("expected < and found >:{}", difference(state, &read)))
        }
        (Some(Outcome::Failed { .. }), Err(Present(_))) => Ok(()),
        (Some(Outcome::Failed { .. }), Ok(_)) => Err("no reason for the error".to_owned()),
        (_, Err(Present(keys))) => Err(format!("the table has {} already", keys.join(", "))),
        (_, Ok((after, _))) if after != *state => {
            Err(format!("a change: before < and after >:{}", difference(state, &after)))
        }
        (_, Ok((_, counts))) => check_counts(call, counts),
    }
}

/// Lists the rows in which two states differ, one per line.
pub(super) fn difference(left: &State, right: &State) -> String {
    let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differing: Vec<_> = keys.into_iter().filter(|key| left.get(*key) != right.get(*key)).collect();
    let mut lines = String::new();
    for key in differing.iter().take(SHOWN) {
        for (sign, state) in [("<", left), (">", right)] {
            let row = state.get(*key).map_or_else(|| format!("{key} absent"), ToString::to_string);
            lines.push_str(&format!("\n    {sign} {row}"));
        }
    }
    if differing.len() > SHOWN {
        lines.push_str(&format!("\n    and {} more rows", differing.len() - SHOWN));
    }
    lines
}
