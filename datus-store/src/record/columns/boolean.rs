//! `bool` as `Boolean`.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray};
use arrow_schema::DataType;

use super::scalar::scalar_column;
use super::{require_valid, wrong_type};
use crate::error::Result;
use crate::index::scalar::DISCRETE;
use crate::record::{ColumnBuilder, ColumnReader, Native, ScalarKind};

/// Collects `bool`s.
#[derive(Debug, Default)]
pub struct BoolBuilder {
    rows: usize,
    values: BooleanBuilder,
}

impl ColumnBuilder<bool> for BoolBuilder {
    #[inline]
    fn measure(&mut self, _value: &bool) {
        self.rows += 1;
    }

    #[inline]
    fn measure_null(&mut self) {
        self.rows += 1;
    }

    fn allocate(&mut self) {
        self.values = BooleanBuilder::with_capacity(self.rows);
    }

    #[inline]
    fn push(&mut self, value: &bool) -> Result<()> {
        self.values.append_value(*value);
        Ok(())
    }

    #[inline]
    fn push_null(&mut self) {
        self.values.append_null();
    }

    fn finish(mut self) -> Result<ArrayRef> {
        Ok(Arc::new(self.values.finish()))
    }
}

/// Reads `bool`s.
#[derive(Debug)]
pub struct BoolReader(BooleanArray);

impl ColumnReader<bool> for BoolReader {
    fn open(array: &ArrayRef) -> Result<Self> {
        match array.as_boolean_opt() {
            Some(values) => Ok(Self(values.clone())),
            None => Err(wrong_type(array, &DataType::Boolean)),
        }
    }

    #[inline]
    fn get(&self, row: usize) -> Result<bool> {
        require_valid(&self.0, row)?;
        Ok(self.0.value(row))
    }
}

scalar_column!(bool, Native, BoolBuilder, BoolReader, DataType::Boolean, DISCRETE, ScalarKind::Bool);
