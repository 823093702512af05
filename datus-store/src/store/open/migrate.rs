//! Applies the safe steps of a plan.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::plan::{Effect, Fill, Plan, Step, TableContents, compute, merged};
use super::probes::with_probes;
use crate::backend::{Alteration, Connection, Table, spawn_uncancellable};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FieldDef, keys};
use crate::store::extra_columns::{ExtraColumns, extra};
use crate::store::maintain::health::{duplicate_keys, null_keys};
use crate::store::python::{EMBEDDING_FUNCTIONS, functions, renamed_functions};
use crate::store::target::{TableRequest, Target, adopt_help};

/// Returns the plan for a table that may not exist yet.
pub(in crate::store) async fn plan(connection: &Connection, request: TableRequest) -> Result<Plan> {
    match request.open(connection).await? {
        (target, Some(table)) => plan_for(&table, &target).await,
        (target, None) => Ok(Plan::create(&target.record)),
    }
}

async fn plan_for(table: &Table, target: &Target) -> Result<Plan> {
    let Target { record, schema, .. } = target;
    let stored = table.schema().await?;
    target.check_version(&stored)?;
    let mut contents = TableContents { rows: table.rows().await?, ..TableContents::default() };
    let plan = |contents: &TableContents| {
        let mut plan = compute(record, schema, &stored, contents);
        if target.extra_columns == ExtraColumns::Allow {
            plan.keep_extra_columns();
        }
        plan
    };
    let outline = plan(&contents);
    if outline.is_empty() {
        return Ok(outline);
    }
    contents.indexes = table.index_states().await?;
    for step in &outline {
        match step {
            Step::ForbidNulls { column, .. } => {
                let name = stored_name(target, &stored, column)?;
                contents.nulls.insert(column.clone(), table.nulls(name).await?);
            }
            Step::ChangeKey { to, .. } if contents.rows > 0 => {
                contents.sharing_key = Some(sharing_key(table, target, &stored, to).await?);
            }
            _ => {}
        }
    }
    Ok(plan(&contents))
}

/// Returns the name that the table uses for a column of the record.
fn stored_name(target: &Target, stored: &Schema, column: &str) -> Result<&'static str> {
    let names = |field: &FieldDef| [&[field.name][..], field.renamed_from].concat();
    let mut names = target.record.field(column).map(names).unwrap_or_default().into_iter();
    names.find(|name| stored.field_with_name(name).is_ok()).ok_or_else(|| {
        let message = "the plan concerns a column that the table lacks";
        Error::new(ErrorKind::Engine, message).with_column(column)
    })
}

/// Counts the rows that would have no key, or the same key as an earlier row, if these columns were the key. Counts all rows if
/// the table lacks one of the columns, and none if there are no key columns.
async fn sharing_key(table: &Table, target: &Target, stored: &Schema, key: &[String]) -> Result<usize> {
    let columns: Result<Vec<&'static str>> =
        key.iter().map(|column| stored_name(target, stored, column)).collect();
    match columns {
        Ok(columns) if columns.is_empty() => Ok(0),
        Ok(columns) => {
            let nulls = null_keys(table, &columns).await?;
            Ok(nulls + duplicate_keys(table, &columns).await?.rows)
        }
        Err(_) => table.rows().await,
    }
}

/// Applies the steps of a plan if all of them are safe, and returns them. Otherwise fails and changes nothing.
///
/// After each commit, the remaining steps can still be applied, so opening the table again applies them.
pub(in crate::store) async fn migrate(table: &Table, target: &Arc<Target>) -> Result<Vec<Step>> {
    let plan = plan_for(table, target).await?;
    if plan.is_empty() {
        return Ok(Vec::new());
    }
    refuse_unsafe(&plan, target, table).await?;
    let lock = table.write_lock().await?;
    let (table, target) = (table.clone(), Arc::clone(target));
    spawn_uncancellable(async move {
        let _lock = lock;
        let done = Mutex::default();
        table.with_retries(|| apply(&table, &target, &done)).await?;
        Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
    })
    .await
}

