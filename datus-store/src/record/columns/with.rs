//! Types that are stored through an adapter: `#[datus(with = …)]`.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use arrow_array::ArrayRef;
use arrow_schema::DataType;

use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::{
    Col, Column, ColumnBuilder, ColumnKind, ColumnReader, IndexKind, TemplateColumn, TextColumn,
};

/// An adapter that converts a type `T`, such as a type of another crate, to a column type and back. Select it with
/// `#[datus(with = …)]`.
///
/// The column has the Arrow type of [`Stored`](Self::Stored). Filters compare it with the same values as a column of that
/// type, for example with text if `Stored` is `String`. `embed`, `fts`, `index`, `key`, `created_at` and `updated_at` apply
/// to `Stored`. A list column supports `contains`, but not `contains_any` or `contains_all`.
///
/// To store an `Option<T>` with an adapter for `T`, write [`with = Optional<Adapter>`](Optional). For a type with
/// `Display` and `FromStr`, use [`DisplayFromStr`], which stores it as text.
///
/// ```
/// use std::path::PathBuf;
///
/// use datus_store::record::{ColumnWith, DisplayFromStr, Optional};
/// use datus_store::{BoxError, EmbeddingRecord, record};
///
/// /// Stores a path as text. The path must be valid Unicode.
/// enum PathText {}
///
/// impl ColumnWith<PathBuf> for PathText {
///     type Stored = String;
///
///     fn store(path: &PathBuf) -> Result<String, BoxError> {
///         Ok(path.to_str().ok_or("the path is not Unicode")?.to_owned())
///     }
///
///     fn load(text: String) -> Result<PathBuf, BoxError> {
///         Ok(text.into())
///     }
/// }
///
/// #[derive(Debug, PartialEq, EmbeddingRecord)]
/// struct File {
///     #[datus(key, with = PathText)]
///     path: PathBuf,
///     #[datus(with = Optional<PathText>)]
///     link: Option<PathBuf>,
///     #[datus(with = DisplayFromStr)]
///     host: std::net::IpAddr,
/// }
///
/// let file = File { path: "/etc/hosts".into(), link: None, host: "::1".parse()? };
/// let batch = record::encode([&file])?;
/// assert_eq!(record::decode::<File>(&batch)?, [file]);
/// let filter = File::columns().path.starts_with("/etc/");
/// # let _ = filter;
/// # Ok::<(), BoxError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an adapter for `{T}`",
    label = "`with` needs a type that implements `ColumnWith<{T}>`",
    note = "implement `datus_store::record::ColumnWith<{T}>` for `{Self}`",
    note = "for an `Option`, write `with = Optional<Adapter>`; for a type with `Display` and `FromStr`, write `with = DisplayFromStr`; both are in `datus_store::record`"
)]
pub trait ColumnWith<T: Send + Sync + 'static>: 'static {
    /// The column type that stores the value.
    type Stored: Column;

    /// Converts a value to its stored form. Called once for each row that is written.
    ///
    /// # Errors
    /// Any error, for a value that cannot be stored. The write then fails with `InvalidInput` and writes nothing.
    fn store(value: &T) -> Result<Self::Stored, BoxError>;

    /// Converts the stored form back to the value.
    ///
    /// # Errors
    /// Any error, if the stored form is not valid. The read then fails with `Decode`.
    fn load(stored: Self::Stored) -> Result<T, BoxError>;
}

/// Stores an `Option` with the adapter `W` for the inner type, and `None` as null.
#[derive(Debug, Clone, Copy)]
pub struct Optional<W>(PhantomData<W>);

impl<T: Send + Sync + 'static, W: ColumnWith<T>> ColumnWith<Option<T>> for Optional<W>
where
    Option<W::Stored>: Column,
{
    type Stored = Option<W::Stored>;

    fn store(value: &Option<T>) -> Result<Self::Stored, BoxError> {
        value.as_ref().map(W::store).transpose()
    }

    fn load(stored: Self::Stored) -> Result<Option<T>, BoxError> {
        stored.map(W::load).transpose()
    }
}

/// An adapter that stores a type as text. It writes the text with `Display` and reads it with `FromStr`.
#[derive(Debug, Clone, Copy)]
pub enum DisplayFromStr {}

impl<T> ColumnWith<T> for DisplayFromStr
where
    T: Display + FromStr<Err: Into<BoxError>> + Send + Sync + 'static,
{
    type Stored = String;

    fn store(value: &T) -> Result<String, BoxError> {
        Ok(value.to_string())
    }

    fn load(stored: String) -> Result<T, BoxError> {
        stored.parse().map_err(Into::into)
    }
}

