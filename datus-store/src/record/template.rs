//! Texts that are made of several columns: `#[datus(embed(template = "…"))]`.

use std::borrow::Cow;
use std::sync::Arc;

use super::Transparent;

/// A column that can be part of a template: what `#[datus(embed(template = "…"))]` needs of each field that it names.
///
/// Text is put in as it is; numbers, `bool`s, dates, times, UUIDs and decimals by their `Display`; a unit enum by the name
/// that it is stored under; a newtype by what is inside; and an `Option` by its value, or by nothing where it is `None`.
/// A type of your own, such as a nested struct, takes part when it implements the trait:
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
    label = "`template` puts in text, numbers, times, enums, and `Option`s of them",
    note = "leave the field out of the template, or implement `datus_store::record::TemplateColumn` for its type"
)]
pub trait TemplateColumn {
    /// The text in the template; `None` for a value that is not there, which puts in nothing.
    fn in_template(&self) -> Option<Cow<'_, str>>;
}

/// Fills in a template: the parts, with one text more around and between them. `None` where every part is missing or
/// blank: the text around them alone says nothing about a row, so it has no vector. Called by generated code.
pub fn fill_template<const N: usize>(
    around: &[&str],
    parts: [Option<Cow<'_, str>>; N],
) -> Option<Cow<'static, str>> {
    if parts.iter().flatten().all(|part| part.trim().is_empty()) {
        return None;
    }
    let length = around.iter().map(|text| text.len()).sum::<usize>();
    let length = length + parts.iter().flatten().map(|part| part.len()).sum::<usize>();
    let mut filled = String::with_capacity(length);
    let mut parts = parts.iter();
    for text in around {
        filled.push_str(text);
        if let Some(Some(part)) = parts.next() {
            filled.push_str(part);
        }
    }
    Some(filled.into())
}

macro_rules! texts {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl TemplateColumn for $type {
            fn in_template(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Borrowed(self))
            }
        }
    )+};
}

macro_rules! displayed {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl TemplateColumn for $type {
            fn in_template(&self) -> Option<Cow<'_, str>> {
                Some(self.to_string().into())
            }
        }
    )+};
}

texts!(String, Box<str>, Arc<str>);
displayed!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
#[cfg(feature = "half")]
displayed!(half::f16);
#[cfg(feature = "uuid")]
displayed!(uuid::Uuid);
#[cfg(feature = "rust_decimal")]
displayed!(rust_decimal::Decimal);
#[cfg(feature = "chrono")]
displayed!(chrono::DateTime<chrono::Utc>, chrono::NaiveDateTime, chrono::NaiveDate, chrono::NaiveTime);

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
