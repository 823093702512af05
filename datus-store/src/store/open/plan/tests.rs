//! Tests that each difference becomes the right step. Plans are computed by a pure function, so no table is needed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod renames;
mod vectors;

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};

use super::*;
use crate::backend::{IndexState, StoredKind};
use crate::model::ModelIdentity;
use crate::record::{
    ColumnKind, Difference, FieldDef, IndexKind, Metric, RecordDef, VectorDef, VectorElement, VectorIndex,
};

fn field(name: &'static str, data_type: DataType) -> FieldDef {
    FieldDef {
        name,
        data_type,
        nullable: false,
        description: "",
        optional: false,
        index: None,
        fts: None,
        auto_timestamp: None,
        renamed_from: &[],
        private: false,
        kind: ColumnKind::Opaque,
    }
}

fn text(name: &'static str) -> FieldDef {
    field(name, DataType::Utf8)
}

/// Returns a record with an id, a title, and a text with a vector.
fn record() -> RecordDef {
    RecordDef {
        record: "Page",
        table: "pages".into(),
        description: "",
        fields: vec![field("id", DataType::Int64), text("title"), text("text")],
        vectors: vec![VectorDef {
            name: "vector",
            sources: vec![2],
            template: None,
            metric: Metric::L2,
            index: VectorIndex::Auto,
            element: VectorElement::Float32,
            multi: false,
            model: 0,
        }],
        key: vec![0],
        schema_version: 0,
        scope: Vec::new(),
        metadata: Vec::new(),
    }
}

fn model() -> ModelIdentity {
    ModelIdentity::new("toy", 3).with_normalized(true)
}

fn schema(record: &RecordDef) -> Schema {
    Schema::clone(&record.arrow_schema(&[model()]))
}

fn contents() -> TableContents {
    TableContents { rows: 7, ..TableContents::default() }
}

/// Returns the plan that makes the table of the record `from` match the record `to`.
fn plan(from: &RecordDef, to: &RecordDef) -> Plan {
    plan_with(from, to, &contents())
}

fn plan_with(from: &RecordDef, to: &RecordDef, contents: &TableContents) -> Plan {
    compute(to, &schema(to), &schema(from), contents)
}

/// Returns a changed copy of [`record`].
fn changed(change: impl FnOnce(&mut RecordDef)) -> RecordDef {
    let mut record = record();
    change(&mut record);
    record
}

fn effects(plan: &Plan) -> Vec<Effect> {
    plan.steps().iter().map(Step::effect).collect()
}

#[test]
fn the_plan_of_an_unchanged_record_is_empty() {
    let plan = plan(&record(), &record());
    assert!(plan.is_empty() && plan.is_safe(), "{plan}");
    assert_eq!((plan.table(), plan.rows()), ("pages", 7));
    assert_eq!(plan.to_string(), "table `pages` matches the record `Page`: nothing to change");
}

#[test]
fn a_new_column_is_safe_if_existing_rows_get_a_value() {
    let to = changed(|record| {
        record.fields.push(FieldDef { nullable: true, ..text("note") });
        record.fields.push(FieldDef { optional: true, ..text("owner") });
        record.fields.push(FieldDef { optional: true, nullable: true, ..text("both") });
        record.fields.push(text("none"));
    });
    let add = |column: &str, nullable, fill| Step::AddColumn {
        column: column.to_owned(),
        data_type: DataType::Utf8,
        nullable,
        fill,
    };
    let all = plan(&record(), &to);
    let steps = [
        add("note", true, Fill::Nulls),
        add("owner", false, Fill::Default),
        add("both", true, Fill::Default),
        add("none", false, Fill::Nothing { rows: 7 }),
    ];
    assert_eq!(all.steps(), steps);
    assert_eq!(effects(&all), [Effect::Safe, Effect::Safe, Effect::Safe, Effect::DestroysData]);
    assert!(!all.is_safe());
    assert!(plan_with(&record(), &to, &TableContents::default()).is_safe(), "no row needs a value");
}

