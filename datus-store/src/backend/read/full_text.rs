//! Lowers a full-text search to the engine's query.
//!
//! Every text is passed as a value in the query, and the engine tokenizes it. No query syntax is involved.

use arrow_schema::{DataType, Field};
use lancedb::index::scalar::{
    BooleanQuery, BoostQuery, CombinedFieldsQuery, FtsQuery, FullTextSearchQuery, MatchQuery,
    MultiMatchQuery, Operator, PhraseQuery,
};
use lancedb::query::{Query, QueryBase};

use crate::backend::error::convert;
use crate::error::Result;
use crate::query::{BM25, BoostedColumn, FullText, Fuzzy};

/// Adds the search to a query.
pub(in crate::backend) fn prepare(query: Query, search: FullText) -> Result<Query> {
    Ok(query.full_text_search(FullTextSearchQuery::new_query(lower(search)?)))
}

/// Returns the field for the BM25 score column. It is nullable, as in the engine.
pub(crate) fn bm25_field() -> Field {
    Field::new(BM25, DataType::Float32, true)
}

/// The maximum slop, which exceeds the number of words in any text. The engine adds the slop to a position as an `i32`.
const MAX_SLOP: u32 = 1 << 30;

fn lower(query: FullText) -> Result<FtsQuery> {
    let all = |queries: Vec<FullText>| queries.into_iter().map(lower).collect::<Result<Vec<_>>>();
    Ok(match query {
        FullText::Match { columns, text, all, fuzzy } => {
            let matches = columns.into_iter().map(|column| match_query(column, &text, all, fuzzy));
            let mut match_queries: Vec<MatchQuery> = matches.collect();
            match match_queries.pop() {
                Some(only) if match_queries.is_empty() => FtsQuery::Match(only),
                last => {
                    match_queries.extend(last);
                    FtsQuery::MultiMatch(MultiMatchQuery { match_queries })
                }
            }
        }
        FullText::Combined { columns, text, all } => FtsQuery::CombinedFields(combined(&columns, text, all)?),
        FullText::Phrase { column, text, slop } => FtsQuery::Phrase(
            PhraseQuery::new(text).with_column(Some(path(column))).with_slop(slop.min(MAX_SLOP)),
        ),
        FullText::Boolean { must, should, must_not } => FtsQuery::Boolean(BooleanQuery {
            must: all(must)?,
            should: all(should)?,
            must_not: all(must_not)?,
        }),
        FullText::Boost { positive, negative, negative_boost } => {
            FtsQuery::Boost(BoostQuery::new(lower(*positive)?, lower(*negative)?, Some(negative_boost)))
        }
        // An invalid query is refused before a search runs. An empty query finds nothing.
        FullText::Invalid(_) => FtsQuery::Match(MatchQuery::new(String::new())),
    })
}

fn combined(columns: &[BoostedColumn], text: String, all: bool) -> Result<CombinedFieldsQuery> {
    let failed = |error: lance_core::Error| convert(error.into());
    let names = columns.iter().map(|column| path(column.name)).collect();
    let boosts = columns.iter().map(|column| column.boost).collect();
    let query = CombinedFieldsQuery::try_new(text, names).map_err(failed)?;
    let query = query.try_with_boosts(boosts).map_err(failed)?;
    Ok(query.with_operator(operator(all)))
}

fn operator(all: bool) -> Operator {
    if all { Operator::And } else { Operator::Or }
}

fn match_query(column: BoostedColumn, text: &str, all: bool, fuzzy: Option<Fuzzy>) -> MatchQuery {
    let query = MatchQuery::new(text.to_owned())
        .with_column(Some(path(column.name)))
        .with_boost(column.boost)
        .with_operator(operator(all));
    match fuzzy {
        None => query,
        Some(Fuzzy { distance, prefix_length, max_expansions }) => query
            .with_fuzziness(Some(distance))
            .with_prefix_length(prefix_length)
            .with_max_expansions(max_expansions),
    }
}

/// Returns the column as a path for the engine. The quotes keep a name with spaces from being split.
fn path(column: &str) -> String {
    format!("`{column}`")
}
