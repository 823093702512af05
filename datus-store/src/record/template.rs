//! Texts that combine several columns: `#[datus(embed(template = "…"))]`.

use std::borrow::Cow;
use std::sync::Arc;

use super::Transparent;

/// A column that can be part of a template. `#[datus(embed(template = "…"))]` requires this trait for each field that it names.
///
/// Text is inserted unchanged. Numbers, `bool`s, dates, times, UUIDs and decimals are formatted with `Display`. A unit enum
/// inserts its stored name, and a newtype inserts its inner value. An `Option` inserts its value, or nothing for `None`.
/// Implement the trait for your own types, such as nested structs, to use them in a template:
///
/// ```
/// use std::borrow::Cow;
///
/// use datus_store::record::TemplateColumn;
/// use datus_store::{ColumnStruct, EmbeddingRecord};
///
/// #[derive(ColumnStruct)]
/// struct Place {
///     city: String,
///     country: String,
/// }
///
/// impl TemplateColumn for Place {
///     fn in_template(&self) -> Option<Cow<'_, str>> {
///         Some(format!("{}, {}", self.city, self.country).into())
///     }
/// }
///
/// #[derive(EmbeddingRecord)]
/// struct Hotel {
///     stars: Option<u8>,
///     place: Place,
///     #[datus(embed(template = "{place} ({stars} stars): {description}"))]
///     description: String,
/// }
///
/// let place = Place { city: "Oslo".into(), country: "Norway".into() };
/// let hotel = Hotel { stars: Some(4), place, description: "By the fjord".into() };
/// assert_eq!(hotel.source_text(0).as_deref(), Some("Oslo, Norway (4 stars): By the fjord"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a template",
    label = "a template takes text, numbers, times, enums, and `Option`s of them",
    note = "leave the field out of the template, or implement `datus_store::record::TemplateColumn` for its type"
)]
pub trait TemplateColumn {
    /// Returns the text to insert into the template, or `None` for a missing value, which inserts nothing.
    fn in_template(&self) -> Option<Cow<'_, str>>;
}

/// Fills in a template with `parts` and the literal texts before, between and after them. There is one more literal than there
/// are parts.
///
/// Returns `None` if every part is missing or blank. Literal text alone does not describe the row, so the row gets no vector.
/// Called by generated code.
pub fn fill_template<const N: usize>(
    literals: &[&str],
    parts: [Option<Cow<'_, str>>; N],
) -> Option<Cow<'static, str>> {
    if parts.iter().flatten().all(|part| part.trim().is_empty()) {
        return None;
    }
    let length = literals.iter().map(|text| text.len()).sum::<usize>();
    let length = length + parts.iter().flatten().map(|part| part.len()).sum::<usize>();
    let mut filled = String::with_capacity(length);
    let mut parts = parts.iter();
    for text in literals {
        filled.push_str(text);
        if let Some(Some(part)) = parts.next() {
            filled.push_str(part);
        }
    }
    Some(filled.into())
}

macro_rules! text_columns {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl TemplateColumn for $type {
            fn in_template(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Borrowed(self))
            }
        }
    )+};
}

macro_rules! display_columns {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl TemplateColumn for $type {
            fn in_template(&self) -> Option<Cow<'_, str>> {
                Some(self.to_string().into())
            }
        }
    )+};
}

text_columns!(String, Box<str>, Arc<str>);
display_columns!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
#[cfg(feature = "half")]
display_columns!(half::f16);
#[cfg(feature = "uuid")]
display_columns!(uuid::Uuid);
#[cfg(feature = "rust_decimal")]
display_columns!(rust_decimal::Decimal);
#[cfg(feature = "chrono")]
display_columns!(chrono::DateTime<chrono::Utc>, chrono::NaiveDateTime, chrono::NaiveDate, chrono::NaiveTime);

#[diagnostic::do_not_recommend]
impl<T: TemplateColumn> TemplateColumn for Option<T> {
    fn in_template(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(TemplateColumn::in_template)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> TemplateColumn for T
where
    T::Inner: TemplateColumn,
{
    fn in_template(&self) -> Option<Cow<'_, str>> {
        self.inner().in_template()
    }
}
