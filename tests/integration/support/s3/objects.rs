//! The objects of a server. Each method takes effect under one lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use chrono::{DateTime, Utc};

use super::uploads::Upload;

/// An object.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) tag: String,
    pub(super) modified: DateTime<Utc>,
}

/// The condition of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    None,
    /// The object does not exist.
    Absent,
    /// The object has this tag.
    Tag(String),
}

/// The reason why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Precondition,
    NoKey,
    NoUpload,
    InvalidPart,
    InvalidRange,
}

/// The objects of all buckets, by bucket and key.
#[derive(Debug, Default)]
pub(super) struct Objects(Mutex<Contents>);

#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) objects: BTreeMap<String, Object>,
    pub(super) uploads: HashMap<String, Upload>,
    /// The tag of the object that each completed upload made, by upload.
    pub(super) completed: HashMap<String, String>,
    /// The number of names created so far, from which tags and upload ids are created.
    writes: u64,
    ignores_conditions: bool,
}

impl Objects {
    pub(super) fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.contents().objects.keys().cloned().collect()
    }

    pub(super) fn completed_uploads(&self) -> usize {
        self.contents().completed.len()
    }

    pub(super) fn ignore_conditions(&self) {
        self.contents().ignores_conditions = true;
    }

    pub(super) fn get(&self, key: &str) -> Result<Object, Refused> {
        self.contents().objects.get(key).cloned().ok_or(Refused::NoKey)
    }

    pub(super) fn put(&self, key: &str, bytes: Bytes, condition: &Condition) -> Result<Object, Refused> {
        self.contents().put(key, bytes, condition)
    }

    pub(super) fn copy(&self, from: &str, to: &str, condition: &Condition) -> Result<Object, Refused> {
        let mut contents = self.contents();
        let bytes = contents.objects.get(from).ok_or(Refused::NoKey)?.bytes.clone();
        contents.put(to, bytes, condition)
    }

    pub(super) fn delete(&self, keys: &[String]) {
        let mut contents = self.contents();
        for key in keys {
            contents.objects.remove(key);
        }
    }
}

impl Contents {
    pub(super) fn put(&mut self, key: &str, bytes: Bytes, condition: &Condition) -> Result<Object, Refused> {
        let existing = self.objects.get(key);
        let holds = match condition {
            Condition::None => true,
            _ if self.ignores_conditions => true,
            Condition::Absent => existing.is_none(),
            Condition::Tag(tag) => existing.ok_or(Refused::NoKey)?.tag == *tag,
        };
        if !holds {
            return Err(Refused::Precondition);
        }
        let object = Object { bytes, tag: format!("\"{}\"", self.next_name()), modified: Utc::now() };
        self.objects.insert(key.to_owned(), object.clone());
        Ok(object)
    }

    /// Returns a name that no tag and no upload has yet.
    pub(super) fn next_name(&mut self) -> String {
        self.writes += 1;
        format!("{:032x}", self.writes)
    }
}
