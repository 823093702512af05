//! The specification that each method of a query for every row creates.

use futures::executor::block_on;

use super::recorder::Recorder;
use super::{Label, book, every_row, path, spec_of_all};
use crate::query::{
    CompareOp, Filter, LimitPer, PageSpec, Predicate, QuerySpec, SearchAll, SortDirection, SortKey, Value,
};

fn year_is(year: i32) -> Predicate {
    Predicate::Compare { column: path("year"), op: CompareOp::Eq, value: Value::Int32(year) }
}

fn ascending(name: &'static str) -> SortKey {
    SortKey { column: path(name), direction: SortDirection::Ascending }
}

fn descending(name: &'static str) -> SortKey {
    SortKey { column: path(name), direction: SortDirection::Descending }
}

#[test]
fn a_query_for_every_row_has_no_settings() {
    let spec = spec_of_all(|query| query);
    assert!(!spec.is_search() && spec.filter.is_none() && spec.columns.is_none() && !spec.vectors);
    assert_eq!((spec.limit, spec.offset, spec.limit_per), (None, 0, None));
    assert!(spec.order.is_empty());
}

#[test]
fn each_setting_of_a_query_for_every_row_is_set_by_its_method() {
    let spec = spec_of_all(|query| query.limit(3).offset(4).limit_per(|t| t.year, 2));
    assert_eq!((spec.limit, spec.offset), (Some(3), 4));
    assert_eq!(spec.limit_per, Some(LimitPer { columns: vec![path("year")], rows: 2 }));
    let spec = spec_of_all(|query| query.filter(|t| t.year.eq(1847)).matching(Filter::none()));
    assert_eq!(spec.filter, Some(Predicate::And(vec![year_is(1847), Predicate::Constant(false)])));
    let spec = spec_of_all(|query| query.year(1847).maybe_id(None::<i64>));
    assert_eq!(spec.filter, Some(year_is(1847)));
    let spec = spec_of_all(|query| query.with_vectors());
    assert!(spec.vectors && spec.columns.is_none());
}

#[test]
fn a_selection_names_its_columns_in_order() {
    let columns = |spec: QuerySpec| spec.columns.unwrap();
    assert_eq!(columns(spec_of_all(|query| query.select(|t| t.year))), [path("year")]);
    let several = spec_of_all(|query| query.select(|t| (t.title, t.id)).distinct());
    assert_eq!(columns(several), [path("title"), path("id")]);
    let label = spec_of_all(|query| query.select_as::<Label>());
    assert_eq!(columns(label), [path("title"), path("id")]);
    let named = spec_of_all(|query| query.select_columns(["year", "id"]).unwrap());
    assert_eq!(columns(named), [path("year"), path("id")]);
}

#[test]
fn columns_that_do_not_exist_cannot_be_selected_by_their_names() {
    let message = |names: &[&str]| {
        let error = every_row(&Recorder::empty()).select_columns(names).map(drop).unwrap_err();
        (error.message().to_owned(), error.help().unwrap_or_default().to_owned())
    };
    let (unknown, _) = message(&["yaer"]);
    assert!(unknown.contains("did you mean `year`?"), "{unknown}");
    let (unknown, _) = message(&["publisher of the book"]);
    assert!(unknown.contains("the columns are `id`, `text`, `title`, `year`"), "{unknown}");
    let (vector, help) = message(&["vector"]);
    assert!(vector.contains("is a vector") && help.contains(".with_vectors()"), "{vector}: {help}");
    assert!(message(&["id", "id"]).0.contains("selected twice"));
    assert!(message(&[]).0.contains("no columns are selected"));
}

#[test]
fn orders_are_added_with_the_first_one_before_the_others() {
    let order = |build: fn(SearchAll<super::Book>) -> SearchAll<super::Book>| spec_of_all(build).order;
    assert_eq!(order(|query| query.order_by(|t| t.year.desc())), [descending("year")]);
    let keys = order(|query| query.order_by(|t| (t.year.desc(), t.title.asc())).order_by(|t| t.id.asc()));
    assert_eq!(keys, [descending("year"), ascending("title"), ascending("id")]);
    let keys = order(|query| query.order_by(|t| vec![t.id.asc(), t.year.desc()]));
    assert_eq!(keys, [ascending("id"), descending("year")]);
}

#[test]
fn a_page_has_its_size_and_its_cursor() {
    let cursor = "AQAAAAf_____AAAAAAAAAAAAAAADGPridpO0AAAAAAAAAAAADK57pzpZ".parse().unwrap();
    let batch = crate::record::encode(&[book(1, None), book(2, Some(1847))]).unwrap();
    let recorder = Recorder::with_next([batch.clone(), batch], Some(cursor));
    let page = block_on(every_row(&recorder).year(1847).page(10).into_future()).unwrap();
    let rows = [book(1, None), book(2, Some(1847))];
    assert_eq!((page.items, page.next), ([rows.clone(), rows].concat(), Some(cursor)));
    assert_eq!(recorder.page(), Some(PageSpec { rows: 10, after: None }));
    assert_eq!(recorder.spec().filter, Some(year_is(1847)));
    for request in [
        every_row(&recorder).page(20).after(&cursor),
        every_row(&recorder).page(20).after(Some(&cursor)),
        every_row(&recorder).page(20).after(&Some(cursor)),
    ] {
        let printed = format!("{request:?}");
        assert!(printed.contains("rows: 20") && printed.contains(&cursor.to_string()), "{printed}");
        assert!(printed.starts_with("Paged { query: Ok(QuerySpec {"), "{printed}");
        block_on(request.into_future()).unwrap();
        assert_eq!(recorder.page(), Some(PageSpec { rows: 20, after: Some(cursor) }));
    }
    block_on(every_row(&recorder).page(20).after(None).into_future()).unwrap();
    assert_eq!(recorder.page(), Some(PageSpec { rows: 20, after: None }));
}
