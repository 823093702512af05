//! Hybrid search with weights that were chosen by questions with known answers.
//!
//! No question is answered with weights that it had a say in: the odd ones choose for the even ones, and the other way round.

use datus_store::evaluate::{Evaluation, Question};
use datus_store::rerank::Weighted;
use datus_store::{Result, Store};

use crate::record::TableSchema;
use crate::{BEST, Name};

/// How much the vector counts; the words count the rest.
const WEIGHTS: [f32; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];

/// For each question the tables that were found, best first.
pub(crate) async fn answers(store: &Store<TableSchema>, questions: &[Question]) -> Result<Vec<Vec<String>>> {
    let mut by_weight = Vec::new();
    for weight in WEIGHTS {
        let mut answers = Vec::new();
        for question in questions {
            let search = store.search(&question.text).hybrid().rerank(Weighted::new(weight, 1.0 - weight));
            let hits = search.limit(BEST).select_as::<Name>().await?;
            answers.push(hits.iter().map(|hit| hit.record.to_string()).collect::<Vec<String>>());
        }
        by_weight.push(answers);
    }
    let best = [best(questions, &by_weight, 0)?, best(questions, &by_weight, 1)?];
    let chosen = |number: usize| by_weight[best[1 - number % 2]][number].clone();
    Ok((0..questions.len()).map(chosen).collect())
}

/// The place of the weight that answers every second question best, from number `first` on. 0 where there is none.
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
    // The first of equals.
    Ok(places.rev().max_by(|left, right| figure(left).total_cmp(&figure(right))).unwrap_or(0))
}
