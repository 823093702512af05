//! What has to change in a table so that it is the table of a record.
//!
//! [`Database::plan`](crate::Database::plan) compares and changes nothing. [`Drift::ApplySafe`](crate::Drift::ApplySafe)
//! does the safe steps when a table is opened. The guide page [changing](crate::guide::changing) shows both at work.

mod compute;
mod display;
mod metadata;
mod renames;
mod step;
#[cfg(test)]
mod tests;

pub(super) use compute::{Facts, compute};
pub(super) use metadata::merged;
pub use step::{Effect, Fill, MetadataChange, Step};

/// The steps from a table as it is to the table of a record: made by [`Database::plan`](crate::Database::plan).
///
/// It prints as a list of the steps under their effects, with what each costs.
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
    pub(super) fn create(record: &crate::record::RecordDef) -> Self {
        let (table, record) = (record.table.to_owned(), record.record);
        Self { table, record, rows: 0, steps: vec![Step::CreateTable] }
    }

    /// The name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The number of rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The steps: first the safe ones, in the order in which they are done, then those that need embedding again, then
    /// those that destroy data.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns `true` if the table is the one of the record already.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns `true` if every step is safe, and for an empty plan.
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
