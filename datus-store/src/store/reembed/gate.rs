//! Checks the condition for new vectors: searches both columns for questions with known answers, on one version.

use futures::{StreamExt, TryStreamExt, stream};

use super::change::VectorChange;
use crate::backend::{LegQuery, NearestTo, Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::query::VectorSettings;
use crate::store::core::Core;
use crate::store::gate::{Gate, GateResult, QuestionSet, ROWS, RankedKeys};

/// The number of searches that run concurrently. Each search reads all vectors of a column.
const SEARCHES: usize = 4;

/// Evaluates the vectors of both columns on one version of the table. `old` and `new` have the models of the columns.
///
/// # Errors
/// `Recall` if the condition does not hold; `Model` if a model fails; `Engine` if the storage fails.
pub(super) async fn check(
    gate: &mut Gate<'_>,
    table: &Table,
    old: &Core,
    new: &Core,
    changes: &[VectorChange],
) -> Result<()> {
    // A vector that is new in the record has nothing to be compared with.
    for change in changes.iter().filter(|change| change.has_vectors) {
        let found_old = answers(&gate.questions, table, old, change.vector, change.name).await?;
        let found_new = answers(&gate.questions, table, new, change.vector, change.standby).await?;
        let GateResult { accepted, measures } = gate.decide(found_old, found_new)?;
        tracing::info!(target: "datus_store", column = change.name, accepted, figures = measures, "new vectors were evaluated");
        if !accepted {
            return Err(refused(&measures).with_column(change.name));
        }
    }
    Ok(())
}

fn refused(measures: &str) -> Error {
    let message = format!("the new vectors do not meet the condition of `only_if`: {measures}");
    Error::new(ErrorKind::Recall, message).with_help(
        "the table still uses its current vectors; drop the new ones with `drop_standby`, or repeat `reembed` with a \
         different condition, which keeps them",
    )
}

/// Returns the keys that an exact search of the column finds for each question.
async fn answers(
    questions: &QuestionSet,
    table: &Table,
    core: &Core,
    vector: usize,
    column: &'static str,
) -> Result<RankedKeys> {
    let searched = core.vector(vector)?;
    let vectors = model::embed_texts(searched.model(), &questions.texts(), Role::Query).await;
    let vectors = vectors.map_err(|error| error.with_column(column))?;
    let searches = vectors.into_iter().map(|values| async move {
        let nearest = NearestTo {
            number: vector,
            column,
            metric: searched.definition.metric,
            layout: searched.layout(),
            vector: values,
            settings: VectorSettings::default(),
        };
        let (columns, leg) = (questions.columns().to_vec(), Some(LegQuery::Nearest(nearest.exact())));
        let request = Request { columns, limit: Some(ROWS), leg, ..Request::default() };
        questions.read_keys(table.read(request).await?).await
    });
    stream::iter(searches).buffered(SEARCHES).try_collect().await
}
