//! Implements columns that are stored in one Arrow array.

/// Implements [`Column`](crate::record::Column) and [`Element`](crate::record::Element) for a type that is stored in one
/// Arrow array without nested columns.
macro_rules! scalar_column {
    ($type:ty, $storage:ty, $builder:ty, $reader:ty, $data_type:expr, $indexes:expr, $kind:expr $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? $crate::record::Column<$storage> for $type {
            type Builder = $builder;
            type Reader = $reader;
            type Handle<R> = $crate::record::Col<R, $type, $storage>;
            type NullableHandle<R> = $crate::record::Col<R, Option<$type>, $storage>;
            type Condition = $crate::record::Condition<$type, $storage>;
            type NullableCondition = $crate::record::Condition<Option<$type>, $storage>;
            type Nulls = $crate::record::NonNull;

            const KIND: $crate::record::ColumnKind = $crate::record::ColumnKind::Scalar($kind);
            const INDEXES: &'static [$crate::record::IndexKind] = $indexes;

            fn data_type() -> arrow_schema::DataType {
                $data_type
            }
        }

        $crate::record::columns::scalar::element!($type, $storage $(, [$($generics)*])?);
    };
}

/// Implements [`Element`](crate::record::Element) with an Arrow list.
macro_rules! element {
    ($type:ty, $storage:ty $(, [$($generics:tt)*])?) => {
        impl $(<$($generics)*>)? $crate::record::Element<$storage> for $type {
            type VecBuilder = $crate::record::ListBuilder<$type, $storage>;
            type VecReader = $crate::record::ListReader<$type, $storage>;

            fn vec_data_type() -> arrow_schema::DataType {
                $crate::record::ListBuilder::<$type, $storage>::data_type()
            }
        }
    };
}

pub(super) use {element, scalar_column};
