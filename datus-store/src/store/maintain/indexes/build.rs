use std::collections::BTreeMap;
use std::ops::RangeInclusive;
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
use crate::query::Predicate;
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
    /// The standard error, if the mean reaches the target, but the mean minus its standard error does not.
    uncertainty: Option<f64>,
}

/// The standard error of a recall above which it is measured again with more queries.
const MAX_STANDARD_ERROR: f64 = 0.005;
/// The number of queries of each length that are sampled at first.
const SAMPLES: usize = 100;
/// The number of queries that are sampled if the first ones were too few. 16 times as many have a quarter of the standard error.
const MORE_SAMPLES: RangeInclusive<usize> = 400..=1600;
/// The same for a column with several vectors for each row, where each query scans the whole column.
const MORE_SAMPLES_MULTI: RangeInclusive<usize> = 400..=400;

impl VectorBuild<'_> {
    pub(super) async fn follow(self, decision: &Decision) -> Result<IndexEntry> {
        let started = Instant::now();
        let entry = match decision {
            Decision::Build { replaced, why } => self.build(replaced.as_deref(), why).await?,
            Decision::Measure { name, was, why } => {
                let queries = self.queries(self.settings.samples.unwrap_or(SAMPLES)).await?;
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
        let queries = self.queries(self.settings.samples.unwrap_or(SAMPLES)).await?;
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

    /// Measures the index of the column. If the queries are too few to tell whether it reaches the target, or to estimate its
    /// recall precisely, measures again with more of them.
    async fn measure(
        &self,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
    ) -> Result<std::result::Result<IndexTuning, String>> {
        let outcome = self.measure_with(was, queries, None).await?;
        let again = match error_to_reduce(&outcome) {
            Some(standard_error) => self.measure_again(was, queries, &outcome, standard_error).await,
            None => Ok(None),
        };
        let outcome = match again {
            Ok(again) => again.unwrap_or(outcome),
            // The index was already measured, so this failure is only logged.
            Err(error) => {
                let (table, column) = (self.core.table_name(), self.vector.name);
                tracing::warn!(target: "datus_store", table, column, %error, "an index could not be measured with more queries");
                outcome
            }
        };
        Ok(outcome.map_err(|shortfall| shortfall.best))
    }

    /// Measures the index with a new sample of more queries. Returns `None` if the caller set the queries or their number, and
    /// if no more queries of this kind can be sampled.
    async fn measure_again(
        &self,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
        outcome: &Outcome,
        standard_error: f64,
    ) -> Result<Option<Outcome>> {
        if queries.kind == QueryKind::UserQueries || self.settings.samples.is_some() {
            return Ok(None);
        }
        let limits = if self.vector.multi { MORE_SAMPLES_MULTI } else { MORE_SAMPLES };
        let more = self.queries(more_samples(standard_error, limits)).await?;
        // Which rows have a vector that the model does not make can differ between two samples.
        if more.kind != queries.kind || more.count() <= queries.count() {
            return Ok(None);
        }
        self.measure_with(was, &more, outcome.as_ref().ok().copied()).await.map(Some)
    }

    /// Finds the cheapest search parameters with which the index of the column reaches the target, without a filter and
    /// under each given filter. The parameters of an earlier measurement are kept if they reach the target with these queries
    /// too.
    async fn measure_with(
        &self,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
        earlier: Option<IndexTuning>,
    ) -> Result<Outcome> {
        let IndexToMeasure { kind, partitions, built } = was;
        let Settings { target, at, ref filters, .. } = *self.settings;
        let measured = earlier.map(|tuning| tuning.measured);
        let measured = match self.measure_under(vec![None], was, queries, measured).await? {
            Ok(measured) => measured,
            Err(shortfall) => return Ok(Err(shortfall)),
        };
        let mut filtered = None;
        if !filters.is_empty() {
            let each = filters.iter().cloned().map(Some).collect();
            let earlier = earlier.and_then(|tuning| tuning.filtered).map(|filtered| filtered.measured);
            match self.measure_under(each, was, queries, earlier).await? {
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

    /// Finds the cheapest search parameters that reach the target under each of the filters; `None` is a search without a
    /// filter.
    async fn measure_under(
        &self,
        filters: Vec<Option<Predicate>>,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
        earlier: Option<Measurement>,
    ) -> Result<Outcome<Measurement>> {
        let Settings { target, at, .. } = *self.settings;
        let benchmark = RecallBenchmark::prepare(self.core, self.vector, queries, filters, at).await?;
        if let Some(Measurement { params, recall, error, queries }) = earlier {
            let chosen = TrialRecall { recall, error: error.unwrap_or(0.0), queries };
            if let Some(measured) = benchmark.confirm(params, chosen, target).await? {
                return Ok(Ok(measurement(params, measured)));
            }
        }
        Ok(self.swept(&benchmark.sweep(was.kind, was.partitions, target).await?, was, queries))
    }

    /// Returns the cheapest parameters of a sweep that reach the target, or the best recall.
    fn swept(
        &self,
        sweep: &ParameterSweep,
        was: IndexToMeasure,
        queries: &MeasurementQueries,
    ) -> std::result::Result<Measurement, Shortfall> {
        let IndexToMeasure { kind, partitions, .. } = was;
        if let Some((params, measured)) = sweep.cheapest() {
            return Ok(measurement(params, measured));
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
        Err(Shortfall { best, uncertainty: sweep.uncertainty() })
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

/// Returns the result of a trial, rounded to the four digits that the table stores.
fn measurement(params: SearchParams, TrialRecall { recall, error, queries }: TrialRecall) -> Measurement {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    Measurement { params, recall: rounded(recall), error: Some(rounded(error)), queries }
}

/// Returns the standard error of a measurement that is repeated with more queries: if it is above [`MAX_STANDARD_ERROR`], or
/// if it decides that the target is not reached.
fn error_to_reduce(outcome: &Outcome) -> Option<f64> {
    let tuning = match outcome {
        Err(shortfall) => return shortfall.uncertainty,
        Ok(tuning) => tuning,
    };
    let filtered = tuning.filtered.and_then(|filtered| filtered.measured.error);
    let error = tuning.measured.error.into_iter().chain(filtered).fold(0.0, f64::max);
    (error > MAX_STANDARD_ERROR).then_some(error)
}

/// Returns the number of samples that reduces the standard error of [`SAMPLES`] queries to [`MAX_STANDARD_ERROR`], within the
/// limits.
fn more_samples(standard_error: f64, limits: RangeInclusive<usize>) -> usize {
    let samples = SAMPLES as f64 * (standard_error / MAX_STANDARD_ERROR).powi(2);
    (samples.ceil() as usize).clamp(*limits.start(), *limits.end())
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
mod tests {
    use super::*;
    use crate::record::VectorIndex;

    fn measured(error: f64) -> Measurement {
        let params = SearchParams { nprobes: 1, refine_factor: 1, ef: None };
        Measurement { params, recall: 0.97, error: Some(error), queries: 100 }
    }

    fn tuning(error: f64, filtered: Option<f64>) -> IndexTuning {
        let filtered = filtered.map(measured);
        IndexTuning {
            kind: VectorIndex::IvfFlat,
            partitions: 1,
            built: 1000,
            rows: 1000,
            target: 0.95,
            at: 10,
            query_kind: QueryKind::SampledWords,
            measured: measured(error),
            filtered: filtered.map(|measured| FilteredMeasurement { measured, filters: 1, fingerprint: 0 }),
        }
    }

    #[test]
    fn only_an_uncertain_or_imprecise_measurement_is_repeated() {
        assert_eq!(error_to_reduce(&Ok(tuning(0.005, None))), None);
        assert_eq!(error_to_reduce(&Ok(tuning(0.006, None))), Some(0.006));
        assert_eq!(error_to_reduce(&Ok(tuning(0.006, Some(0.007)))), Some(0.007));
        assert_eq!(error_to_reduce(&Ok(tuning(0.0, Some(0.001)))), None);
        assert_eq!(error_to_reduce(&Ok(tuning(0.0, Some(0.006)))), Some(0.006));
        let shortfall = |uncertainty| Err(Shortfall { best: "0.955 (± 0.010)".to_owned(), uncertainty });
        assert_eq!(error_to_reduce(&shortfall(None)), None);
        assert_eq!(error_to_reduce(&shortfall(Some(0.002))), Some(0.002));
    }

    #[test]
    fn the_number_of_samples_grows_with_the_square_of_the_error() {
        assert_eq!(more_samples(0.015, MORE_SAMPLES), 900);
        assert_eq!(more_samples(0.001, MORE_SAMPLES), 400);
        assert_eq!(more_samples(0.5, MORE_SAMPLES), 1600);
        assert_eq!(more_samples(0.5, MORE_SAMPLES_MULTI), 400);
    }
}
