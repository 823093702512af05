//! The plan of the changes that make a table match a record.
//!
//! [`Database::plan`](crate::Database::plan) computes a plan and does not change the table.
//! [`Drift::ApplySafe`](crate::Drift::ApplySafe) applies a plan of safe steps when the table is opened. The guide page
//! [changing](crate::guide::changing) shows both.

mod compute;
mod display;
mod metadata;
mod renames;
mod step;
#[cfg(test)]
mod tests;

pub(in crate::store) use compute::{TableContents, compute};
pub(in crate::store) use metadata::merged;
pub use step::{Effect, Fill, MetadataChange, Step};

/// The steps that make a table match a record. Returned by [`Database::plan`](crate::Database::plan).
///
/// `Display` lists the steps by effect, with the cost of each step.
///
/// ```
/// use datus_store::plan::Step;
/// use datus_store::{Database, EmbeddingRecord, model::HashingModel};
///
/// #[derive(EmbeddingRecord)]
/// struct Note {
///     #[datus(embed)]
///     text: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let plan = db.plan::<Note>(HashingModel::default()).await?;
/// assert_eq!(plan.steps(), [Step::CreateTable]);
///
/// db.store::<Note>(HashingModel::default()).await?;
/// assert!(db.plan::<Note>(HashingModel::default()).await?.is_empty());
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    table: String,
    record: &'static str,
    rows: usize,
    steps: Vec<Step>,
}

impl Plan {
    pub(in crate::store) fn create(record: &crate::record::RecordDef) -> Self {
        let (table, record) = (record.table.clone().into_owned(), record.record);
        Self { table, record, rows: 0, steps: vec![Step::CreateTable] }
    }

    /// Removes the steps that drop columns of the table.
    pub(in crate::store) fn keep_extra_columns(&mut self) {
        self.steps.retain(|step| !matches!(step, Step::DropColumn { .. }));
    }

    /// Returns the name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the number of rows in the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the steps: first the safe steps, in the order in which they are applied, then the steps that re-embed, then
    /// the steps that destroy data.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns `true` if the table already matches the record.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns `true` if every step is safe, or if the plan is empty.
    pub fn is_safe(&self) -> bool {
        self.steps.iter().all(|step| step.effect() == Effect::Safe)
    }
}

impl<'a> IntoIterator for &'a Plan {
    type Item = &'a Step;
    type IntoIter = std::slice::Iter<'a, Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.steps.iter()
    }
}

impl IntoIterator for Plan {
    type Item = Step;
    type IntoIter = std::vec::IntoIter<Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.steps.into_iter()
    }
}
