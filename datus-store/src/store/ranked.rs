//! Searches whose rows are put into their order here: hybrid ones, and reranked ones.
//!
//! Each leg gives row ids and what it measured, on one version of the table. A reranker orders them, the page is cut, and
//! the rows of the page are read, those alone.

mod blocks;
mod candidates;
mod newer;
mod page;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use futures::future::try_join;

use self::blocks::{Better, LegRows, Row, block};
use self::newer::Newer;
use super::core::Core;
use super::now::Now;
use super::tuned::{self, Reach, Wanted};
use crate::backend::{DEFAULT_HITS, LegQuery, NearestTo, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BatchStream, FullText, Predicate, QuerySpec, Ranking};
use crate::record::ColumnPath;
use crate::rerank::{ConvexCombination, Needs, Ranked, RerankQuery, Reranker, ScoreTerm, rerank};

/// How many rows each leg gives at least to the first block.
const LEAST_DEPTH: usize = 50;
/// How many times the limit each leg gives at least to the first block.
const DEPTH_OF_LIMIT: usize = 4;
/// How many rows by words are read beyond those needed, mostly enough to find the end of rows that are equal: the engine
/// finds fifty rows as fast as ten, and twice ten not as fast.
const SPARE_BY_WORDS: usize = 32;
/// How many rows a leg reads to find the end of rows that are equal, before it reads all. A leg by vector stops here: rows of one
/// vector are in the order in which the index has them, which is the same for all pages.
const MOST_TIES: usize = 10_000;

/// A search of one leg or two, and who orders what they find.
pub(super) struct Search<'a> {
    core: &'a Core,
    columns: Vec<ColumnPath>,
    filter: Option<Predicate>,
    limit: usize,
    offset: usize,
    depth: usize,
    ranking: Ranking,
    /// `None` for a full text search alone, which is ordered by its scores.
    reranker: Option<Arc<dyn Reranker>>,
    nearest: Option<NearestTo>,
    full_text: Option<FullText>,
}

/// A row in its place.
#[derive(Debug, Clone)]
struct Placed {
    row: Row,
    score: f32,
    /// The terms of the score, if the reranker explains it.
    terms: Vec<ScoreTerm>,
    /// The number of its block: scores of different ones do not compare.
    block: usize,
}

