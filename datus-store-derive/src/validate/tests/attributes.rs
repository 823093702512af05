//! Keys and the syntax of their values.

use super::refuses;

const RECORD: &str = "a record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`";
const FIELD: &str = "`rename`, `skip`, `default`, `json`, `key`, `embed`, `index`, `fts`, `decimal`, \
                     `timestamp`, `dictionary`, `with`, `flatten`, `created_at`, `updated_at`, `rename_from`, `private`, `scope`, `filter`";

#[test]
fn unknown_keys_list_the_valid_ones() {
    let valid = "A record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`";
    refuses!(record { #[datus(tabel = "a")] struct R { id: i64 } }
        format!("unknown key `tabel`; did you mean `table`? {valid}"));
    refuses!(record { #[datus(colour)] struct R { id: i64 } }
        format!("unknown key `colour`: {RECORD}"));
    refuses!(record { struct R { #[datus(embd)] id: i64 } }
        format!("unknown key `embd`; did you mean `embed`? A field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(ttl = "x")] id: i64 } }
        format!("unknown key `ttl`: a field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(embed(modle = M))] id: String } }
        "unknown key `modle`; did you mean `model`? `embed` takes `multi`, `model`, `column`, `metric`, `index`, `element`, `template`");
    refuses!(record { struct R { #[datus(serde::rename)] id: String } }
        format!("unknown key `serde::rename`: a field of a record takes {FIELD}"));
}

#[test]
fn names_from_other_libraries_suggest_the_right_key() {
    refuses!(record { struct R { #[datus(primary_key)] id: i64 } }
        format!("unknown key `primary_key`; did you mean `key`? A field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(full_text)] text: String } }
        format!("unknown key `full_text`; did you mean `fts`? A field of a record takes {FIELD}"));
    refuses!(record { #[datus(collection = "a")] struct R { id: i64 } }
        "unknown key `collection`; did you mean `table`? A record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`");
    // No suggestion if the position does not take the key.
    refuses!(record { #[datus(vector)] struct R { id: i64 } }
        format!("unknown key `vector`: {RECORD}"));
}

#[test]
fn a_key_in_the_wrong_position_reports_where_it_belongs() {
    refuses!(record { #[datus(embed)] struct R { id: i64 } }
        "key `embed` belongs on a field. A record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`");
    refuses!(record { struct R { #[datus(table = "a")] id: i64 } }
        format!("key `table` belongs on the struct. A field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(embed, template = "{id}", column = "v")] text: String } }
        format!("key `template` belongs inside `embed(…)`. A field of a record takes {FIELD}"),
        format!("key `column` belongs inside `embed(…)`, or on a field of a projection. A field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(fts, stem = false)] text: String } }
        format!("key `stem` belongs inside `fts(…)`. A field of a record takes {FIELD}"));
    refuses!(record { struct R { #[datus(flatten, prefix = "a_")] place: Place } }
        format!("key `prefix` belongs inside `flatten(…)`. A field of a record takes {FIELD}"));
    refuses!(structure { struct S { #[datus(fts)] text: String } }
        "key `fts` belongs on a field of the record. A field of a column struct takes `rename`, `skip`, \
         `json`, `decimal`, `timestamp`, `dictionary`, `with`, `filter`");
    refuses!(structure { struct S(#[datus(json)] String); }
        "key `json` belongs on the record's field of this type. The field of a newtype takes no keys");
    refuses!(enumeration { #[datus(rename = "x")] enum E { A } }
        "key `rename` belongs on a variant. A column enum takes `rename_all`, `crate`");
}

#[test]
fn duplicate_keys_are_found_across_attributes() {
    refuses!(record { struct R { #[datus(rename = "a")] #[datus(json, rename = "b")] id: i64 } }
        "duplicate key `rename`: write it only once");
    refuses!(record { struct R { #[datus(fts(stem = true, stem = false))] id: String } }
        "duplicate key `stem`: write it only once");
}

#[test]
fn values_with_the_wrong_syntax_show_the_right_one() {
    let cases: [(syn::Attribute, &str); 25] = [
        (syn::parse_quote!(#[datus(rename)]), "`rename` takes a string literal: write `rename = \"…\"`"),
        (syn::parse_quote!(#[datus(rename = 5)]), "`rename` takes a string literal: write `rename = \"…\"`"),
        (syn::parse_quote!(#[datus(rename =)]), "`rename` takes a string literal: write `rename = \"…\"`"),
        (syn::parse_quote!(#[datus(skip = true)]), "`skip` takes no value: write `#[datus(skip)]`"),
        (syn::parse_quote!(#[datus(key(a))]), "`key` takes no value: write `#[datus(key)]`"),
        (
            syn::parse_quote!(#[datus(decimal)]),
            "`decimal` takes a precision and a scale: write `decimal(10, 2)`",
        ),
        (
            syn::parse_quote!(#[datus(decimal(10))]),
            "`decimal` takes a precision and a scale: write `decimal(10, 2)`",
        ),
        (
            syn::parse_quote!(#[datus(decimal(10, 2, 3))]),
            "`decimal` takes a precision and a scale: write `decimal(10, 2)`",
        ),
        (
            syn::parse_quote!(#[datus(timestamp = "us")]),
            "`timestamp` takes a unit, and optionally a time zone in quotes: write `timestamp(us, \"UTC\")`",
        ),
        (
            syn::parse_quote!(#[datus(timestamp(us, UTC))]),
            "`timestamp` takes a unit, and optionally a time zone in quotes: write `timestamp(us, \"UTC\")`",
        ),
        (
            syn::parse_quote!(#[datus(timestamp(sec))]),
            "unknown time unit `sec`: the units are `s`, `ms`, `us`, `ns`",
        ),
        (
            syn::parse_quote!(#[datus(index = foo)]),
            "unknown index kind `foo`: the kinds are `btree`, `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`",
        ),
        (
            syn::parse_quote!(#[datus(index = b_tree)]),
            "unknown index kind `b_tree`; did you mean `btree`? The kinds are `btree`, `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`",
        ),
        (
            syn::parse_quote!(#[datus(index = "bitmap")]),
            "`index` takes a name without quotes: write `index = bitmap`",
        ),
        (
            syn::parse_quote!(#[datus(index = "bitmaps")]),
            "unknown index kind `bitmaps`; did you mean `bitmap`? The kinds are `btree`, `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`",
        ),
        (
            syn::parse_quote!(#[datus(embed(metric = "dot"))]),
            "`metric` takes a name without quotes: write `metric = dot`",
        ),
        (
            syn::parse_quote!(#[datus(embed = M)]),
            "`embed` takes keys in parentheses, or nothing: write `embed(model = MyModel, metric = cosine)`",
        ),
        (
            syn::parse_quote!(#[datus(embed(metric = cosin))]),
            "unknown metric `cosin`; did you mean `cosine`? The metrics are `cosine`, `l2`, `dot`",
        ),
        (
            syn::parse_quote!(#[datus(embed(index = ivf_pg))]),
            "unknown vector index `ivf_pg`; did you mean `ivf_pq`? The kinds are `auto`, `none`, `ivf_flat`, `ivf_sq`, `ivf_pq`, `ivf_rq`, `hnsw_flat`, `hnsw_sq`, `hnsw_pq`",
        ),
        (
            syn::parse_quote!(#[datus(embed(index))]),
            "`index` takes the name of a vector index: write `index = auto`",
        ),
        (syn::parse_quote!(#[datus(embed(model = 5))]), "`model` takes a path: write `model = MyModel`"),
        (syn::parse_quote!(#[datus(fts(stem))]), "`stem` takes `true` or `false`: write `stem = true`"),
        (
            syn::parse_quote!(#[datus(fts(max_token_length = "9"))]),
            "`max_token_length` takes a number: write `max_token_length = 255`",
        ),
        (
            syn::parse_quote!(#[datus(default =)]),
            "`default` takes an expression, or nothing: write `default = String::new()`",
        ),
        (
            syn::parse_quote!(#[datus = "x"]),
            "keys are written in parentheses, as in `#[datus(key)]`: a field of a record takes `rename`, `skip`, `default`, `json`, `key`, `embed`, `index`, `fts`, `decimal`, `timestamp`, `dictionary`, `with`, `flatten`, `created_at`, `updated_at`, `rename_from`, `private`, `scope`, `filter`",
        ),
    ];
    for (attribute, message) in cases {
        refuses!(record { struct R { #attribute id: String } } message);
    }
}

#[test]
fn container_values_with_the_wrong_syntax_show_the_right_one() {
    let cases: [(syn::Attribute, &str); 8] = [
        (
            syn::parse_quote!(#[datus(schema_version = "2")]),
            "`schema_version` takes a number: write `schema_version = 2`",
        ),
        (syn::parse_quote!(#[datus(table = 5)]), "`table` takes a string literal: write `table = \"…\"`"),
        (syn::parse_quote!(#[datus(crate)]), "`crate` takes a path: write `crate = ::datus_store`"),
        (syn::parse_quote!(#[datus(key = id)]), "`key` takes field names in parentheses: write `key(a, b)`"),
        (
            syn::parse_quote!(#[datus(metadata(a = "b"))]),
            "`metadata` takes pairs of string literals in parentheses: write `metadata(\"name\" = \"value\")`",
        ),
        (
            syn::parse_quote!(#[datus(rename_all = snake_case)]),
            "`rename_all` takes the name of a case in quotes: write `rename_all = \"snake_case\"`",
        ),
        (
            syn::parse_quote!(#[datus(rename_all = "camelcase")]),
            "unknown case `camelcase`; did you mean `camelCase`? The cases are `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`",
        ),
        (
            syn::parse_quote!(#[datus("x")]),
            "a value without a key: a record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`",
        ),
    ];
    for (attribute, message) in cases {
        refuses!(record { #attribute struct R { id: String } } message);
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    refuses!(record {
        #[datus(tabel = "x", table = "a b", key(idd))]
        struct R {
            id: i64,
            #[datus(rename = "id", rename = "x")] other: i64,
            #[datus(decimal(50, 2), jsn)] price: i64,
            #[datus(skip, index = foo)] cache: i64,
            _rowid: i64,
        }
    }
        "unknown key `tabel`; did you mean `table`? A record takes `table`, `rename_all`, `crate`, `key`, `schema_version`, `metadata`",
        "duplicate key `rename`: write it only once",
        format!("unknown key `jsn`; did you mean `json`? A field of a record takes {FIELD}"),
        "unknown index kind `foo`: the kinds are `btree`, `bitmap`, `label_list`, `ngram`, `fm`, `zone_map`, `bloom`",
        "table name `a b` contains ' ', but LanceDB allows only ASCII letters, digits, `-`, `_` and `.`: choose a different name with `#[datus(table = \"…\")]`",
        "unknown key field `idd`; did you mean `id`? The fields are `id`, `other`, `price`, `_rowid`",
        "two columns are named `id`: rename one of them with `#[datus(rename = \"…\")]`",
        "the precision of a decimal must be from 1 to 38, not 50: write `decimal(10, 2)`",
        "column name `_rowid` is reserved by LanceDB: choose a different name with `#[datus(rename = \"…\")]`");
}
