//! Databases in namespaces: `dir` in a folder, and `rest` through a server on loopback.

mod errors;
mod nested;
mod operations;
mod service;
mod writers;

use std::path::Path;

use datus_store::{Connect, Database, Maintenance, Store};

use super::through_s3::{Page, page, pages};
use crate::support::models::vector;
use crate::support::namespace::{Server, dir};

/// The property that makes a `dir` namespace manage the versions of its tables.
const MANAGED: (&str, &str) = ("table_version_tracking_enabled", "true");

/// A namespace in a folder, or behind a server.
struct Catalog {
    folder: tempfile::TempDir,
    server: Option<Server>,
    properties: Vec<(&'static str, &'static str)>,
    path: Vec<&'static str>,
}

impl Catalog {
    fn dir(properties: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, server: None, properties: properties.to_vec(), path: Vec::new() }
    }

    async fn rest(properties: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), properties).await;
        Self { folder, server: Some(server), properties: Vec::new(), path: Vec::new() }
    }

    fn nested(self, path: &[&'static str]) -> Self {
        Self { path: path.to_vec(), ..self }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn connect(&self) -> Connect {
        let connect = match &self.server {
            Some(server) => server.connect(),
            None => dir(self.folder(), &self.properties),
        };
        connect.namespace(self.path.iter().copied())
    }

    async fn unmaintained(&self) -> Database {
        self.connect().maintenance(Maintenance::off()).await.unwrap()
    }
}

/// Returns all rows in ascending order of id, and asserts that each has the vector of its text times a factor.
async fn rows(store: &Store<Page>, factor: f32) -> Vec<Page> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    for row in &rows {
        let expected: Vec<f32> = vector(&row.record.text).iter().map(|value| value * factor).collect();
        assert_eq!(row.vector(), Some(&*expected), "{:?}", row.record);
    }
    rows.into_iter().map(|row| row.record).collect()
}

/// Returns the names of the entries in the folder, without the library's own files for locks and drop counts.
fn contents(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with(".datus-")).collect();
    names.sort();
    names
}
