//! The enums whose variant names are the values of keys, shared by `input` and `model`.

use std::fmt;

use heck::{
    ToKebabCase, ToLowerCamelCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase,
};
use proc_macro2::{Ident, Span};

/// An enum whose variants are written by name in attributes.
pub(crate) trait Choice: Copy + fmt::Debug + 'static {
    /// The term for a value in messages, such as `metric`.
    const WHAT: &'static str;
    /// The introduction to the list of names in messages, such as `the metrics are`.
    const LIST: &'static str;
    /// All values with their names.
    const ALL: &'static [(&'static str, Self)];

    /// Returns the name of the variant. The types in `datus_store` have variants with the same names.
    fn variant(self) -> Ident {
        Ident::new(&format!("{self:?}"), Span::call_site())
    }
}

/// A metric for the distance between two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Metric {
    #[default]
    Cosine,
    L2,
    Dot,
}

impl Choice for Metric {
    const WHAT: &'static str = "metric";
    const LIST: &'static str = "the metrics are";
    const ALL: &'static [(&'static str, Self)] =
        &[("cosine", Self::Cosine), ("l2", Self::L2), ("dot", Self::Dot)];
}

/// The type of the components of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum VectorElement {
    #[default]
    Float32,
    Float16,
}

impl Choice for VectorElement {
    const WHAT: &'static str = "element";
    const LIST: &'static str = "the elements are";
    const ALL: &'static [(&'static str, Self)] = &[("f32", Self::Float32), ("f16", Self::Float16)];
}

/// A kind of scalar index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum IndexKind {
    #[default]
    BTree,
    Bitmap,
    LabelList,
    NGram,
    Fm,
    ZoneMap,
    Bloom,
}

impl Choice for IndexKind {
    const WHAT: &'static str = "index kind";
    const LIST: &'static str = "the kinds are";
    const ALL: &'static [(&'static str, Self)] = &[
        ("btree", Self::BTree),
        ("bitmap", Self::Bitmap),
        ("label_list", Self::LabelList),
        ("ngram", Self::NGram),
        ("fm", Self::Fm),
        ("zone_map", Self::ZoneMap),
        ("bloom", Self::Bloom),
    ];
}

/// The index of a vector column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum VectorIndex {
    #[default]
    Auto,
    None,
    IvfFlat,
    IvfSq,
    IvfPq,
    IvfRq,
    HnswFlat,
    HnswSq,
    HnswPq,
}

impl Choice for VectorIndex {
    const WHAT: &'static str = "vector index";
    const LIST: &'static str = "the kinds are";
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("none", Self::None),
        ("ivf_flat", Self::IvfFlat),
        ("ivf_sq", Self::IvfSq),
        ("ivf_pq", Self::IvfPq),
        ("ivf_rq", Self::IvfRq),
        ("hnsw_flat", Self::HnswFlat),
        ("hnsw_sq", Self::HnswSq),
        ("hnsw_pq", Self::HnswPq),
    ];
}

/// The unit of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Choice for TimeUnit {
    const WHAT: &'static str = "time unit";
    const LIST: &'static str = "the units are";
    const ALL: &'static [(&'static str, Self)] = &[
        ("s", Self::Second),
        ("ms", Self::Millisecond),
        ("us", Self::Microsecond),
        ("ns", Self::Nanosecond),
    ];
}

/// The case to which `rename_all` converts names. The cases have serde's names, and `heck` splits each name into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Choice for Case {
    const WHAT: &'static str = "case";
    const LIST: &'static str = "the cases are";
    const ALL: &'static [(&'static str, Self)] = &[
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];
}

impl Case {
    /// Converts the name of a field or a variant to this case.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::Lower => name.to_lowercase(),
            Self::Upper => name.to_uppercase(),
            Self::Pascal => name.to_upper_camel_case(),
            Self::Camel => name.to_lower_camel_case(),
            Self::Snake => name.to_snake_case(),
            Self::ScreamingSnake => name.to_shouty_snake_case(),
            Self::Kebab => name.to_kebab_case(),
            Self::ScreamingKebab => name.to_shouty_kebab_case(),
        }
    }
}
