//! The effect that a call must have on a version, compared with the version that came of it.

use crate::store::serializability::log::Call;
use crate::store::serializability::model::{Present, State, apply};
use crate::store::serializability::operation::{Counts, Operation, Outcome, UNKNOWN, Written};

/// The rows of a difference that are printed.
const SHOWN: usize = 4;

/// The operation whose effect a call has, if it has one: an `add` may have been done in part.
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

/// Compares a call, executed on `before`, with `after` and with the answer that it gave.
///
/// # Errors
/// The differences in words.
pub(super) fn explains(call: &Call, before: &State, after: &State) -> Result<(), String> {
    let operation = effective(call);
    let executed = |now| match apply(&operation, before, now) {
        Ok(executed) => Ok(executed),
        Err(Present(keys)) => Err(format!("the table has {} already", keys.join(", "))),
    };
    let (expected, _) = executed(UNKNOWN)?;
    // All rows of an operation have one time, which its rows in the table say.
    let written = expected.iter().find(|(_, stored)| stored.updated == UNKNOWN);
    let now = written.and_then(|(id, _)| after.get(id)).map_or(UNKNOWN, |stored| stored.updated);
    let (expected, counts) = executed(now)?;
    if expected != *after {
        return Err(format!("expected < and found >:{}", difference(&expected, after)));
    }
    check_counts(call, counts)?;
    if now != UNKNOWN && !(call.invoked.div_euclid(1000)..=call.ended.div_euclid(1000)).contains(&now) {
        return Err(format!(
            "its rows are stamped {now}, and it ran from {} to {} (in microseconds)",
            call.invoked.div_euclid(1000),
            call.ended.div_euclid(1000)
        ));
    }
    Ok(())
}

/// Compares the answer of a call with what it must be.
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
    if *embedded > texts || *reused > counts.updated {
        return Err(format!("it can't have embedded {embedded} texts and kept {reused} vectors"));
    }
    Ok(())
}

/// Compares the answer of a call that changed nothing with a state on which it may have been executed.
///
/// # Errors
/// The answer that it must have given.
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

/// The rows in which two states differ, each on a line of its own.
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