#[test]
fn nulls_are_allowed_and_forbidden() {
    let nullable = changed(|record| record.fields[1].nullable = true);
    let allow = plan(&record(), &nullable);
    let step = Step::AllowNulls { column: "title".to_owned(), data_type: DataType::Utf8 };
    assert_eq!((allow.steps(), step.effect()), (&[step.clone()][..], Effect::Safe));

    for (nulls, effect) in [(0, Effect::Safe), (2, Effect::DestroysData)] {
        let contents = TableContents { nulls: HashMap::from([("title".to_owned(), nulls)]), ..contents() };
        let forbid = plan_with(&nullable, &record(), &contents);
        let step = Step::ForbidNulls { column: "title".to_owned(), data_type: DataType::Utf8, nulls };
        assert_eq!((forbid.steps(), step.effect()), (&[step.clone()][..], effect));
    }
}

#[test]
fn steps_that_destroy_data_come_last() {
    let to = changed(|record| {
        record.fields[1] = field("title", DataType::Int32);
        record.fields.push(FieldDef { nullable: true, ..text("note") });
    });
    let from = changed(|record| record.fields.push(text("gone")));
    let plan = plan(&from, &to);
    assert_eq!(effects(&plan), [Effect::Safe, Effect::DestroysData, Effect::DestroysData]);
    let column = "title".to_owned();
    let change = Step::ChangeType { column, from: DataType::Utf8, to: DataType::Int32, rows: 7 };
    let drop = Step::DropColumn { column: "gone".to_owned(), data_type: DataType::Utf8, rows: 7 };
    assert_eq!(plan.steps()[1..], [change, drop]);
}

/// Fault 30.
#[test]
fn every_step_is_safe_in_a_table_without_rows() {
    let to = changed(|record| {
        record.fields[1] = field("title", DataType::Int32);
        record.fields.push(text("none"));
        record.key = vec![1];
        record.vectors[0].sources = vec![3];
    });
    let from = changed(|record| {
        record.fields[2].nullable = true;
        record.fields.push(text("gone"));
    });
    let expected = to.arrow_schema(&[ModelIdentity::new("other", 5)]);
    for (rows, safe) in [(0, true), (1, false)] {
        let nulls = HashMap::from([("text".to_owned(), rows)]);
        let contents = TableContents { rows, nulls, ..TableContents::default() };
        let plan = compute(&to, &expected, &schema(&from), &contents);
        let unsafe_steps = plan.steps().iter().filter(|step| step.effect() != Effect::Safe).count();
        assert_eq!((plan.is_safe(), unsafe_steps), (safe, if safe { 0 } else { 6 }), "{plan}");
        assert_eq!(plan.steps().iter().any(Step::replaces), safe, "{plan}");
        let text = plan.to_string();
        assert_eq!(text.contains("destroys data") || text.contains("needs embedding"), !safe, "{text}");
    }
}

#[test]
fn metadata_follows_the_record_and_foreign_metadata_stays() {
    let from = changed(|record| {
        record.description = "Old.";
        record.fields[1].description = "Gone.";
        record.metadata = vec![("team", "a"), ("other", "kept")];
    });
    let to = changed(|record| {
        (record.record, record.description, record.schema_version) = ("Sheet", "New.", 3);
        record.metadata = vec![("team", "b")];
    });
    let plan = plan(&from, &to);
    let change = |key: &str, from: &str, to: Option<&str>| MetadataChange {
        key: key.to_owned(),
        from: Some(from.to_owned()),
        to: to.map(str::to_owned),
    };
    let steps = [
        Step::SetMetadata {
            column: None,
            changes: vec![
                change("datus:record", "Page", Some("Sheet")),
                change("description", "Old.", Some("New.")),
                change("team", "a", Some("b")),
            ],
        },
        Step::SetMetadata {
            column: Some("title".to_owned()),
            changes: vec![change("description", "Gone.", None)],
        },
        Step::RaiseVersion { from: 0, to: 3 },
    ];
    assert_eq!(plan.steps(), steps);
    assert!(plan.is_safe());
}

