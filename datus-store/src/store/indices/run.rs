use std::time::{Duration, Instant};

use super::build::VectorBuild;
use super::entry::{scalar_entry, undeclared_entry, vector_entry};
use super::rebuild::Rebuild;
use super::vector::{self, Facts};
use super::{IndexAction, IndexEntry, IndexReport, scalar};
use crate::backend::{Damage, Depth, IndexState, StoredKind, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{VectorDef, keys};
use crate::store::core::Core;
use crate::store::tuned::Tuned;

/// The settings of the caller.
#[derive(Debug, Clone)]
pub(in crate::store) struct Settings {
    /// The target recall: the share of the nearest rows to find.
    pub(super) target: f64,
    /// The number of nearest rows.
    pub(super) at: usize,
    /// The number of stored vectors to sample as queries.
    pub(super) samples: usize,
    /// Texts to measure with instead of samples.
    pub(super) queries: Vec<String>,
    /// The number of rows from which on `auto` builds an index; `None` for the default rule.
    pub(super) vectors_from: Option<usize>,
    /// The indexes to rebuild although they match their declaration.
    pub(super) rebuild: Rebuild,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: 0.95,
            at: 10,
            samples: 100,
            queries: Vec::new(),
            vectors_from: None,
            rebuild: Rebuild::Damaged,
        }
    }
}

/// The decisions for all indexes, based on one reading of the table.
pub(super) struct Plan {
    pub(super) rows: usize,
    pub(super) states: Vec<IndexState>,
    /// The indexes that can't be read.
    pub(super) damage: Vec<Damage>,
    scalars: Vec<scalar::Wanted>,
    vectors: Vec<(VectorDef, vector::Decision)>,
}

impl Core {
    pub(super) async fn create_indices(&self, settings: &Settings) -> Result<IndexReport> {
        if !(settings.target > 0.0 && settings.target <= 1.0) {
            let message = format!("{} is not a valid recall", settings.target);
            let help = "pass a number above 0 and up to 1 to `.recall(…)`";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help));
        }
        settings.rebuild.check(&self.record)?;
        let plan = self.plan_indices(settings, self.table.damage(Depth::Bounded).await?).await?;
        if !plan.is_work() {
            return Ok(plan.unchanged());
        }
        let lock = self.table.upkeep_turn().await?;
        // A different process may have built them in the meantime.
        let plan = self.plan_indices(settings, self.table.damage(Depth::Bounded).await?).await?;
        let mut report = IndexReport { rows: plan.rows, indexes: Vec::new() };
        for wanted in &plan.scalars {
            let done = self.do_scalar(&lock, wanted).await;
            report.indexes.push(done.map_err(|error| at_index(error, wanted.column, wanted.build.name()))?);
        }
        for (vector, decision) in &plan.vectors {
            let build = VectorBuild { core: self, lock: &lock, vector, plan: &plan, settings };
            let done = build.follow(decision).await;
            report.indexes.push(done.map_err(|error| at_index(error, vector.name, vector.index.name()))?);
        }
        report.indexes.extend(plan.undeclared());
        let is_new = |index: &&IndexEntry| {
            index.kind == "fts" && matches!(index.action, IndexAction::Built | IndexAction::Rebuilt)
        };
        let new: Vec<&str> =
            report.indexes.iter().filter(is_new).map(|index| index.column.as_str()).collect();
        for unsplit in self.unsplit_texts(&new).await? {
            unsplit.warn(self.record.table);
        }
        Ok(report)
    }

    /// Returns the columns whose indexes `create_indices` would build, measure, or drop.
    pub(in crate::store) async fn missing_indexes(&self) -> Result<Vec<String>> {
        let plan = self.plan_indices(&Settings::default(), Vec::new()).await?;
        let scalars =
            plan.scalars.iter().filter(|wanted| wanted.decision.is_work()).map(|wanted| wanted.column);
        let vectors = plan.vectors.iter().filter(|(_, decision)| decision.is_work());
        let mut columns: Vec<String> = Vec::new();
        for column in scalars.chain(vectors.map(|(vector, _)| vector.name)) {
            if !columns.iter().any(|listed| listed == column) {
                columns.push(column.to_owned());
            }
        }
        Ok(columns)
    }

    async fn plan_indices(&self, settings: &Settings, damage: Vec<Damage>) -> Result<Plan> {
        let schema = self.checked_schema().await?;
        let (rows, states) = (self.table.rows().await?, self.table.index_states().await?);
        let key_from = self.table.key_index_from();
        let mut scalars = scalar::wanted(&self.record, &schema, &states, rows, key_from)?;
        for wanted in &mut scalars {
            settings.rebuild.apply_to_scalar(wanted, &damage);
        }
        // Standby vectors get no index, since searches do not use their model yet.
        let own = self.record.vectors.iter().filter(|vector| !vector.name.ends_with(keys::STANDBY));
        let vectors = own.filter(|vector| schema.field_with_name(vector.name).is_ok()).map(|vector| {
            let tuned = Tuned::of_column(&schema, vector.name);
            let dimension = self.dimension(vector);
            let facts = Facts { vector, dimension, rows, states: &states, tuned };
            let decision = vector::decide(facts, settings);
            (vector.clone(), settings.rebuild.apply_to_vector(vector.name, decision, &damage))
        });
        Ok(Plan { rows, vectors: vectors.collect(), scalars, states, damage })
    }

    async fn do_scalar(&self, lock: &Turn, wanted: &scalar::Wanted) -> Result<IndexEntry> {
        let scalar::Wanted { column, build, decision } = wanted;
        let started = Instant::now();
        if let scalar::Decision::Build { name, .. } | scalar::Decision::Rebuild { name, .. } = decision {
            self.table.build_index(lock, name, column, build).await?;
            tracing::info!(target: "datus_store", table = self.record.table, column, kind = build.name(), "an index was built");
        }
        let elapsed = if decision.is_work() { started.elapsed() } else { Duration::ZERO };
        Ok(IndexEntry { elapsed, ..scalar_entry(wanted) })
    }
}

impl Plan {
    fn is_work(&self) -> bool {
        self.scalars.iter().any(|wanted| wanted.decision.is_work())
            || self.vectors.iter().any(|(_, decision)| decision.is_work())
    }

    fn unchanged(&self) -> IndexReport {
        let scalars = self.scalars.iter().map(scalar_entry);
        let vectors = self.vectors.iter().map(|(vector, decision)| vector_entry(vector, decision));
        IndexReport { rows: self.rows, indexes: scalars.chain(vectors).chain(self.undeclared()).collect() }
    }

    /// Returns entries for the indexes that the record does not declare.
    fn undeclared(&self) -> impl Iterator<Item = IndexEntry> + '_ {
        let declared = |state: &IndexState| {
            let scalar = self.scalars.iter().any(|wanted| wanted.has(state));
            let vector =
                |vector: &VectorDef| matches!(state.kind, StoredKind::Vector(..)) && state.is_of(vector.name);
            scalar || self.vectors.iter().any(|(definition, _)| vector(definition))
        };
        let undeclared = self.states.iter().filter(move |state| !declared(state));
        undeclared.map(|state| undeclared_entry(state, self.damage_of(&state.name)))
    }

    /// Returns the damage of an index; `None` if it can be read.
    pub(super) fn damage_of(&self, index: &str) -> Option<&Damage> {
        self.damage.iter().find(|damage| damage.index == index)
    }
}

/// Adds the column and the kind of the index that failed to an error.
fn at_index(error: Error, column: &str, kind: &str) -> Error {
    error
        .with_column(column)
        .with_note(format!("the index `{kind}` of the column failed; indexes built before it stay"))
}
