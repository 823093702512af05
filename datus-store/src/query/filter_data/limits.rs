//! The limits on filters as data, and the messages about them.

/// The maximum depth of a filter as data: how deeply `any`, `all` and `not` can be nested.
///
/// A deeper filter is an error when it is read. A filter that is built in Rust is limited as
/// [`Filter`](crate::Filter) is.
pub const MAX_FILTER_DEPTH: usize = 8;

/// The maximum size of a filter as data: the number of its values, counting lists, objects and what is in them.
///
/// A larger filter is an error when it is read, before memory is allocated for it.
pub const MAX_FILTER_SIZE: usize = 10_000;

pub(super) fn too_deep() -> String {
    format!(
        "the filter is nested more than {MAX_FILTER_DEPTH} levels deep: use fewer `any`, `all` and `not` inside each other"
    )
}

pub(super) fn too_large() -> String {
    format!("the filter has more than {MAX_FILTER_SIZE} values: use fewer or shorter lists")
}

pub(super) fn too_complex() -> String {
    "the filter has too many conditions inside each other: use fewer `any`, `all` and `not`, or one `in` in place of \
     many conditions"
        .to_owned()
}
