//! The rules for fields.

use super::refuses;

#[test]
fn conflicting_keys_give_a_reason() {
    refuses!(record { struct R { id: i64, #[datus(skip, default, rename = "x", index)] a: i64 } }
        "`skip` and `rename` conflict on field `a`: a skipped field is not a column, so remove one of them",
        "`skip` and `index` conflict on field `a`: a skipped field is not a column, so remove one of them");
    refuses!(record { struct R { #[datus(json, embed, dictionary)] a: String } }
        "`json` and `embed` conflict on field `a`: LanceDB does not parse JSON text, so remove one of them",
        "`json` and `dictionary` conflict on field `a`: a column has only one storage format, so remove one of them",
        "`dictionary` and `embed` conflict on field `a`: a dictionary is for few distinct values, not for text to \
         search, so remove one of them");
    refuses!(structure { struct S { #[datus(decimal(5, 2), timestamp(us))] a: i64 } }
        "`decimal` and `timestamp` conflict on field `a`: a column has only one storage format, so remove one of them");
}

#[test]
fn a_stamped_column_is_a_timestamp_that_the_store_sets() {
    refuses!(record { struct R { id: i64, #[datus(created_at, updated_at)] a: Time } }
        "`created_at` and `updated_at` conflict on field `a`: a column stores the time of either the first or \
         the latest write, so remove one of them");
    refuses!(record { struct R { #[datus(updated_at, key)] a: Time } }
        "`updated_at` and `key` conflict on field `a`: the store sets the column to the current time, but a key must not \
         change, so remove one of them");
    refuses!(record { struct R { id: i64, #[datus(created_at, json)] a: Time, #[datus(updated_at, embed)] b: Time } }
        "`created_at` and `json` conflict on field `a`: the store writes a timestamp into the column, so remove one of them",
        "`updated_at` and `embed` conflict on field `b`: the store writes a timestamp into the column, so remove one of them");
    refuses!(record { struct R { id: i64, #[datus(skip, created_at)] a: Time } }
        "`skip` and `created_at` conflict on field `a`: a skipped field is not a column, so remove one of them");
    refuses!(record { #[datus(key(id, a))] struct R { id: i64, #[datus(created_at)] a: Time } }
        "field `a` is set by the store to the current time: remove it from the key");
    refuses!(record { struct R { id: i64, #[datus(created_at, index, default, timestamp(ms))] a: Time } });
}

#[test]
fn a_scope_is_part_of_every_key() {
    let why = "the scope is already part of every key, so remove one of them";
    refuses!(record { struct R { #[datus(scope, key)] a: i64 } }
        format!("`scope` and `key` conflict on field `a`: {why}"));
    refuses!(record { #[datus(key(a, b))] struct R { #[datus(scope)] a: i64, b: i64 } }
        "field `a` is the scope, which is part of every key: remove it from the key");
    refuses!(record { struct R { id: i64, #[datus(scope, updated_at)] a: Time, #[datus(json, scope)] b: Doc } }
        "`updated_at` and `scope` conflict on field `a`: the store sets the column to the current time, but a scope is chosen by \
         the program, so remove one of them",
        "`json` and `scope` conflict on field `b`: LanceDB does not parse JSON text, so remove one of them");
    refuses!(record { #[datus(key(c, d))] struct R { #[datus(scope)] a: i64, #[datus(scope, index)] b: String, c: i64, d: i64 } });
}

#[test]
fn templates_name_fields() {
    let cases = [
        ("{a", "unmatched `{` in the template: write `{{` for a literal brace"),
        ("{a} }", "unmatched `}` in the template: write `}}` for a literal brace"),
        ("{a}{}", "`{}` in the template does not name a field: write a field name, such as `{title}`"),
        ("{a:?}", "the template has a format for `a`, but formats are not supported: write `{a}`"),
        (
            "{a} {tilte}",
            "unknown field in the template `tilte`; did you mean `title`? The fields are `a`, `title`, `doc`, `at`",
        ),
        (
            "{title} {{a}}",
            "the template does not name its own field `a`: add `{a}`, or move `embed` to a field that the template names",
        ),
        (
            "{a} {cache}",
            "field `cache` is skipped, so its value is not stored: remove it from the template, or remove its `skip`",
        ),
        (
            "{a} {doc}",
            "field `doc` is stored as JSON, which is not text to embed: remove it from the template",
        ),
        (
            "{a} {at}",
            "field `at` is set by the store after the text is embedded: remove it from the template",
        ),
    ];
    for (template, message) in cases {
        refuses!(record {
            struct R {
                #[datus(embed(template = #template))] a: String,
                title: String,
                #[datus(skip)] cache: String,
                #[datus(json)] doc: Doc,
                #[datus(updated_at)] at: Time,
            }
        } message);
    }
    refuses!(record { struct R { #[datus(embed(template))] a: String } }
        "`template` takes a string literal with field names in braces: write `template = \"{title}: {body}\"`");
}

#[test]
fn column_names_are_distinct() {
    let two = |name: &str| {
        format!("two columns are named `{name}`: rename one of them with `#[datus(rename = \"…\")]`")
    };
    refuses!(record { struct R { id: i64, #[datus(rename = "id")] other: i64 } } two("id"));
    refuses!(record { #[datus(rename_all = "camelCase")] struct R { a_b: i64, aB: i64 } } two("aB"));
    refuses!(structure { struct S { id: i64, #[datus(rename = "id")] other: i64 } } two("id"));
    refuses!(record { struct R { id: i64, #[datus(rename = "ID")] other: i64 } });
}

#[test]
fn a_flattened_field_is_described_by_its_own_struct() {
    let why = "a flattened field becomes several columns, which its struct describes, so remove one of them";
    refuses!(record { struct R { id: i64, #[datus(flatten, rename = "x", private)] a: A } }
        format!("`flatten` and `rename` conflict on field `a`: {why}"),
        format!("`flatten` and `private` conflict on field `a`: {why}"));
    refuses!(record { struct R { id: i64, #[datus(flatten(prefix = "a.b"))] a: A } }
        "column name `a.b` contains a dot, which LanceDB uses for nested fields: choose a different prefix, such as \
         `flatten(prefix = \"address_\")`");
    refuses!(record { struct R { id: i64, #[datus(flatten = "a")] a: A } }
        "`flatten` takes a prefix in parentheses, or nothing: write `flatten(prefix = \"…\")`");
    refuses!(record { #[datus(key(id, a))] struct R { id: i64, #[datus(flatten)] a: A, #[datus(embed(template = "{a} {b}"))] b: String } }
        "field `a` is flattened into several columns: remove it from the key",
        "field `a` is flattened into several columns: remove it from the template");
    refuses!(structure { struct S { #[datus(flatten)] a: A } }
        "key `flatten` belongs on a field of the record. A field of a column struct takes `rename`, `skip`, `json`, \
         `decimal`, `timestamp`, `dictionary`, `with`, `filter`");
}

#[test]
fn old_names_are_not_names_of_current_columns() {
    refuses!(record { struct R { #[datus(rename_from = "a.b")] id: i64 } }
        "column name `a.b` contains a dot, which LanceDB uses for nested fields, so no older table has such a column: \
         write the column's name in an older table");
    refuses!(record { struct R { id: i64, #[datus(rename = "now", rename_from = "now")] a: i64 } }
        "`now` is the current name of the column: write its old name, or remove `rename_from`");
    refuses!(record { struct R { id: i64, #[datus(rename_from = "id")] a: i64, #[datus(embed, rename_from = "vector")] b: String } }
        "`id` is the current column of field `id`, so its data cannot belong to this field: remove `rename_from`",
        "`vector` is the current column of the vector of `b`, so its data cannot belong to this field: remove `rename_from`");
    refuses!(record { struct R { #[datus(rename_from = "x")] a: i64, #[datus(rename_from = "x")] b: i64 } }
        "`a` and `b` have the same old name `x`: remove `rename_from` from one of them");
    refuses!(record { struct R { #[datus(rename_from = "x", rename_from = "x")] a: i64 } }
        "duplicate name `x`: write it only once");
    refuses!(record { struct R { id: i64, #[datus(skip, rename_from = "x", private)] a: i64 } }
        "`skip` and `rename_from` conflict on field `a`: a skipped field is not a column, so remove one of them",
        "`skip` and `private` conflict on field `a`: a skipped field is not a column, so remove one of them");
    refuses!(record { struct R { #[datus(rename_from = "a")] #[datus(rename = "b", rename_from = "c")] a: i64 } });
}

#[test]
fn vector_columns_are_distinct() {
    let remedy = "choose a different name for the vector with `#[datus(embed(column = \"…\"))]`";
    refuses!(record { struct R { #[datus(embed)] a: String, #[datus(embed)] b: String } }
        format!("two columns are named `vector`, the vectors of `a` and `b`: {remedy}"));
    refuses!(record { struct R { #[datus(embed)] a: String, vector: i64 } }
        format!("two columns are named `vector`, field `vector` and the vector of `a`: {remedy}"));
    refuses!(record { struct R { #[datus(embed(column = "_distance"))] a: String } }
        "column name `_distance` is reserved by LanceDB: choose a different name with `#[datus(embed(column = \"…\"))]`");
    refuses!(record { struct R { #[datus(embed)] a: String, #[datus(embed(column = "b_vector"))] b: String } });
}

#[test]
fn several_vectors_take_no_tag_and_no_other_metric() {
    let model = "`multi` takes its model when the store is opened: remove `model`, and pass a model with several vectors for \
                 a text, such as `model.passages()`";
    let metric = "`multi` compares vectors by their cosine: remove `metric`";
    refuses!(record { struct R { #[datus(embed(multi, metric = dot, model = M))] a: String } } model, metric);
    refuses!(record { struct R { #[datus(embed(multi = true))] a: String } }
        "`multi` takes no value: write `#[datus(embed(multi))]`");
    refuses!(record { struct R { #[datus(embed(multi, metric = cosine, index = ivf_pq, element = f16))] a: String } });
}

#[test]
fn column_names_follow_the_rules_of_lancedb() {
    for (name, problem) in [
        ("", "a column name cannot be empty"),
        ("a.b", "column name `a.b` contains a dot, which LanceDB uses for nested fields"),
        ("a`b", "column name `a`b` contains '`', which LanceDB does not support in a column name"),
        ("a\"b", "column name `a\"b` contains '\"', which LanceDB does not support in a column name"),
        ("a\nb", "column name `a\\nb` contains the control character '\\n'"),
        ("_score", "column name `_score` is reserved by LanceDB"),
        ("_row_created_at_version", "column name `_row_created_at_version` is reserved by LanceDB"),
        ("_relevance_terms", "column name `_relevance_terms` is reserved by datus-store"),
        ("_highlights", "column name `_highlights` is reserved by datus-store"),
        ("__datus_x", "column name `__datus_x` is reserved by datus-store"),
    ] {
        let message = format!("{problem}: choose a different name with `#[datus(rename = \"…\")]`");
        refuses!(record { struct R { #[datus(rename = #name)] a: i64 } } message);
    }
    refuses!(record { struct R { #[datus(rename = "select Größe-1")] a: i64 } });
    refuses!(structure { struct S { #[datus(rename = "a.b")] a: i64, _score: i64 } }
        "column name `a.b` contains a dot, which LanceDB uses for nested fields: choose a different name with \
         `#[datus(rename = \"…\")]`");
}

#[test]
fn decimals_and_timestamps_are_in_range() {
    refuses!(record { struct R { #[datus(decimal(0, 0))] a: D } }
        "the precision of a decimal must be from 1 to 38, not 0: write `decimal(10, 2)`");
    refuses!(record { struct R { #[datus(decimal(10, 12))] a: D } }
        "the scale of a decimal must be from 0 to its precision of 10, not 12: write `decimal(10, 2)`");
    refuses!(record { struct R { #[datus(decimal(10, -2))] a: D } }
        "the scale of a decimal must be from 0 to its precision of 10, not -2: write `decimal(10, 2)`");
    refuses!(record { struct R { #[datus(decimal(300, 40))] a: D } }
        "the precision of a decimal must be from 1 to 38, not 300: write `decimal(10, 2)`",
        "the scale of a decimal must be from 0 to its precision of 38, not 40: write `decimal(10, 2)`");
    refuses!(record { struct R { #[datus(timestamp(ns, " "))] a: T } }
        "a time zone cannot be empty: write `timestamp(us, \"UTC\")`, or `timestamp(us)`");
}

#[test]
fn full_text_options_are_those_of_the_engine() {
    refuses!(record { struct R { #[datus(fts(language = "english", max_token_length = 0))] a: String } }
        "unknown language `english`; did you mean `English`? The languages are `Arabic`, `Danish`, `Dutch`, \
         `English`, `Finnish`, `French`, `German`, `Greek`, `Hungarian`, `Italian`, `Norwegian`, `Portuguese`, \
         `Romanian`, `Russian`, `Spanish`, `Swedish`, `Tamil`, `Turkish`",
        "`max_token_length` must be at least 1 byte, not 0: write `max_token_length = 255`");
    refuses!(record { struct R { #[datus(fts(tokenizer = "smiple"))] a: String } }
        "unknown tokenizer `smiple`; did you mean `simple`? The tokenizers are `simple`, `whitespace`, `raw`, \
         `ngram`, `code`, `icu`, `icu/split`, `jieba`");
    refuses!(record { struct R { #[datus(fts(tokenizer = "lindera/ipadic"))] a: String } });
}

#[test]
fn options_of_a_tokenizer_need_it() {
    let of_code = |name: &str| {
        format!("`{name}` is an option of the tokenizer `code`: write `fts(code)`, or remove it")
    };
    let of_ngram = |name: &str| {
        format!("`{name}` is an option of the tokenizer `ngram`: write `tokenizer = \"ngram\"`, or remove it")
    };
    refuses!(record { struct R { #[datus(fts(split_identifiers = true, prefix_only = true))] a: String } }
        of_code("split_identifiers"), of_ngram("prefix_only"));
    refuses!(record { struct R {
        #[datus(fts(tokenizer = "ngram", index_operators = true, split_on_numerics = true, preserve_original = true))]
        a: String
    } } of_code("split_on_numerics"), of_code("preserve_original"), of_code("index_operators"));
    refuses!(record { struct R { #[datus(fts(code, ngram_min_length = 2, ngram_max_length = 4))] a: String } }
        of_ngram("ngram_min_length"), of_ngram("ngram_max_length"));
    refuses!(record { struct R { #[datus(fts(code, tokenizer = "code"))] a: String } }
        "`code` and `tokenizer` conflict: `code` chooses the tokenizer, so remove one of them");
    refuses!(record { struct R { #[datus(fts(tokenizer = "code", preserve_original = true))] a: String } }
        "`preserve_original` applies only to identifiers that are split: write `split_identifiers = true`, or remove it");
}

#[test]
fn lengths_of_ngrams_are_in_order() {
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", ngram_min_length = 0))] a: String } }
        "`ngram_min_length` must be at least 1 character, not 0: write `ngram_min_length = 3`");
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", ngram_min_length = 5, ngram_max_length = 4))] a: String } }
        "`ngram_max_length` must be at least `ngram_min_length`, which is 5, not 4: write `ngram_max_length = 5`");
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", with_position = true))] a: String } }
        "`with_position` has no effect with the tokenizer `ngram`, whose tokens have no positions: remove it");
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", ngram_max_length = 2))] a: String } });
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", ngram_min_length = 7))] a: String } });
}

#[test]
fn stop_words_are_words() {
    refuses!(record { struct R { #[datus(fts(stop_words("the", "order_id", "a b")))] a: String } }
        "a stop word must be one word, but the tokenizer `simple` does not recognize `order_id` as one: \
         write its words separately, as in `stop_words(\"a\", \"b\")`",
        "a stop word must be one word, but the tokenizer `simple` does not recognize `a b` as one: \
         write its words separately, as in `stop_words(\"a\", \"b\")`");
    refuses!(record { struct R { #[datus(fts(code, stop_words("order_id")))] a: String } });
    refuses!(record { struct R { #[datus(fts(stop_words("the"), remove_stop_words = false))] a: String } }
        "`stop_words` and `remove_stop_words = false` conflict: remove one of them");
    refuses!(record { struct R { #[datus(fts(stop_words()))] a: String } }
        "`stop_words` has no words: write `remove_stop_words = false` to keep all words");
    refuses!(record { struct R { #[datus(fts(tokenizer = "ngram", stop_words("the")))] a: String } }
        "`stop_words` has no effect with the tokenizer `ngram`, whose tokens are not words: remove it");
    refuses!(record { struct R { #[datus(fts(stop_words = "the"))] a: String } }
        "`stop_words` takes string literals in parentheses: write `stop_words(\"a\", \"b\")`");
}
