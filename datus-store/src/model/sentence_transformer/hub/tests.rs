#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use tempfile::TempDir;

use super::super::tests::tiny::{self, Tiny};
use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NAME: &str = "someone/tiny-bert";

fn hub(home: &TempDir, endpoint: Option<String>) -> Hub {
    let offline = endpoint.is_none();
    Hub { cache: Cache::new(home.path().to_owned()), endpoint, token: None, offline }
}

/// Starts a server that has the hub's API and serves these files. It runs until the process exits.
fn serve(files: HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            respond(&mut stream.unwrap(), &files);
        }
    });
    endpoint
}

fn respond(stream: &mut TcpStream, files: &HashMap<String, Vec<u8>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let request = lines.next().unwrap_or_default();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let path = request.split(' ').nth(1).unwrap_or_default();

    let (status, more, body) = if path == format!("/api/models/{NAME}/revision/main") {
        let names: Vec<String> = files.keys().map(|name| format!(r#"{{"rfilename": "{name}"}}"#)).collect();
        let body = format!(r#"{{"sha": "{COMMIT}", "siblings": [{}]}}"#, names.join(", "));
        ("200 OK", String::new(), body.into_bytes())
    } else if let Some(body) =
        path.strip_prefix(&format!("/{NAME}/resolve/{COMMIT}/")).and_then(|name| files.get(name))
    {
        let size = body.len();
        let first = headers.iter().any(|header| header.to_lowercase() == "range: bytes=0-0");
        let part = if first { body[..1.min(size)].to_vec() } else { body.clone() };
        let etag = path.replace('/', "-");
        let more =
            format!("etag: \"{etag}\"\r\nx-repo-commit: {COMMIT}\r\ncontent-range: bytes 0-0/{size}\r\n");
        ("206 Partial Content", more, part)
    } else {
        ("404 Not Found", String::new(), Vec::new())
    };
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
}

fn collect_files(folder: &Path, prefix: &str, files: &mut HashMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect_files(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_downloaded_model_is_found_without_a_network() {
    let mut files = HashMap::new();
    collect_files(Tiny::read(tiny::BERT).folder().path(), "", &mut files);
    files.insert("pytorch_model.bin".to_owned(), vec![0; 9]);
    let home = tempfile::tempdir().unwrap();
    let fetched = hub(&home, Some(serve(files.clone()))).fetch(NAME, None, None).unwrap();
    assert_eq!(fetched.commit, COMMIT);

    let mut found = HashMap::new();
    collect_files(&fetched.folder, "", &mut found);
    files.remove("pytorch_model.bin");
    assert_eq!(found, files);

    for revision in [None, Some("main"), Some(COMMIT)] {
        let again = hub(&home, None).fetch(NAME, revision, None).unwrap();
        assert_eq!((again.folder, again.commit), (fetched.folder.clone(), COMMIT.to_owned()));
    }
}

#[test]
fn the_error_for_a_missing_model_has_its_name_and_help() {
    let home = tempfile::tempdir().unwrap();
    let message = |endpoint, name| {
        let error = hub(&home, endpoint).fetch(name, None, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        error.to_string()
    };
    let unknown = message(Some(serve(HashMap::new())), "someone/unknown");
    assert!(unknown.contains("`someone/unknown` at `main`") && unknown.contains("404"), "{unknown}");
    assert!(unknown.contains("HF_TOKEN") && unknown.contains("HF_HUB_OFFLINE=1"), "{unknown}");
    // Nothing listens on the port of a dropped listener.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = message(Some(format!("http://{gone}")), NAME);
    assert!(unreachable.contains("the hub does not list the files"), "{unreachable}");
    let offline = message(None, NAME);
    assert!(offline.contains("unset HF_HUB_OFFLINE"), "{offline}");
}

const FILES: [&str; 12] = [
    ".gitattributes",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
    "config.json",
    "model.safetensors",
    "modules.json",
    "onnx/model.onnx",
    "onnx/model.onnx_data",
    "onnx/model_quantized.onnx",
    "openvino/openvino_config.json",
    "pytorch_model.bin",
];

#[test]
fn boolean_variables_are_parsed_like_in_python() {
    assert!(is_true("1") && is_true("TRUE"));
    assert!(!is_true("0") && !is_true(""));
}

// fault 18
#[test]
fn the_token_is_not_sent_over_plain_http_to_another_machine() {
    for endpoint in
        [None, Some("https://hub.example"), Some("http://localhost:8080/x"), Some("http://[::1]:1")]
    {
        assert!(may_have_token(endpoint), "{endpoint:?}");
    }
    for endpoint in ["http://hub.example", "http://localhost.example", "http://127.0.0.1@hub.example/"] {
        assert!(!may_have_token(Some(endpoint)), "{endpoint}");
    }
}

#[test]
#[cfg(any(feature = "native", feature = "candle"))]
fn runners_in_rust_need_the_weights_and_no_graph() {
    for runner in super::super::tests::rust_runners() {
        let expected = [FILES[1], FILES[2], FILES[3], FILES[4], FILES[5], FILES[6]];
        assert_eq!(required_files(&FILES, Some(&runner)), expected, "{runner:?}");
    }
}

#[test]
#[cfg(feature = "onnx-runtime")]
fn onnx_needs_the_graph_and_no_weights() {
    let onnx = super::super::runner::Onnx::default();
    let expected = [FILES[1], FILES[2], FILES[3], FILES[4], FILES[6], FILES[7], FILES[8]];
    assert_eq!(required_files(&FILES, Some(&onnx.clone().into())), expected);
    let quantized = onnx.with_file("onnx/model_quantized.onnx");
    assert!(required_files(&FILES, Some(&quantized.into())).contains(&"onnx/model_quantized.onnx"));
}