async fn refuse_unsafe(plan: &Plan, target: &Target, table: &Table) -> Result<()> {
    if plan.is_safe() {
        return Ok(());
    }
    let record = target.record.record;
    let message =
        format!("not all changes that the table needs are safe, so nothing was changed. The plan for {plan}");
    let mut help = Vec::new();
    let needs = |effect| plan.steps().iter().any(|step| step.effect() == effect);
    if needs(Effect::Reembeds) && !target.record.key.is_empty() {
        help.push(format!(
            "Make the vectors with `db.reembed::<{record}>(models)`, or open the table with the model that made them."
        ));
    } else if needs(Effect::Reembeds) {
        help.push(
            "Open the table with the model that made the vectors, or write the rows to a new table: re-embedding needs a \
             record with a key."
                .to_owned(),
        );
    }
    if plan
        .steps()
        .iter()
        .any(|step| matches!(step, Step::AddColumn { fill: Fill::Nothing { rows: 1.. }, .. }))
    {
        help.push("Make a new column an `Option`, or give it `#[datus(default)]`.".to_owned());
    }
    if needs(Effect::DestroysData) {
        help.push(
            "Undo the change to the struct, open a new table with `.table(\"…\")` and write the rows to it, or \
             change the table yourself through `Database::as_lancedb`."
                .to_owned(),
        );
    }
    let differences = target.differences(&*table.schema().await?);
    if let Some(adopt) = adopt_help(&target.record, &differences) {
        help.insert(0, format!("{adopt}."));
    }
    Err(Error::new(ErrorKind::SchemaMismatch, message)
        .with_help(help.join("\n"))
        .with_differences(differences))
}

/// The commits of a migration, in order. The schema version comes last, because it shows that all steps were
/// applied.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Commit {
    Alter,
    AddNulls,
    AddFilled,
    DropIndex(String),
    DescribeColumns,
    DescribeTable,
}

/// Computes a new plan, because another writer may have applied some of the steps, and applies it.
async fn apply(table: &Table, target: &Target, done: &Mutex<Vec<Step>>) -> Result<()> {
    let plan = plan_for(table, target).await?;
    refuse_unsafe(&plan, target, table).await?;
    if plan.rows() == 0 && plan.steps().iter().any(Step::replaces) {
        table.replace_empty(replacement(table, target).await?).await?;
        record_steps(table, plan.into_iter().collect(), done);
        return Ok(());
    }
    let (mut commits, mut filled) = (BTreeMap::<Commit, Vec<Step>>::new(), Vec::new());
    for step in plan {
        let Some(commit) = commit_of(&step, target, &mut filled)? else { continue };
        commits.entry(commit).or_default().push(step);
    }
    for (commit, steps) in commits {
        match commit {
            Commit::Alter => table.alter(alterations(&steps)).await?,
            Commit::AddNulls => table.add_null_columns(fields_of(target, &steps)?).await?,
            Commit::AddFilled => table.add_constant_columns(std::mem::take(&mut filled)).await?,
            Commit::DropIndex(name) => table.drop_index(&name).await?,
            Commit::DescribeColumns => table.set_field_metadata(column_metadata(&steps)).await?,
            Commit::DescribeTable => table.set_metadata(table_metadata(&steps)).await?,
        }
        rename_functions(table, &steps).await?;
        record_steps(table, steps, done);
    }
    Ok(())
}

/// Writes the new names of columns into the metadata of LanceDB's Python client.
async fn rename_functions(table: &Table, steps: &[Step]) -> Result<()> {
    let rename = |step: &Step| match step {
        Step::RenameColumn { from, to, .. } => Some((from.clone(), to.clone())),
        _ => None,
    };
    let renames: Vec<(String, String)> = steps.iter().filter_map(rename).collect();
    let schema = table.schema().await?;
    let Some(stored) = schema.metadata().get(EMBEDDING_FUNCTIONS).filter(|_| !renames.is_empty()) else {
        return Ok(());
    };
    let names: Vec<(&str, &str)> = renames.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let renamed = renamed_functions(stored, &names);
    if renamed.as_ref() == Some(stored) {
        return Ok(());
    }
    table.set_metadata(vec![(EMBEDDING_FUNCTIONS.to_owned(), renamed)]).await
}

