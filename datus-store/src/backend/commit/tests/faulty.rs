//! An object store for tests of failing and slow writes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Semaphore;

/// The faults of a store. The end of a file's name selects the files.
#[derive(Debug)]
pub(in crate::backend::commit) struct Faults {
    /// The store cannot write these files.
    pub(in crate::backend::commit) refused: Mutex<Option<&'static str>>,
    /// The store does not write these files until a permit is added to `permits`.
    pub(in crate::backend::commit) held: Mutex<Option<&'static str>>,
    pub(in crate::backend::commit) permits: Semaphore,
}

impl Default for Faults {
    fn default() -> Self {
        Self { refused: Mutex::default(), held: Mutex::default(), permits: Semaphore::new(0) }
    }
}

#[derive(Debug)]
pub(in crate::backend::commit) struct Faulty {
    pub(in crate::backend::commit) inner: Arc<dyn ObjectStore>,
    pub(in crate::backend::commit) faults: Arc<Faults>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let is = |end: &Mutex<Option<&str>>| {
            end.lock().unwrap().is_some_and(|end| location.as_ref().ends_with(end))
        };
        if is(&self.faults.held) {
            self.faults.permits.acquire().await.unwrap().forget();
        }
        if is(&self.faults.refused) {
            return Err(Error::Generic { store: "local", source: "the disk is full".into() });
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
        self.inner.delete_stream(locations)
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
