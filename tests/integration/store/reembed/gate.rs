//! New vectors that are put into use only if the condition on their answers holds.

use datus_store::evaluate::Question;
use datus_store::model::{EmbeddingModel, ModelIdentity, PROBE_TEXT, Role, async_trait};
use datus_store::{BoxError, ErrorKind};

use super::super::{Note, line, memory, note};
use super::{OTHER, columns, filled, other, vectors};
use crate::support::models::Toy;

/// A bad model, which puts a query on the opposite side of its answer.
pub(super) struct Backwards(ModelIdentity);

impl Backwards {
    pub(super) fn new() -> Self {
        Self(ModelIdentity::new("backwards", 3))
    }
}

#[async_trait]
impl EmbeddingModel for Backwards {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        let mut vectors = Toy::new().embed(texts, role).await?;
        if role == Role::Query && texts != [PROBE_TEXT] {
            vectors.iter_mut().flatten().for_each(|value| *value = -*value);
        }
        Ok(vectors)
    }
}

/// Returns a question for each of the rows 1 to 8. The question is the text of the row, and the answer is the row itself.
pub(super) fn questions() -> Vec<Question> {
    (1..9).map(|id| Question::new(format!("{id} 0 1"), [id])).collect()
}

#[tokio::test]
async fn vectors_that_meet_the_condition_are_put_into_use() {
    let store = filled(&memory().await, &line(30)).await;
    let mut seen = Vec::new();
    let done = store
        .reembed(other())
        .only_if(
            questions(),
            |t| t.id,
            |old, new| {
                seen.push((old.recall(1), new.recall(1), new.mrr(10), new.ndcg(10)));
                new.recall(1) >= old.recall(1) - 0.01
            },
        )
        .await
        .unwrap();
    assert_eq!(done.embedded, 30);
    assert!(done.version.is_some());
    assert_eq!(seen, [(1.0, 1.0, 1.0, 1.0)], "the condition is checked once");
    assert_eq!(vectors(&store).await[3], Some(vec![30.0, 0.0, 10.0]));
}

#[tokio::test]
async fn vectors_that_fail_the_condition_are_kept_but_not_used() {
    let db = memory().await;
    let store = filled(&db, &line(30)).await;
    let refused = || {
        store.reembed(Backwards::new()).only_if(
            questions(),
            |t| t.id,
            |old, new| new.recall(1) >= old.recall(1) && new.mrr(10) > 0.9,
        )
    };
    let error = refused().await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Recall, Some("vector")), "{error:?}");
    assert!(error.message().contains("`only_if`: recall@1 is 0.000 instead of 1.000"), "{error}");
    assert!(error.help().unwrap().contains("`drop_standby`"), "{error}");

    // Searches and writes use the current model, and another program can open the table with it.
    assert_eq!(store.search("3 0 1").first().await.unwrap().unwrap().record.id, 3);
    store.add([note(100, "100 0 1")]).await.unwrap();
    assert_eq!(store.search("99 0 1").first().await.unwrap().unwrap().record.id, 100);
    db.store::<Note>(Toy::new()).await.unwrap();
    assert!(columns(&store).await.contains(&"vector__standby".to_owned()));

    // The new vectors are kept: only the new row is embedded.
    let mut embedded = 0;
    let again = refused().progress(|progress| embedded = progress.embedded).await.unwrap_err();
    assert_eq!((again.kind(), embedded), (ErrorKind::Recall, 1));
    let done = store.reembed(Backwards::new()).await.unwrap();
    assert_eq!((done.embedded, done.version.is_some()), (0, true));
    assert_ne!(store.search("3 0 1").first().await.unwrap().unwrap().record.id, 3);
}

#[tokio::test]
async fn refused_vectors_can_be_dropped() {
    let store = filled(&memory().await, &line(10)).await;
    let refused = store.reembed(other()).only_if(questions(), |t| t.id, |_, _| false).await.unwrap_err();
    // The condition read no metric, so the error reports a default one.
    assert!(refused.message().contains("recall@10 is 1.000 instead of 1.000"), "{refused}");
    assert_eq!(store.drop_standby().await.unwrap(), 1);
    assert_eq!(columns(&store).await, ["id", "topic", "rank", "text", "vector"]);
    assert_eq!(store.search("3 0 1").first().await.unwrap().unwrap().record.id, 3);
}

#[tokio::test]
async fn rows_that_are_written_during_the_evaluation_are_embedded_before_the_end() {
    let db = memory().await;
    let store = filled(&db, &line(20)).await;
    // Another program has only the old model.
    let elsewhere = db.store::<Note>(Toy::new()).await.unwrap();
    let write = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { elsewhere.add([note(50, "50 0 1")]).await }).unwrap();
    };
    let mut write = Some(write);
    let done = store
        .reembed(other())
        .only_if(
            questions(),
            |t| t.id,
            |_, new| {
                // No lock is held, so the write does not wait.
                std::thread::spawn(write.take().unwrap()).join().unwrap();
                new.recall(1) == 1.0
            },
        )
        .await
        .unwrap();
    assert_eq!(done.embedded, 21);
    assert_eq!(vectors(&store).await[20], Some(vec![500.0, 0.0, 10.0]));
}

#[tokio::test]
async fn each_column_is_searched_with_its_own_model_without_an_index() {
    let db = memory().await;
    let (old, new) = (Toy::new(), Toy::named(OTHER, 10.0));
    let store = db.store::<Note>(old.clone()).await.unwrap();
    store.add(line(20)).await.unwrap();
    store
        .reembed(new.clone())
        .only_if(questions(), |t| t.id, |old, new| old.recall(1) == 1.0 && new.recall(1) == 1.0)
        .await
        .unwrap();
    let asked = |model: &Toy| {
        let calls = model.calls().into_iter().filter(|(role, _)| *role == Role::Query);
        calls.flat_map(|(_, texts)| texts).collect::<Vec<_>>()
    };
    let texts: Vec<String> = questions().into_iter().map(|question| question.text).collect();
    assert_eq!((asked(&old), asked(&new)), (texts.clone(), texts));
}

#[tokio::test]
async fn several_rows_can_belong_to_one_answer() {
    let store = filled(&memory().await, &line(20)).await;
    let questions = [Question::new("3 0 1", ["odd"]), Question::new("4 0 1", ["even"])];
    let accept = |old: &datus_store::evaluate::RunReport<'_>, new: &datus_store::evaluate::RunReport<'_>| {
        (old.mrr(1), new.mrr(1), new.recall(2)) == (1.0, 1.0, 1.0)
    };
    store.reembed(other()).only_if(questions, |t| t.topic, accept).await.unwrap();
}

#[tokio::test]
async fn a_condition_needs_the_current_model_and_questions() {
    let db = memory().await;
    let store = filled(&db, &line(10)).await;
    let model = Toy::named(OTHER, 2.0);
    let error =
        db.reembed::<Note>(model.clone()).only_if(questions(), |t| t.id, |_, _| true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.help().unwrap().contains("`Store::reembed`"), "{error}");
    let error = store.reembed(model.clone()).only_if([], |t| t.id, |_, _| true).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidInput, "there are no questions"));
    assert_eq!((model.embedded(), columns(&store).await.len()), (0, 5), "nothing was embedded");

    // If the table already has these vectors, there is nothing to compare.
    let done = store.reembed(Toy::new()).only_if(questions(), |t| t.id, |_, _| false).await.unwrap();
    assert_eq!(done.version, None);
}
