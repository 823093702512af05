//! The limits on filters as data, and the messages about them.

/// The maximum depth of a filter as data: how deeply `any`, `all` and `not` can be nested.
///
/// Reading a deeper filter fails. For the limits on a filter that is built in Rust, see [`Filter`](crate::Filter).
pub const MAX_FILTER_DEPTH: usize = 8;

/// The maximum size of a filter as data: the number of its values, counting lists, objects and everything in them.
///
/// Reading a larger filter fails as soon as the limit is exceeded, so no memory is allocated for the remaining values.
pub const MAX_FILTER_SIZE: usize = 10_000;

pub(super) fn too_deep() -> String {
    format!(
        "the filter is nested more than {MAX_FILTER_DEPTH} levels deep: nest fewer `any`, `all` and `not`"
    )
}

pub(super) fn too_large() -> String {
    format!("the filter has more than {MAX_FILTER_SIZE} values: use fewer or shorter lists")
}

pub(super) fn too_complex() -> String {
    "the filter has too many nested conditions: use fewer `any`, `all` and `not`, or one `in` in place of \
     many conditions"
        .to_owned()
}
