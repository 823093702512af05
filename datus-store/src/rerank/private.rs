use super::Reranker;
use crate::error::{Error, ErrorKind, Result};
use crate::record::RecordDef;

/// Fails if one of the columns that a reranker reads is private, and the reranker sends texts to another machine.
///
/// # Errors
/// Fails with `Reranker`. The error names the column.
pub(crate) fn check_private(
    reranker: &dyn Reranker,
    record: &RecordDef,
    read: impl IntoIterator<Item = &'static str>,
) -> Result<()> {
    if !reranker.sends_text_away() {
        return Ok(());
    }
    let is_private = |name: &&str| record.field(name).is_some_and(|field| field.private);
    let Some(column) = read.into_iter().find(is_private) else { return Ok(()) };
    let name = reranker.name();
    let message = format!("the text is private, but the reranker `{name}` sends it to another machine");
    let help = "use a reranker that runs on this machine, or remove `#[datus(private)]` from the field";
    Err(Error::new(ErrorKind::Reranker, message).with_help(help).with_column(column))
}
