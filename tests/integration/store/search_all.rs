use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use futures::TryStreamExt;

use super::{Note, NoteFilter, ids, line, note, notes_of, sorted_ids};

#[tokio::test]
async fn any_number_of_rows_is_returned_completely() {
    let rows = line(5000);
    let store = notes_of(&rows).await;
    let all: Vec<Note> = store.search_all().await.unwrap();
    assert_eq!(sorted_ids(&all), ids(&rows));
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), rows);
    assert_eq!(store.search_all().filter(|t| t.id.ge(0)).await.unwrap().len(), 5000);
    assert_eq!(store.search_all().count().await.unwrap(), 5000);
    assert_eq!(store.search_all().filter(|t| t.id.ge(0)).count().await.unwrap(), 5000);
    let streamed: Vec<Note> = store.search_all().stream().try_collect().await.unwrap();
    assert_eq!(streamed.len(), 5000);
    assert_eq!(store.search_all().select(|t| t.id).distinct().await.unwrap().len(), 5000);
}

#[tokio::test]
async fn columns_have_methods_of_their_own() {
    let store = notes_of(&line(10)).await;
    assert_eq!(sorted_ids(&store.search_all().topic("even").await.unwrap()), [0, 2, 4, 6, 8]);
    assert_eq!(sorted_ids(&store.search_all().topic("even").rank(2).await.unwrap()), [2]);
    assert_eq!(sorted_ids(&store.search_all().rank(None::<i32>).await.unwrap()), [4, 9]);
    assert_eq!(sorted_ids(&store.search_all().maybe_id(Some(3)).await.unwrap()), [3]);
    assert_eq!(store.search_all().maybe_id(None::<i64>).await.unwrap().len(), 10);
}

#[tokio::test]
async fn filters_add_up_before_and_after_every_other_call() {
    let store = notes_of(&line(20)).await;
    let first = store
        .search_all()
        .topic("even")
        .order_by(|t| t.id.desc())
        .filter(|t| t.id.gt(4))
        .limit(3)
        .maybe_rank(None::<i32>)
        .filter(|t| t.id.lt(18))
        .offset(1)
        .matching(NoteFilter { topic: Some("even".into()), ..NoteFilter::default() })
        .await
        .unwrap();
    assert_eq!(ids(&first), [14, 12, 10]);
    let selected =
        store.search_all().select(|t| t.id).topic("odd").filter(|t| t.id.lt(4)).order_by(|t| t.id.asc());
    assert_eq!(selected.await.unwrap(), [1, 3]);
}

#[tokio::test]
async fn rows_are_sorted_by_one_column_or_several_with_nulls_last() {
    let mut rows = line(5);
    rows.push(Note { rank: Some(3), ..note(9, "1 2 3") });
    let store = notes_of(&rows).await;
    let by = |rows: Vec<Note>| ids(&rows);
    assert_eq!(by(store.search_all().order_by(|t| t.id.desc()).await.unwrap()), [9, 4, 3, 2, 1, 0]);
    let ranks = store.search_all().order_by(|t| t.rank.asc()).select(|t| t.rank).await.unwrap();
    assert_eq!(ranks, [Some(0), Some(1), Some(2), Some(3), Some(3), None]);
    let ranks = store.search_all().order_by(|t| t.rank.desc()).select(|t| t.rank).await.unwrap();
    assert_eq!(ranks, [Some(3), Some(3), Some(2), Some(1), Some(0), None]);
    assert_eq!(
        by(store.search_all().order_by(|t| (t.rank.desc(), t.id.desc())).await.unwrap()),
        [9, 3, 2, 1, 0, 4]
    );
    let twice = store.search_all().order_by(|t| t.topic.desc()).order_by(|t| t.id.asc());
    assert_eq!(by(twice.await.unwrap()), [1, 3, 9, 0, 2, 4]);
}

