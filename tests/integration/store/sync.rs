use datus_store::{EmbeddingRecord, ErrorKind, Filter, Store, Synced};

use super::{Note, NoteFilter, line, memory, note, notes, notes_of, sorted_ids};
use crate::support::models::Toy;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pages", key(site, path))]
struct Page {
    site: String,
    path: String,
    lang: Option<String>,
    #[datus(embed(metric = l2))]
    text: String,
}

fn page(site: &str, path: &str, text: &str) -> Page {
    Page { site: site.to_owned(), path: path.to_owned(), lang: None, text: text.to_owned() }
}

async fn pages(rows: &[Page]) -> Store<Page> {
    let store: Store<Page> = memory().await.store(Toy::new()).await.unwrap();
    store.add(rows).await.unwrap();
    store
}

async fn all(store: &Store<Page>) -> Vec<Page> {
    let mut rows: Vec<Page> = store.search_all().await.unwrap();
    rows.sort_by(|a, b| (&a.site, &a.path).cmp(&(&b.site, &b.path)));
    rows
}

#[tokio::test]
async fn a_sync_makes_a_scope_equal_to_the_rows_in_one_commit() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    store.add(line(10)).await.unwrap();
    let version = store.version().await.unwrap();
    let mut rows: Vec<Note> = line(10).into_iter().filter(|row| row.id % 2 == 0 && row.id != 4).collect();
    rows[1].rank = None;
    rows.push(Note { topic: "even".to_owned(), ..note(20, "20 0 1") });
    let synced = store.sync(&rows).within(|t| t.topic.eq("even")).await.unwrap();
    assert_eq!((synced.inserted, synced.updated, synced.unchanged, synced.deleted), (1, 1, 3, 1));
    assert_eq!((synced.embedded, synced.reused, synced.version), (1, 1, Some(version + 1)));
    assert_eq!(store.version().await.unwrap(), version + 1);
    let mut even: Vec<Note> = store.search_all().topic("even").await.unwrap();
    even.sort_by_key(|row| row.id);
    assert_eq!(even, rows);
    assert_eq!(sorted_ids(&store.search_all().topic("odd").await.unwrap()), [1, 3, 5, 7, 9]);

    let again = store.sync(&rows).within(|t| t.topic.eq("even")).await.unwrap();
    assert_eq!((again.unchanged, again.deleted, again.version), (5, 0, None));
    assert_eq!((store.version().await.unwrap(), model.embedded()), (version + 1, 11));
}

#[tokio::test]
async fn a_sync_that_only_deletes_rows_makes_one_commit() {
    let store = notes_of(&line(10)).await;
    let version = store.version().await.unwrap();
    let synced = store.sync(line(8)).all_rows().await.unwrap();
    assert_eq!((synced.unchanged, synced.deleted, synced.version), (8, 2, Some(version + 1)));
    assert_eq!(store.version().await.unwrap(), version + 1);
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), (0..8).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_empty_input_is_an_error_unless_it_is_allowed() {
    let store = notes_of(&line(10)).await;
    let none = Vec::<Note>::new;
    let error = store.sync(none()).within(|t| t.topic.eq("odd")).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("sync")));
    assert!(error.help().unwrap().contains("allow_empty"), "{error}");
    assert_eq!(store.count().await.unwrap(), 10);
    let synced = store.sync(none()).within(|t| t.topic.eq("odd")).allow_empty().await.unwrap();
    assert_eq!((synced.deleted, synced.inserted), (5, 0));
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), [0, 2, 4, 6, 8]);
    let synced = store.sync(none()).all_rows().allow_empty().await.unwrap();
    assert_eq!((synced.deleted, store.count().await.unwrap()), (5, 0));
    let synced = store.sync(none()).all_rows().allow_empty().await.unwrap();
    assert_eq!(synced, Synced::default());
}

#[tokio::test]
async fn a_part_that_is_the_whole_table_must_be_named_as_such() {
    let store = notes_of(&line(10)).await;
    let version = store.version().await.unwrap();
    for error in [
        store.sync(line(2)).within(|_| Filter::all()).await.unwrap_err(),
        store.sync(line(2)).within(|_| NoteFilter::default()).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("sync")));
        assert!(error.help().unwrap().contains("`.all_rows()`"), "{error}");
    }
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 10));
}

#[tokio::test]
async fn a_row_outside_the_scope_is_an_error_that_names_its_key() {
    let store = notes_of(&line(10)).await;
    let version = store.version().await.unwrap();
    for place in [0, 4, 4999] {
        let mut rows = line(10_000);
        rows.retain(|row| row.topic == "even");
        rows[place].topic = "odd".to_owned();
        let id = rows[place].id;
        let error = store.sync(rows).within(|t| t.topic.eq("even")).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("sync")));
        assert!(error.message().contains(&format!("key `{id}` is outside the part")), "{error}");
    }
    // The condition of `within` is not true for a null either.
    let error = store.sync(line(1).into_iter().map(|row| Note { rank: None, ..row }));
    let error = error.within(|t| t.rank.ge(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 10));
}

