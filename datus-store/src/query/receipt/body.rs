//! The contents of a receipt, and the query that a replay runs.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::errors::damaged;
use super::names::ColumnNames;
use super::nearest::NearestBody;
use super::text::TextBody;
use super::value::{count, number};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{LimitPer, QuerySpec, Ranking};
use crate::record::RecordDef;
use crate::rerank::Reranker;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) table: String,
    /// The id of the table, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) table_id: Option<String>,
    pub(super) version: u64,
    /// The time of the commit, in nanoseconds since the Unix epoch.
    pub(super) committed: String,
    /// The fingerprint of the scope and the view, or `None` for all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nearest: Option<NearestBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) full_text: Option<TextBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<Condition>,
    pub(super) limit: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) offset: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit_per: Option<LimitPerBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    candidates: Option<u64>,
    /// The name of the reranker that the search used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reranker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    highlight: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitPerBody {
    columns: Vec<ColumnNames>,
    rows: u64,
}

/// The version of the table that a search read, and the fingerprint of its scope and view.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) table: String,
    pub(super) table_id: Option<String>,
    pub(super) version: u64,
    pub(super) committed: String,
    pub(super) rows: Option<String>,
}

/// The maximum number of hits for a search without a limit.
const DEFAULT_LIMIT: usize = 10;

impl Body {
    pub(super) fn new(read: Read, spec: &QuerySpec, nearest: Option<NearestBody>) -> Result<Self> {
        let QuerySpec { filter, limit, offset, limit_per, full_text, ranking, highlight, .. } = spec;
        let Read { table, table_id, version, committed, rows } = read;
        let limit_per = limit_per.as_ref().map(|LimitPer { columns, rows }| LimitPerBody {
            columns: columns.iter().copied().map(ColumnNames::of).collect(),
            rows: count(*rows),
        });
        Ok(Self {
            table,
            table_id,
            version,
            committed,
            rows,
            text: ranking.text.clone(),
            nearest,
            full_text: full_text.as_ref().map(TextBody::of).transpose()?,
            filter: filter.as_ref().map(Condition::of).transpose()?,
            limit: count(limit.unwrap_or(DEFAULT_LIMIT)),
            offset: count(*offset),
            limit_per,
            candidates: ranking.candidates.map(count),
            reranker: ranking.reranker.as_ref().map(|reranker| reranker.name().to_owned()),
            highlight: highlight.map(count),
        })
    }

    /// Returns the query, without its reranker.
    pub(super) fn spec(&self, record: &RecordDef) -> Result<QuerySpec> {
        let limit_per = self.limit_per.as_ref().map(|LimitPerBody { columns, rows }| {
            let columns = columns.iter().map(|column| column.find(record)).collect::<Result<_>>()?;
            Ok::<_, Error>(LimitPer { columns, rows: number(*rows)? })
        });
        let (text, candidates) = (self.text.clone(), self.candidates.map(number).transpose()?);
        if self.nearest.is_none() && self.full_text.is_none() {
            return Err(damaged("it has no query"));
        }
        Ok(QuerySpec {
            filter: self.filter.as_ref().map(|filter| filter.predicate(record)).transpose()?,
            limit: Some(number(self.limit)?),
            offset: number(self.offset)?,
            limit_per: limit_per.transpose()?,
            nearest: self.nearest.as_ref().map(|nearest| nearest.read(record)).transpose()?,
            full_text: self.full_text.as_ref().map(|text| text.query(record)).transpose()?,
            ranking: Ranking { text, candidates, ..Ranking::default() },
            highlight: self.highlight.map(number).transpose()?,
            ..QuerySpec::default()
        })
    }

    /// Checks that the given reranker is the one that the search used.
    pub(super) fn check_reranker(&self, given: Option<&dyn Reranker>) -> Result<()> {
        let given = given.map(Reranker::name);
        let (message, help) = match (self.reranker.as_deref(), given) {
            (None, None) => return Ok(()),
            (Some(own), Some(given)) if own == given => return Ok(()),
            (Some(own), None) => (
                format!("the search was ordered by the reranker `{own}`, which a receipt does not contain"),
                "pass the reranker with the same settings: `store.replay(&receipt).rerank(…)`",
            ),
            (Some(own), Some(given)) => (
                format!("the search was ordered by the reranker `{own}` and not by `{given}`"),
                "pass the reranker that the search used, with the same settings",
            ),
            (None, Some(given)) => (
                format!("the search used no reranker, but `{given}` would change the order"),
                "leave out `.rerank(…)`",
            ),
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
