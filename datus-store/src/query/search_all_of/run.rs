//! Runs several searches concurrently.

use std::sync::Arc;

use futures::TryStreamExt;
use futures::future::try_join_all;

use super::order::{self, RankedRow};
use super::request::{Found, Request, SearchPosition};
use super::texts::TextColumns;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelIdentity;
use crate::query::{Execute, QuerySpec, VectorQuery};
use crate::rerank::{RerankQuery, Reranker};

/// The settings for the list of hits.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) limit: usize,
    pub(super) candidates: Option<usize>,
    pub(super) reranker: Option<Arc<dyn Reranker>>,
}

/// The minimum number of hits that a search without its own limit passes to the reranker by default.
const MIN_CANDIDATES: usize = 50;
/// The multiple of the list's limit that such a search passes to the reranker, if the result is greater than
/// `MIN_CANDIDATES`.
const CANDIDATES_OF_LIMIT: usize = 4;

/// Runs the searches. Returns their rows, and the order of all rows.
pub(super) async fn run(requests: Vec<Request>, settings: Settings) -> Result<(Vec<Found>, Vec<RankedRow>)> {
    let query = settings.check(&requests)?;
    let searches = requests.len();
    let prepared = requests.into_iter().enumerate().map(|(index, request)| {
        let position =
            SearchPosition { table: request.executor.table().to_owned(), number: index + 1, searches };
        Prepared::new(request, position, &settings)
    });
    let found = at_once(prepared.collect::<Result<_>>()?).await?;
    let ranked = order::rank(&found, settings.reranker.as_deref(), query, settings.limit).await?;
    Ok((found, ranked))
}

impl Settings {
    /// Checks the settings, and returns the query for the reranker.
    fn check(&self, requests: &[Request]) -> Result<RerankQuery> {
        let invalid = |message: String, help: &str| {
            let error = Error::new(ErrorKind::InvalidInput, message).with_operation("search_all_of");
            Err(error.with_help(help))
        };
        let Some(reranker) = &self.reranker else {
            return match self.candidates {
                Some(_) => invalid(
                    "the number of candidates applies only to a search with a reranker".to_owned(),
                    "use `.candidates(n)` with `.rerank(…)`, and `.limit(n)` for the number of hits",
                ),
                None => Ok(RerankQuery::default()),
            };
        };
        if self.candidates == Some(0) {
            return invalid(
                "a search with no candidates has no rows to order".to_owned(),
                "request at least one row from each search: `.candidates(1)`",
            );
        }
        let needs = reranker.needs();
        if !needs.texts || needs.vectors || !needs.columns.is_empty() {
            return invalid(
                format!(
                    "the reranker `{}` does not order only by texts, but rows of different tables have nothing else to compare",
                    reranker.name()
                ),
                "use a reranker that reads texts, such as `CrossEncoder`, or leave out `.rerank(…)` to fuse by rank",
            );
        }
        let mut texts: Vec<String> = requests.iter().filter_map(Request::query_text).collect();
        texts.sort_unstable();
        texts.dedup();
        let query = RerankQuery::default().with_top_n(self.limit);
        match texts.len() {
            0 => Ok(query),
            1 => Ok(query.with_text(texts.remove(0))),
            _ => invalid(
                format!(
                    "the searches have different texts, but the reranker `{}` needs a single text",
                    reranker.name()
                ),
                "search for the same text in each store, or leave out `.rerank(…)` to fuse by rank",
            ),
        }
    }

    /// Returns the number of hits to request from a search without its own limit.
    fn limit_of_each(&self) -> usize {
        let candidates = || self.limit.saturating_mul(CANDIDATES_OF_LIMIT).max(MIN_CANDIDATES);
        match &self.reranker {
            Some(_) => self.candidates.unwrap_or_else(candidates),
            None => self.limit,
        }
    }
}

/// A search with the columns and the limit that the settings need.
struct Prepared {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    position: SearchPosition,
    texts: Option<TextColumns>,
}

impl Prepared {
    fn new(request: Request, position: SearchPosition, settings: &Settings) -> Result<Self> {
        let Request { executor, query, texts } = request;
        // A mistake is reported before anything is sent to a model.
        let mut spec = query.map_err(|invalid| {
            let error = Error::new(ErrorKind::InvalidInput, invalid.message).with_help(invalid.help);
            position.locate(error)
        })?;
        spec.limit.get_or_insert_with(|| settings.limit_of_each());
        if let Some(reranker) = &settings.reranker {
            texts.check_private(&spec, &**reranker).map_err(|error| position.locate(error))?;
        }
        let texts = settings.reranker.as_ref().map(|_| texts.add_to(&mut spec));
        Ok(Self { executor, spec, position, texts })
    }

    /// Returns the position of the vector, its model and the text that the search embeds.
    fn question(&self) -> Option<(usize, ModelIdentity, String)> {
        let nearest = self.spec.nearest.as_ref()?;
        let VectorQuery::Text(text) = &nearest.query else { return None };
        Some((nearest.vector, self.executor.model_of(nearest.vector)?.clone(), text.clone()))
    }

    async fn search(self) -> Result<Found> {
        let Self { executor, spec, position, texts } = self;
        let QuerySpec { offset, .. } = spec;
        let named = |error| position.locate(error);
        let stream = executor.execute(spec).await.map_err(named)?;
        let read: Vec<_> = stream.batches.try_collect().await.map_err(named)?;
        let mut found =
            Found { executor, position: position.clone(), offset, batches: read, texts: Vec::new() };
        if let Some(columns) = texts {
            for batch in &mut found.batches {
                let (texts, rest) = columns.take(batch.clone()).map_err(named)?;
                found.texts.extend(texts);
                *batch = rest;
            }
        }
        Ok(found)
    }
}

/// Runs all searches concurrently. A text that several searches embed with the same model is embedded once.
async fn at_once(searches: Vec<Prepared>) -> Result<Vec<Found>> {
    type Question = (ModelIdentity, String);
    let mut groups: Vec<(Option<Question>, Vec<Prepared>)> = Vec::new();
    for search in searches {
        let question = search.question().map(|(_, model, text)| (model, text));
        let same = groups.iter_mut().find(|(other, _)| question.is_some() && *other == question);
        match same {
            Some((_, members)) => members.push(search),
            None => groups.push((question, vec![search])),
        }
    }
    let groups = groups.into_iter().map(|(_, members)| group(members));
    let mut found: Vec<Found> = try_join_all(groups).await?.into_iter().flatten().collect();
    found.sort_by_key(|found| found.position.number);
    Ok(found)
}

/// Concurrently runs searches that have the same question. If there are several, the question is embedded once for all of
/// them.
async fn group(mut members: Vec<Prepared>) -> Result<Vec<Found>> {
    if let [first, _, ..] = &members[..]
        && let Some((vector, model, text)) = first.question()
    {
        let embedded = first.executor.embed_query(vector, &text).await;
        let values = embedded.map_err(|error| first.position.locate(error))?;
        for member in &mut members {
            if let Some(nearest) = &mut member.spec.nearest {
                let (model, values, dimension) = (model.id.clone(), values.clone(), model.dimension);
                nearest.query = VectorQuery::Vector { model, values, dimension };
            }
        }
    }
    try_join_all(members.into_iter().map(Prepared::search)).await
}
