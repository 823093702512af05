use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::{Note, line, memory, note, notes, notes_of};
use crate::support::models::Toy;

/// A record with a text and no key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "loose")]
struct Loose {
    topic: String,
    #[datus(embed(metric = l2))]
    text: Option<String>,
}

fn loose(topic: &str, text: &str) -> Loose {
    Loose { topic: topic.to_owned(), text: Some(text.to_owned()) }
}

/// A record with columns of many types.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "measures")]
struct Measure {
    #[datus(key)]
    id: i64,
    small: u8,
    half: f32,
    whole: Option<i64>,
    name: String,
    nick: Option<String>,
    done: bool,
    tags: Vec<String>,
}

fn measure(id: i64) -> Measure {
    Measure {
        id,
        small: 7,
        half: 0.5,
        whole: None,
        name: "Ann O'Neil".to_owned(),
        nick: None,
        done: false,
        tags: vec!["a".to_owned()],
    }
}

async fn measures(rows: i64) -> Store<Measure> {
    let store = memory().await.store(()).await.unwrap();
    store.add((0..rows).map(measure)).await.unwrap();
    store
}

#[tokio::test]
async fn values_are_set_in_rows_that_pass_the_filter() {
    let store = measures(3).await;
    let before = store.version().await.unwrap();
    let updated = store
        .update()
        .filter(|t| t.id.ge(1))
        .filter(|t| t.id.lt(2))
        .set(|t| t.small, 255)
        .set(|t| t.half, -0.1_f32)
        .set(|t| t.whole, i64::MIN)
        .set(|t| t.name, r#"it's "quoted" \' and ''"#)
        .set(|t| t.nick, Some("Ö"))
        .set(|t| t.done, true)
        .await
        .unwrap();
    assert_eq!((updated.rows, updated.embedded, updated.version), (1, 0, Some(before + 1)));
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    let wanted = Measure {
        small: 255,
        half: -0.1,
        whole: Some(i64::MIN),
        name: r#"it's "quoted" \' and ''"#.to_owned(),
        nick: Some("Ö".to_owned()),
        done: true,
        ..measure(1)
    };
    assert_eq!(rows, [measure(0), wanted, measure(2)]);
}

#[tokio::test]
async fn none_is_null() {
    let store = measures(1).await;
    store.update().all_rows().set(|t| t.whole, Some(3)).await.unwrap();
    store.update().all_rows().set(|t| t.whole, None::<i64>).await.unwrap();
    assert_eq!(store.search_all().await.unwrap(), [measure(0)]);
    store.update().all_rows().set(|t| t.whole, Some(3)).await.unwrap();
    store.update().all_rows().set_null(|t| t.whole).await.unwrap();
    assert_eq!(store.search_all().await.unwrap(), [measure(0)]);
}

#[tokio::test]
async fn a_column_is_set_to_an_expression_of_others() {
    let store = measures(2).await;
    store
        .update()
        .all_rows()
        .set_to(|t| t.small, |t| t.small.plus(3).times(2).minus(1))
        .set_to(|t| t.whole, |t| t.id)
        .set_to(|t| t.nick, |t| t.name.lower().concat("!").concat_with(t.name.upper()))
        .await
        .unwrap();
    store.update().filter(|t| t.id.eq(0)).set(|t| t.whole, None::<i64>).await.unwrap();
    store.update().all_rows().set_to(|t| t.whole, |t| t.whole.unwrap_or(40).plus(2)).await.unwrap();
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    let wanted = |id, whole| Measure {
        small: 19,
        whole: Some(whole),
        nick: Some("ann o'neil!ANN O'NEIL".to_owned()),
        ..measure(id)
    };
    assert_eq!(rows, [wanted(0, 42), wanted(1, 3)]);
}

#[tokio::test]
async fn a_result_that_does_not_fit_its_column_is_an_error_and_nothing_is_written() {
    let store = measures(2).await;
    let before = store.version().await.unwrap();
    store.update().all_rows().set_to(|t| t.small, |t| t.small.plus(249)).await.unwrap_err();
    assert_eq!(store.version().await.unwrap(), before);
}

#[tokio::test]
async fn setting_a_text_embeds_it_again_in_the_same_commit() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(10)).await.unwrap();
    let (before, embedded) = (store.version().await.unwrap(), model.embedded());
    let updated = store.update().filter(|t| t.id.is_in([3, 4])).set(|t| t.text, "500 0 0").await.unwrap();
    assert_eq!((updated.rows, updated.embedded, updated.version), (2, 1, Some(before + 1)));
    assert_eq!(model.embedded(), embedded + 1);
    let hits = store.search("500 0 0").limit(3).await.unwrap();
    assert_eq!(hits[..2].iter().map(|hit| hit.score.value()).collect::<Vec<_>>(), [0.0, 0.0]);
    assert!(hits[2].score.value() > 0.0);
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    let mut wanted = line(10);
    wanted[3].text = Some("500 0 0".to_owned());
    wanted[4].text = Some("500 0 0".to_owned());
    assert_eq!(rows, wanted);
}

