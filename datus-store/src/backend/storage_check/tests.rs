//! Tests with object stores that do not fully honor put-if-absent.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore as Storage,
    PutMultipartOptions, PutResult, Result as StorageResult,
};

use super::*;

/// The behavior of a test store when an object already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Sound,
    /// Checks for the object first and writes it later, so several concurrent creations all succeed.
    LooksFirst,
    /// Refuses the second creation, but overwrites the object.
    OverwritesTheFirst,
    /// Refuses the creation of an object that exists, but overwrites it.
    OverwritesLater,
    /// Accepts the creation of an object that exists, but does nothing.
    AcceptsLater,
}

/// An in-memory object store with a flaw.
#[derive(Debug)]
struct Flawed {
    inner: Arc<dyn Storage>,
    flaw: Flaw,
    /// The number of creations so far.
    creations: AtomicUsize,
}

impl fmt::Display for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.flaw)
    }
}

#[async_trait]
impl Storage for Flawed {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> StorageResult<PutResult> {
        let number = self.creations.fetch_add(1, Ordering::SeqCst);
        let overwrite = || self.inner.put_opts(location, payload.clone(), PutMode::Overwrite.into());
        let refuse =
            || StorageError::AlreadyExists { path: location.to_string(), source: "it exists".into() };
        match self.flaw {
            Flaw::LooksFirst => {
                let exists = self.inner.head(location).await.is_ok();
                tokio::task::yield_now().await;
                if exists { Err(refuse()) } else { overwrite().await }
            }
            Flaw::OverwritesTheFirst if number == 1 => {
                overwrite().await?;
                Err(refuse())
            }
            Flaw::OverwritesLater if number == WRITERS => {
                overwrite().await?;
                Err(refuse())
            }
            Flaw::AcceptsLater if number == WRITERS => {
                let none = self.inner.put_opts(location, payload, options).await;
                assert!(none.is_err(), "the object exists");
                Ok(PutResult { e_tag: None, version: None, extensions: Default::default() })
            }
            _ => self.inner.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> StorageResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StorageResult<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StorageResult<Path>>,
    ) -> BoxStream<'static, StorageResult<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StorageResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StorageResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StorageResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

async fn honors(flaw: Flaw) -> Result<bool> {
    let mut storage = ObjectStore::memory();
    let inner = Arc::clone(&storage.inner);
    storage.inner = Arc::new(Flawed { inner, flaw, creations: AtomicUsize::new(0) });
    is_honored(&storage, &Path::from("probe")).await
}

#[tokio::test]
async fn each_way_to_break_the_promise_is_found_out() -> Result<()> {
    assert!(honors(Flaw::Sound).await?);
    for flaw in [Flaw::LooksFirst, Flaw::OverwritesTheFirst, Flaw::OverwritesLater, Flaw::AcceptsLater] {
        assert!(!honors(flaw).await?, "{flaw:?}");
    }
    Ok(())
}
