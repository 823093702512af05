//! The request `ListObjectsV2`.

use std::ops::Bound::{Excluded, Unbounded};

use chrono::SecondsFormat;

use super::objects::Objects;
use super::request::S3Request;
use super::xml::{element, escaped};

/// The maximum number of entries in a page. S3 uses 1000; the smaller number makes the tests read several pages.
const PAGE: usize = 50;

/// A page of a listing.
#[derive(Debug, Default)]
struct Page {
    /// The entries as XML.
    entries: String,
    count: usize,
    /// The last key or common prefix of the page.
    last: Option<String>,
    has_more: bool,
}

/// Lists objects, and returns the response as XML.
pub(super) fn list(objects: &Objects, request: &S3Request) -> String {
    let bucket = format!("{}/", request.key.trim_end_matches('/'));
    let prefix = format!("{bucket}{}", request.parameter("prefix").unwrap_or_default());
    let delimiter = request.parameter("delimiter").filter(|delimiter| !delimiter.is_empty());
    let after = request.parameter("continuation-token").or(request.parameter("start-after"));
    let most = request.parameter("max-keys").map_or(PAGE, |most| most.parse().expect("a number")).min(PAGE);

    let contents = objects.contents();
    let first = after.map_or(Excluded(bucket.clone()), |after| Excluded(format!("{bucket}{after}")));
    let mut page = Page::default();
    let is_prefix = |after: &&str| delimiter.is_some_and(|delimiter| after.ends_with(delimiter));
    let mut last_prefix = after.filter(is_prefix).map(str::to_owned);
    for (key, object) in contents.objects.range((first, Unbounded)) {
        let Some(rest) = key.strip_prefix(&prefix) else { continue };
        let key = &key[bucket.len()..];
        if last_prefix.as_ref().is_some_and(|prefix| key.starts_with(prefix)) {
            continue;
        }
        if page.count == most {
            page.has_more = true;
            break;
        }
        page.count += 1;
        let folder = delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
        if let Some(end) = folder {
            let common = key[..key.len() - rest.len() + end].to_owned();
            page.entries += &format!("<CommonPrefixes>{}</CommonPrefixes>", element("Prefix", &common));
            page.last = Some(common.clone());
            last_prefix = Some(common);
        } else {
            let modified = object.modified.to_rfc3339_opts(SecondsFormat::Millis, true);
            page.entries += &format!(
                "<Contents>{}{}{}<Size>{}</Size></Contents>",
                element("Key", key),
                element("LastModified", &modified),
                element("ETag", &object.tag),
                object.bytes.len()
            );
            page.last = Some(key.to_owned());
        }
    }
    let next = page.last.filter(|_| page.has_more);
    let next = next.map(|last| format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(&last)));
    format!(
        "<ListBucketResult><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>{}{}</ListBucketResult>",
        page.count,
        page.has_more,
        next.unwrap_or_default(),
        page.entries
    )
}