/// The storage of `#[datus(with = W)]`.
#[derive(Debug, Clone, Copy)]
pub struct With<W>(PhantomData<W>);

/// Collects values in their stored form. Each value is converted once, when it is measured.
pub struct WithBuilder<T: Send + Sync + 'static, W: ColumnWith<T>> {
    /// The stored forms that are still to be pushed.
    stored: std::vec::IntoIter<Result<W::Stored>>,
    measured: Vec<Result<W::Stored>>,
    values: <W::Stored as Column>::Builder,
}

impl<T: Send + Sync + 'static, W: ColumnWith<T>> Default for WithBuilder<T, W> {
    fn default() -> Self {
        Self { stored: Vec::new().into_iter(), measured: Vec::new(), values: Default::default() }
    }
}

fn stored<T: Send + Sync + 'static, W: ColumnWith<T>>(value: &T) -> Result<W::Stored> {
    W::store(value).map_err(|source| {
        let message = "the column's adapter failed to convert the value";
        Error::new(ErrorKind::InvalidInput, message).with_source(source)
    })
}

impl<T: Send + Sync + 'static, W: ColumnWith<T>> ColumnBuilder<T> for WithBuilder<T, W> {
    fn measure(&mut self, value: &T) {
        let stored = stored::<T, W>(value);
        match &stored {
            Ok(stored) => self.values.measure(stored),
            Err(_) => self.values.measure_null(),
        }
        self.measured.push(stored);
    }

    fn measure_null(&mut self) {
        self.values.measure_null();
    }

    fn allocate(&mut self) {
        self.values.allocate();
        self.stored = std::mem::take(&mut self.measured).into_iter();
    }

    fn push(&mut self, value: &T) -> Result<()> {
        let stored = self.stored.next().unwrap_or_else(|| stored::<T, W>(value))?;
        self.values.push(&stored)
    }

    fn push_null(&mut self) {
        self.values.push_null();
    }

    fn finish(self) -> Result<ArrayRef> {
        self.values.finish()
    }
}

/// Reads values from their stored form.
pub struct WithReader<T: Send + Sync + 'static, W: ColumnWith<T>>(
    <W::Stored as Column>::Reader,
    PhantomData<fn() -> T>,
);

impl<T: Send + Sync + 'static, W: ColumnWith<T>> ColumnReader<T> for WithReader<T, W> {
    fn open(array: &ArrayRef) -> Result<Self> {
        <W::Stored as Column>::Reader::open(array).map(|reader| Self(reader, PhantomData))
    }

    fn get(&self, row: usize) -> Result<T> {
        W::load(self.0.get(row)?).map_err(|source| {
            let message =
                format!("the column's adapter failed to convert the value in row {row} of the batch");
            Error::new(ErrorKind::Decode, message).with_source(source)
        })
    }
}

impl<T: Send + Sync + 'static, W: ColumnWith<T>> Column<With<W>> for T {
    type Builder = WithBuilder<T, W>;
    type Reader = WithReader<T, W>;
    type Handle<R> = Col<R, T, With<W>>;
    type NullableHandle<R> = Col<R, T, With<W>>;
    type Condition = <W::Stored as Column>::Condition;
    type NullableCondition = <W::Stored as Column>::NullableCondition;
    type Nulls = <W::Stored as Column>::Nulls;

    const KIND: ColumnKind = <W::Stored as Column>::KIND;
    const NULLABLE: bool = <W::Stored as Column>::NULLABLE;
    const INDEXES: &'static [IndexKind] = <W::Stored as Column>::INDEXES;

    fn data_type() -> DataType {
        <W::Stored as Column>::data_type()
    }
}

/// Returns the text that is stored for a value, or `None` for a value that cannot be stored. Such a value fails earlier, when
/// its row is encoded. Called by generated code.
pub fn stored_text<T: Send + Sync + 'static, W: ColumnWith<T, Stored: TextColumn>>(
    value: &T,
) -> Option<Cow<'static, str>> {
    W::store(value).ok()?.text().map(|text| text.to_owned().into())
}

/// Returns the text to insert into a template for a value with an adapter. Otherwise the same as [`stored_text`]. Called by
/// generated code.
pub fn stored_in_template<T: Send + Sync + 'static, W: ColumnWith<T, Stored: TemplateColumn>>(
    value: &T,
) -> Option<Cow<'static, str>> {
    W::store(value).ok()?.in_template().map(|text| text.into_owned().into())
}

impl<T: Send + Sync + 'static, W: ColumnWith<T>> fmt::Debug for WithBuilder<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithBuilder")
    }
}

impl<T: Send + Sync + 'static, W: ColumnWith<T>> fmt::Debug for WithReader<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithReader")
    }
}
