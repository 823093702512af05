//! The safe steps of a plan, done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::{DataType, Field};

use super::plan::{Effect, Facts, Fill, Plan, Step, compute};
use super::wanted::Wanted;
use crate::backend::{Alteration, Connection, Table, to_the_end};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{differences, keys};

/// The plan for a table that may not be there yet.
pub(super) async fn plan(connection: &Connection, wanted: &Wanted) -> Result<Plan> {
    match connection.open_table(wanted.record.table).await? {
        Some(table) => plan_for(&table, wanted).await,
        None => Ok(Plan::create(&wanted.record)),
    }
}

async fn plan_for(table: &Table, wanted: &Wanted) -> Result<Plan> {
    let Wanted { record, schema, .. } = wanted;
    let stored = table.schema().await?;
    wanted.check_version(&stored)?;
    let mut facts = Facts { rows: table.rows().await?, ..Facts::default() };
    let outline = compute(record, schema, &stored, &facts);
    if outline.is_empty() {
        return Ok(outline);
    }
    facts.indices = table.indices().await?;
    for step in &outline {
        let Step::ForbidNulls { column, .. } = step else { continue };
        let Some(field) = record.field(column) else { continue };
        let mut names = std::iter::once(field.name).chain(field.renamed_from.iter().copied());
        if let Some(name) = names.find(|name| stored.field_with_name(name).is_ok()) {
            facts.nulls.insert(column.clone(), table.nulls(name).await?);
        }
    }
    Ok(compute(record, schema, &stored, &facts))
}

/// Does what has to be done where all of it is safe, and returns it. Fails and changes nothing where some of it is not.
///
/// Each commit leaves a table from which the rest can be done: whoever opens it next goes on.
pub(super) async fn migrate(table: &Table, wanted: &Arc<Wanted>) -> Result<Vec<Step>> {
    let plan = plan_for(table, wanted).await?;
    if plan.is_empty() {
        return Ok(Vec::new());
    }
    refuse_unsafe(&plan, wanted, table).await?;
    let turn = table.turn().await?;
    let (table, wanted) = (table.clone(), Arc::clone(wanted));
    to_the_end(async move {
        let _turn = turn;
        let done = Mutex::default();
        table.retried(|| apply(&table, &wanted, &done)).await?;
        Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
    })
    .await
}

async fn refuse_unsafe(plan: &Plan, wanted: &Wanted, table: &Table) -> Result<()> {
    if plan.is_safe() {
        return Ok(());
    }
    let record = wanted.record.record;
    let mut message = format!(
        "some of what has to change in the table is not safe, and all of it was left as it is. The plan for {plan}"
    );
    let needs = |effect| plan.steps().iter().any(|step| step.effect() == effect);
    if needs(Effect::Reembeds) && !wanted.record.key.is_empty() {
        message.push_str(&format!(
            "\nLet `db.reembed::<{record}>(models)` make the vectors, or open the table with the model that made them"
        ));
    } else if needs(Effect::Reembeds) {
        message.push_str(
            "\nOpen the table with the model that made the vectors, or write the rows to another table: vectors are \
             made anew by the key of their rows, and the record has none",
        );
    }
    if needs(Effect::DestroysData) {
        message.push_str(
            "\nKeep in the struct what the table has, name another table with `#[datus(table = \"…\")]` and write the \
             rows to it, or make the change yourself through `Database::as_lancedb`",
        );
    }
    let differences = differences(&wanted.record, &wanted.schema, &*table.schema().await?);
    Err(Error::new(ErrorKind::SchemaMismatch, message).with_differences(differences))
}

/// What is done in one commit, in the order in which it is done. The version is last: it says that all was done.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Commit {
    Alter,
    AddNulls,
    AddFilled,
    DropIndex(String),
    DescribeColumns,
    DescribeTable,
}

/// Does the steps of a plan that is made anew: another writer may have done some meanwhile.
async fn apply(table: &Table, wanted: &Wanted, done: &Mutex<Vec<Step>>) -> Result<()> {
    let plan = plan_for(table, wanted).await?;
    refuse_unsafe(&plan, wanted, table).await?;
    let (mut commits, mut filled) = (BTreeMap::<Commit, Vec<Step>>::new(), Vec::new());
    for step in plan {
        let Some(commit) = commit_of(&step, wanted, &mut filled)? else { continue };
        commits.entry(commit).or_default().push(step);
    }
    for (commit, steps) in commits {
        match commit {
            Commit::Alter => table.alter(alterations(&steps)).await?,
            Commit::AddNulls => table.add_null_columns(wanted.fields_of(&steps)).await?,
            Commit::AddFilled => table.add_filled(std::mem::take(&mut filled)).await?,
            Commit::DropIndex(name) => table.drop_index(&name).await?,
            Commit::DescribeColumns => table.set_field_metadata(of_columns(&steps)).await?,
            Commit::DescribeTable => table.set_metadata(of_table(&steps)).await?,
        }
        for step in &steps {
            tracing::info!(target: "datus_store", table = table.raw().name(), %step, "the table was changed");
        }
        done.lock().unwrap_or_else(PoisonError::into_inner).extend(steps);
    }
    Ok(())
}