impl Placed {
    /// Which comes first, where their keys do not say.
    fn compare(&self, other: &Self) -> Ordering {
        self.block.cmp(&other.block).then(other.score.total_cmp(&self.score))
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(
        core: &'a Core,
        spec: QuerySpec,
        columns: Vec<ColumnPath>,
        nearest: Option<NearestTo>,
        full_text: Option<FullText>,
    ) -> Result<Self> {
        let QuerySpec { filter, limit, offset, ranking, .. } = spec;
        let limit = limit.unwrap_or(DEFAULT_HITS);
        let depth = match ranking.candidates {
            Some(0) => {
                let message = "a search with no candidates has no rows to order";
                let help = "let each leg give one row or more: `.candidates(1)`";
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
            }
            Some(rows) => rows,
            None => limit.saturating_mul(DEPTH_OF_LIMIT).max(LEAST_DEPTH),
        };
        let fusion = || -> Arc<dyn Reranker> { Arc::new(ConvexCombination::default()) };
        let both = nearest.is_some() && full_text.is_some();
        let reranker = ranking.reranker.clone().or_else(|| both.then(fusion));
        Ok(Self { core, columns, filter, limit, offset, depth, ranking, reranker, nearest, full_text })
    }

    /// A full text search alone, whose order is that of its scores.
    pub(super) fn by_score(core: &'a Core, request: Request, full_text: FullText) -> Self {
        let Request { spec, columns, leg: _ } = request;
        let QuerySpec { filter, limit, offset, ranking, .. } = spec;
        let limit = limit.unwrap_or(DEFAULT_HITS);
        let depth = offset.saturating_add(limit).max(1);
        let (reranker, nearest, full_text) = (None, None, Some(full_text));
        Self { core, columns, filter, limit, offset, depth, ranking, reranker, nearest, full_text }
    }

    pub(super) async fn answer(&self, now: &Now) -> Result<BatchStream> {
        let (start, placed) = self.placed(now).await?;
        self.page(now, start, placed).await
    }

    /// How many rows the page has.
    pub(super) async fn count(&self, now: &Now) -> Result<usize> {
        let rows: usize = self.blocks(now).await?.iter().map(Vec::len).sum();
        Ok(rows.saturating_sub(self.offset).min(self.limit))
    }

    pub(super) async fn explain(&self, now: &Now) -> Result<String> {
        let name = self.reranker.as_ref().map_or("score", |reranker| reranker.name());
        let mut told = format!("Ordered by {name}, {} candidates of each leg\n", self.depth);
        for (name, leg) in
            [("By vector", self.nearest_leg(now, self.depth)), ("By text", self.full_text_leg())]
        {
            let Some(leg) = leg else { continue };
            let spec = QuerySpec {
                filter: self.filter.clone(),
                limit: Some(self.depth.saturating_add(1)),
                ..QuerySpec::default()
            };
            let request = Request { spec, columns: Vec::new(), leg: Some(leg) };
            told.push_str(&format!("{name}:\n{}\n", now.table.explain(request).await?));
        }
        Ok(told)
    }

    /// The leg by vector, through the index as was measured. It is the same for all pages of one limit.
    fn nearest_leg(&self, now: &Now, depth: usize) -> Option<LegQuery> {
        let mut nearest = self.nearest.clone()?;
        let wanted = Wanted { rows: depth.saturating_add(1), sure: self.limit };
        tuned::apply(&now.known.schema, &mut nearest, wanted, Reach::of(self.filter.as_ref()));
        Some(LegQuery::Nearest(nearest))
    }

    fn full_text_leg(&self) -> Option<LegQuery> {
        self.full_text.clone().map(LegQuery::FullText)
    }

    /// Where the page ends among all rows.
    fn wanted(&self) -> usize {
        self.offset.saturating_add(self.limit)
    }

    /// What the legs found, in blocks that hold the page.
    ///
    /// Each block has a reading of its own: through an index, the first rows of a deeper reading can be others.
    async fn blocks(&self, now: &Now) -> Result<Vec<Vec<Row>>> {
        let (mut blocks, mut seen) = (Vec::new(), HashSet::new());
        let mut depth = self.depth;
        while seen.len() < self.wanted() && self.limit > 0 {
            let nearest = self.rows(now, self.nearest_leg(now, depth), Better::Less, depth);
            let full_text = self.rows(now, self.full_text_leg(), Better::More, depth);
            let (nearest, full_text) = try_join(nearest, full_text).await?;
            if self.reranker.is_none() {
                // Scores of words are the same however deep the leg is read. So all that was read is one block, with every
                // row that is equal to the last one of the page: keys say which of them are in it.
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

    async fn rows(&self, now: &Now, leg: Option<LegQuery>, better: Better, depth: usize) -> Result<LegRows> {
        let Some(leg) = leg else { return Ok(LegRows::default()) };
        let by_words = matches!(leg, LegQuery::FullText(_));
        let newer = self.newer(now, &leg).await?;
        // One row more than is needed shows whether the leg ends among equal ones.
        let mut read = depth.saturating_add(1 + if by_words { SPARE_BY_WORDS } else { 0 });
        loop {
            let found = now.table.found(leg.clone(), self.filter.as_ref(), read).await?;
            let (found, all) = match &newer {
                Some(newer) => newer.added_to(found, read).await?,
                None => (found.rows, found.all),
            };
            let rows = LegRows::new(found, better);
            if all || rows.len() > depth && !rows.is_cut_through(depth) {
                return Ok(rows);
            }
            read = match read {
                ..MOST_TIES => read.saturating_mul(4).min(MOST_TIES),
                // Which of the equal rows the engine gives first is chance, so all of them are read.
                _ if by_words => usize::MAX,
                _ => return Ok(rows),
            };
        }
    }

    /// The rows that are newer than the full text indexes, where the engine does not find them by itself.
    async fn newer(&self, now: &Now, leg: &LegQuery) -> Result<Option<Newer>> {
        let LegQuery::FullText(query) = leg else { return Ok(None) };
        if !query.needs_index() {
            return Ok(None);
        }
        let Some(uncovered) = now.uncovered(query.columns()).await? else { return Ok(None) };
        let passing = match &self.filter {
            Some(filter) => {
                let indexes = now.text_indexes_of(&query.columns()).await?;
                Some(now.table.uncovered_passing(&indexes, filter).await?)
            }
            None => None,
        };
        Ok(Some(Newer { uncovered, passing, query: query.clone() }))
    }

    /// The rows of the blocks in which the page lies, in their order, and how many come before them.
    async fn placed(&self, now: &Now) -> Result<(usize, Vec<Placed>)> {
        let (mut start, mut placed) = (0, Vec::new());
        for (number, block) in self.blocks(now).await?.into_iter().enumerate() {
            let before = start + placed.len();
            if before + block.len() <= self.offset {
                start += block.len();
                continue;
            }
            let places = self.wanted().saturating_sub(before);
            let ordered = self.order(now, block, places).await?;
            placed.extend(ordered.into_iter().map(|(row, ranked)| {
                let Ranked { score, terms, .. } = ranked;
                Placed { row, score, terms, block: number }
            }));
        }
        Ok((start, placed))
    }

    /// The rows of a block in their order, of which the first `places` are asked for.
    async fn order(&self, now: &Now, mut rows: Vec<Row>, places: usize) -> Result<Vec<(Row, Ranked)>> {
        let mut ranking = match &self.reranker {
            Some(reranker) => {
                let candidates = self.candidates(now, &mut rows, reranker.needs()).await?;
                rerank(&**reranker, &self.query(places), &candidates).await?
            }
            None => Ranked::by_score(rows.iter().map(|row| row.full_text.map_or(0.0, |leg| leg.score))),
        };
        // Equal ones in the order of the candidates, whatever order the reranker gave them.
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.cmp(&b.candidate)));
        let ordered = ranking.into_iter().filter_map(|ranked| Some((*rows.get(ranked.candidate)?, ranked)));
        Ok(ordered.collect())
    }

    /// What was searched for, as the reranker is told.
    fn query(&self, places: usize) -> RerankQuery {
        let searched = self.nearest.as_ref().map_or(0, |nearest| nearest.options.vector);
        let column = self.core.record.vectors.get(searched);
        let model = column.and_then(|vector| self.core.models.get(vector.model));
        let vector = self.nearest.as_ref().map(|nearest| nearest.vector.clone());
        let normalized = model.is_some_and(|model| model.identity().normalized);
        RerankQuery {
            text: self.ranking.text.clone().or_else(|| self.full_text.as_ref().map(FullText::text)),
            metric: self
                .nearest
                .as_ref()
                .map(|nearest| nearest.metric)
                .or(column.map(|vector| vector.metric)),
            model: model.map(|model| model.kind()),
            // A caller can search with a vector of any length.
            unit_length: normalized && vector.as_deref().is_none_or(is_unit),
            vector,
            places: Some(places),
        }
    }

    /// Whether the order is of the ranks and scores of two legs alone.
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
