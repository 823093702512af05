//! The scopes in which a derive can be used.

use datus_store::{EmbeddingRecord, record};

/// Names that generated code must not resolve in the surrounding scope.
mod hostile {
    #![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
    #![allow(dead_code, non_camel_case_types, unused_macros)]

    use ::datus_store as renamed;

    struct Option;
    struct Vec;
    struct String;
    struct Result;
    struct Box;
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    trait Default {}
    trait Clone {}
    trait Send {}
    trait Sync {}
    trait Iterator {}
    trait From {}
    trait Column {}
    struct str;
    struct usize;
    struct bool;
    mod core {}
    mod std {}
    mod alloc {}
    macro_rules! vec {
        () => {};
    }
    macro_rules! write {
        () => {};
    }
    macro_rules! stringify {
        () => {};
    }

    #[derive(Debug, Clone, Copy, PartialEq, renamed::ColumnEnum)]
    #[datus(crate = renamed)]
    pub(crate) enum Kind {
        A,
        B,
    }

    #[derive(Debug, Clone, PartialEq, renamed::ColumnStruct)]
    #[datus(crate = renamed)]
    pub(crate) struct Id(pub(crate) ::std::string::String);

    #[derive(Debug, Clone, PartialEq, renamed::ColumnStruct)]
    #[datus(crate = renamed)]
    pub(crate) struct Inner {
        pub(crate) id: Id,
        #[datus(timestamp(ms, "UTC"))]
        pub(crate) at: ::core::option::Option<chrono::DateTime<chrono::Utc>>,
    }

    #[derive(Debug, Clone, PartialEq, renamed::EmbeddingRecord)]
    #[datus(crate = renamed, table = "hostile")]
    pub(crate) struct Record {
        #[datus(key, index)]
        pub(crate) id: Id,
        pub(crate) kind: ::core::option::Option<Kind>,
        pub(crate) inner: ::std::vec::Vec<Inner>,
        #[datus(embed, fts, default = "x")]
        pub(crate) text: ::std::string::String,
        #[datus(index = label_list)]
        pub(crate) flags: ::std::vec::Vec<::core::primitive::bool>,
        #[datus(skip)]
        pub(crate) count: ::core::primitive::usize,
    }
}

#[test]
fn shadowed_names_lints_and_a_renamed_crate_are_harmless() {
    use hostile::{Id, Inner, Kind, Record};

    let id = || Id("a".to_owned());
    let rows = [Record {
        id: id(),
        kind: Some(Kind::B),
        inner: vec![Inner { id: id(), at: None }],
        text: "text".to_owned(),
        flags: vec![true],
        count: 0,
    }];
    assert_eq!(record::decode::<Record>(&record::encode(&rows).unwrap()).unwrap(), rows);
    assert!(record::decode::<Record>(&record::encode(&[] as &[Record]).unwrap()).unwrap().is_empty());
    let filter: hostile::RecordFilter = serde_json::from_str(r#"{"kind": "A", "flags": [true]}"#).unwrap();
    assert_eq!(filter.kind, Some(Kind::A.into()));
}

#[test]
fn a_record_can_be_declared_in_a_function_with_types_of_that_function() {
    use datus_store::{ColumnEnum, ColumnStruct};

    #[derive(Debug, Clone, PartialEq, ColumnEnum)]
    enum Kind {
        Local,
    }

    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Inner {
        kind: Kind,
    }

    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Row {
        inner: Inner,
        #[datus(embed)]
        text: String,
    }

    let rows = [Row { inner: Inner { kind: Kind::Local }, text: "text".to_owned() }];
    assert_eq!(record::decode::<Row>(&record::encode(&rows).unwrap()).unwrap(), rows);
    assert_eq!(Row::columns().inner.kind.path().names(), ["inner", "kind"]);
}

#[test]
fn records_of_the_same_name_can_coexist() {
    mod one {
        #[derive(datus_store::EmbeddingRecord)]
        pub(super) struct Row {
            pub(super) id: i32,
        }
    }
    mod two {
        #[derive(datus_store::EmbeddingRecord)]
        #[datus(table = "other")]
        pub(super) struct Row {
            pub(super) id: i64,
        }
    }
    assert_eq!((one::Row::TABLE, two::Row::TABLE), ("row", "other"));
}

macro_rules! make_record {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident in $table:literal {
            $(#[$attribute:meta])*
            $key:ident: $key_type:ty = $default:expr,
            $($field:ident: $type:ty),* $(,)?
        }
        enum $enum:ident { $($variant:ident),* }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
        #[datus(table = $table, key($key))]
        $vis struct $name {
            $(#[$attribute])*
            #[datus(default = $default)]
            $key: $key_type,
            $($field: $type,)*
            by_macro: $enum,
        }

        #[derive(Debug, Clone, PartialEq, datus_store::ColumnEnum)]
        enum $enum { $($variant),* }
    };
}

make_record! {
    /// Made by a macro.
    pub(crate) struct FromMacro in "from-macro" {
        /// The key.
        #[datus(rename = "Key")]
        id: u32 = 1 + 2,
        names: Vec<String>,
        bytes: Option<Vec<u8>>,
    }
    enum Origin { Macro, Hand }
}

#[test]
fn a_macro_can_make_records() {
    let definition = FromMacro::definition();
    assert_eq!((&*definition.table, definition.description), ("from-macro", "Made by a macro."));
    assert_eq!(definition.fields[0].description, "The key.");
    assert_eq!(
        (super::columns::<FromMacro>(), definition.key),
        (vec!["Key", "names", "bytes", "by_macro"], vec![0])
    );

    let rows =
        [FromMacro { id: 1, names: vec!["a".to_owned()], bytes: Some(vec![1]), by_macro: Origin::Macro }];
    let batch = record::encode(&rows).unwrap();
    assert_eq!(record::decode::<FromMacro>(&batch).unwrap(), rows);
    let back = record::decode::<FromMacro>(&batch.project(&[1, 2, 3]).unwrap()).unwrap();
    assert_eq!(back, [FromMacro { id: 3, by_macro: Origin::Macro, ..rows[0].clone() }]);
    let _ = Origin::Hand;
}
