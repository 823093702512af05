//! Searches whose rows this crate orders: hybrid searches, reranked searches, and full-text searches.
//!
//! Each leg returns row ids with their distances or scores, on one version of the table. A reranker orders them. Then
//! only the rows of the page are read.

mod blocks;
mod candidates;
mod highlight;
mod page;
mod per_group;
mod unindexed;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use futures::future::try_join;

use self::blocks::{LegRows, Row, ScoreOrder, block};
use self::unindexed::UnindexedHits;
use super::tuning::{self, ResultCounts, SearchScope};
use crate::backend::{DEFAULT_HITS, LegQuery, NearestTo, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BatchStream, FullText, LimitPer, Predicate, Ranking};
use crate::record::ColumnPath;
use crate::rerank::{ConvexCombination, Needs, Ranked, RerankQuery, Reranker, ScoreTerm, checked_ranking};
use crate::store::core::{Core, StoreVector};
use crate::store::snapshot::Snapshot;

/// The minimum number of rows that each leg returns for the first block.
const MIN_DEPTH: usize = 50;
/// The minimum number of rows that each leg returns for the first block, as a multiple of the limit.
const DEPTH_OF_LIMIT: usize = 4;
/// The number of additional rows that a full-text leg reads. It is usually enough to find the end of a run of equal
/// scores: the engine finds 50 rows as fast as 10, but two searches for 10 rows each take longer.
const SPARE_FULL_TEXT: usize = 32;
/// The number of rows that a leg reads to find the end of a run of equal scores, before it reads all rows. A vector
/// leg stops here: rows with the same vector are in the order of the index, which is the same for all pages.
const MAX_TIES: usize = 10_000;

/// A search with one or two legs, and the reranker that orders their rows.
#[derive(Clone)]
pub(in crate::store) struct Search<'a> {
    core: &'a Core,
    columns: Vec<ColumnPath>,
    filter: Option<Predicate>,
    limit: usize,
    offset: usize,
    depth: usize,
    ranking: Ranking,
    /// `None` for a search with one leg, which is ordered by score.
    reranker: Option<Arc<dyn Reranker>>,
    nearest: Option<NearestTo>,
    full_text: Option<FullText>,
    limit_per: Option<LimitPer>,
    /// The maximum number of characters in a highlight, or `None` if the hits have no highlights.
    highlight: Option<usize>,
}

/// The queries of a search. At least one is present.
pub(super) struct Legs {
    pub(super) nearest: Option<NearestTo>,
    pub(super) full_text: Option<FullText>,
}

/// The settings that determine how a search orders and highlights its hits.
pub(super) struct HitOrder {
    pub(super) ranking: Ranking,
    pub(super) limit_per: Option<LimitPer>,
    pub(super) highlight: Option<usize>,
}

/// A row of the result, with its score.
#[derive(Debug, Clone)]
struct RankedHit {
    row: Row,
    score: f32,
    /// The terms of the score, if the reranker explains it.
    terms: Vec<ScoreTerm>,
    /// The number of its block. Scores of different blocks cannot be compared.
    block: usize,
}

impl RankedHit {
    /// Orders two rows by block and score, ignoring their keys.
    fn compare(&self, other: &Self) -> Ordering {
        self.block.cmp(&other.block).then(other.score.total_cmp(&self.score))
    }
}

impl<'a> Search<'a> {
    /// Creates a search with these legs and settings. `rows` contains the columns, the filter, the limit and the offset.
    pub(super) fn new(core: &'a Core, rows: Request, legs: Legs, order: HitOrder) -> Result<Self> {
        let Request { columns, filter, limit, offset, .. } = rows;
        let Legs { nearest, full_text } = legs;
        let HitOrder { ranking, limit_per, highlight } = order;
        let limit = limit.unwrap_or(DEFAULT_HITS);
        let fusion = || -> Arc<dyn Reranker> { Arc::new(ConvexCombination::default()) };
        let both = nearest.is_some() && full_text.is_some();
        let reranker = ranking.reranker.clone().or_else(|| both.then(fusion));
        let depth = match ranking.candidates {
            Some(0) => {
                let message = "a search with no candidates has no rows to order";
                let help = "let each leg return one row or more: `.candidates(1)`";
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
            }
            Some(rows) => rows,
            // The rows stay in the order of their score, so the page needs no other candidates.
            None if reranker.is_none() && limit_per.is_none() => offset.saturating_add(limit).max(1),
            None => limit.saturating_mul(DEPTH_OF_LIMIT).max(MIN_DEPTH),
        };
        let search = Self {
            core,
            columns,
            filter,
            limit,
            offset,
            depth,
            ranking,
            reranker,
            nearest,
            full_text,
            limit_per,
            highlight,
        };
        search.check_private()?;
        Ok(search)
    }

