use std::net::IpAddr;
use std::path::PathBuf;

use arrow_schema::DataType;
use datus_store::record::{ColumnWith, DisplayFromStr, Optional};
use datus_store::{BoxError, ColumnStruct, EmbeddingRecord, ErrorKind, record};

/// Stores a path as text. Fails if the path is not Unicode or is too long.
enum PathText {}

impl ColumnWith<PathBuf> for PathText {
    type Stored = String;

    fn store(path: &PathBuf) -> Result<String, BoxError> {
        match path.to_str() {
            Some(text) if text.len() < 20 => Ok(text.to_owned()),
            _ => Err("not a path to store".into()),
        }
    }

    fn load(text: String) -> Result<PathBuf, BoxError> {
        if text.starts_with('/') { Ok(text.into()) } else { Err(format!("`{text}` is not absolute").into()) }
    }
}

/// Stores seconds as milliseconds, and zero as null.
enum Millis {}

impl ColumnWith<f64> for Millis {
    type Stored = Option<i64>;

    fn store(seconds: &f64) -> Result<Option<i64>, BoxError> {
        Ok((*seconds != 0.0).then_some((seconds * 1000.0) as i64))
    }

    fn load(millis: Option<i64>) -> Result<f64, BoxError> {
        Ok(millis.unwrap_or_default() as f64 / 1000.0)
    }
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Server {
    #[datus(with = DisplayFromStr)]
    host: IpAddr,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Job {
    #[datus(key, with = PathText)]
    path: PathBuf,
    #[datus(with = Optional<PathText>, rename = "Link")]
    link: Option<PathBuf>,
    #[datus(with = Millis)]
    took: f64,
    server: Option<Server>,
    #[datus(with = DisplayFromStr, embed)]
    text: char,
}

fn job(path: &str) -> Job {
    Job { path: path.into(), link: None, took: 0.0, server: None, text: 'x' }
}

fn jobs() -> Vec<Job> {
    let server = Server { host: IpAddr::from([127, 0, 0, 1]), port: 80 };
    vec![
        job("/a"),
        Job { link: Some("/l".into()), took: 1.5, server: Some(server), text: 'ö', ..job("/b") },
        job("/c"),
    ]
}

#[test]
fn a_column_has_the_type_of_the_stored_value() {
    let fields = Job::definition().fields;
    let types: Vec<_> =
        fields.iter().map(|field| (field.name, field.data_type.clone(), field.nullable)).collect();
    assert_eq!(types[0], ("path", DataType::Utf8, false));
    assert_eq!(types[1], ("Link", DataType::Utf8, true));
    assert_eq!(types[2], ("took", DataType::Int64, true));
    assert_eq!(types[4], ("text", DataType::Utf8, false));
}

#[test]
fn values_go_through_the_adapter_and_back() {
    let batch = record::encode(&jobs()).unwrap();
    assert_eq!(batch.column(1).null_count(), 2);
    assert_eq!(record::decode::<Job>(&batch).unwrap(), jobs());
    assert_eq!(job("/a").source_text(0).as_deref(), Some("x"));
}

#[test]
fn a_failure_of_the_adapter_is_an_error_with_the_column_and_the_reason() {
    let error = record::encode(&[job("/a"), job("/a/very/long/path/to/some/file")]).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("path")));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "not a path to store");

    let batch = record::encode(&[job("relative")]).unwrap();
    let error = record::decode::<Job>(&batch).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("path")));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "`relative` is not absolute");
}

#[test]
fn a_template_contains_the_stored_value() {
    #[derive(EmbeddingRecord)]
    struct Page {
        #[datus(with = DisplayFromStr)]
        host: IpAddr,
        #[datus(embed(template = "{host}{path}"), with = Optional<PathText>)]
        path: Option<PathBuf>,
    }

    let mut page = Page { host: IpAddr::from([127, 0, 0, 1]), path: Some("/a".into()) };
    assert_eq!(page.source_text(0).as_deref(), Some("127.0.0.1/a"));
    page.path = None;
    assert_eq!(page.source_text(0).as_deref(), Some("127.0.0.1"));
    assert!(page.host.is_ipv4() && page.path.is_none());
}
