//! Objects that are written in parts.

use std::collections::BTreeMap;

use axum::body::Bytes;

use super::objects::{Condition, Objects, Refused};

/// An upload, with the number, the tag, and the bytes of each part.
#[derive(Debug, Default)]
pub(super) struct Upload {
    key: String,
    parts: BTreeMap<usize, (String, Bytes)>,
}

impl Objects {
    /// Starts an upload and returns its id.
    pub(super) fn start_upload(&self, key: &str) -> String {
        let mut contents = self.contents();
        let id = contents.next_name();
        contents.uploads.insert(id.clone(), Upload { key: key.to_owned(), parts: BTreeMap::new() });
        id
    }

    /// Adds a part and returns its tag.
    pub(super) fn upload_part(&self, id: &str, number: usize, bytes: Bytes) -> Result<String, Refused> {
        let mut contents = self.contents();
        let tag = format!("\"{}\"", contents.next_name());
        let upload = contents.uploads.get_mut(id).ok_or(Refused::NoUpload)?;
        upload.parts.insert(number, (tag.clone(), bytes));
        Ok(tag)
    }

    /// Assembles the object from the parts with these numbers and tags, and returns its tag. As in S3, completing an upload
    /// again has the same result.
    pub(super) fn complete_upload(
        &self,
        id: &str,
        listed: &[(usize, String)],
        condition: &Condition,
    ) -> Result<String, Refused> {
        let mut contents = self.contents();
        if let Some(tag) = contents.completed.get(id) {
            return Ok(tag.clone());
        }
        let upload = contents.uploads.get(id).ok_or(Refused::NoUpload)?;
        let mut bytes = Vec::new();
        for (number, tag) in listed {
            match upload.parts.get(number) {
                Some((uploaded, part)) if uploaded == tag => bytes.extend_from_slice(part),
                _ => return Err(Refused::InvalidPart),
            }
        }
        let key = upload.key.clone();
        let tag = contents.put(&key, bytes.into(), condition)?.tag;
        contents.uploads.remove(id);
        contents.completed.insert(id.to_owned(), tag.clone());
        Ok(tag)
    }

    pub(super) fn abort_upload(&self, id: &str) {
        self.contents().uploads.remove(id);
    }
}