    pub(in crate::store) async fn answer(&self, now: &Snapshot) -> Result<BatchStream> {
        if let Some(LegQuery::Nearest(nearest)) = self.nearest_leg(now, self.depth) {
            self.core.repeat_live(now, &nearest, self.filter.as_ref(), self.counts(self.depth));
        }
        let (start, hits) = match &self.limit_per {
            Some(per) => (0, self.ranked_hits_per_group(now, per).await?),
            None => self.ranked_hits(now).await?,
        };
        self.page(now, start, hits).await
    }

    /// Returns the number of rows in the page.
    pub(in crate::store) async fn count(&self, now: &Snapshot) -> Result<usize> {
        let rows: usize = match &self.limit_per {
            Some(per) => self.ranked_hits_per_group(now, per).await?.len(),
            None => self.blocks(now).await?.iter().map(Vec::len).sum(),
        };
        Ok(rows.saturating_sub(self.offset).min(self.limit))
    }

    pub(in crate::store) async fn explain(&self, now: &Snapshot) -> Result<String> {
        let name = self.reranker.as_ref().map_or("score", |reranker| reranker.name());
        let mut text = format!("Ordered by {name}, {} candidates from each leg\n", self.depth);
        if let Some(LimitPer { columns, rows }) = &self.limit_per {
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            text.push_str(&format!("At most {rows} rows for each value of {}\n", columns.join(", ")));
        }
        for (name, leg) in
            [("By vector", self.nearest_leg(now, self.depth)), ("By text", self.full_text_leg())]
        {
            let Some(leg) = leg else { continue };
            let (filter, limit) = (self.filter.clone(), Some(self.depth.saturating_add(1)));
            let request = Request { filter, limit, leg: Some(leg), ..Request::default() };
            text.push_str(&format!("{name}:\n{}\n", now.table.explain(request).await?));
        }
        Ok(text)
    }

    /// Returns the vector leg, with the measured search parameters of the index. It is the same for all pages with the same
    /// limit.
    fn nearest_leg(&self, now: &Snapshot, depth: usize) -> Option<LegQuery> {
        let mut nearest = self.nearest.clone()?;
        let scope = SearchScope::of(self.filter.as_ref());
        tuning::apply(&now.info.schema, &mut nearest, self.counts(depth), scope);
        Some(LegQuery::Nearest(nearest))
    }

    fn counts(&self, depth: usize) -> ResultCounts {
        ResultCounts { fetched: depth.saturating_add(1), guaranteed: self.limit }
    }

    /// Returns the engine's request for the full-text search. If the query needs an index, the request does not find rows
    /// that are newer than the index.
    pub(super) fn engine_request(&self) -> Request {
        Request {
            columns: self.columns.clone(),
            filter: self.filter.clone(),
            limit: Some(self.limit),
            offset: self.offset,
            leg: self.full_text_leg(),
            ..Request::default()
        }
    }

    /// Returns `true` if the engine needs an index to find all rows of the full-text query.
    pub(super) fn needs_index(&self) -> bool {
        self.full_text.as_ref().is_some_and(FullText::needs_index)
    }

    fn full_text_leg(&self) -> Option<LegQuery> {
        self.full_text.clone().map(LegQuery::FullText)
    }

    /// Returns the query vector, if the search has one.
    pub(super) fn vector(&self) -> Option<&[f32]> {
        self.nearest.as_ref().map(|nearest| nearest.vector.as_slice())
    }

    /// Returns the position of the end of the page among all rows.
    fn page_end(&self) -> usize {
        self.offset.saturating_add(self.limit)
    }

    /// Returns the rows that the legs find, in blocks that contain the page.
    ///
    /// Each block comes from a separate search, because a deeper search with an index can return different first
    /// rows.
    async fn blocks(&self, now: &Snapshot) -> Result<Vec<Vec<Row>>> {
        let (mut blocks, mut seen) = (Vec::new(), HashSet::new());
        let mut depth = self.depth;
        while seen.len() < self.page_end() && self.limit > 0 {
            let nearest = self.rows(now, self.nearest_leg(now, depth), ScoreOrder::Ascending, depth);
            let full_text = self.rows(now, self.full_text_leg(), ScoreOrder::Descending, depth);
            let (nearest, full_text) = try_join(nearest, full_text).await?;
            if self.reranker.is_none() {
                // Full-text scores do not depend on the depth of the search, so all rows form one block. It includes every
                // row that has the score of the last row of the page. The keys decide which of these rows are on the page.
                return Ok(vec![block(&nearest, &full_text, usize::MAX, &mut seen)]);
            }
            blocks.push(block(&nearest, &full_text, depth, &mut seen));
            if nearest.len().max(full_text.len()) <= depth {
                break;
            }
            depth = depth.saturating_mul(2);
        }
        Ok(blocks)
    }

