//! Versions that several calls made.

use super::story::{STEP, Story, delete, row, story, upsert};
use crate::store::serializability::check::check;
use crate::store::serializability::operation::{Filter, Operation, Outcome, Set};
use crate::store::serializability::random::Random;

fn add(id: &str, text: &str) -> Operation {
    Operation::Add { rows: vec![row(id, text)] }
}

fn plus(id: &str) -> Operation {
    Operation::Update { filter: Filter::Key(id.to_owned()), set: vec![Set::CounterPlus(1)] }
}

impl Story {
    /// Makes a call return before another call of its group begins, but after the version was made.
    fn put_before(&mut self, call: usize, other: usize) {
        let made = self.last().made;
        self.history.calls[call].ended = made + STEP / 2;
        self.history.calls[other].invoked = made + STEP / 2 + 1;
    }

    fn is_right(&self) {
        let anomalies = check(&self.history).anomalies;
        assert!(anomalies.is_empty(), "{anomalies:#?}");
    }
}

#[test]
fn consecutive_groups_of_calls_have_no_anomaly() {
    let mut shared = 0;
    for seed in 0..20 {
        let (mut story, mut random) = (Story::new(), Random::new(seed));
        for number in 0..100 {
            let mut operations = vec![random.operation(false)];
            while operations[0].can_share() && operations.len() < 6 && !random.once_in(4) {
                operations.extend(Some(random.operation(false)).filter(Operation::can_share));
            }
            let first = story.run_together(operations);
            if number % 5 == 0 {
                story.history.calls[first].outcome = None;
            }
            let rows: Vec<_> = story.state().values().cloned().collect();
            random.saw(&rows);
        }
        let report = check(&story.history);
        assert!(report.anomalies.is_empty(), "seed {seed}: {:#?}", report.anomalies);
        shared += report.shared;
    }
    assert!(shared > 300, "{shared}");
}

#[test]
fn an_order_of_calls_against_time_is_reported() {
    let mut story = story();
    let first = story.run_together(vec![upsert(&[("a", "1")]), upsert(&[("a", "2")])]);
    story.is_right();
    story.put_before(first + 1, first);
    story.is_reported("in any order");
}

#[test]
fn a_lost_write_of_a_group_is_reported() {
    let mut story = story();
    story.run_together(vec![upsert(&[("a", "1")]), upsert(&[("b", "2")])]);
    let before = story.history.versions[1].state["b"].clone();
    story.last().state.insert("b".to_owned(), before);
    story.is_reported("in any order");
}

#[test]
fn a_lost_write_to_a_row_of_other_calls_is_reported() {
    let mut story = story();
    story.run_together(vec![plus("a"), plus("a"), plus("a")]);
    story.is_right();
    story.last().state.get_mut("a").unwrap().row.counter = 2;
    story.is_reported("in any order");
}

#[test]
fn a_wrong_count_in_a_group_is_reported() {
    let mut story = story();
    let first = story.run_together(vec![upsert(&[("c", "1")]), upsert(&[("c", "2")])]);
    // One of the two calls finds the row of the other.
    (story.counts(first + 1).updated, story.counts(first + 1).inserted) = (0, 1);
    story.is_reported("expected the answer");
}

#[test]
fn answers_for_the_reverse_order_are_reported() {
    let mut story = story();
    let first = story.run_together(vec![upsert(&[("c", "1")]), upsert(&[("c", "2")])]);
    for (call, inserted, updated) in [(first, 0, 1), (first + 1, 1, 0)] {
        (story.counts(call).inserted, story.counts(call).updated) = (inserted, updated);
    }
    story.is_reported("in any order");
}

#[test]
fn a_write_split_over_two_versions_is_reported() {
    for killed in [false, true] {
        let mut story = story();
        let first = story.run_together(vec![upsert(&[("c", "C"), ("d", "D")]), upsert(&[("a", "1")])]);
        story.run(upsert(&[("b", "2")]));
        story.history.versions[2].state.remove("d");
        if killed {
            story.history.calls[first].outcome = None;
            story.history.calls[first].ended = i64::MAX;
        }
        let anomalies = check(&story.history).anomalies;
        assert!(anomalies.iter().any(|text| text.starts_with("version 3 is not")), "{anomalies:#?}");
    }
}

#[test]
fn a_killed_call_is_part_of_one_version() {
    let mut story = story();
    let first = story.run_together(vec![plus("a"), upsert(&[("b", "1")]), plus("a")]);
    story.history.calls[first].outcome = None;
    story.history.calls[first].ended = i64::MAX;
    story.is_right();
    let again = story.run_together(vec![plus("a"), upsert(&[("b", "2")])]);
    story.is_right();
    // The killed call cannot have added to the counter a second time.
    story.history.calls.remove(again);
    story.is_reported("version 4 is not this call");
}

#[test]
fn a_deletion_in_a_group_is_found() {
    let mut story = story();
    let first = story.run_together(vec![delete("a"), upsert(&[("b", "1")]), add("a", "new"), delete("a")]);
    story.is_right();
    story.history.calls.remove(first);
    story.is_reported("in any order");
}

#[test]
fn a_deletion_without_a_trace_is_found() {
    let mut story = story();
    story.run_together(vec![add("c", "C"), delete("c")]);
    story.is_right();
    let again = story.run_together(vec![add("c", "C"), delete("c")]);
    story.history.calls.remove(again);
    story.is_reported("no version is the effect of");
}

#[test]
fn a_call_without_effect_may_be_inside_a_group() {
    let mut story = story();
    let inside =
        || vec![add("c", "C"), add("c", "again"), upsert(&[("c", "C")]), delete("c"), upsert(&[("a", "1")])];
    let first = story.run_together(inside());
    story.is_right();
    // No existing row conflicted with the second call.
    story.history.calls.remove(first + 3);
    story.history.calls.remove(first);
    let anomalies = check(&story.history).anomalies;
    assert!(anomalies.len() == 2, "{anomalies:#?}");
    assert!(anomalies.iter().all(|text| text.contains("right on no version")), "{anomalies:#?}");
}

#[test]
fn calls_without_effect_that_need_different_orders_are_reported() {
    let mut story = story();
    let first = story.run_together(vec![
        upsert(&[("a", "1")]),
        upsert(&[("a", "1"), ("b", "Y")]),
        upsert(&[("b", "1")]),
    ]);
    story.is_right();
    // The read saw the row of the second write but not the row of the first.
    let other = story.run(upsert(&[("a", "X"), ("b", "1")]));
    story.history.versions.pop();
    let seen = story.history.calls[first + 1].clone();
    let call = &mut story.history.calls[other];
    (call.invoked, call.ended, call.outcome) = (seen.invoked, seen.ended, seen.outcome);
    story.is_reported("right on no version that was current");
}

#[test]
fn a_read_inside_a_group_is_reported() {
    let mut story = story();
    let first = story.run_together(vec![add("c", "C"), delete("c"), upsert(&[("a", "1")])]);
    let read = story.run(Operation::Read);
    let mut rows: Vec<_> = story.history.versions[1].state.values().cloned().collect();
    let mut seen = story.history.versions[1].state["a"].clone();
    seen.row = row("c", "C");
    rows.push(seen);
    let (begin, end) = (story.history.calls[first].invoked, story.history.calls[first].ended);
    let call = &mut story.history.calls[read];
    (call.invoked, call.ended, call.outcome) = (begin, end, Some(Outcome::Read(rows)));
    story.is_reported("right on no version that was current");
}
