use std::fmt;
use std::marker::PhantomData;

use super::{SortDirection, SortKey};
use crate::record::ColumnPath;

/// A sort order on one column. `t.column.asc()` and `t.column.desc()` return it.
#[must_use = "an order does nothing until it is passed to `order_by`"]
pub struct Order<R> {
    key: SortKey,
    record: PhantomData<fn() -> R>,
}

impl<R> Order<R> {
    pub(super) fn ascending(column: ColumnPath) -> Self {
        Self::new(column, SortDirection::Ascending)
    }

    pub(super) fn descending(column: ColumnPath) -> Self {
        Self::new(column, SortDirection::Descending)
    }

    fn new(column: ColumnPath, direction: SortDirection) -> Self {
        Self { key: SortKey { column, direction }, record: PhantomData }
    }
}

impl<R> fmt::Debug for Order<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Order").field(&self.key).finish()
    }
}

/// A type that converts to sort keys: an [`Order`], or a tuple or `Vec` of orders. The first order takes precedence.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of `{R}`",
    note = "write `.order_by(|t| t.column.asc())`, or a tuple: `.order_by(|t| (t.a.asc(), t.b.desc()))`"
)]
pub trait IntoOrder<R> {
    /// Converts the value to sort keys. The first one takes precedence.
    fn into_keys(self) -> Vec<SortKey>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoOrder<R> for Order<R> {
    fn into_keys(self) -> Vec<SortKey> {
        vec![self.key]
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoOrder<R> for Vec<Order<R>> {
    fn into_keys(self) -> Vec<SortKey> {
        self.into_iter().map(|order| order.key).collect()
    }
}

macro_rules! order_tuples {
    ($($order:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($order: IntoOrder<R>),+> IntoOrder<R> for ($($order,)+) {
            fn into_keys(self) -> Vec<SortKey> {
                let mut keys = Vec::new();
                $(keys.extend(self.$index.into_keys());)+
                keys
            }
        }
    };
}

order_tuples!(A 0);
order_tuples!(A 0, B 1);
order_tuples!(A 0, B 1, C 2);
order_tuples!(A 0, B 1, C 2, D 3);
