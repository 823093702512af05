use super::*;

#[test]
fn vectors_of_a_different_model_or_source_are_embedded_again() {
    let (to, other) = (record(), ModelIdentity::new("other", 5));
    let plan_of_other = compute(&to, &to.arrow_schema(&[other]), &schema(&to), &contents());
    let [Step::Reembed { column, reasons, rows: 7 }] = plan_of_other.steps() else {
        panic!("{plan_of_other}")
    };
    assert_eq!(column, "vector");
    assert!(matches!(reasons[..], [Difference::Dimension { .. }, Difference::Model { .. }]), "{reasons:?}");
    assert_eq!(effects(&plan_of_other), [Effect::Reembeds]);

    let of_title =
        changed(|record| (record.vectors[0].sources, record.vectors[0].metric) = (vec![1], Metric::Dot));
    let moved = plan(&record(), &of_title);
    let Some(Step::Reembed { reasons, .. }) = moved.steps().last() else { panic!("{moved}") };
    assert!(matches!(reasons[..], [Difference::Source { .. }, Difference::Metric { .. }]), "{reasons:?}");

    let none = changed(|record| record.vectors.clear());
    let first = plan(&none, &record());
    let Some(Step::Reembed { reasons, .. }) = first.steps().last() else { panic!("{first}") };
    assert!(matches!(reasons[..], [Difference::Missing { .. }]), "{reasons:?}");
    let last = plan(&record(), &none);
    assert!(
        matches!(last.steps().last(), Some(Step::DropColumn { column, .. }) if column == "vector"),
        "{last}"
    );
}

#[test]
fn a_metric_change_keeps_the_vectors_unless_they_may_have_no_angle() {
    let cosine = changed(|record| record.vectors[0].metric = Metric::Cosine);
    let plan = plan(&record(), &cosine);
    let step =
        Step::SetMetric { column: "vector".to_owned(), from: Some("l2".to_owned()), to: "cosine".to_owned() };
    assert_eq!((plan.steps(), step.effect()), (&[step.clone()][..], Effect::Safe));

    let any_length = |record: &RecordDef| record.arrow_schema(&[model().with_normalized(false)]);
    let zeros = compute(&cosine, &any_length(&cosine), &any_length(&record()), &contents());
    assert_eq!(effects(&zeros), [Effect::Reembeds]);
    let back = compute(&record(), &any_length(&record()), &any_length(&cosine), &contents());
    assert_eq!(effects(&back), [Effect::Safe]);
}

#[test]
fn a_standby_vector_is_neither_dropped_nor_renamed() {
    let stored = schema(&record());
    let vector = stored.field_with_name("vector").unwrap().clone().with_name("vector__standby");
    let fields = stored.fields().iter().map(|field| Field::clone(field)).chain([vector]);
    let both = Schema::new_with_metadata(fields.collect::<Vec<_>>(), stored.metadata().clone());
    assert!(compute(&record(), &stored, &both, &contents()).is_empty());

    let renamed = changed(|record| record.vectors[0].name = "meaning");
    let plan = compute(&renamed, &schema(&renamed), &both, &contents());
    assert!(plan.is_safe() && plan.steps().len() == 2, "{plan}");
}
