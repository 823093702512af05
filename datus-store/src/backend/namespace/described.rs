use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lance::io::commit::namespace_manifest::LanceNamespaceExternalManifestStore;
use lance_io::object_store::{
    LanceNamespaceStorageOptionsProvider, ObjectStoreParams, StorageOptionsAccessor,
};
use lance_namespace::LanceNamespace;
use lance_table::io::commit::CommitHandler;
use lance_table::io::commit::external_manifest::ExternalManifestCommitHandler;
use lancedb::Error as LanceDbError;
use url::Url;

use crate::backend::commit::{following_commits, following_commits_of};
use crate::backend::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// The location, properties and storage options of a table, as its namespace returns them.
#[derive(PartialEq, Eq)]
pub(in crate::backend) struct DescribedTable {
    location: String,
    folder: Option<PathBuf>,
    /// The storage options that the namespace returns, such as credentials.
    options: Option<HashMap<String, String>>,
    is_managed: bool,
}

impl DescribedTable {
    /// Creates the description from a namespace's response.
    ///
    /// # Errors
    /// `Engine` if the response contains no location.
    pub(super) fn new(
        table: &str,
        location: Option<String>,
        options: Option<HashMap<String, String>>,
        managed: Option<bool>,
    ) -> Result<Self> {
        let Some(location) = location.filter(|location| !location.is_empty()) else {
            let message = format!("the namespace did not return the location of the table `{table}`");
            return Err(Error::new(ErrorKind::Engine, message)
                .with_help("use a namespace that returns the location of its tables"));
        };
        let location = location.trim_end_matches('/').to_owned();
        let folder = local_folder(&location);
        Ok(Self { location, folder, options, is_managed: managed == Some(true) })
    }

    /// Returns the URI or path of the table.
    pub(in crate::backend) fn location(&self) -> &str {
        &self.location
    }

    /// Returns the folder of the table, if it is a folder on this machine.
    pub(in crate::backend) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Returns `true` if the namespace manages the versions of the table, so that each commit goes through it.
    pub(in crate::backend) fn is_managed(&self) -> bool {
        self.is_managed
    }

    /// Returns `true` if both descriptions refer to the files of the same table.
    pub(in crate::backend) fn is_at_place_of(&self, other: &Self) -> bool {
        (&self.location, self.is_managed) == (&other.location, other.is_managed)
    }

    /// Returns the storage options of the table. They combine the options of the connection with those of the namespace. The
    /// options of the namespace take precedence and are renewed before they expire. Returns `None` if there are no options.
    pub(super) fn storage(
        &self,
        connection: &ObjectStoreParams,
        client: &Arc<dyn LanceNamespace>,
        id: Vec<String>,
    ) -> Option<ObjectStoreParams> {
        let mut options = connection.storage_options().cloned().unwrap_or_default();
        options.extend(self.options.iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        let accessor = match &self.options {
            None if options.is_empty() => return None,
            None => StorageOptionsAccessor::with_static_options(options),
            Some(_) => {
                let provider = Arc::new(LanceNamespaceStorageOptionsProvider::new(Arc::clone(client), id));
                StorageOptionsAccessor::with_initial_and_provider(options, provider)
            }
        };
        Some(ObjectStoreParams {
            storage_options_accessor: Some(Arc::new(accessor)),
            ..ObjectStoreParams::default()
        })
    }

    /// Returns the commit handler of the table.
    pub(super) async fn commits(
        &self,
        storage: &ObjectStoreParams,
        client: &Arc<dyn LanceNamespace>,
        id: Vec<String>,
    ) -> Result<Arc<dyn CommitHandler>> {
        if !self.is_managed {
            return following_commits(&self.location, self.folder.is_some(), storage).await.map_err(convert);
        }
        let store =
            LanceNamespaceExternalManifestStore::for_table_uri(Arc::clone(client), id, &self.location);
        let store = store.map_err(|error| convert(LanceDbError::from(error)))?;
        Ok(following_commits_of(Arc::new(ExternalManifestCommitHandler {
            external_manifest_store: Arc::new(store),
        })))
    }
}

/// Returns the folder that a location names, if it is a folder on this machine.
fn local_folder(location: &str) -> Option<PathBuf> {
    let path = Path::new(location);
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    let url = Url::parse(location).ok().filter(|url| url.scheme() == "file")?;
    url.to_file_path().ok()
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_location_on_this_machine_is_its_folder() {
        let folder = |location: &str| {
            let described = DescribedTable::new("notes", Some(location.to_owned()), None, None).unwrap();
            described.folder().map(|folder| folder.to_str().unwrap().to_owned())
        };
        assert_eq!(folder("/data/a b/notes.lance/"), Some("/data/a b/notes.lance".to_owned()));
        assert_eq!(folder("file:///data/a%20b/1f_a$notes"), Some("/data/a b/1f_a$notes".to_owned()));
        assert_eq!(folder("s3://bucket/notes.lance"), None);
        let error = DescribedTable::new("notes", None, None, None).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.message().contains("`notes`"), "{error}");
    }
}
