use std::collections::BTreeMap;
use std::time::Instant;

use super::entry::{measured_entry, vector_entry};
use super::plan::IndexPlan;
use super::queries::MeasurementQueries;
use super::recall::RecallBenchmark;
use super::report::{IndexAction, IndexEntry};
use super::settings::Settings;
use super::sweep::{ParameterSweep, TrialRecall};
use super::vector::{self, Decision, IndexToMeasure, kinds};
use crate::backend::{Build, SearchParams, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::index::sizing::{MIN_VECTORS, VectorIndexSize};
use crate::record::{VectorDef, keys};
use crate::store::core::Core;
use crate::store::read::QueryKind;
use crate::store::read::tuning::{FilteredMeasurement, IndexTuning, Measurement, fingerprint};
use crate::store::write::ingest::TextsOf;

/// An operation on the index of one vector column: build, measure, or drop.
pub(super) struct VectorBuild<'a> {
    pub(super) core: &'a Core,
    pub(super) lock: &'a TableLock,
    pub(super) vector: &'a VectorDef,
    pub(super) plan: &'a IndexPlan,
    pub(super) settings: &'a Settings,
    pub(super) texts_of: TextsOf,
}

/// The result of a measurement: search parameters that reach the target, or the best recall.
type Outcome<T = IndexTuning> = std::result::Result<T, Shortfall>;

/// The best recall of a measurement that did not reach its target.
struct Shortfall {
    /// A description of the recall.
    best: String,
    /// `true` if the mean reaches the target, but the mean minus its standard error does not.
    is_uncertain: bool,
}

/// The factor by which the number of queries grows if there were too few to tell whether the target is reached. Four times
/// as many halve the standard error.
const MORE: usize = 4;