    async fn rows(
        &self,
        now: &Snapshot,
        leg: Option<LegQuery>,
        order: ScoreOrder,
        depth: usize,
    ) -> Result<LegRows> {
        let Some(leg) = leg else { return Ok(LegRows::default()) };
        let is_full_text = matches!(leg, LegQuery::FullText(_));
        let unindexed = self.unindexed(now, &leg).await?;
        // One additional row shows whether the leg ends inside a run of equal scores.
        let mut read = depth.saturating_add(1 + if is_full_text { SPARE_FULL_TEXT } else { 0 });
        loop {
            let found = now.table.search_row_ids(leg.clone(), self.filter.as_ref(), read).await?;
            let (found, all) = match &unindexed {
                Some(unindexed) => unindexed.added_to(found, read).await?,
                None => (found.rows, found.is_complete),
            };
            let rows = LegRows::new(found, order);
            if all || rows.len() > depth && !rows.is_cut_through(depth) {
                return Ok(rows);
            }
            read = match read {
                ..MAX_TIES => read.saturating_mul(4).min(MAX_TIES),
                // The engine returns rows with equal scores in any order, so all of them are read.
                _ if is_full_text => usize::MAX,
                _ => return Ok(rows),
            };
        }
    }

    /// Returns the rows that are newer than the full-text indexes, if the engine does not find them itself.
    async fn unindexed(&self, now: &Snapshot, leg: &LegQuery) -> Result<Option<UnindexedHits>> {
        let LegQuery::FullText(query) = leg else { return Ok(None) };
        if !query.needs_index() {
            return Ok(None);
        }
        let Some(rows) = now.unindexed_rows(query.columns()).await? else { return Ok(None) };
        let passing = match &self.filter {
            Some(filter) => {
                let indexes = now.text_indexes_of(&query.columns()).await?;
                Some(now.table.unindexed_rows_matching(&indexes, filter).await?)
            }
            None => None,
        };
        Ok(Some(UnindexedHits { rows, passing, query: query.clone() }))
    }

    /// Returns the ordered rows of the blocks that contain the page, and the number of rows before them.
    async fn ranked_hits(&self, now: &Snapshot) -> Result<(usize, Vec<RankedHit>)> {
        let (mut start, mut hits) = (0, Vec::new());
        for (number, block) in self.blocks(now).await?.into_iter().enumerate() {
            let before = start + hits.len();
            if before + block.len() <= self.offset {
                start += block.len();
                continue;
            }
            let top_n = self.page_end().saturating_sub(before);
            let ordered = self.order(now, block, top_n).await?;
            hits.extend(ordered.into_iter().map(|(row, ranked)| {
                let Ranked { score, terms, .. } = ranked;
                RankedHit { row, score, terms, block: number }
            }));
        }
        Ok((start, hits))
    }

    /// Returns the ordered rows of a block. Only the first `top_n` of them are needed.
    async fn order(&self, now: &Snapshot, mut rows: Vec<Row>, top_n: usize) -> Result<Vec<(Row, Ranked)>> {
        let mut ranking = match &self.reranker {
            Some(reranker) => {
                let candidates = self.candidates(now, &mut rows, reranker.needs()).await?;
                checked_ranking(&**reranker, &self.query(top_n), &candidates).await?
            }
            None => Ranked::by_score(rows.iter().map(Row::score)),
        };
        // Rows with equal scores keep the order of the candidates, regardless of the order that the reranker returned.
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.cmp(&b.candidate)));
        let ordered = ranking.into_iter().filter_map(|ranked| Some((*rows.get(ranked.candidate)?, ranked)));
        Ok(ordered.collect())
    }

    /// Returns the query for the reranker.
    fn query(&self, top_n: usize) -> RerankQuery {
        let column = self.searched_vector();
        let model = column.map(StoreVector::model);
        let single = self.nearest.as_ref().filter(|nearest| !nearest.layout.multi);
        let vector = single.map(|nearest| nearest.vector.clone());
        let normalized = model.is_some_and(|model| model.identity().normalized);
        RerankQuery {
            text: self.ranking.text.clone().or_else(|| self.full_text.as_ref().map(FullText::text)),
            metric: self
                .nearest
                .as_ref()
                .map(|nearest| nearest.metric)
                .or(column.map(|vector| vector.definition.metric)),
            model_kind: model.map(|model| model.kind()),
            // A caller can search with a vector that is not normalized.
            normalized: normalized && vector.as_deref().is_none_or(is_unit),
            vector,
            top_n: Some(top_n),
        }
    }

    /// Returns `true` if the order depends only on the ranks and scores of two legs.
    fn is_fusion(&self) -> bool {
        let both = self.nearest.is_some() && self.full_text.is_some();
        both && self.reranker.as_ref().is_some_and(|reranker| reranker.needs() == Needs::default())
    }
}

/// Returns `true` if the vector has unit length, apart from rounding.
fn is_unit(vector: &[f32]) -> bool {
    let square: f64 = vector.iter().map(|value| f64::from(*value).powi(2)).sum();
    (square - 1.0).abs() < 1e-3
}
