//! A loopback server for Lance's REST protocol for namespaces: the adapter of `lance-namespace-impls` over a `dir`.

use std::path::Path;

use datus_store::{Connect, Database};
use lance_namespace_impls::{ConnectBuilder, RestAdapter, RestAdapterConfig, RestAdapterHandle};

/// The server. It stops when it is dropped.
pub(crate) struct Server(RestAdapterHandle);

impl Server {
    /// Starts a server whose catalog and tables are in the folder.
    pub(crate) async fn start(folder: &Path, properties: &[(&str, &str)]) -> Self {
        let mut dir = ConnectBuilder::new("dir").property("root", folder.to_str().unwrap());
        for (name, value) in properties {
            dir = dir.property(*name, *value);
        }
        let config = RestAdapterConfig { host: "127.0.0.1".to_owned(), port: 0 };
        Self(RestAdapter::new(dir.connect().await.unwrap(), config).start().await.unwrap())
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://127.0.0.1:{}", self.0.port())
    }

    pub(crate) fn connect(&self) -> Connect {
        Database::connect_namespace("rest", [("uri", self.uri())])
    }
}

/// Connects to a `dir` in the folder.
pub(crate) fn dir(folder: &Path, properties: &[(&str, &str)]) -> Connect {
    let root = ("root", folder.to_str().unwrap());
    Database::connect_namespace("dir", properties.iter().copied().chain([root]))
}