#[tokio::test]
async fn rows_that_share_part_of_a_vanished_key_stay() {
    let store = pages(&[
        page("a", "x", "1 1 1"),
        page("a", "y", "1 1 1"),
        page("b", "x", "1 1 1"),
        page("b", "y", "1 1 1"),
        page("x", "a", "1 1 1"),
        page("a\"b", "x'y", "1 1 1"),
        page("", "", "1 1 1"),
    ])
    .await;
    // Only (a, y) is deleted. A changed row is written too, so that the write is a merge.
    let synced = store.sync([page("a", "x", "2 2 2")]).within(|t| t.site.eq("a")).await.unwrap();
    assert_eq!((synced.updated, synced.deleted), (1, 1));
    let expected = [
        page("", "", "1 1 1"),
        page("a", "x", "2 2 2"),
        page("a\"b", "x'y", "1 1 1"),
        page("b", "x", "1 1 1"),
        page("b", "y", "1 1 1"),
        page("x", "a", "1 1 1"),
    ];
    assert_eq!(all(&store).await, expected);
    // (b, x) and (a"b, x'y) are deleted. The condition spans several sites.
    let rows = [page("a", "x", "3 3 3")];
    let synced = store.sync(rows).within(|t| t.path.starts_with("x")).await.unwrap();
    assert_eq!((synced.updated, synced.deleted), (1, 2));
    let left: Vec<(String, String)> =
        all(&store).await.into_iter().map(|page| (page.site, page.path)).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(left, [pair("", ""), pair("a", "x"), pair("b", "y"), pair("x", "a")]);
}

#[tokio::test]
async fn random_grids_lose_exactly_the_cells_that_vanished() {
    let mut random = fastrand::Rng::with_seed(12345);
    let store = pages(&[]).await;
    for round in 0..12 {
        let before = all(&store).await;
        let (rows, columns) = (random.usize(1..=12), random.usize(1..=12));
        let mut wanted = Vec::new();
        for cell in 0..rows * columns {
            if random.usize(..3) > 0 {
                let text = format!("{} 0 1", random.usize(..2));
                wanted.push(page(&format!("s{}", cell / columns), &format!("p{}", cell % columns), &text));
            }
        }
        let split = format!("s{}", random.usize(..6));
        let (inside, outside): (Vec<Page>, Vec<Page>) =
            wanted.into_iter().partition(|page| page.site <= split);
        drop(outside);
        let scope = split.clone();
        store.sync(&inside).within(move |t| t.site.le(scope)).allow_empty().await.unwrap();
        let mut expected: Vec<Page> = before.into_iter().filter(|page| page.site > split).collect();
        expected.extend(inside);
        expected.sort_by(|a, b| (&a.site, &a.path).cmp(&(&b.site, &b.path)));
        assert_eq!(all(&store).await, expected, "round {round}");
    }
}

#[tokio::test]
async fn a_row_from_outside_moves_into_the_scope() {
    let store = notes_of(&line(4)).await;
    let moved = Note { topic: "even".to_owned(), ..line(4)[1].clone() };
    let synced = store.sync([line(4)[0].clone(), moved]).within(|t| t.topic.eq("even")).await.unwrap();
    assert_eq!((synced.updated, synced.unchanged, synced.deleted), (1, 1, 1));
    assert_eq!(sorted_ids(&store.search_all().topic("even").await.unwrap()), [0, 1]);
    assert_eq!(sorted_ids(&store.search_all().topic("odd").await.unwrap()), [3]);
}

#[tokio::test]
async fn two_rows_of_one_key_are_an_error() {
    let store = notes_of(&line(4)).await;
    let error = store.sync([note(1, "1 1 1"), note(1, "2 2 2")]).all_rows().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("two of the rows have the key `1`"), "{error}");
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn rows_come_from_a_stream_whose_error_leaves_the_table_as_it_was() {
    let store = notes_of(&line(4)).await;
    let version = store.version().await.unwrap();
    let rows = line(6000).into_iter().map(Ok).chain([Err(std::io::Error::other("cut off"))]);
    let error = store.sync_stream(futures::stream::iter(rows)).all_rows().await.unwrap_err();
    assert_eq!((error.kind(), store.version().await.unwrap()), (ErrorKind::Source, version));
    let rows = futures::stream::iter(line(6000).into_iter().map(Ok::<_, std::io::Error>));
    let synced = store.sync_stream(rows).all_rows().total(6000).await.unwrap();
    assert_eq!((synced.inserted, synced.unchanged), (5996, 4));
}

#[tokio::test]
async fn only_the_missing_keys_of_many_similar_keys_vanish() {
    let name = |n: usize| format!("{}{n}", ["", "\u{1f}", "\u{1e}", "'"][n % 4]);
    let rows: Vec<Page> = (0..150)
        .flat_map(|n| {
            [
                page(&name(n), &name(n), "1 1 1"),
                page(&name(n), &name(n + 1), "1 1 1"),
                page(&name(n), "", "1 1 1"),
            ]
        })
        .collect();
    for change in [false, true] {
        let store = pages(&rows).await;
        let mut keep: Vec<Page> = rows.iter().filter(|page| page.site != page.path).cloned().collect();
        if change {
            keep[0].text = "2 2 2".to_owned();
        }
        let synced = store.sync(&keep).all_rows().await.unwrap();
        assert_eq!((synced.updated, synced.deleted), (usize::from(change), 150));
        keep.sort_by(|a, b| (&a.site, &a.path).cmp(&(&b.site, &b.path)));
        assert_eq!(all(&store).await, keep);
    }
}

#[tokio::test]
async fn thousands_of_keys_of_two_columns_vanish_at_once() {
    let rows: Vec<Page> =
        (0..6000).map(|n| page(&format!("site {n}"), &format!("path {}", n * 7), "1 1 1")).collect();
    let store = pages(&rows).await;
    let keep = &rows[..100];
    let mut changed = keep.to_vec();
    changed[0].text = "2 2 2".to_owned();
    let synced = store.sync(&changed).all_rows().await.unwrap();
    assert_eq!((synced.updated, synced.unchanged, synced.deleted), (1, 99, 5900));
    assert_eq!(store.count().await.unwrap(), 100);
}
