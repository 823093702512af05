use datus_store::Store;

use super::values::TEXTS;
use crate::store::{Note, note, notes};
use crate::support::evaluate::like;
use crate::support::models::Toy;

#[tokio::test]
async fn patterns_match_as_documented() {
    let store: Store<Note> = notes(Toy::new()).await;
    let row = |(id, topic): (i64, &&str)| Note { topic: (*topic).to_owned(), ..note(id, "1 0 0") };
    store.add((0..).zip(&TEXTS).map(row)).await.unwrap();
    let patterns = [
        "%", "_", "a_b", "a\\_b", "100\\%", "%\\\\%", "%'%", "'%", "%\n%", "\\", "%\\", "", "%漢字%", "%%'",
        "e_", "PLAIN",
    ];
    for pattern in patterns {
        let found = store
            .search_all()
            .filter(|t| t.topic.like(pattern))
            .select(|t| t.id)
            .order_by(|t| t.id.asc())
            .await
            .unwrap();
        let expected: Vec<i64> =
            (0..).zip(TEXTS).filter(|(_, text)| like(text, pattern)).map(|(id, _)| id).collect();
        assert_eq!(found, expected, "{pattern:?}");
        let others = store.search_all().filter(|t| t.topic.not_like(pattern)).count().await.unwrap();
        assert_eq!(others, TEXTS.len() - expected.len(), "{pattern:?}");
    }
}
