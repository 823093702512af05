use std::collections::BTreeMap;
use std::time::Instant;

use super::entry::{measured_entry, vector_entry};
use super::plan::IndexPlan;
use super::recall::RecallBenchmark;
use super::report::{IndexAction, IndexEntry};
use super::settings::Settings;
use super::vector::{self, Decision, IndexToMeasure, kinds};
use crate::backend::{Build, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::index::sizing::{LEAST_VECTORS, VectorSize};
use crate::record::{VectorDef, keys};
use crate::store::core::Core;
use crate::store::read::tuning::IndexTuning;

/// An operation on the index of one vector column: build, measure, or drop.
pub(super) struct VectorBuild<'a> {
    pub(super) core: &'a Core,
    pub(super) lock: &'a TableLock,
    pub(super) vector: &'a VectorDef,
    pub(super) plan: &'a IndexPlan,
    pub(super) settings: &'a Settings,
}

/// The result of a measurement: search parameters that reach the target, or a description of the best recall.
type Outcome = std::result::Result<IndexTuning, String>;

impl VectorBuild<'_> {
    pub(super) async fn follow(self, decision: &Decision) -> Result<IndexEntry> {
        let started = Instant::now();
        let entry = match decision {
            Decision::Build { replaced, why } => self.build(replaced.as_deref(), why).await?,
            Decision::Measure { name, was, why } => match self.measure(*was).await? {
                Ok(tuning) => {
                    self.keep(Some(tuning)).await?;
                    measured_entry(self.vector, name.clone(), tuning, IndexAction::Measured, why.clone())
                }
                Err(best) => self.build(Some(name), &format!("{why}; {best}")).await?,
            },
            Decision::Drop { name, .. } => {
                self.core.table.drop_index(name).await?;
                self.keep(None).await?;
                vector_entry(self.vector, decision)
            }
            Decision::NotNeeded { .. } | Decision::Keep { .. } => {
                return Ok(vector_entry(self.vector, decision));
            }
        };
        Ok(IndexEntry { elapsed: started.elapsed(), ..entry })
    }

    /// Builds the candidate kinds in order, until one reaches the target. On failure the column has no index, and its searches
    /// are exact.
    async fn build(&self, replaced: Option<&str>, why: &str) -> Result<IndexEntry> {
        let vectors = self.vectors().await?;
        if vectors < LEAST_VECTORS {
            let why = format!("{vectors} rows have a vector, and an index needs at least {LEAST_VECTORS}");
            // A damaged index would make every search fail.
            if let Some(name) = replaced.filter(|name| self.plan.damage_of(name).is_some()) {
                self.drop(name).await?;
                let (name, kind) = (name.to_owned(), self.vector.index);
                return Ok(vector_entry(self.vector, &Decision::Drop { name, kind, why }));
            }
            return Ok(vector_entry(self.vector, &Decision::NotNeeded { why }));
        }
        let action = if replaced.is_some() { IndexAction::Rebuilt } else { IndexAction::Built };
        let (mut existing, mut reasons) = (replaced.map(str::to_owned), vec![why.to_owned()]);
        for kind in kinds(self.vector.index, self.dimension()) {
            let size = VectorSize::of(kind, vectors, self.dimension());
            let build = Build::Vector(size, self.vector.metric);
            let name = vector::name(existing.as_deref(), self.vector.name, &build, &self.plan.states);
            self.core.table.build_index(self.lock, &name, self.vector.name, &build).await?;
            let VectorSize { kind, partitions, .. } = size;
            let measured = self.measure(IndexToMeasure { kind, partitions, built: self.plan.rows }).await;
            match measured {
                Ok(Ok(tuning)) => {
                    self.keep(Some(tuning)).await?;
                    return Ok(measured_entry(self.vector, name, tuning, action, reasons.join("; ")));
                }
                Ok(Err(best)) => reasons.push(best),
                Err(error) => {
                    // Searches must not use an index without a measurement.
                    self.drop(&name).await?;
                    return Err(error);
                }
            }
            existing = Some(name);
        }
        if let Some(name) = existing {
            self.drop(&name).await?;
        }
        Err(target_not_reached(&reasons.split_off(1), self.settings))
    }

    /// Finds the cheapest search parameters with which the index of the column reaches the target.
    async fn measure(&self, was: IndexToMeasure) -> Result<Outcome> {
        let IndexToMeasure { kind, partitions, built } = was;
        let Settings { target, at, .. } = *self.settings;
        let rows = self.plan.rows;
        let benchmark = RecallBenchmark::prepare(self.core, self.vector, rows, self.settings).await?;
        let sweep = benchmark.sweep(kind, partitions, target).await?;
        let queries = benchmark.len();
        if let Some((params, measured)) = sweep.cheapest() {
            // Rounded to the four digits that the table stores.
            let recall = (measured.recall * 1e4).round() / 1e4;
            let (table, column) = (self.core.record.table, self.vector.name);
            tracing::info!(target: "datus_store", table, column, ?params, recall, "a vector index was measured");
            return Ok(Ok(IndexTuning {
                kind,
                partitions,
                built,
                rows,
                params,
                recall,
                target,
                at,
                queries,
            }));
        }
        let best = sweep.best().map(|(params, measured)| {
            format!(
                "{} found {:.3} (± {:.3}) of the {at} nearest rows over {queries} queries, with {} of {partitions} \
                 partitions and refine factor {}",
                kind.name(),
                measured.recall,
                measured.error,
                params.nprobes,
                params.refine_factor
            )
        });
        Ok(Err(best.unwrap_or_else(|| format!("{} found nothing", kind.name()))))
    }

    async fn drop(&self, name: &str) -> Result<()> {
        self.core.table.drop_index(name).await?;
        self.keep(None).await
    }

    /// Stores the search parameters in the metadata of the column. Holds the write lock, so that the table's model does not
    /// change in the meantime.
    async fn keep(&self, tuning: Option<IndexTuning>) -> Result<()> {
        let table = &self.core.table;
        let _lock = table.write_lock().await?;
        self.core.check_models().await?;
        let pair = (keys::TUNED.to_owned(), tuning.map(IndexTuning::to_text));
        let pairs = BTreeMap::from([(self.vector.name.to_owned(), vec![pair])]);
        table.with_retries(|| table.set_field_metadata(pairs.clone())).await
    }

    /// Counts the rows that have a vector.
    async fn vectors(&self) -> Result<usize> {
        Ok(self.plan.rows.saturating_sub(self.core.table.nulls(self.vector.name).await?))
    }

    fn dimension(&self) -> usize {
        self.core.dimension(self.vector)
    }
}

fn target_not_reached(failures: &[String], settings: &Settings) -> Error {
    let Settings { target, at, .. } = settings;
    let message = format!(
        "no vector index of this column finds {target} of the {at} nearest rows, so the index was dropped and searches stay exact ({})",
        failures.join("; ")
    );
    let help = "lower the target with `.recall(…)`, or declare a different kind with `embed(index = …)`";
    Error::new(ErrorKind::Recall, message).with_help(help)
}
