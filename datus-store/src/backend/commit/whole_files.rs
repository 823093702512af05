//! Writes the small files of a commit to a local folder in one step each.
//!
//! Lance creates a local file, writes its content and renames it in separate calls, and each call moves to another thread and
//! back. For a commit of one row, these moves take longer than the system calls. The `object_store` crate performs all the
//! system calls of a put on one thread, so the commits of this crate put whole files.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use lance_io::local::to_local_path;
use lance_io::object_store::{DEFAULT_DOWNLOAD_RETRY_COUNT, ObjectStore};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore as RawObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::task::JoinHandle;
use url::Url;

/// The name of the file in which Lance keeps the number of a recent version.
const VERSION_HINT: &str = "latest_version_hint.json";

/// The end of the names of transaction files.
const TRANSACTION: &str = ".txn";

/// The part that the names of manifests and of their temporary files have in common.
const MANIFEST: &str = ".manifest";

/// The scheme of local files that Lance writes through their store.
const SCHEME: &str = "file-object-store";

/// Returns the store of a local folder, changed so that each file is written in one step. It is meant for writes: Lance reads
/// local files faster from the store that is given here. Returns any other store unchanged.
pub(in crate::backend) fn whole_files(store: &ObjectStore) -> ObjectStore {
    let Ok(location) = Url::parse(&format!("{SCHEME}:///")) else { return store.clone() };
    if !store.has_direct_local_paths() {
        return store.clone();
    }
    let inner = Arc::clone(&store.inner);
    let (block, parallelism) = (Some(store.block_size()), store.io_parallelism());
    let retries = DEFAULT_DOWNLOAD_RETRY_COUNT;
    // Without a wrapper; parts can have different sizes, and listings are not in order.
    let mut whole = ObjectStore::new(inner, location, block, None, false, false, parallelism, retries, None);
    whole.inner = Arc::new(WholeFiles { inner: Arc::clone(&store.inner), transaction: Mutex::default() });
    // Lance's caches contain the prefix in their keys. With the same prefix, reads find what a commit has cached.
    whole.store_prefix.clone_from(&store.store_prefix);
    whole
}

/// Returns `true` for a store of local files, including those that [`whole_files`] returns.
pub(super) fn is_local(store: &ObjectStore) -> bool {
    store.is_local() || store.scheme() == SCHEME
}

/// A store of local files. It differs from the inner store in two ways:
///
/// - A transaction file is written while Lance builds the manifest. The manifest is only written once the transaction file
///   exists.
/// - The content of the version hint is replaced in place. On ext4, renaming a file onto an existing file takes about three times
///   as long as creating a file. A half-written hint, as a reader may see it or a power failure may leave it, does no harm:
///   readers list the versions if the hint cannot be parsed or names a version that does not exist.
#[derive(Debug)]
struct WholeFiles {
    inner: Arc<dyn RawObjectStore>,
    /// The transaction file that is being written.
    transaction: Mutex<Option<JoinHandle<Result<PutResult>>>>,
}

impl WholeFiles {
    fn take_transaction(&self) -> Option<JoinHandle<Result<PutResult>>> {
        self.transaction.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Replaces the content of a file, or creates the file.
    async fn overwrite(location: &Path, payload: PutPayload) -> Result<()> {
        let path = to_local_path(location);
        let written = tokio::task::spawn_blocking(move || replace_content(&path, &payload)).await;
        written.map_err(failed)?.map_err(failed)
    }
}

/// Waits until a transaction file is written.
async fn written(transaction: Option<JoinHandle<Result<PutResult>>>) -> Result<()> {
    match transaction {
        Some(transaction) => transaction.await.map_err(failed)?.map(drop),
        None => Ok(()),
    }
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Generic { store: "local", source: Box::new(source) }
}

impl fmt::Display for WholeFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl RawObjectStore for WholeFiles {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let unknown = PutResult { e_tag: None, version: None, extensions: Default::default() };
        let name = location.filename().unwrap_or_default();
        // A file that belongs to a different user can be replaced but not written.
        if name == VERSION_HINT && Self::overwrite(location, payload.clone()).await.is_ok() {
            return Ok(unknown);
        }
        if name.ends_with(TRANSACTION) {
            let (inner, location) = (Arc::clone(&self.inner), location.clone());
            let write = async move { inner.put_opts(&location, payload, options).await };
            let before =
                self.transaction.lock().unwrap_or_else(PoisonError::into_inner).replace(tokio::spawn(write));
            return written(before).await.map(|()| unknown);
        }
        if name.contains(MANIFEST) {
            written(self.take_transaction()).await?;
        }
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        // Lance deletes the transaction file of a commit that failed.
        let transaction = self.take_transaction();
        let waited = stream::once(async move { drop(written(transaction).await) });
        waited.filter_map(|()| async { None }).chain(self.inner.delete_stream(locations)).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn replace_content(path: &str, payload: &PutPayload) -> io::Result<()> {
    let content: Vec<u8> = payload.iter().flatten().copied().collect();
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    let is_shorter = file.metadata()?.len() > content.len() as u64;
    file.write_all(&content)?;
    if is_shorter { file.set_len(content.len() as u64) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
