//! Several programs that re-embed a table at the same time, and rows without a vector.

use std::time::Duration;

use datus_store::{Database, ErrorKind, Store};

use super::super::{Note, line};
use super::{filled, other, times, vectors};
use crate::support::models::Toy;

async fn opened(folder: &std::path::Path) -> Store<Note> {
    Database::connect(folder).await.unwrap().store(Toy::new()).await.unwrap()
}

#[tokio::test]
async fn one_of_two_simultaneous_reembeds_does_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let rows = line(80);
    let first = filled(&Database::connect(folder.path()).await.unwrap(), &rows).await;
    let second = opened(folder.path()).await;
    let slow = || other().with_delay(Duration::from_millis(20));
    let models = [slow(), slow()];
    let (one, two) =
        tokio::join!(async { first.reembed(models[0].clone()).batch_size(20).await.unwrap() }, async {
            second.reembed(models[1].clone()).batch_size(20).await.unwrap()
        },);
    assert_eq!(one.rows + two.rows, 80);
    assert_eq!(models[0].embedded() + models[1].embedded(), 80);
    assert_eq!([one.version, two.version].iter().flatten().count(), 1);
    let opened: Store<Note> = Database::connect(folder.path()).await.unwrap().store(other()).await.unwrap();
    assert_eq!(vectors(&opened).await, times(10.0, &rows));
}

#[tokio::test]
async fn a_change_that_another_program_abandoned_is_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let rows = line(40);
    let store = filled(&Database::connect(folder.path()).await.unwrap(), &rows).await;
    let another = opened(folder.path()).await;
    let slow = other().with_delay(Duration::from_millis(200));
    let (changed, ()) = tokio::join!(async { store.reembed(slow).batch_size(10).await }, async {
        while another.schema().await.unwrap().field_with_name("vector__standby").is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        another.drop_standby().await.unwrap();
    });
    let error = changed.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, Some("reembed")), "{error:?}");
    assert!(error.help().is_some_and(|help| help.contains("reembed")), "{error:?}");
    assert_eq!(vectors(&another).await, times(1.0, &rows));
    assert_eq!(store.reembed(other()).await.unwrap().rows, 40);
}
