//! Plans what to do with each index of a table.

use super::entry::{scalar_entry, undeclared_entry, vector_entry};
use super::report::{IndexEntry, IndexReport};
use super::scalar;
use super::settings::Settings;
use super::vector::{self, VectorState};
use crate::backend::{IndexDamage, IndexState, StoredKind};
use crate::error::Result;
use crate::record::{VectorDef, VectorIndex};
use crate::store::core::Core;
use crate::store::read::tuning::IndexTuning;

/// The decisions for all indexes, based on one read of the state of the table.
pub(super) struct IndexPlan {
    pub(super) rows: usize,
    pub(super) states: Vec<IndexState>,
    /// The indexes that cannot be read.
    pub(super) damage: Vec<IndexDamage>,
    pub(super) scalars: Vec<scalar::DeclaredIndex>,
    pub(super) vectors: Vec<(VectorDef, vector::Decision)>,
}

impl Core {
    /// Returns the columns whose indexes `create_indexes` would build, measure, or drop.
    pub(in crate::store) async fn missing_indexes(&self) -> Result<Vec<String>> {
        let plan = self.plan_indices(&Settings::default(), Vec::new()).await?;
        let scalars = plan
            .scalars
            .iter()
            .filter(|declared| declared.decision.needs_work())
            .map(|declared| declared.column);
        let vectors = plan.vectors.iter().filter(|(_, decision)| decision.needs_work());
        let mut columns: Vec<String> = Vec::new();
        for column in scalars.chain(vectors.map(|(vector, _)| vector.name)) {
            if !columns.iter().any(|listed| listed == column) {
                columns.push(column.to_owned());
            }
        }
        Ok(columns)
    }

    /// Returns the names of the indexes that the record declares, or that serve its key. All other indexes were built by
    /// other programs.
    pub(in crate::store) async fn declared_index_names(&self) -> Result<Vec<String>> {
        let plan = self.plan_indices(&Settings::default(), Vec::new()).await?;
        let declared = plan.states.iter().filter(|state| plan.declares(state));
        Ok(declared.map(|state| state.name.clone()).collect())
    }

    pub(super) async fn plan_indices(
        &self,
        settings: &Settings,
        damage: Vec<IndexDamage>,
    ) -> Result<IndexPlan> {
        let schema = self.checked_schema().await?;
        let (rows, states) = (self.table.rows().await?, self.table.index_states().await?);
        let key_from = self.table.key_index_from();
        let mut scalars = scalar::declared_indexes(&self.record, &schema, &states, rows, key_from)?;
        for declared in &mut scalars {
            settings.rebuild.apply_to_scalar(declared, &damage);
        }
        // Standby vectors get no index, since searches do not use their model yet.
        let stored = self.own_vectors().filter(|vector| schema.field_with_name(vector.name()).is_ok());
        let mut vectors = Vec::new();
        for stored in stored {
            let (dimension, vector) = (stored.dimension(), &stored.definition);
            let (tuning, count) =
                (IndexTuning::of_column(&schema, vector.name), self.vector_count(stored, rows).await?);
            let vector_state = VectorState { vector, dimension, rows, count, states: &states, tuning };
            let decision = vector::decide(vector_state, settings);
            vectors.push((vector.clone(), settings.rebuild.apply_to_vector(vector.name, decision, &damage)));
        }
        Ok(IndexPlan { rows, vectors, scalars, states, damage })
    }
}

impl IndexPlan {
    pub(super) fn needs_work(&self) -> bool {
        self.scalars.iter().any(|declared| declared.decision.needs_work())
            || self.vectors.iter().any(|(_, decision)| decision.needs_work())
    }

    pub(super) fn unchanged(&self) -> IndexReport {
        let scalars = self.scalars.iter().map(scalar_entry);
        let vectors = self.vectors.iter().map(|(vector, decision)| vector_entry(vector, decision));
        IndexReport { rows: self.rows, indexes: scalars.chain(vectors).chain(self.undeclared()).collect() }
    }

    /// Returns entries for the indexes that the record does not declare.
    pub(super) fn undeclared(&self) -> impl Iterator<Item = IndexEntry> + '_ {
        let of_vector = |state: &IndexState| {
            let is_of = |vector: &VectorDef| state.is_of(vector.name);
            matches!(state.kind, StoredKind::Vector(..))
                && self.vectors.iter().any(|(vector, _)| is_of(vector))
        };
        let undeclared = self.states.iter().filter(move |state| !self.declares(state) && !of_vector(state));
        undeclared.map(|state| undeclared_entry(state, self.damage_of(&state.name)))
    }

    /// Returns `true` if the record declares this index, or needs it for its key. If one vector has several indexes, only
    /// the one that the decision concerns is considered.
    fn declares(&self, state: &IndexState) -> bool {
        let vector = |(vector, decision): &(VectorDef, vector::Decision)| {
            vector.index != VectorIndex::None && decision.index() == Some(state.name.as_str())
        };
        self.scalars.iter().any(|declared| declared.has(state)) || self.vectors.iter().any(vector)
    }

    /// Returns the damage to an index, or `None` if the index can be read.
    pub(super) fn damage_of(&self, index: &str) -> Option<&IndexDamage> {
        self.damage.iter().find(|damage| damage.index == index)
    }
}
