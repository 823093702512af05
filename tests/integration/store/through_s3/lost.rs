//! Faults in the request that commits. The write is done once, even if its writer does not get the response.

use datus_store::{ErrorKind, Maintenance, Store};
use futures::future::join_all;

use super::{Page, connect, open, page, pages, rows};
use crate::support::models::Toy;
use crate::support::s3::{Fault, Kind, Server};

/// The key suffix of the object that a commit creates.
const COMMIT: &str = ".manifest";

/// Faults during a commit. The commit takes effect with the first three, but not with the last three.
const FAULTS: [Fault; 6] =
    [Fault::Lost, Fault::Reset, Fault::Failed, Fault::SlowDown, Fault::Conflict, Fault::Precondition];

/// A write, and its name.
#[derive(Debug, Clone, Copy)]
enum Write {
    Add,
    AddMany,
    Upsert,
    Sync,
    Set,
    Embed,
    Delete,
    DeleteMany,
    Indexes,
    Optimize,
}

impl Write {
    const ALL: [Self; 10] = [
        Self::Add,
        Self::AddMany,
        Self::Upsert,
        Self::Sync,
        Self::Set,
        Self::Embed,
        Self::Delete,
        Self::DeleteMany,
        Self::Indexes,
        Self::Optimize,
    ];

    /// Runs the write, and makes the same change to the rows.
    async fn run(self, store: &Store<Page>, rows: &mut Vec<Page>, next: &mut i64) -> datus_store::Result<()> {
        let first = *next;
        match self {
            Self::Add | Self::AddMany => {
                let count = if matches!(self, Self::Add) { 2 } else { 300 };
                *next += count;
                rows.extend(pages(first..*next));
                let added = store.add(pages(first..*next)).await?;
                assert_eq!(added.rows as i64, count);
                assert_eq!(added.version, Some(store.version().await?));
            }
            Self::Upsert => {
                *next += 1;
                rows[0] = page(rows[0].id, &format!("upserted {first}"));
                rows.push(page(first, "new"));
                let done = store.upsert([rows[0].clone(), page(first, "new")]).await?;
                assert_eq!((done.inserted, done.updated), (1, 1));
            }
            Self::Sync => {
                *next += 1;
                rows.retain(|row| row.site != "odd");
                let odd = Page { site: "odd".to_owned(), ..page(first, "synced") };
                rows.push(odd.clone());
                assert_eq!(store.sync([odd]).within(|t| t.site.eq("odd")).await?.inserted, 1);
            }
            Self::Set => {
                rows.iter_mut().for_each(|row| row.views += 1);
                let done = store.update().all_rows().set_to(|t| t.views, |t| t.views.plus(1)).await?;
                assert_eq!(done.rows, rows.len());
            }
            Self::Embed => {
                *next += 1;
                let text = format!("{first} 5 5");
                rows.iter_mut().for_each(|row| row.text.clone_from(&text));
                store.update().all_rows().set(|t| t.text, text).await?;
            }
            Self::Delete => {
                let id = rows.remove(0).id;
                assert_eq!(store.delete().filter(|t| t.id.eq(id)).await?, 1);
            }
            Self::DeleteMany => {
                let id = rows[rows.len() / 2].id;
                let before = rows.len();
                rows.retain(|row| row.id >= id);
                assert_eq!(store.delete().filter(|t| t.id.lt(id)).await?, before - rows.len());
            }
            Self::Indexes => {
                store.create_indexes().samples(4).await?;
            }
            Self::Optimize => {
                store.optimize().await?;
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_with_a_fault_is_made_once_and_acknowledged() {
    // Each write has its own server, because most of the time is spent waiting before a request is repeated.
    join_all(Write::ALL.map(|write| tokio::spawn(made_once(write))))
        .await
        .into_iter()
        .for_each(|done| done.unwrap());
}

/// Runs the write once with each fault.
async fn made_once(write: Write) {
    let server = Server::start();
    let store = open(server.faulty_port()).await;
    let (mut expected, mut next) = (pages(0..40), 40);
    store.add(&expected).await.unwrap();
    for fault in FAULTS {
        server.faults().inject(Kind::Create, COMMIT, fault);
        write.run(&store, &mut expected, &mut next).await.unwrap_or_else(|error| {
            panic!("{write:?} with {fault:?}: {error:?}");
        });
        // If the index exists and the files are already optimized, there is nothing to commit.
        let commits = !matches!(write, Write::Indexes | Write::Optimize);
        assert!(!commits || server.faults().planned() == 0, "{write:?} has not met {fault:?}");
        expected.sort_by_key(|row| row.id);
        assert_eq!(rows(&store, 1.0).await, expected, "{write:?} with {fault:?}");
    }
}

#[tokio::test]
async fn a_creation_with_a_fault_is_made_once() {
    let server = Server::start();
    for fault in FAULTS {
        server.faults().inject(Kind::Create, COMMIT, fault);
        let store = open(server.faulty_port()).await;
        assert_eq!(server.faults().planned(), 0, "{fault:?}");
        store.add(pages(0..3)).await.unwrap();
        assert_eq!(store.version().await.unwrap(), 2, "{fault:?}");
        assert_eq!(rows(&open(server.port()).await, 1.0).await, pages(0..3), "{fault:?}");
        connect(server.port()).await.drop_table("pages").await.unwrap();
    }
}

#[tokio::test]
async fn a_restored_version_with_a_fault_is_restored_once() {
    let server = Server::start();
    let store = open(server.faulty_port()).await;
    store.add(pages(0..3)).await.unwrap();
    store.tag("three").await.unwrap();
    store.add(pages(3..5)).await.unwrap();
    for fault in FAULTS {
        let before = store.version().await.unwrap();
        server.faults().inject(Kind::Create, COMMIT, fault);
        assert_eq!(store.restore("three").await.unwrap(), before + 1, "{fault:?}");
        assert_eq!((server.faults().planned(), rows(&store, 1.0).await), (0, pages(0..3)), "{fault:?}");
    }
}

/// If the response to a commit is lost and the storage does not respond to the lookup of the outcome either, the error says
/// that the rows may have been written.
#[tokio::test]
async fn a_commit_of_unknown_outcome_is_an_error_that_says_so() {
    let server = Server::start();
    open(server.port()).await;
    let connect = server.faulty_port().connect("a folder/b").storage_option("client_max_retries", "0");
    let db = connect.maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    server.faults().inject(Kind::Create, COMMIT, Fault::Lost);
    // The outcome is looked up three times.
    (0..3).for_each(|_| server.faults().inject(Kind::Head, COMMIT, Fault::Lost));
    let error = store.add(pages(0..3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    assert!(error.message().contains("it may have happened"), "{error}");
    assert!(!error.to_string().contains("nothing was written"), "{error}");
    assert_eq!(server.faults().planned(), 0);
    assert_eq!(rows(&store, 1.0).await, pages(0..3), "the write did happen");
    // The help says to check the rows and write again, which is safe for an upsert.
    let again = store.upsert(pages(0..4)).await.unwrap();
    assert_eq!((again.inserted, again.unchanged), (1, 3));
}
