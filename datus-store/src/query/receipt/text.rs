//! The full-text query of a receipt.

use serde::{Deserialize, Serialize};

use super::errors::damaged;
use super::names::text_column;
use super::value::parse;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BoostedColumn, FullText, Fuzzy};
use crate::record::RecordDef;

/// A [`FullText`] that serde can read and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum TextBody {
    Match { columns: Vec<Column>, text: String, all: bool, fuzzy: Option<FuzzyBody> },
    Combined { columns: Vec<Column>, text: String, all: bool },
    Phrase { column: String, text: String, slop: u32 },
    Boolean { must: Vec<Self>, should: Vec<Self>, must_not: Vec<Self> },
    Demoted { query: Box<Self>, by: Box<Self>, factor: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    name: String,
    boost: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FuzzyBody {
    distance: u32,
    prefix: u32,
    expansions: usize,
}

/// The maximum depth of nested clauses. A [`TextQuery`](crate::query::TextQuery) allows fewer levels.
const DEEPEST: usize = 8;

impl TextBody {
    pub(super) fn of(query: &FullText) -> Result<Self> {
        let all = |queries: &[FullText]| queries.iter().map(Self::of).collect::<Result<Vec<Self>>>();
        Ok(match query {
            FullText::Match { columns, text, all, fuzzy } => Self::Match {
                columns: columns.iter().map(Column::of).collect(),
                text: text.clone(),
                all: *all,
                fuzzy: fuzzy.map(|fuzzy| {
                    let Fuzzy { distance, prefix_length, max_expansions } = fuzzy;
                    FuzzyBody { distance, prefix: prefix_length, expansions: max_expansions }
                }),
            },
            FullText::Combined { columns, text, all } => Self::Combined {
                columns: columns.iter().map(Column::of).collect(),
                text: text.clone(),
                all: *all,
            },
            FullText::Phrase { column, text, slop } => {
                Self::Phrase { column: (*column).to_owned(), text: text.clone(), slop: *slop }
            }
            FullText::Boolean { must, should, must_not } => {
                Self::Boolean { must: all(must)?, should: all(should)?, must_not: all(must_not)? }
            }
            FullText::Boost { positive, negative, negative_boost } => Self::Demoted {
                query: Box::new(Self::of(positive)?),
                by: Box::new(Self::of(negative)?),
                factor: negative_boost.to_string(),
            },
            FullText::Invalid(reason) => return Err(Error::new(ErrorKind::InvalidInput, reason)),
        })
    }

    pub(super) fn query(&self, record: &RecordDef) -> Result<FullText> {
        self.read(record, DEEPEST)
    }

    fn read(&self, record: &RecordDef, levels: usize) -> Result<FullText> {
        let member = |query: &Self| match levels.checked_sub(1) {
            Some(levels) => query.read(record, levels),
            None => Err(damaged("its full-text query is nested too deeply")),
        };
        let all = |queries: &[Self]| queries.iter().map(member).collect::<Result<Vec<_>>>();
        let columns =
            |columns: &[Column]| columns.iter().map(|column| column.read(record)).collect::<Result<Vec<_>>>();
        Ok(match self {
            Self::Match { columns: of, text, all, fuzzy } => FullText::Match {
                columns: columns(of)?,
                text: text.clone(),
                all: *all,
                fuzzy: fuzzy.as_ref().map(|fuzzy| {
                    let FuzzyBody { distance, prefix, expansions } = *fuzzy;
                    Fuzzy { distance, prefix_length: prefix, max_expansions: expansions }
                }),
            },
            Self::Combined { columns: of, text, all } => {
                FullText::Combined { columns: columns(of)?, text: text.clone(), all: *all }
            }
            Self::Phrase { column, text, slop } => {
                FullText::Phrase { column: text_column(record, column)?, text: text.clone(), slop: *slop }
            }
            Self::Boolean { must, should, must_not } => {
                FullText::Boolean { must: all(must)?, should: all(should)?, must_not: all(must_not)? }
            }
            Self::Demoted { query, by, factor } => FullText::Boost {
                positive: Box::new(member(query)?),
                negative: Box::new(member(by)?),
                negative_boost: parse(factor)?,
            },
        })
    }
}

impl Column {
    fn of(column: &BoostedColumn) -> Self {
        Self { name: column.name.to_owned(), boost: column.boost.to_string() }
    }

    fn read(&self, record: &RecordDef) -> Result<BoostedColumn> {
        Ok(BoostedColumn { name: text_column(record, &self.name)?, boost: parse(&self.boost)? })
    }
}
