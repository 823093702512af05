//! The checker accepts serial histories, and reports each kind of anomaly.

mod groups;
mod interleaved;
mod story;

use super::check;
use crate::store::serializability::operation::{Filter, Operation, Outcome, Set};
use crate::store::serializability::random::Random;
use story::{STEP, Story, delete, story, upsert};

#[test]
fn serial_histories_have_no_anomaly() {
    for seed in 0..20 {
        let (mut story, mut random) = (Story::new(), Random::new(seed));
        for number in 0..300 {
            let operation = random.operation(seed % 2 == 0);
            let call = story.run(operation);
            if number % 7 == 0 {
                story.history.calls[call].outcome = None;
            }
            let rows: Vec<_> = story.state().values().cloned().collect();
            random.saw(&rows);
        }
        let report = check(&story.history);
        assert!(report.anomalies.is_empty(), "seed {seed}: {:#?}", report.anomalies);
    }
}

#[test]
fn two_mixed_upserts_are_reported() {
    let mut story = story();
    let first = story.run(upsert(&[("a", "Y"), ("b", "Y")]));
    let second = story.run(upsert(&[("a", "X"), ("b", "X")]));
    let begin = story.history.calls[first].invoked;
    story.history.calls[second].invoked = begin;
    // The second call skipped `a`, because `a` was already `X` when the call read it.
    let kept = story.history.versions[2].state["a"].clone();
    story.last().state.insert("a".to_owned(), kept);
    story.counts(second).updated = 1;
    story.counts(second).unchanged = 1;
    story.is_reported("its answer would be right on version 2");
}

#[test]
fn a_lost_update_is_reported() {
    let mut story = story();
    let plus = || Operation::Update { filter: Filter::All, set: vec![Set::CounterPlus(1)] };
    story.run(plus());
    story.run(plus());
    story.last().state.get_mut("a").unwrap().row.counter = 1;
    story.is_reported("expected < and found >");
}

#[test]
fn wrong_counts_are_reported() {
    let mut story = story();
    let call = story.run(upsert(&[("a", "Z"), ("b", "Y")]));
    story.counts(call).unchanged = 0;
    story.is_reported("expected the answer");
}

#[test]
fn an_old_vector_is_reported() {
    let mut story = story();
    story.run(upsert(&[("a", "Z")]));
    let old = story.history.versions[1].state["a"].vector.clone();
    story.last().state.get_mut("a").unwrap().vector = old;
    let anomalies = check(&story.history).anomalies;
    assert!(anomalies.iter().any(|text| text.contains("the vector is not the text's")), "{anomalies:#?}");
}

#[test]
fn wrong_times_are_reported() {
    for (created, updated) in [(1, 0), (0, 1)] {
        let mut story = story();
        story.run(upsert(&[("a", "Z"), ("c", "C")]));
        let stored = story.last().state.get_mut("a").unwrap();
        stored.created += created;
        stored.updated += updated;
        story.is_reported("created");
    }
    let mut story = story();
    let call = story.run(upsert(&[("c", "C")]));
    story.history.calls[call].invoked += 2 * STEP;
    story.is_reported("its rows are stamped");
}

#[test]
fn a_change_that_no_call_made_is_reported() {
    let mut story = story();
    let call = story.run(delete("a"));
    story.history.calls.remove(call);
    story.is_reported("the effect of no call");
}

#[test]
fn an_acknowledged_call_without_effect_is_reported() {
    let mut story = story();
    story.run(delete("a"));
    story.history.versions.pop();
    story.is_reported("no version is the effect of");
}

#[test]
fn a_write_that_was_reported_as_not_written_is_reported() {
    let mut story = story();
    let call = story.run(upsert(&[("a", "Z")]));
    let failed = Outcome::Failed { kind: "conflict".to_owned(), message: "nothing was written".to_owned() };
    story.history.calls[call].outcome = Some(failed);
    story.is_reported("the effect of no call");
}

#[test]
fn a_killed_call_is_executed_at_most_once() {
    let mut story = story();
    let call = story.run(Operation::Update { filter: Filter::All, set: vec![Set::CounterPlus(1)] });
    story.history.calls[call].outcome = None;
    story.history.calls[call].ended = i64::MAX;
    assert!(check(&story.history).anomalies.is_empty());
    let again = story.run(Operation::Update { filter: Filter::All, set: vec![Set::CounterPlus(1)] });
    story.history.calls.remove(again);
    story.is_reported("it made a different version");
}

#[test]
fn a_read_of_an_older_version_is_reported() {
    let mut story = story();
    let read = story.run(Operation::Read);
    story.run(delete("a"));
    let stale = story.history.calls[read].outcome.clone();
    let read = story.run(Operation::Read);
    story.history.calls[read].outcome = stale;
    story.is_reported("right on no version that was current");
}

#[test]
fn an_order_of_versions_against_time_is_reported() {
    let mut story = story();
    let first = story.run(upsert(&[("c", "C")]));
    let second = story.run(upsert(&[("d", "D")]));
    // The first call began after the second had returned.
    let calls = &mut story.history.calls;
    let (before, after) = (calls[first].invoked, calls[second].ended);
    for (call, from) in [(second, before - 4 * STEP), (first, after)] {
        calls[call].invoked = from;
        calls[call].ended = from + 2 * STEP;
    }
    let anomalies = check(&story.history).anomalies;
    assert!(anomalies.iter().any(|text| text.contains("comes too late")), "{anomalies:#?}");
}

#[test]
fn a_duplicate_row_is_reported() {
    let mut story = story();
    story.last().doubled.push("a".to_owned());
    story.is_reported("several rows have the key a");
}
