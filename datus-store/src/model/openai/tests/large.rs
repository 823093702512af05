//! Responses that never end, or that are long, slow or compressed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{Reply, Server};
use super::{OpenAiModel, chain, on};
use crate::error::Error;
use crate::model::{EmbeddingModel, OpenAiBuilder, Role};

/// A server that writes `head`, and then repeats `rest` with pauses until the client closes the connection.
struct Endless {
    url: String,
    sent: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Endless {
    async fn start(head: &'static str, rest: String, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (sent, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = Self { url, sent: Arc::clone(&sent), connections: Arc::clone(&connections) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (rest, sent) = (rest.clone(), Arc::clone(&sent));
                tokio::spawn(async move {
                    let mut request = [0; 1 << 14];
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(head.as_bytes()).await;
                    while stream.write_all(rest.as_bytes()).await.is_ok() {
                        sent.fetch_add(rest.len(), Ordering::SeqCst);
                        tokio::time::sleep(pause).await;
                    }
                });
            }
        });
        server
    }

    fn model(&self) -> OpenAiBuilder {
        OpenAiModel::builder("toy").base_url(&self.url).dimension(2)
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

/// More bytes than the socket buffers of this machine hold.
const BUFFERED: usize = 24 << 20;

async fn error(model: &OpenAiModel) -> String {
    let error = model.embed(&["a"], Role::Query).await.unwrap_err();
    let own = error.downcast_ref::<Error>().unwrap();
    assert!(own.message().len() < 700, "{}", own.message());
    chain(&error)
}

// fault 17
#[tokio::test]
async fn an_endless_response_is_read_up_to_a_limit_and_not_retried() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"data\": [{\"embedding\": [";
    let server = Endless::start(head, "0.1, ".repeat(10_000), Duration::ZERO).await;
    let shown = error(&server.model().build().unwrap()).await;
    assert!(shown.contains("is longer than 1049184 bytes"), "{shown}");
    assert!(server.sent() < BUFFERED, "{}", server.sent());
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

// fault 17
#[tokio::test]
async fn an_endless_error_body_is_read_up_to_a_limit() {
    for (head, expected) in [
        ("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n", "returned 401"),
        ("HTTP/1.1 500 Broken\r\nConnection: close\r\n\r\n{\"error\": \"", "returned 500"),
    ] {
        let server = Endless::start(head, "x".repeat(50_000), Duration::ZERO).await;
        let shown = error(&server.model().retry_for(Duration::ZERO).build().unwrap()).await;
        assert!(shown.contains(expected) && shown.contains("xxxx…"), "{shown}");
        assert!(server.sent() < BUFFERED, "{}", server.sent());
    }
}

// fault 17
#[tokio::test]
async fn endless_headers_are_read_up_to_a_limit() {
    for rest in ["X-Header: value\r\n".repeat(1000), "x".repeat(50_000)] {
        let server = Endless::start("HTTP/1.1 200 OK\r\n", rest, Duration::ZERO).await;
        let start = Instant::now();
        let shown = error(&server.model().retry_for(Duration::ZERO).build().unwrap()).await;
        assert!(shown.contains("no response from"), "{shown}");
        assert!(server.sent() < BUFFERED && start.elapsed() < Duration::from_secs(30), "{}", server.sent());
    }
}

// fault 17
#[tokio::test]
async fn a_slow_body_ends_with_the_timeout() {
    for head in ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Slow: "] {
        let server = Endless::start(head, " ".to_owned(), Duration::from_millis(20)).await;
        let model =
            server.model().timeout(Duration::from_millis(400)).retry_for(Duration::ZERO).build().unwrap();
        let start = Instant::now();
        let shown = error(&model).await;
        assert!(shown.contains("did not respond within 0.4 s"), "{shown}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

// fault 17
#[tokio::test]
async fn a_message_quotes_only_a_little_of_a_response() {
    let long = "y".repeat(700_000);
    for reply in [
        Reply::new(400, json!({"error": {"message": long}})),
        Reply::new(400, &long),
        Reply::new(200, json!({"error": long})),
        Reply::new(200, json!({"data": [{"embedding": [long]}]})),
        Reply::new(200, json!({"data": [{"embedding": long}]})),
        Reply::new(200, json!({"data": [{long.as_str(): 1, "embedding": {long.as_str(): 1}}]})),
        Reply::new(302, "").header("Location", &format!("https://host/{}", "y".repeat(100_000))),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let model = on(&server).build().unwrap();
        let shown = error(&model).await;
        assert!(shown.len() < 1500 && !shown.contains(&"y".repeat(250)), "{} bytes", shown.len());
    }
}

// fault 17
#[tokio::test]
async fn a_compressed_response_is_not_decompressed() {
    let server =
        Server::start(|request, _| Reply::embeddings(request).header("Content-Encoding", "gzip")).await;
    let shown = error(&on(&server).build().unwrap()).await;
    assert!(shown.contains("is compressed as `gzip`, which was not requested"), "{shown}");
    let head = server.requests()[0].head.to_lowercase();
    assert!(!head.contains("accept-encoding"), "{head}");
}

// fault 18
#[tokio::test]
async fn the_key_is_not_sent_to_the_target_of_a_redirect() {
    let other = Server::start(|request, _| Reply::embeddings(request)).await;
    for status in [301, 302, 307, 308] {
        let target = format!("{}/embeddings", other.url());
        let server = Server::start(move |_, _| Reply::new(status, "").header("Location", &target)).await;
        let shown = error(&on(&server).api_key("sk-1234567890").build().unwrap()).await;
        assert!(shown.contains("which is not followed"), "{shown}");
        assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
    }
}