impl VectorBuild<'_> {
    pub(super) async fn follow(self, decision: &Decision) -> Result<IndexEntry> {
        let started = Instant::now();
        let entry = match decision {
            Decision::Build { replaced, why } => self.build(replaced.as_deref(), why).await?,
            Decision::Measure { name, was, why } => {
                let queries = self.queries(self.settings.samples).await?;
                match self.measure(*was, &queries).await? {
                    Ok(tuning) => {
                        self.keep(Some(tuning)).await?;
                        measured_entry(self.vector, name.clone(), tuning, IndexAction::Measured, why.clone())
                    }
                    Err(best) => self.build(Some(name), &format!("{why}; {best}")).await?,
                }
            }
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

    /// Builds the candidate kinds in order, until one reaches the target. On failure the column has no index, and its
    /// searches are exact.
    async fn build(&self, replaced: Option<&str>, why: &str) -> Result<IndexEntry> {
        let vectors = self.vectors().await?;
        if vectors < MIN_VECTORS {
            let has = if self.vector.multi { "vectors are stored" } else { "rows have a vector" };
            let why = format!("{vectors} {has}, but an index needs at least {MIN_VECTORS}");
            // A damaged index would make every search fail.
            if let Some(name) = replaced.filter(|name| self.plan.damage_of(name).is_some()) {
                self.drop(name).await?;
                let (name, kind) = (name.to_owned(), self.vector.index);
                return Ok(vector_entry(self.vector, &Decision::Drop { name, kind, why }));
            }
            return Ok(vector_entry(self.vector, &Decision::NotNeeded { why }));
        }
        // The queries are embedded before the index is built, because a model can fail.
        let queries = self.queries(self.settings.samples).await?;
        let action = if replaced.is_some() { IndexAction::Rebuilt } else { IndexAction::Built };
        let (mut existing, mut reasons) = (replaced.map(str::to_owned), vec![why.to_owned()]);
        let dimension = self.dimension()?;
        for kind in kinds(self.vector.index, dimension) {
            let size = VectorIndexSize::of(kind, vectors, dimension);
            let build = Build::Vector(size, self.vector.metric);
            let name = vector::name(existing.as_deref(), self.vector.name, &build, &self.plan.states);
            self.core.table.build_index(self.lock, &name, self.vector.name, &build).await?;
            let VectorIndexSize { kind, partitions, .. } = size;
            let built = IndexToMeasure { kind, partitions, built: self.plan.rows };
            let measured = self.measure(built, &queries).await;
            match measured {
                Ok(Ok(tuning)) => {
                    self.keep(Some(tuning)).await?;
                    return Ok(measured_entry(self.vector, name, tuning, action, reasons.join("; ")));
                }
                Ok(Err(best)) => reasons.push(best),
                Err(error) => {
                    // Searches must not use an index that has not been measured.
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

    /// Measures the index of the column. If the queries are too few to tell whether it reaches the target, measures again
    /// with more of them.
    async fn measure(
        &self,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
    ) -> Result<std::result::Result<IndexTuning, String>> {
        let outcome = self.measure_with(was, queries).await?;
        let outcome = settle(outcome, async || match self.more_queries(queries).await {
            Some(more) => self.measure_with(was, &more).await.map(Some),
            None => Ok(None),
        });
        Ok(outcome.await?.map_err(|shortfall| shortfall.best))
    }

    /// Samples more queries than these. Returns `None` for the caller's queries, and if no more can be sampled.
    async fn more_queries(&self, queries: &MeasurementQueries) -> Option<MeasurementQueries> {
        if queries.kind == QueryKind::UserQueries {
            return None;
        }
        match self.queries(self.settings.samples.saturating_mul(MORE)).await {
            Ok(more) => (more.count() > queries.count()).then_some(more),
            // The index was already measured, so this failure is only logged.
            Err(error) => {
                let (table, column) = (self.core.table_name(), self.vector.name);
                tracing::warn!(target: "datus_store", table, column, %error, "more queries could not be drawn to measure the index");
                None
            }
        }
    }

    /// Finds the cheapest search parameters with which the index of the column reaches the target, without a filter and
    /// under each given filter.
    async fn measure_with(&self, was: IndexToMeasure, queries: &MeasurementQueries) -> Result<Outcome> {
        let IndexToMeasure { kind, partitions, built } = was;
        let Settings { target, at, ref filters, .. } = *self.settings;
        let benchmark = RecallBenchmark::prepare(self.core, self.vector, queries, [None], at).await?;
        let measured = match self.swept(&benchmark.sweep(kind, partitions, target).await?, was, queries) {
            Ok(measured) => measured,
            Err(shortfall) => return Ok(Err(shortfall)),
        };
        let mut filtered = None;
        if !filters.is_empty() {
            let each = filters.iter().cloned().map(Some);
            let benchmark = RecallBenchmark::prepare(self.core, self.vector, queries, each, at).await?;
            match self.swept(&benchmark.sweep(kind, partitions, target).await?, was, queries) {
                Ok(measured) => {
                    let (filters, fingerprint) = (filters.len(), fingerprint(filters));
                    filtered = Some(FilteredMeasurement { measured, filters, fingerprint });
                }
                Err(shortfall) => {
                    let best = format!("{}, under a filter", shortfall.best);
                    return Ok(Err(Shortfall { best, ..shortfall }));
                }
            }
        }
        let (rows, query_kind) = (self.plan.rows, queries.kind);
        let tuning =
            IndexTuning { kind, partitions, built, rows, target, at, query_kind, measured, filtered };
        let (table, column) = (self.core.table_name(), self.vector.name);
        let recall = vector::recall(tuning);
        tracing::info!(target: "datus_store", table, column, %recall, "a vector index was measured");
        Ok(Ok(tuning))
    }

    /// Returns the cheapest parameters of a sweep that reach the target, or the best recall.
    fn swept(
        &self,
        sweep: &ParameterSweep,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
    ) -> std::result::Result<Measurement, Shortfall> {
        let IndexToMeasure { kind, partitions, .. } = was;
        if let Some((params, TrialRecall { recall, error, queries })) = sweep.cheapest() {
            // Rounded to the four digits that the table stores.
            let rounded = |value: f64| (value * 1e4).round() / 1e4;
            return Ok(Measurement { params, recall: rounded(recall), error: Some(rounded(error)), queries });
        }
        let at = self.settings.at;
        let best = sweep.best().map(|(SearchParams { nprobes, refine_factor, .. }, measured)| {
            format!(
                "{} found {:.3} (± {:.3}) of the {at} nearest rows over {} {}, with {nprobes} of {partitions} partitions \
                 and refine factor {refine_factor}",
                kind.name(),
                measured.recall,
                measured.error,
                measured.queries,
                queries.kind
            )
        });
        let best = best.unwrap_or_else(|| format!("{} found nothing", kind.name()));
        Err(Shortfall { best, is_uncertain: sweep.is_uncertain() })
    }

    /// Returns the caller's queries. If there are none, samples queries from `samples` stored rows.
    async fn queries(&self, samples: usize) -> Result<MeasurementQueries> {
        let Self { core, vector, plan, settings, texts_of, .. } = *self;
        core.measurement_queries(vector, plan.rows, &settings.queries, samples, texts_of).await
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

    /// Counts the rows that have a vector, or estimates the number of vectors if a row can have several.
    async fn vectors(&self) -> Result<usize> {
        if self.vector.multi {
            let vector = self.core.vector_column(self.vector.name)?;
            return self.core.vector_count(vector, self.plan.rows).await;
        }
        Ok(self.plan.rows.saturating_sub(self.core.table.nulls(self.vector.name).await?))
    }

    fn dimension(&self) -> Result<usize> {
        Ok(self.core.vector_column(self.vector.name)?.dimension())
    }
}

/// Repeats a measurement if it had too few queries to tell whether the target is reached. `again` returns `None` if there are
/// no more queries.
async fn settle<T>(
    outcome: Outcome<T>,
    again: impl AsyncFnOnce() -> Result<Option<Outcome<T>>>,
) -> Result<Outcome<T>> {
    match outcome {
        Err(shortfall) if shortfall.is_uncertain => Ok(again().await?.unwrap_or(Err(shortfall))),
        outcome => Ok(outcome),
    }
}

fn target_not_reached(failures: &[String], settings: &Settings) -> Error {
    let Settings { target, at, .. } = settings;
    let message = format!(
        "no vector index of this column reliably finds {target} of the {at} nearest rows, so the index was dropped and searches stay exact ({})",
        failures.join("; ")
    );
    let help = "lower the target with `.recall(…)`, or declare a different kind with `embed(index = …)`";
    Error::new(ErrorKind::Recall, message).with_help(help)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn shortfall(is_uncertain: bool) -> Outcome<&'static str> {
        Err(Shortfall { best: "0.955 (± 0.010)".to_owned(), is_uncertain })
    }

    #[tokio::test]
    async fn only_an_uncertain_measurement_is_repeated() {
        let settled = async |first: Outcome<&'static str>, second: Option<Outcome<&'static str>>| {
            let mut repeated = false;
            let outcome = settle(first, async || {
                repeated = true;
                Ok(second)
            });
            (outcome.await.unwrap().map_err(|shortfall| shortfall.best), repeated)
        };
        let best = Err("0.955 (± 0.010)".to_owned());
        assert_eq!(settled(Ok("first"), Some(Ok("second"))).await, (Ok("first"), false));
        assert_eq!(settled(shortfall(false), Some(Ok("second"))).await, (best.clone(), false));
        assert_eq!(settled(shortfall(true), Some(Ok("second"))).await, (Ok("second"), true));
        assert_eq!(settled(shortfall(true), None).await, (best.clone(), true));
        assert_eq!(settled(shortfall(true), Some(shortfall(true))).await, (best, true));
    }
}
