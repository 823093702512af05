//! Receipts of searches: the query, and the version of the table that the search read.

mod body;
mod condition;
mod errors;
mod names;
mod nearest;
mod text;
mod value;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use self::body::{Body, Read};
use self::condition::Condition;
use self::errors::{damaged, no_receipt};
use self::nearest::{Model, NearestBody};
use self::value::parse;
use super::{Predicate, QuerySpec, Revision};
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::model::{ModelIdentity, ModelKind};
use crate::query::cursor::fnv;
use crate::record::{RecordDef, VectorDef};
use crate::rerank::Reranker;

/// A record of a search: its query, filter and settings, and the version of the table that it read.
/// [`Store::replay`](crate::Store::replay) returns the same hits, even after later writes.
///
/// [`Search::with_receipt`](super::Search::with_receipt) creates it. Serde serializes it as an object, which can be stored
/// next to an answer that is based on the hits. A receipt contains the vector of the query, so a replay does not call a
/// model. It does not contain rows, but it does contain the text of the query and the values of the filter.
///
/// A receipt belongs to one table, and to one scope and view. A store with a different table, scope or view rejects it. The
/// receipt's checksum detects accidental changes, but the receipt is not signed. Someone who forges a receipt can search
/// other rows of the same scope and view, but never rows outside of them, because the store adds its own scope and view to
/// the search.
///
/// Maintenance can remove the version that a receipt needs. [`Store::pin`](crate::Store::pin) keeps that version.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    body: Box<Body>,
    checksum: String,
}

/// The version of the format. Other versions are rejected.
const FORMAT: u64 = 1;

/// The table that a search read.
pub(crate) struct ReadTable<'a> {
    pub(crate) name: &'a str,
    /// The id of the table, if it has one.
    pub(crate) id: Option<&'a str>,
    pub(crate) revision: Revision,
    /// The filter of the scope and the view.
    pub(crate) restriction: Option<&'a Predicate>,
}

/// The vector column that a search read, with its model and the vector of the query.
pub(crate) struct ReadVector<'a> {
    pub(crate) definition: &'a VectorDef,
    pub(crate) model: &'a ModelIdentity,
    pub(crate) kind: ModelKind,
    pub(crate) values: &'a [f32],
}

impl Receipt {
    /// Returns the name of the table.
    pub fn table(&self) -> &str {
        &self.body.table
    }

    /// Returns the version of the table that the search read.
    pub fn version(&self) -> u64 {
        self.body.version
    }

    /// Returns the query text, or `None` for a search by a vector or a row, and for a search that `search_text` started.
    pub fn text(&self) -> Option<&str> {
        self.body.text.as_deref()
    }

    /// Returns the model of the vector that was searched, or `None` for a full-text search.
    pub fn model(&self) -> Option<ModelIdentity> {
        self.body.nearest.as_ref().map(|nearest| nearest.model().identity())
    }

    /// Returns the name of the reranker that the search used, if any. A replay needs the same reranker.
    pub fn reranker(&self) -> Option<&str> {
        self.body.reranker.as_deref()
    }

    /// Creates the receipt for a search that has run. `spec` is the query without the scope and the view.
    pub(crate) fn new(
        table: ReadTable<'_>,
        spec: &QuerySpec,
        vector: Option<ReadVector<'_>>,
    ) -> Result<Self> {
        let ReadTable { name, id, revision, restriction } = table;
        let nearest = spec.nearest.as_ref().zip(vector).map(|(nearest, vector)| {
            let ReadVector { definition, model, kind, values } = vector;
            NearestBody::new(nearest, definition.name, Model::new(model, kind), values)
        });
        let read = Read {
            table: name.to_owned(),
            table_id: id.map(str::to_owned),
            version: revision.version,
            committed: revision.committed.to_string(),
            rows: fingerprint(restriction)?,
        };
        let body = Body::new(read, spec, nearest)?;
        Ok(Self { checksum: checksum(&body)?, body: Box::new(body) })
    }

    /// Returns the version of the table, with the time of its commit.
    pub(crate) fn revision(&self) -> Result<Revision> {
        Ok(Revision { version: self.body.version, committed: parse(&self.body.committed)? })
    }

    /// Returns the query, without the scope, the view or the reranker.
    pub(crate) fn spec(&self, record: &RecordDef) -> Result<QuerySpec> {
        self.body.spec(record)
    }

    /// Checks that the given reranker is the one that the search used.
    pub(crate) fn check_reranker(&self, given: Option<&dyn Reranker>) -> Result<()> {
        self.body.check_reranker(given)
    }

