//! The responses of a server.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State as Extract};
use axum::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use axum::http::{Method, Response, StatusCode};
use axum::response::Response as AxumResponse;

use super::faults::{Fault, Faults};
use super::link::Link;
use super::listing::list;
use super::objects::{Object, Objects, Refused};
use super::request::{Kind, S3Request};
use super::xml::{element, texts};

/// The delay of a slow response.
const LATE: Duration = Duration::from_millis(150);

/// The approximate size of the head of a response, in bytes.
const HEAD: usize = 200;

#[derive(Clone)]
pub(super) struct State {
    pub(super) objects: Arc<Objects>,
    /// `None` on the port without faults.
    pub(super) faults: Option<Arc<Faults>>,
}

/// Answers a request, and applies its fault.
pub(super) async fn respond(
    Extract(State { objects, faults }): Extract<State>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: Request,
) -> AxumResponse {
    let Some(request) = S3Request::read(request).await else {
        return error(StatusCode::BAD_REQUEST, "IncompleteBody");
    };
    let fault = faults.as_ref().and_then(|faults| faults.choose(&request));
    match fault {
        Some(Fault::SlowDown) => return error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Some(Fault::Conflict) => return error(StatusCode::CONFLICT, "ConditionalRequestConflict"),
        Some(Fault::Precondition) => return refused(Refused::Precondition),
        Some(Fault::Slow) => tokio::time::sleep(LATE).await,
        Some(Fault::Held) => stop(faults.as_deref()).await,
        _ => {}
    }
    let answer = done(&objects, &request).unwrap_or_else(refused);
    match fault {
        Some(Fault::Lost) => link.close_after(0),
        Some(Fault::Reset) => link.reset(),
        Some(Fault::Unanswered) => stop(faults.as_deref()).await,
        Some(Fault::Cut) => {
            let body = answer.body().size_hint().exact().unwrap_or_default();
            link.close_after(HEAD + usize::try_from(body / 2).unwrap_or_default());
        }
        Some(Fault::Failed) => return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        _ => {}
    }
    answer
}

async fn stop(faults: Option<&Faults>) {
    if let Some(faults) = faults {
        faults.stop().await;
    }
}

/// Executes a request and returns its response.
fn done(objects: &Objects, request: &S3Request) -> Result<AxumResponse, Refused> {
    let upload = request.parameter("uploadId");
    let condition = request.condition();
    Ok(match request.kind() {
        Kind::List => xml(list(objects, request)),
        Kind::Get | Kind::Head => read(request, objects.get(&request.key)?)?,
        Kind::Copy => {
            let source = request.copied().ok_or(Refused::NoKey)?;
            let Object { tag, modified, .. } = objects.copy(&source, &request.key, &condition)?;
            let modified = modified.to_rfc3339();
            let body = element("ETag", &tag) + &element("LastModified", &modified);
            xml(format!("<CopyObjectResult>{body}</CopyObjectResult>"))
        }
        Kind::Put => written(&objects.put(&request.key, request.body.clone(), &condition)?.tag),
        Kind::Create if request.method == Method::PUT => {
            written(&objects.put(&request.key, request.body.clone(), &condition)?.tag)
        }
        Kind::Delete => delete(objects, request),
        Kind::Upload => match (upload, &request.method) {
            (Some(id), &Method::DELETE) => {
                objects.abort_upload(id);
                empty(StatusCode::NO_CONTENT)
            }
            (Some(id), _) => part(objects, request, id)?,
            (None, _) => {
                let id = element("UploadId", &objects.start_upload(&request.key));
                xml(format!("<InitiateMultipartUploadResult>{id}</InitiateMultipartUploadResult>"))
            }
        },
        Kind::Complete | Kind::Create => {
            let body = String::from_utf8_lossy(&request.body);
            let numbers = texts(&body, "PartNumber").into_iter().map(|number| number.parse());
            let numbers: Vec<usize> = numbers.collect::<Result<_, _>>().map_err(|_| Refused::InvalidPart)?;
            let parts: Vec<_> = numbers.into_iter().zip(texts(&body, "ETag")).collect();
            let tag = objects.complete_upload(upload.ok_or(Refused::NoUpload)?, &parts, &condition)?;
            let tag = element("ETag", &tag);
            xml(format!("<CompleteMultipartUploadResult>{tag}</CompleteMultipartUploadResult>"))
        }
    })
}

fn part(objects: &Objects, request: &S3Request, upload: &str) -> Result<AxumResponse, Refused> {
    let number = request.parameter("partNumber").and_then(|number| number.parse().ok());
    let number = number.ok_or(Refused::InvalidPart)?;
    Ok(match request.copied() {
        Some(source) => {
            let tag = objects.upload_part(upload, number, objects.get(&source)?.bytes)?;
            xml(format!("<CopyPartResult>{}</CopyPartResult>", element("ETag", &tag)))
        }
        None => written(&objects.upload_part(upload, number, request.body.clone())?),
    })
}

fn delete(objects: &Objects, request: &S3Request) -> AxumResponse {
    if request.method == Method::DELETE {
        objects.delete(std::slice::from_ref(&request.key));
        return empty(StatusCode::NO_CONTENT);
    }
    let keys = texts(&String::from_utf8_lossy(&request.body), "Key");
    let bucket = request.key.trim_end_matches('/');
    let paths: Vec<String> = keys.iter().map(|key| format!("{bucket}/{key}")).collect();
    objects.delete(&paths);
    let deleted = keys.iter().map(|key| format!("<Deleted>{}</Deleted>", element("Key", key)));
    xml(format!("<DeleteResult>{}</DeleteResult>", deleted.collect::<String>()))
}

/// Returns an object or a part of it.
fn read(request: &S3Request, object: Object) -> Result<AxumResponse, Refused> {
    let Object { bytes, tag, modified } = object;
    if request.header("if-match").is_some_and(|expected| expected != tag) {
        return Err(Refused::Precondition);
    }
    let size = bytes.len();
    let range = request.range(size).map_err(|()| Refused::InvalidRange)?;
    let mut answer = Response::builder()
        .header(ETAG, tag)
        .header(LAST_MODIFIED, modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let part = match range {
        Some(range) => {
            let shown = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            answer = answer.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, shown);
            bytes.slice(range)
        }
        None => bytes,
    };
    let answer = answer.header(CONTENT_LENGTH, part.len());
    let body = if request.method == Method::HEAD { Bytes::new() } else { part };
    Ok(answer.body(Body::from(body)).expect("an answer"))
}

fn written(tag: &str) -> AxumResponse {
    Response::builder().header(ETAG, tag).body(Body::empty()).expect("an answer")
}

fn empty(status: StatusCode) -> AxumResponse {
    Response::builder().status(status).body(Body::empty()).expect("an answer")
}

fn xml(text: String) -> AxumResponse {
    Response::builder().header(CONTENT_TYPE, "application/xml").body(Body::from(text)).expect("an answer")
}

fn refused(reason: Refused) -> AxumResponse {
    match reason {
        Refused::Precondition => error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
        Refused::NoKey => error(StatusCode::NOT_FOUND, "NoSuchKey"),
        Refused::NoUpload => error(StatusCode::NOT_FOUND, "NoSuchUpload"),
        Refused::InvalidPart => error(StatusCode::BAD_REQUEST, "InvalidPart"),
        Refused::InvalidRange => error(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
    }
}

fn error(status: StatusCode, code: &str) -> AxumResponse {
    let body = format!("<Error>{}{}</Error>", element("Code", code), element("Message", code));
    Response::builder().status(status).body(Body::from(body)).expect("an answer")
}
