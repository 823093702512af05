//! The order of the rows of several searches.

use super::request::Found;
use crate::error::Result;
use crate::query::{Hit, Score};
use crate::rerank::{Candidate, Leg, RerankQuery, Reranker, Rrf, ScoreTerm, checked_ranking};

/// A row of the list, with its score.
#[derive(Debug)]
pub(super) struct RankedRow {
    /// The position of the row in the concatenated rows of all searches.
    row: usize,
    score: Score,
    terms: Vec<ScoreTerm>,
}

/// Orders the rows of all searches by their ranks, or by a reranker, and returns the first `limit`.
pub(super) async fn rank(
    found: &[Found],
    reranker: Option<&dyn Reranker>,
    query: RerankQuery,
    limit: usize,
) -> Result<Vec<RankedRow>> {
    let rows = by_rank(&found.iter().map(Found::rows).collect::<Vec<_>>());
    let texts: Vec<Option<&String>> =
        found.iter().flat_map(|found| &found.texts).map(Option::as_ref).collect();
    let candidates = rows.iter().map(|&(row, rank)| match reranker {
        // Scores from different searches cannot be compared, so only the rank is passed on.
        None => Candidate::default().with_nearest(Leg::new(rank, 0.0)),
        Some(_) => match texts.get(row).copied().flatten() {
            Some(text) => Candidate::default().with_text(text),
            None => Candidate::default(),
        },
    });
    let candidates: Vec<Candidate> = candidates.collect();
    let rrf = Rrf::default();
    let by = reranker.unwrap_or(&rrf);
    let ranking = checked_ranking(by, &query, &candidates).await;
    let mut ranking = ranking.map_err(|error| error.with_operation("search_all_of"))?;
    // Rows with equal scores keep the order of the candidates, regardless of the order that the reranker returned.
    ranking.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.cmp(&b.candidate)));
    let name = by.name();
    let ranked = ranking.into_iter().take(limit).filter_map(|ranked| {
        let (value, by) = (ranked.score, name.into());
        let score = match reranker {
            None => Score::Fused { value, by },
            Some(_) => Score::Reranked { value, by },
        };
        let (row, _) = rows.get(ranked.candidate)?;
        Some(RankedRow { row: *row, score, terms: ranked.terms })
    });
    Ok(ranked.collect())
}

/// Returns the position and the rank, from 1, of each row. `rows` contains the number of rows from each search. The first
/// row of each search comes first, in the order of the searches, then the second row of each, and so on.
fn by_rank(rows: &[usize]) -> Vec<(usize, usize)> {
    let mut start = 0;
    let mut ranked = Vec::new();
    for rows in rows {
        ranked.extend((0..*rows).map(|rank| (start + rank, rank + 1)));
        start += rows;
    }
    // The sort is stable, so rows with equal ranks stay in the order of the searches.
    ranked.sort_by_key(|(_, rank)| *rank);
    ranked
}

/// Returns the ranked hits, best first. `hits` contains the hits of all searches, one search after another.
pub(super) fn in_order<T>(hits: Vec<Hit<T>>, ranked: Vec<RankedRow>) -> Vec<Hit<T>> {
    let mut places: Vec<Option<(usize, RankedRow)>> = hits.iter().map(|_| None).collect();
    for (place, ranked) in ranked.into_iter().enumerate() {
        if let Some(slot) = places.get_mut(ranked.row) {
            *slot = Some((place, ranked));
        }
    }
    let placed = hits.into_iter().zip(places).filter_map(|(hit, place)| {
        let (place, RankedRow { score, terms, .. }) = place?;
        Some((place, hit.with_score(score, terms)))
    });
    let mut placed: Vec<(usize, Hit<T>)> = placed.collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, hit)| hit).collect()
}
