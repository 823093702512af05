//! Hybrid search with weights chosen from questions with known answers.
//!
//! No question helps to choose its own weights: the odd-numbered questions determine the weights for the even-numbered ones,
//! and vice versa.

use datus_store::evaluate::{Evaluation, Question};
use datus_store::rerank::ConvexCombination;
use datus_store::{Result, Store};

use crate::record::TableSchema;
use crate::{BEST, Name};

/// The weights of the vector leg. The full-text leg has the remaining weight.
const WEIGHTS: [f32; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];

/// Returns the tables found for each question, best first.
pub(crate) async fn answers(store: &Store<TableSchema>, questions: &[Question]) -> Result<Vec<Vec<String>>> {
    let mut by_weight = Vec::new();
    for weight in WEIGHTS {
        let mut answers = Vec::new();
        for question in questions {
            let search = store.search(&question.text).hybrid().rerank(ConvexCombination::new(weight));
            let hits = search.limit(BEST).select_as::<Name>().await?;
            answers.push(hits.iter().map(|hit| hit.record.to_string()).collect::<Vec<String>>());
        }
        by_weight.push(answers);
    }
    let best = [best(questions, &by_weight, 0)?, best(questions, &by_weight, 1)?];
    let chosen = |number: usize| by_weight[best[1 - number % 2]][number].clone();
    Ok((0..questions.len()).map(chosen).collect())
}

/// Returns the index of the weight that works best for every second question, starting at index `first`; 0 if there are no
/// such questions.
fn best(questions: &[Question], by_weight: &[Vec<Vec<String>>], first: usize) -> Result<usize> {
    let half: Vec<Question> = questions.iter().skip(first).step_by(2).cloned().collect();
    if half.is_empty() {
        return Ok(0);
    }
    let mut evaluation = Evaluation::new(half)?;
    for (place, answers) in by_weight.iter().enumerate() {
        evaluation = evaluation.run(place.to_string(), answers.iter().skip(first).step_by(2))?;
    }
    let report = evaluation.report();
    let figure = |place: &usize| report.ndcg(&place.to_string(), BEST).unwrap_or(0.0);
    let places = 0..by_weight.len();
    // Among equal elements, `max_by` returns the last, which is the first weight in this reversed order.
    Ok(places.rev().max_by(|left, right| figure(left).total_cmp(&figure(right))).unwrap_or(0))
}
