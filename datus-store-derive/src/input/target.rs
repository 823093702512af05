//! The keys that each derive takes in each position.

/// The derive that is being expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Record,
    Enum,
    Struct,
    Projection,
}

/// The keys that are valid in one position.
pub(crate) struct KeySet {
    /// The name of the position in messages, in lower case: `a record`.
    pub(crate) subject: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The keys that may be repeated.
    pub(crate) repeatable: &'static [&'static str],
    /// The keys of other positions, each list with its position: `on a field`.
    pub(crate) elsewhere: &'static [(&'static [&'static str], &'static str)],
}

impl Target {
    /// Returns the keys on the type itself.
    pub(crate) fn container(self) -> &'static KeySet {
        match self {
            Self::Record => &RECORD,
            Self::Enum => &ENUM,
            Self::Struct => &STRUCT,
            Self::Projection => &PROJECTION,
        }
    }

    /// Returns the keys on a named field, or `None` if the derive rejects such types.
    pub(crate) fn field(self) -> Option<&'static KeySet> {
        match self {
            Self::Record => Some(&RECORD_FIELD),
            Self::Enum => None,
            Self::Struct => Some(&STRUCT_FIELD),
            Self::Projection => Some(&PROJECTION_FIELD),
        }
    }

    /// Returns the keys on the field of a tuple struct, or `None` if the derive rejects tuple structs.
    pub(crate) fn tuple_field(self) -> Option<&'static KeySet> {
        match self {
            Self::Record | Self::Enum | Self::Projection => None,
            Self::Struct => Some(&NEWTYPE_FIELD),
        }
    }

    /// Returns the keys on a variant, or `None` if the derive rejects enums.
    pub(crate) fn variant(self) -> Option<&'static KeySet> {
        match self {
            Self::Record | Self::Struct | Self::Projection => None,
            Self::Enum => Some(&VARIANT),
        }
    }
}

impl KeySet {
    /// Lists the valid keys, in lower case: ``a record takes `table`, …``.
    pub(crate) fn takes(&self) -> String {
        if self.keys.is_empty() {
            format!("{} takes no keys", self.subject)
        } else {
            format!("{} takes {}", self.subject, crate::wording::list(self.keys))
        }
    }

    /// Returns the other position in which a key is valid, with its preposition: `on a field`.
    pub(crate) fn belongs(&self, key: &str) -> Option<&'static str> {
        self.elsewhere.iter().find(|(keys, _)| keys.contains(&key)).map(|(_, place)| *place)
    }
}

const RECORD_KEYS: &[&str] = &["table", "rename_all", "crate", "key", "schema_version", "metadata"];

const RECORD: KeySet = KeySet {
    subject: "a record",
    keys: RECORD_KEYS,
    repeatable: &["metadata"],
    elsewhere: &[(RECORD_FIELD_KEYS, "on a field"), (&["of"], "on a projection")],
};

const RECORD_FIELD_KEYS: &[&str] = &[
    "rename",
    "skip",
    "default",
    "json",
    "key",
    "embed",
    "index",
    "fts",
    "decimal",
    "timestamp",
    "dictionary",
    "with",
    "flatten",
    "created_at",
    "updated_at",
    "rename_from",
    "private",
    "scope",
    "filter",
];

const RECORD_FIELD: KeySet = KeySet {
    subject: "a field of a record",
    keys: RECORD_FIELD_KEYS,
    repeatable: &["rename_from"],
    elsewhere: &[
        (&["table", "rename_all", "crate", "schema_version", "metadata"], "on the struct"),
        (&["column"], "inside `embed(…)`, or on a field of a projection"),
        (EMBED_KEYS, "inside `embed(…)`"),
        (FTS_KEYS, "inside `fts(…)`"),
        (FLATTEN_KEYS, "inside `flatten(…)`"),
    ],
};

const STRUCT_KEYS: &[&str] = &["rename_all", "crate"];

const STRUCT: KeySet = KeySet {
    subject: "a column struct",
    keys: STRUCT_KEYS,
    repeatable: &[],
    elsewhere: &[
        (STRUCT_FIELD_KEYS, "on a field"),
        (&["table", "key", "schema_version", "metadata"], "on the record"),
    ],
};

const STRUCT_FIELD_KEYS: &[&str] =
    &["rename", "skip", "json", "decimal", "timestamp", "dictionary", "with", "filter"];

const STRUCT_FIELD: KeySet = KeySet {
    subject: "a field of a column struct",
    keys: STRUCT_FIELD_KEYS,
    repeatable: &[],
    elsewhere: &[
        (STRUCT_KEYS, "on the struct"),
        (
            &[
                "default",
                "key",
                "embed",
                "index",
                "fts",
                "flatten",
                "created_at",
                "updated_at",
                "rename_from",
                "private",
                "scope",
            ],
            "on a field of the record",
        ),
    ],
};

const NEWTYPE_FIELD: KeySet = KeySet {
    subject: "the field of a newtype",
    keys: &[],
    repeatable: &[],
    elsewhere: &[(RECORD_FIELD_KEYS, "on the record's field of this type")],
};

const ENUM_KEYS: &[&str] = &["rename_all", "crate"];

const ENUM: KeySet = KeySet {
    subject: "a column enum",
    keys: ENUM_KEYS,
    repeatable: &[],
    elsewhere: &[(VARIANT_KEYS, "on a variant")],
};

const VARIANT_KEYS: &[&str] = &["rename"];

const VARIANT: KeySet = KeySet {
    subject: "a variant",
    keys: VARIANT_KEYS,
    repeatable: &[],
    elsewhere: &[(ENUM_KEYS, "on the enum")],
};

const PROJECTION_KEYS: &[&str] = &["of", "crate"];

const PROJECTION: KeySet = KeySet {
    subject: "a projection",
    keys: PROJECTION_KEYS,
    repeatable: &[],
    elsewhere: &[
        (PROJECTION_FIELD_KEYS, "on a field"),
        (RECORD_KEYS, "on the record"),
        (RECORD_FIELD_KEYS, "on a field of the record"),
    ],
};

const PROJECTION_FIELD_KEYS: &[&str] = &["column", "flatten"];

const PROJECTION_FIELD: KeySet = KeySet {
    subject: "a field of a projection",
    keys: PROJECTION_FIELD_KEYS,
    repeatable: &[],
    elsewhere: &[(PROJECTION_KEYS, "on the struct"), (RECORD_FIELD_KEYS, "on a field of the record")],
};

const EMBED_KEYS: &[&str] = &["multi", "model", "column", "metric", "index", "element", "template"];

/// The keys inside `embed(...)`.
pub(crate) const EMBED: KeySet =
    KeySet { subject: "`embed`", keys: EMBED_KEYS, repeatable: &[], elsewhere: &[] };

const FLATTEN_KEYS: &[&str] = &["prefix"];

/// The keys inside `flatten(...)`.
pub(crate) const FLATTEN: KeySet =
    KeySet { subject: "`flatten`", keys: FLATTEN_KEYS, repeatable: &[], elsewhere: &[] };

const FTS_KEYS: &[&str] = &[
    "code",
    "language",
    "tokenizer",
    "stem",
    "remove_stop_words",
    "stop_words",
    "ascii_folding",
    "lower_case",
    "with_position",
    "max_token_length",
    "split_identifiers",
    "split_on_numerics",
    "preserve_original",
    "index_operators",
    "ngram_min_length",
    "ngram_max_length",
    "prefix_only",
];

/// The keys inside `fts(...)`.
pub(crate) const FTS: KeySet = KeySet { subject: "`fts`", keys: FTS_KEYS, repeatable: &[], elsewhere: &[] };