fn record_steps(table: &Table, steps: Vec<Step>, done: &Mutex<Vec<Step>>) {
    for step in &steps {
        tracing::info!(target: "datus_store", table = table.raw().name(), %step, "the table was changed");
    }
    done.lock().unwrap_or_else(PoisonError::into_inner).extend(steps);
}

/// Returns the new schema for a table without rows. The table keeps its id and the metadata that other programs
/// wrote.
async fn replacement(table: &Table, target: &Target) -> Result<SchemaRef> {
    let schema = with_probes(&target.schema, &target.record, &target.models).await?;
    let stored = table.schema().await?;
    let mut metadata = merged(schema.metadata(), stored.metadata());
    match functions(metadata.get(EMBEDDING_FUNCTIONS), &target.record, &target.models) {
        Some(text) => metadata.insert(EMBEDDING_FUNCTIONS.to_owned(), text),
        None => metadata.remove(EMBEDDING_FUNCTIONS),
    };
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| Field::clone(field)).collect();
    if target.extra_columns == ExtraColumns::Allow {
        fields.extend(extra(&target.record, &stored).cloned());
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, metadata)))
}

/// Returns the commit that a step is part of, or `None` for a step that is not applied here. Computes the values of a new
/// column immediately, so that a failure is reported before anything is changed.
fn commit_of(step: &Step, target: &Target, filled: &mut Vec<(Field, ArrayRef)>) -> Result<Option<Commit>> {
    Ok(Some(match step {
        Step::RenameColumn { .. } | Step::AllowNulls { .. } | Step::ForbidNulls { .. } => Commit::Alter,
        Step::AddColumn { column, fill, .. } => {
            let field = target.field(column)?;
            match value(&field, *fill, target)? {
                Some(value) => {
                    filled.push((field, value));
                    Commit::AddFilled
                }
                None => Commit::AddNulls,
            }
        }
        Step::DropIndex { index, .. } => Commit::DropIndex(index.clone()),
        Step::SetMetric { .. } | Step::SetMetadata { column: Some(_), .. } | Step::ChangeKey { .. } => {
            Commit::DescribeColumns
        }
        Step::SetMetadata { column: None, .. } | Step::RaiseVersion { .. } => Commit::DescribeTable,
        Step::CreateTable | Step::Reembed { .. } | Step::DropColumn { .. } | Step::ChangeType { .. } => {
            return Ok(None);
        }
    }))
}

/// Returns the value that a new column has in every row, or `None` for null.
fn value(field: &Field, fill: Fill, target: &Target) -> Result<Option<ArrayRef>> {
    let value = match fill {
        Fill::Nulls => return Ok(None),
        // The table has no rows, so the value is never used.
        Fill::Nothing { .. } => new_null_array(field.data_type(), 1),
        Fill::Default => (target.default)(field.name()).transpose()?.ok_or_else(|| {
            let message = "the record declares a default for the column but has no value for it";
            Error::new(ErrorKind::SchemaMismatch, message).with_column(field.name())
        })?,
    };
    let null = field.is_nullable() && value.logical_null_count() > 0;
    Ok((!null || *field.data_type() == DataType::Null).then_some(value))
}

/// Returns the fields of the columns that the steps concern.
fn fields_of(target: &Target, steps: &[Step]) -> Result<Vec<Field>> {
    steps.iter().filter_map(Step::column).map(|column| target.field(column)).collect()
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

fn column_metadata(steps: &[Step]) -> BTreeMap<String, Vec<(String, Option<String>)>> {
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
            Step::ChangeKey { from, to, .. } => {
                for column in from.iter().filter(|column| !to.contains(column)) {
                    columns.entry(column.clone()).or_default().push((keys::KEY.to_owned(), None));
                }
                for (position, column) in to.iter().enumerate() {
                    let pair = (keys::KEY.to_owned(), Some(position.to_string()));
                    columns.entry(column.clone()).or_default().push(pair);
                }
            }
            _ => {}
        }
    }
    columns
}

fn table_metadata(steps: &[Step]) -> Vec<(String, Option<String>)> {
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