#[tokio::test]
async fn rows_are_sorted_by_a_column_that_is_not_read() {
    let store = notes_of(&line(6)).await;
    let topics = store.search_all().select(|t| t.topic).order_by(|t| t.id.asc()).limit(3).await.unwrap();
    assert_eq!(topics, ["even", "odd", "even"]);
    let all = store.search_all().with_vectors().order_by(|t| t.id.desc()).limit(1).await.unwrap();
    assert_eq!(all[0].vector(), Some(&[5.0, 0.0, 1.0][..]));
}

#[tokio::test]
async fn limit_and_offset_page_through_the_rows() {
    let store = notes_of(&line(10)).await;
    let page = |limit, offset| store.search_all().order_by(|t| t.id.asc()).limit(limit).offset(offset);
    assert_eq!(ids(&page(4, 0).await.unwrap()), [0, 1, 2, 3]);
    assert_eq!(ids(&page(4, 8).await.unwrap()), [8, 9]);
    assert!(page(4, 10).await.unwrap().is_empty());
    assert!(page(0, 0).await.unwrap().is_empty());
    assert_eq!(store.search_all().offset(7).await.unwrap().len(), 3);
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).offset(7).await.unwrap().len(), 3);
    assert_eq!(store.search_all().limit(7).limit(2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn count_is_the_number_of_rows_that_awaiting_returns() {
    let store = notes_of(&line(10)).await;
    let count = |limit, offset| store.search_all().topic("even").limit(limit).offset(offset).count();
    assert_eq!(store.search_all().topic("even").count().await.unwrap(), 5);
    assert_eq!((count(3, 0).await.unwrap(), count(3, 4).await.unwrap()), (3, 1));
    assert_eq!(store.search_all().limit(3).count().await.unwrap(), 3);
    assert_eq!(store.search_all().limit(3).offset(8).count().await.unwrap(), 2);
    assert_eq!(store.search_all().offset(30).count().await.unwrap(), 0);
    assert_eq!(store.search_all().limit(0).count().await.unwrap(), 0);
    assert_eq!(store.search_all().topic("even").order_by(|t| t.rank.asc()).count().await.unwrap(), 5);
    assert_eq!(store.search_all().with_vectors().count().await.unwrap(), 10);
    assert_eq!(store.search_all().select(|t| t.id).offset(2).count().await.unwrap(), 8);
}

#[tokio::test]
async fn first_is_the_first_row_or_none() {
    let store = notes_of(&line(10)).await;
    let first = store.search_all().order_by(|t| t.id.desc()).first().await.unwrap();
    assert_eq!(first.map(|note| note.id), Some(9));
    assert_eq!(store.search_all().id(77).first().await.unwrap(), None);
    assert_eq!(
        store.search_all().select(|t| t.id).order_by(|t| t.id.asc()).offset(4).first().await.unwrap(),
        Some(4)
    );
}

#[tokio::test]
async fn arrow_batches_have_the_records_columns_without_vectors() {
    let store = notes_of(&line(10)).await;
    let batches = store.search_all().filter(|t| t.id.lt(4)).order_by(|t| t.id.desc()).arrow().await.unwrap();
    let ids: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert_eq!(ids, [3, 2, 1, 0]);
    let names = |schema: &arrow_schema::Schema| {
        schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&batches[0].schema()), ["id", "topic", "rank", "text"]);

    let answer = store.search_all().with_vectors().arrow_stream().await.unwrap();
    assert_eq!(names(&answer.schema), ["id", "topic", "rank", "text", "vector"]);
    let rows = answer.batches.try_fold(0, |rows, batch| async move { Ok(rows + batch.num_rows()) });
    assert_eq!(rows.await.unwrap(), 10);

    let answer = store.search_all().select(|t| (t.topic, t.id)).id(77).arrow_stream().await.unwrap();
    assert_eq!(names(&answer.schema), ["topic", "id"]);
}

#[tokio::test]
async fn explain_describes_the_plan() {
    let store = notes_of(&line(10)).await;
    let plan = store.search_all().topic("even").order_by(|t| t.id.asc()).explain().await.unwrap();
    assert!(plan.contains("topic") && plan.contains("even"), "{plan}");
    let plan = store.search_all().select(|t| t.id).distinct().explain().await.unwrap();
    assert!(plan.contains("id"), "{plan}");
}