#[tokio::test]
async fn a_text_computed_for_each_row_is_embedded_for_each() {
    let store = notes(Toy::new()).await;
    store.add(line(5)).await.unwrap();
    let updated = store.update().all_rows().set_to(|t| t.text, |t| t.text.concat(" and more")).await.unwrap();
    assert_eq!((updated.rows, updated.embedded), (5, 5));
    let hit = store.search("3 0 1").first().await.unwrap().unwrap();
    assert_eq!((hit.distance(), hit.record.text.as_deref()), (Some(0.0), Some("3 0 1 and more")));
}

#[tokio::test]
async fn an_unchanged_text_keeps_its_vector() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add([note(1, "1 0 0"), note(2, "2 0 0")]).await.unwrap();
    let updated = store.update().all_rows().set(|t| t.text, "1 0 0").set(|t| t.topic, "new").await.unwrap();
    // Row 2 gets the text of row 1, and therefore its vector.
    assert_eq!((updated.rows, updated.embedded, model.embedded()), (2, 0, 2));
    assert!(store.search("1 0 0").await.unwrap().iter().all(|hit| hit.distance() == Some(0.0)));
    assert_eq!(store.search_all().topic("new").count().await.unwrap(), 2);
}

#[tokio::test]
async fn a_text_set_to_null_or_blank_has_no_vector() {
    let store = notes_of(&line(3)).await;
    store.update().filter(|t| t.id.eq(1)).set_null(|t| t.text).await.unwrap();
    store.update().filter(|t| t.id.eq(2)).set(|t| t.text, " ").await.unwrap();
    let hits = store.search("0 0 1").await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [0]);
}

#[tokio::test]
async fn without_a_key_a_text_can_only_be_set_to_a_constant() {
    let model = Toy::new();
    let store: Store<Loose> = memory().await.store(model.clone()).await.unwrap();
    store.add([loose("a", "1 0 0"), loose("a", "2 0 0"), loose("b", "3 0 0")]).await.unwrap();
    let updated = store
        .update()
        .filter(|t| t.topic.eq("a"))
        .set(|t| t.text, "9.5 -0.25 1e-7")
        .set(|t| t.topic, "c")
        .await
        .unwrap();
    assert_eq!((updated.rows, updated.embedded, model.embedded()), (2, 1, 4));
    let hits = store.search("9.5 -0.25 1e-7").await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.score.value()).collect::<Vec<_>>()[..2], [0.0, 0.0]);
    assert_eq!(hits[0].record, loose("c", "9.5 -0.25 1e-7"));

    store.update().all_rows().set(|t| t.text, None::<&str>).await.unwrap();
    assert!(store.search("1 1 1").await.unwrap().is_empty());

    let error = store.update().all_rows().set_to(|t| t.text, |t| t.topic).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Unsupported, Some("vector")));
    assert!(error.help().unwrap().contains("#[datus(key)]"), "{error}");
}

#[tokio::test]
async fn a_column_that_cannot_be_set_is_an_error_that_names_it() {
    let store = measures(1).await;
    let before = store.version().await.unwrap();
    let error = store.update().all_rows().set(|t| t.id, 3).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("id")), "{error}");
    let error = store.update().all_rows().set(|t| t.done, true).set(|t| t.done, false).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("done")), "{error}");
    let error = store.update().all_rows().await.unwrap_err();
    assert!(error.message().contains("sets no column"), "{error}");
    let error = store.update().filter(|_| MeasureFilter::default()).set(|t| t.done, true).await.unwrap_err();
    assert!(error.help().unwrap().contains(".all_rows()"), "{error}");
    assert_eq!(store.version().await.unwrap(), before);
}

#[tokio::test]
async fn an_update_of_no_rows_commits_nothing() {
    let store = notes_of(&line(2)).await;
    let before = store.version().await.unwrap();
    let plain = store.update().filter(|t| t.id.gt(10)).set(|t| t.topic, "x").await.unwrap();
    let embedded = store.update().filter(|t| t.id.gt(10)).set(|t| t.text, "1 1 1").await.unwrap();
    assert_eq!((plain.rows, embedded.rows, embedded.version), (0, 0, None));
    assert_eq!(store.version().await.unwrap(), before);
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_rows_as_they_were() {
    use crate::support::models::{Scripted, vector};
    let failing = Scripted::new(|texts| match texts.contains(&"fail") {
        true => Err("out of memory".into()),
        false => Ok(texts.iter().map(|text| vector(text)).collect()),
    });
    let store: Store<Note> = memory().await.store(failing).await.unwrap();
    store.add(line(3)).await.unwrap();
    let before = store.version().await.unwrap();
    let error = store.update().all_rows().set(|t| t.text, "fail").await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Model, Some("update")));
    assert_eq!(store.version().await.unwrap(), before);
}