#[test]
fn descriptions_inside_structs_are_updated_too() {
    let place = |description: &'static str| {
        let city = FieldDef { description, ..text("city") }.to_arrow();
        changed(|record| record.fields[1] = field("place", DataType::Struct(vec![city].into())))
    };
    let plan = plan(&place("Old."), &place("New."));
    assert!(
        matches!(plan.steps(), [Step::SetMetadata { column: Some(path), .. }] if path == "place.city"),
        "{plan}"
    );
}

fn index(name: &str, column: &str, kind: StoredKind) -> IndexState {
    let (name, columns) = (name.to_owned(), vec![column.to_owned()]);
    IndexState { name, columns, kind, indexed_rows: 7, unindexed_rows: 0, segments: 1, bytes: None }
}

#[test]
fn only_indexes_that_an_earlier_struct_declared_are_dropped() {
    let declaring = changed(|record| {
        record.fields[0].index = Some(IndexKind::BTree);
        record.fields[1].index = Some(IndexKind::Bitmap);
        record.fields[2].fts = Some("language=English");
    });
    let contents = TableContents {
        indexes: vec![
            index("of_the_key", "id", StoredKind::Scalar(IndexKind::BTree)),
            index("declared", "title", StoredKind::Scalar(IndexKind::Bitmap)),
            index("by_hand", "title", StoredKind::Scalar(IndexKind::BTree)),
            index("words", "text", StoredKind::Text(None)),
            index("vectors", "vector", StoredKind::Vector(VectorIndex::IvfPq, None)),
        ],
        ..contents()
    };
    let dropped = |to: &RecordDef| -> Vec<String> {
        let plan = plan_with(&declaring, to, &contents);
        assert!(plan.is_safe(), "{plan}");
        let indexes = plan.into_iter().filter_map(|step| match step {
            Step::DropIndex { index, .. } => Some(index),
            _ => None,
        });
        indexes.collect()
    };
    assert_eq!(dropped(&declaring), [""; 0]);
    assert_eq!(dropped(&record()), ["declared", "words"]);
    let otherwise = changed(|record| {
        record.fields[0].index = Some(IndexKind::BTree);
        record.fields[1] =
            FieldDef { index: Some(IndexKind::NGram), renamed_from: &["title"], ..text("name") };
        record.fields[2].fts = Some("language=German");
    });
    assert_eq!(dropped(&otherwise), ["declared"]);
}

#[test]
fn a_plan_prints_each_step_under_its_effect() {
    let to = changed(|record| {
        record.fields[1] = FieldDef { renamed_from: &["title"], nullable: true, ..text("name") };
        record.fields.push(FieldDef { optional: true, ..text("owner") });
        record.fields.push(field("size", DataType::UInt16));
        record.schema_version = 2;
    });
    let from = changed(|record| record.fields.push(text("gone")));
    let plan = compute(&to, &to.arrow_schema(&[ModelIdentity::new("other", 3)]), &schema(&from), &contents());
    assert_eq!(
        plan.to_string(),
        "table `pages`, 7 rows, to match the record `Page`:\n\
         safe\n\
         \x20 - rename column `title` (Utf8) to `name`\n\
         \x20 - allow nulls in column `name` (Utf8)\n\
         \x20 - add column `owner` (Utf8, never null), filled with its default (written into 7 rows)\n\
         \x20 - raise the schema version from 0 to 2\n\
         needs embedding\n\
         \x20 - embed 7 rows for vector `vector`: vector `vector` was made by model toy (3 dimensions, normalized), \
         but this model is other (3 dimensions)\n\
         destroys data\n\
         \x20 - add column `size` (UInt16, never null), for which 7 rows have no value\n\
         \x20 - drop column `gone` (Utf8) and its values, which the record lacks"
    );
}