/// The commit that a step is part of; `None` for one that is not done here. Values are made at once, so that one that
/// can't be made is an error before anything is changed.
fn commit_of(step: &Step, wanted: &Wanted, filled: &mut Vec<(Field, ArrayRef)>) -> Result<Option<Commit>> {
    Ok(Some(match step {
        Step::RenameColumn { .. } | Step::AllowNulls { .. } | Step::ForbidNulls { .. } => Commit::Alter,
        Step::AddColumn { column, fill, .. } => {
            let Some(field) = wanted.field(column) else { return Ok(None) };
            match value(&field, *fill, wanted)? {
                Some(value) => {
                    filled.push((field, value));
                    Commit::AddFilled
                }
                None => Commit::AddNulls,
            }
        }
        Step::DropIndex { index, .. } => Commit::DropIndex(index.clone()),
        Step::SetMetric { .. } | Step::SetMetadata { column: Some(_), .. } => Commit::DescribeColumns,
        Step::SetMetadata { column: None, .. } | Step::RaiseVersion { .. } => Commit::DescribeTable,
        Step::CreateTable
        | Step::Reembed { .. }
        | Step::DropColumn { .. }
        | Step::ChangeType { .. }
        | Step::ChangeKey { .. } => return Ok(None),
    }))
}

/// What a new column holds in every row; `None` where that is a null.
fn value(field: &Field, fill: Fill, wanted: &Wanted) -> Result<Option<ArrayRef>> {
    let value = match fill {
        Fill::Nulls => return Ok(None),
        // There is no row: the value is there to be repeated not once.
        Fill::Nothing { .. } => new_null_array(field.data_type(), 1),
        Fill::Default => (wanted.default)(field.name()).transpose()?.ok_or_else(|| {
            let message = "the record gives no value for the column, which it says has a default";
            Error::new(ErrorKind::SchemaMismatch, message).with_column(field.name())
        })?,
    };
    let null = field.is_nullable() && value.logical_null_count() > 0;
    Ok((!null || *field.data_type() == DataType::Null).then_some(value))
}

fn alterations(steps: &[Step]) -> BTreeMap<String, Alteration> {
    let stored = |column: &str| {
        let older = steps.iter().find_map(|step| match step {
            Step::RenameColumn { from, to, .. } if to == column => Some(from.clone()),
            _ => None,
        });
        older.unwrap_or_else(|| column.to_owned())
    };
    let mut alterations = BTreeMap::<String, Alteration>::new();
    for step in steps {
        let Some(column) = step.column() else { continue };
        let alteration = alterations.entry(stored(column)).or_default();
        match step {
            Step::RenameColumn { to, .. } => alteration.rename = Some(to.clone()),
            Step::AllowNulls { .. } => alteration.nullable = Some(true),
            Step::ForbidNulls { .. } => alteration.nullable = Some(false),
            _ => {}
        }
    }
    alterations
}

fn of_columns(steps: &[Step]) -> BTreeMap<String, Vec<(String, Option<String>)>> {
    let mut columns = BTreeMap::<String, Vec<_>>::new();
    for step in steps {
        match step {
            Step::SetMetric { column, to, .. } => {
                let pair = (keys::METRIC.to_owned(), Some(to.clone()));
                columns.entry(column.clone()).or_default().push(pair);
            }
            Step::SetMetadata { column: Some(column), changes } => {
                let pairs = changes.iter().map(|change| (change.key.clone(), change.to.clone()));
                columns.entry(column.clone()).or_default().extend(pairs);
            }
            _ => {}
        }
    }
    columns
}

fn of_table(steps: &[Step]) -> Vec<(String, Option<String>)> {
    let mut pairs = Vec::new();
    for step in steps {
        match step {
            Step::SetMetadata { column: None, changes } => {
                pairs.extend(changes.iter().map(|change| (change.key.clone(), change.to.clone())));
            }
            Step::RaiseVersion { to, .. } => {
                pairs.push((keys::SCHEMA_VERSION.to_owned(), Some(to.to_string())));
            }
            _ => {}
        }
    }
    pairs
}