    /// Checks that the receipt belongs to the table with this name and id.
    pub(crate) fn check_table(&self, name: &str, id: Option<&str>) -> Result<()> {
        let Body { table, table_id, .. } = &*self.body;
        if table != name {
            let message = format!("the receipt is for the table `{}`, but this is `{name}`", excerpt(table));
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("pass the receipt to the store that made it"));
        }
        match table_id.as_deref() == id {
            true => Ok(()),
            false => Err(receipt_of_an_earlier_table()),
        }
    }

    /// Checks that the receipt was created with the same scope and view.
    pub(crate) fn check_rows(&self, restriction: Option<&Predicate>) -> Result<()> {
        if fingerprint(restriction)? == self.body.rows {
            return Ok(());
        }
        let message = "the receipt belongs to a different scope or view";
        Err(Error::new(ErrorKind::InvalidInput, message)
            .with_help("replay it with the scope and the view of the search"))
    }

    /// Checks that the searched vector column still has the model of the receipt. `model` returns the model of a vector column.
    pub(crate) fn check_model(
        &self,
        model: impl FnOnce(&str) -> Option<(ModelIdentity, ModelKind)>,
    ) -> Result<()> {
        let Some(nearest) = &self.body.nearest else { return Ok(()) };
        let found = model(nearest.column());
        let own = nearest.model().identity();
        let mismatch = |message: String, help: &str| {
            let error = Error::new(ErrorKind::SchemaMismatch, message).with_help(help);
            Err(error.with_column(nearest.column()))
        };
        match found {
            Some((identity, _)) if identity != own => mismatch(
                format!("the receipt was made with the model {own}, but this is {identity}"),
                "open the table with the model that the receipt was made with",
            ),
            Some((_, kind)) if self.is_ranked_by_kind() && !nearest.model().has_kind(kind) => mismatch(
                format!(
                    "the order of the hits depends on the kind of the model {own}, but the table was opened without it"
                ),
                "open the table with the model: `db.store(model)`",
            ),
            Some(_) => Ok(()),
            None => mismatch(
                "the receipt searches a vector that the record does not have".to_owned(),
                "replay it with the struct that it was made with",
            ),
        }
    }

    /// Returns `true` if a reranker orders the hits. A reranker can depend on the kind of the model.
    fn is_ranked_by_kind(&self) -> bool {
        self.body.full_text.is_some() || self.body.reranker.is_some()
    }

    /// Returns the name of the tag that keeps the version.
    pub(crate) fn tag(&self) -> String {
        format!("receipt-{}", self.checksum)
    }

    fn read(value: Json) -> Result<Self> {
        let Json::Object(mut entries) = value else { return Err(no_receipt("it is not an object")) };
        match entries.remove("format").as_ref().map(Json::as_u64) {
            Some(Some(FORMAT)) => {}
            Some(Some(format)) => {
                let message =
                    format!("the receipt has format {format}, but this program reads only format {FORMAT}");
                return Err(Error::new(ErrorKind::InvalidInput, message)
                    .with_help("replay it with the version of `datus-store` that made it, or search again"));
            }
            Some(None) => return Err(no_receipt("its `format` is not a number")),
            None => return Err(no_receipt("it has no `format`")),
        }
        let Some(Json::String(stored)) = entries.remove("checksum") else {
            return Err(no_receipt("it has no `checksum`"));
        };
        let body: Body = serde_json::from_value(Json::Object(entries))
            .map_err(|error| no_receipt(excerpt(&error.to_string())))?;
        let checksum = checksum(&body)?;
        if checksum != stored {
            return Err(damaged("its checksum does not match"));
        }
        Ok(Self { body: Box::new(body), checksum })
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Receipt<'a> {
            format: u64,
            #[serde(flatten)]
            body: &'a Body,
            checksum: &'a str,
        }
        Receipt { format: FORMAT, body: &self.body, checksum: &self.checksum }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Receipt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Self::read(Json::deserialize(deserializer)?).map_err(|error| D::Error::custom(error.message()))
    }
}

/// Returns the fingerprint of a scope and a view, or `None` for all rows.
fn fingerprint(restriction: Option<&Predicate>) -> Result<Option<String>> {
    restriction.map(|filter| hash(&Condition::of(filter)?)).transpose()
}

fn checksum(body: &Body) -> Result<String> {
    hash(body)
}

/// Returns the hash of a value, which is the same in every process.
fn hash(value: &impl Serialize) -> Result<String> {
    let bytes = serde_json::to_vec(value).map_err(|source| {
        Error::new(ErrorKind::Engine, "the receipt cannot be written").with_source(source)
    })?;
    Ok(format!("{:016x}", fnv(&bytes)))
}

/// Returns the error for a receipt whose table was dropped or is in a different database.
pub(crate) fn receipt_of_an_earlier_table() -> Error {
    let message =
        "the receipt belongs to a dropped table of the same name, or to a table in another database";
    Error::new(ErrorKind::Expired, message).with_help("search again")
}
