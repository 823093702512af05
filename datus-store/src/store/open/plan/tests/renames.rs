use super::*;

#[test]
fn a_renamed_column_keeps_its_values_and_its_vector() {
    let to = changed(|record| {
        record.fields[2] = FieldDef { renamed_from: &["gone", "text"], ..text("body") };
    });
    let plan = plan(&record(), &to);
    let rename =
        Step::RenameColumn { from: "text".to_owned(), to: "body".to_owned(), data_type: DataType::Utf8 };
    let source = MetadataChange {
        key: "datus:vector_of".to_owned(),
        from: Some("text".to_owned()),
        to: Some("body".to_owned()),
    };
    let described = Step::SetMetadata { column: Some("vector".to_owned()), changes: vec![source] };
    assert_eq!(plan.steps(), [rename, described]);
    assert!(plan.is_safe());
}

#[test]
fn a_rename_killed_before_its_metadata_step_resumes() {
    let to = changed(|record| record.fields[2] = FieldDef { renamed_from: &["text"], ..text("body") });
    let half = schema(&record());
    let fields = half.fields().iter().map(|field| match field.name().as_str() {
        "text" => Field::clone(field).with_name("body"),
        _ => Field::clone(field),
    });
    let half = Schema::new_with_metadata(fields.collect::<Vec<_>>(), half.metadata().clone());
    let plan = compute(&to, &schema(&to), &half, &contents());
    assert!(
        matches!(plan.steps(), [Step::SetMetadata { column: Some(vector), .. }] if vector == "vector"),
        "{plan}"
    );
}

#[test]
fn names_in_a_template_are_renamed_too() {
    let of_two = |title: FieldDef, template| {
        changed(|record| {
            record.fields[1] = title;
            record.vectors[0].sources = vec![1, 2];
            record.vectors[0].template = Some(template);
        })
    };
    let from = of_two(text("title"), "{{title}} {title}: {text}{");
    let to = of_two(FieldDef { renamed_from: &["title"], ..text("name") }, "{{title}} {name}: {text}{");
    let same = plan(&from, &to);
    assert!(same.is_safe() && same.steps().len() == 2, "{same}");
    let other = of_two(FieldDef { renamed_from: &["title"], ..text("name") }, "{name} {text}");
    let other = plan(&from, &other);
    assert!(
        matches!(other.steps(), [Step::RenameColumn { .. }, Step::Reembed { reasons, .. }]
            if matches!(reasons[..], [Difference::Template { .. }])),
        "{other}"
    );
}

#[test]
fn an_old_name_that_is_a_column_of_the_record_is_not_renamed() {
    let to = changed(|record| {
        record.fields.push(FieldDef { renamed_from: &["title"], nullable: true, ..text("name") });
    });
    let plan = plan(&record(), &to);
    assert!(matches!(plan.steps(), [Step::AddColumn { column, .. }] if column == "name"), "{plan}");
}

#[test]
fn a_column_stored_under_both_names_drops_the_old_one() {
    let from = changed(|record| record.fields.push(text("name")));
    let to = changed(|record| record.fields[1] = FieldDef { renamed_from: &["title"], ..text("name") });
    let plan = plan(&from, &to);
    assert!(matches!(plan.steps(), [Step::DropColumn { column, .. }] if column == "title"), "{plan}");
}

#[test]
fn renaming_the_key_is_safe_and_changing_it_is_not() {
    let to = changed(|record| {
        record.fields[0] = FieldDef { renamed_from: &["id"], ..field("number", DataType::Int64) };
    });
    let renamed = plan(&record(), &to);
    assert!(matches!(renamed.steps(), [Step::RenameColumn { .. }]), "{renamed}");

    let other = plan(&record(), &changed(|record| record.key = vec![1, 0]));
    let (from, to) = (vec!["id".to_owned()], vec!["title".to_owned(), "id".to_owned()]);
    let key = Step::ChangeKey { from, to, rows: 7 };
    assert_eq!((other.steps(), key.effect()), (&[key.clone()][..], Effect::DestroysData));
}

#[test]
fn a_vector_column_is_renamed_if_its_sources_are_the_same() {
    let to = changed(|record| record.vectors[0].name = "meaning");
    let plan = plan(&record(), &to);
    assert!(
        matches!(plan.steps(), [Step::RenameColumn { from, to, .. }, Step::SetMetadata { column: Some(source), .. }]
            if from == "vector" && to == "meaning" && source == "text"),
        "{plan}"
    );
}

#[test]
fn a_standby_vector_gets_the_new_name_of_its_source() {
    let stored = schema(&record());
    let vector = stored.field_with_name("vector").unwrap().clone().with_name("vector__standby");
    let fields = stored.fields().iter().map(|field| Field::clone(field)).chain([vector]);
    let both = Schema::new_with_metadata(fields.collect::<Vec<_>>(), stored.metadata().clone());
    let to = changed(|record| record.fields[2] = FieldDef { renamed_from: &["text"], ..text("body") });
    let plan = compute(&to, &schema(&to), &both, &contents());
    let described = |step: &Step| matches!(step, Step::SetMetadata { .. });
    let columns: Vec<_> = plan.steps().iter().filter(|step| described(step)).map(Step::column).collect();
    assert_eq!(columns, [Some("vector"), Some("vector__standby")], "{plan}");
}
