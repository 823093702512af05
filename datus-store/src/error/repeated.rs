use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::{BoxError, Error, Inner};

/// A cause that several errors share.
#[derive(Clone)]
struct SharedCause(Arc<dyn StdError + Send + Sync>);

impl Error {
    /// Returns `count` copies of the error, which share its cause.
    pub(crate) fn repeated(self, count: usize) -> Vec<Self> {
        if count == 1 {
            return vec![self];
        }
        let Inner { kind, message, help, operation, table, column, differences, outcome_is_unknown, source } =
            *self.0;
        let source = source.map(|source| SharedCause(source.into()));
        let inner = || Inner {
            kind,
            message: message.clone(),
            help: help.clone(),
            operation,
            table: table.clone(),
            column: column.clone(),
            differences: differences.clone(),
            outcome_is_unknown,
            source: source.clone().map(|source| Box::new(source) as BoxError),
        };
        std::iter::repeat_with(inner).map(|inner| Self(Box::new(inner))).take(count).collect()
    }
}

impl fmt::Display for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SharedCause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
