//! The files of a part, and their state in storage.

use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

use futures::{StreamExt, TryStreamExt, stream};
use lance_table::format::{DataFile, Fragment};
use object_store::ObjectStoreExt;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Written;
use super::{BulkVersion, failed};
use crate::error::{Error, ErrorKind, Result};

/// The number of files that are examined concurrently.
const AT_ONCE: usize = 32;

/// The files of a part. No version of the table contains them before the commit.
///
/// Each fragment is serialized as JSON text, which every serde format can represent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PartFiles(Vec<Fragment>);

/// The state of a part's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartState {
    /// The files exist.
    Complete {
        /// The time since the oldest file was written. It is zero if there are no files.
        age: Duration,
    },
    /// A file does not exist or is incomplete.
    Missing {
        /// The name of the file.
        file: String,
    },
}

impl PartFiles {
    /// Returns the files of rows that were written but not committed.
    ///
    /// # Errors
    /// `Unsupported` if the rows are already committed. LanceDB's service commits rows as it receives them.
    pub(crate) fn of(written: &Written) -> Result<Self> {
        let fragments = written.fragments().ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "the storage commits rows as it receives them")
        })?;
        Ok(Self(fragments.to_vec()))
    }

    pub(super) fn fragments(&self) -> &[Fragment] {
        &self.0
    }

    pub(super) fn data_files(&self) -> impl Iterator<Item = &DataFile> {
        self.0.iter().flat_map(|fragment| &fragment.files)
    }

    /// Returns the number of rows in the files.
    pub(crate) fn rows(&self) -> usize {
        self.0.iter().filter_map(Fragment::num_rows).sum()
    }
}

impl BulkVersion {
    /// Returns the state of the files of a part. Makes one request for each file.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub(crate) async fn state_of(&self, files: &PartFiles) -> Result<PartState> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        let named = files.data_files().map(|file| (file.path.clone(), file.file_size_bytes.get()));
        let named: Vec<(String, Option<NonZeroU64>)> = named.collect();
        let examined = stream::iter(named).map(|(file, size)| {
            let (storage, path) = (storage.clone(), self.dataset.data_dir().join(file.as_str()));
            async move {
                match storage.inner.head(&path).await {
                    Ok(found) if size.is_none_or(|size| size.get() == found.size) => {
                        Ok(Ok(SystemTime::from(found.last_modified)))
                    }
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(Err(file)),
                    Err(error) => Err(failed(error.into())),
                }
            }
        });
        let examined: Vec<std::result::Result<SystemTime, String>> =
            examined.buffer_unordered(AT_ONCE).try_collect().await?;
        let mut oldest = SystemTime::now();
        for written in examined {
            match written {
                Ok(written) => oldest = oldest.min(written),
                Err(file) => return Ok(PartState::Missing { file }),
            }
        }
        Ok(PartState::Complete { age: SystemTime::now().duration_since(oldest).unwrap_or_default() })
    }

    /// Removes the files of a part that will not be committed. Some may already have been removed.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub(crate) async fn remove_part(&self, files: &PartFiles) -> Result<()> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        for file in files.data_files() {
            match storage.delete(&self.dataset.data_dir().join(file.path.as_str())).await {
                Err(error) if !error.is_not_found() => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Serialize for PartFiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let texts = self.0.iter().map(serde_json::to_string);
        let texts: Vec<String> = texts.collect::<std::result::Result<_, _>>().map_err(S::Error::custom)?;
        texts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PartFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let fragments = texts.iter().map(|text| serde_json::from_str(text));
        fragments.collect::<std::result::Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}
