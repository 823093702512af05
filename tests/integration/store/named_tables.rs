//! One struct defines several tables, which differ by name.

use datus_store::plan::Step;
use datus_store::{Database, ErrorKind, Store};

use super::{Note, ids, line, memory, note};
use crate::support::models::Toy;

async fn two(db: &Database) -> (Store<Note>, Store<Note>) {
    let declared: Store<Note> = db.store(Toy::new()).await.unwrap();
    let named: Store<Note> = db.store(Toy::new()).table("notes.v2").await.unwrap();
    (declared, named)
}

#[tokio::test]
async fn tables_of_one_struct_have_their_own_rows() {
    let db = memory().await;
    let (declared, named) = two(&db).await;
    declared.add(line(3)).await.unwrap();
    named.upsert(line(5)).await.unwrap();
    named.update().filter(|t| t.id.eq(1)).set(|t| t.topic, "changed").await.unwrap();
    named.delete().filter(|t| t.id.eq(0)).await.unwrap();
    assert_eq!((declared.count().await.unwrap(), named.count().await.unwrap()), (3, 4));
    assert_eq!(declared.search_all().topic("changed").count().await.unwrap(), 0);
    assert_eq!(named.search("4 0 1").limit(1).await.unwrap()[0].record.id, 4);
    assert_eq!((declared.table_name(), named.table_name()), ("notes", "notes.v2"));
    assert_eq!(format!("{named:?}"), "Store(\"notes.v2\")");
    assert_eq!(db.table_names().await.unwrap(), ["notes", "notes.v2"]);
}

#[tokio::test]
async fn errors_name_the_table_that_was_opened() {
    let db = memory().await;
    let (_, named) = two(&db).await;
    named.add([note(1, "1 2 3")]).await.unwrap();
    let errors = [
        named.add([note(1, "1 2 3")]).await.unwrap_err(),
        named.search("").await.unwrap_err(),
        named.search_all().page(0).await.unwrap_err(),
        db.store::<Note>(Toy::named("other", 2.0)).table("notes.v2").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.table(), Some("notes.v2"), "{error}");
    }
    db.drop_table("notes.v2").await.unwrap();
    let error = named.count().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::TableNotFound, Some("notes.v2")));
}

#[tokio::test]
async fn a_name_that_a_table_cannot_have_is_refused_before_anything_is_created() {
    let db = memory().await;
    for name in ["", "a/b", "..", "a b"] {
        let errors = [
            db.store::<Note>(Toy::new()).table(name).await.unwrap_err(),
            db.plan::<Note>(Toy::new()).table(name).await.unwrap_err(),
            db.reembed::<Note>(Toy::new()).table(name).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        }
    }
    assert!(db.table_names().await.unwrap().is_empty());
}

#[tokio::test]
async fn plans_and_reembedding_take_the_name_too() {
    let db = memory().await;
    let (declared, named) = two(&db).await;
    declared.add(line(2)).await.unwrap();
    named.add(line(3)).await.unwrap();
    let plan = db.plan::<Note>(Toy::new()).table("third").await.unwrap();
    assert_eq!((plan.table(), plan.steps()), ("third", &[Step::CreateTable][..]));
    let plan = db.plan::<Note>(Toy::new()).table("notes.v2").await.unwrap();
    assert_eq!((plan.table(), plan.is_empty()), ("notes.v2", true));

    let other = || Toy::named("other", 10.0);
    let missing = db.reembed::<Note>(other()).table("third").await.unwrap_err();
    assert_eq!((missing.kind(), missing.table()), (ErrorKind::TableNotFound, Some("third")));
    let done = db.reembed::<Note>(other()).table("notes.v2").await.unwrap();
    assert_eq!(done.rows, 3);
    assert_eq!(declared.search("1 0 1").limit(1).await.unwrap()[0].record.id, 1);
    let named: Store<Note> = db.store(other()).table("notes.v2").await.unwrap();
    assert_eq!(named.count().await.unwrap(), 3);

    let named: Store<Note> = db.store(Toy::new()).table("notes.v2").reembed_if_needed().await.unwrap();
    assert_eq!((named.table_name(), named.count().await.unwrap()), ("notes.v2", 3));
    db.store::<Note>(Toy::new()).await.unwrap();

    let error = named.reembed(other()).table("notes").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    // The table still has the vectors of this model, so the two columns are only swapped.
    assert!(named.reembed(other()).table("notes.v2").await.unwrap().version.is_some());
}

#[tokio::test]
async fn a_store_is_reopened_under_its_own_name() {
    let db = memory().await;
    let (declared, named) = two(&db).await;
    declared.add(line(7)).await.unwrap();
    db.drop_table("notes.v2").await.unwrap();
    let again: Store<Note> = db.store(Toy::new()).table("notes.v2").await.unwrap();
    again.add(line(2)).await.unwrap();
    assert_eq!(named.count().await.unwrap_err().kind(), ErrorKind::TableChanged);
    named.reopen().await.unwrap();
    assert_eq!(named.count().await.unwrap(), 2);
    let error = named.search("").await.unwrap_err();
    assert_eq!(error.table(), Some("notes.v2"), "{error}");
}

#[tokio::test]
async fn a_cursor_of_one_table_is_refused_by_another_table_of_the_struct() {
    let db = memory().await;
    let (declared, named) = two(&db).await;
    declared.add(line(5)).await.unwrap();
    named.add(line(5)).await.unwrap();
    let page = declared.search_all().page(2).await.unwrap();
    assert_eq!(ids(&page.items), [0, 1]);
    let error = named.search_all().page(2).after(page.next.as_ref()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
async fn locks_are_those_of_the_named_table() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let named: Store<Note> = db.store(Toy::new()).table("other").await.unwrap();
    named.add(line(2)).await.unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    let names: Vec<String> = files().map(|name| name.into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name == ".datus-write.other.lock"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("notes")), "{names:?}");
}
