//! `String`, `Box<str>` and `Arc<str>` as `Utf8`.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, StringArray};
use arrow_schema::DataType;

use super::scalar::scalar_column;
use super::{require_valid, too_long, wrong_type};
use crate::error::Result;
use crate::index::scalar::TEXT;
use crate::record::{ColumnBuilder, ColumnReader, Native, ScalarKind, TextColumn};

/// Collects text. Allocates once for offsets and once for bytes.
#[derive(Debug)]
pub struct TextBuilder {
    rows: usize,
    bytes: usize,
    values: StringBuilder,
}

impl Default for TextBuilder {
    fn default() -> Self {
        // Arrow's default allocates memory for 1,024 values, which `reserve` would free.
        Self { rows: 0, bytes: 0, values: StringBuilder::with_capacity(0, 0) }
    }
}

impl TextBuilder {
    #[inline]
    pub(super) fn measure_str(&mut self, text: &str) {
        self.rows += 1;
        self.bytes += text.len();
    }

    #[inline]
    pub(super) fn measure_empty(&mut self) {
        self.rows += 1;
    }

    pub(super) fn reserve(&mut self) {
        // If the offsets would overflow, the first push fails, so there is no point in allocating the bytes.
        let bytes = if self.fits() { self.bytes } else { 0 };
        self.values = StringBuilder::with_capacity(self.rows, bytes);
    }

    #[inline]
    pub(super) fn push_str(&mut self, text: &str) -> Result<()> {
        self.push_as(text)
    }

    #[inline]
    fn push_as(&mut self, text: impl AsRef<str>) -> Result<()> {
        if !self.fits() {
            return Err(too_long("text"));
        }
        self.values.append_value(text);
        Ok(())
    }

    #[inline]
    pub(super) fn push_empty(&mut self) {
        self.values.append_null();
    }

    pub(super) fn build(mut self) -> ArrayRef {
        Arc::new(self.values.finish())
    }

    #[inline]
    fn fits(&self) -> bool {
        i32::try_from(self.bytes).is_ok()
    }
}

/// A text with the type of the closure that returned it. Each column thus gets its own copy of `append_value`, which the
/// compiler can inline; see [`ColumnBuilder::push_field`].
struct TextOf<'a, F>(&'a str, PhantomData<F>);

impl<F> AsRef<str> for TextOf<'_, F> {
    #[inline]
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// Reads text.
#[derive(Debug)]
pub struct TextReader(StringArray);

impl TextReader {
    pub(super) fn new(array: &ArrayRef) -> Result<Self> {
        match array.as_string_opt::<i32>() {
            Some(values) => Ok(Self(values.clone())),
            None => Err(wrong_type(array, &DataType::Utf8)),
        }
    }

    #[inline]
    pub(super) fn text(&self, row: usize) -> Result<&str> {
        require_valid(&self.0, row)?;
        Ok(self.0.value(row))
    }

    #[cfg(feature = "serde_json")]
    pub(super) fn text_or_null(&self, row: usize) -> Option<&str> {
        self.text(row).ok()
    }
}

macro_rules! text_columns {
    ($($type:ty),+) => {$(
        impl ColumnBuilder<$type> for TextBuilder {
            #[inline]
            fn measure(&mut self, value: &$type) {
                self.measure_str(value);
            }

            #[inline]
            fn measure_null(&mut self) {
                self.measure_empty();
            }

            fn allocate(&mut self) {
                self.reserve();
            }

            #[inline]
            fn push(&mut self, value: &$type) -> Result<()> {
                self.push_str(value)
            }

            #[inline]
            fn push_field<R, F: Fn(&R) -> &$type>(&mut self, row: &R, field: F) -> Result<()> {
                self.push_as(TextOf::<F>(field(row), PhantomData))
            }

            #[inline]
            fn push_null(&mut self) {
                self.push_empty();
            }

            fn finish(self) -> Result<ArrayRef> {
                Ok(self.build())
            }
        }

        impl ColumnReader<$type> for TextReader {
            fn open(array: &ArrayRef) -> Result<Self> {
                Self::new(array)
            }

            #[inline]
            fn get(&self, row: usize) -> Result<$type> {
                self.text(row).map(<$type>::from)
            }
        }

        #[diagnostic::do_not_recommend]
        impl TextColumn for $type {
            #[inline]
            fn text(&self) -> Option<&str> {
                Some(self)
            }
        }

        scalar_column!($type, Native, TextBuilder, TextReader, DataType::Utf8, TEXT, ScalarKind::Text);
    )+};
}

text_columns!(String, Box<str>, Arc<str>);
