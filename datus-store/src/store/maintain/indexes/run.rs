use std::time::{Duration, Instant};

use super::build::VectorBuild;
use super::entry::{compared_entry, scalar_entry};
use super::gate::{Replacement, TextGate};
use super::plan::IndexPlan;
use super::report::{IndexAction, IndexEntry, IndexReport};
use super::scalar::{self, Decision};
use super::settings::Settings;
use crate::backend::{Build, CheckLevel, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::Core;
use crate::store::write::ingest::TextsOf;

impl Core {
    pub(super) async fn create_indexes(
        &self,
        settings: &Settings,
        texts_of: TextsOf,
        mut gate: Option<TextGate<'_>>,
    ) -> Result<IndexReport> {
        if !(settings.target > 0.0 && settings.target <= 1.0) {
            let message = format!("{} is not a valid recall", settings.target);
            let help = "pass a number above 0 and up to 1 to `.recall(…)`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        settings.rebuild.check(&self.record)?;
        let plan = self.plan_indices(settings, self.table.damaged_indexes(CheckLevel::Quick).await?).await?;
        if !plan.needs_work() {
            return Ok(plan.unchanged());
        }
        let lock = self.table.maintenance_lock().await?;
        // Another process may have built the indexes in the meantime.
        let plan = self.plan_indices(settings, self.table.damaged_indexes(CheckLevel::Quick).await?).await?;
        let mut report = IndexReport { rows: plan.rows, indexes: Vec::new() };
        for declared in &plan.scalars {
            let done = self.apply_scalar(&lock, declared, &plan, gate.as_mut()).await;
            report
                .indexes
                .push(done.map_err(|error| at_index(error, declared.column, declared.build.name()))?);
        }
        for (vector, decision) in &plan.vectors {
            let build = VectorBuild { core: self, lock: &lock, vector, plan: &plan, settings, texts_of };
            let done = build.follow(decision).await;
            report.indexes.push(done.map_err(|error| at_index(error, vector.name, vector.index.name()))?);
        }
        // They were read to measure the indexes, and searches with an index need few of them.
        self.table.forget_vectors();
        report.indexes.extend(plan.undeclared());
        let is_new = |index: &&IndexEntry| {
            index.kind == "fts" && matches!(index.action, IndexAction::Built | IndexAction::Rebuilt)
        };
        let new: Vec<&str> =
            report.indexes.iter().filter(is_new).map(|index| index.column.as_str()).collect();
        for untokenized in self.untokenized_texts(&new).await? {
            untokenized.warn(self.table_name());
        }
        Ok(report)
    }

    async fn apply_scalar(
        &self,
        lock: &TableLock,
        declared: &scalar::DeclaredIndex,
        plan: &IndexPlan,
        gate: Option<&mut TextGate<'_>>,
    ) -> Result<IndexEntry> {
        let scalar::DeclaredIndex { column, build, decision } = declared;
        let started = Instant::now();
        let entry = match (decision, build, gate) {
            // Searches fail with a damaged index, so there is nothing to compare with.
            (Decision::Replace { name, why }, Build::Text(options), Some(gate))
                if plan.damage_of(name).is_none() =>
            {
                let result = gate.replace(self, lock, Replacement { name, column, options }).await?;
                compared_entry(declared, why, &result)
            }
            (
                Decision::Build { name, .. }
                | Decision::Rebuild { name, .. }
                | Decision::Replace { name, .. },
                ..,
            ) => {
                self.table.build_index(lock, name, column, build).await?;
                tracing::info!(target: "datus_store", table = self.table_name(), column, kind = build.name(), "an index was built");
                scalar_entry(declared)
            }
            (Decision::Keep { .. } | Decision::NotNeeded { .. }, ..) => scalar_entry(declared),
        };
        let elapsed = if decision.needs_work() { started.elapsed() } else { Duration::ZERO };
        Ok(IndexEntry { elapsed, ..entry })
    }
}

/// Adds the column and the kind of the failed index to an error.
fn at_index(error: Error, column: &str, kind: &str) -> Error {
    error
        .with_column(column)
        .with_note(format!("the index `{kind}` of the column failed; indexes built before it are kept"))
}
