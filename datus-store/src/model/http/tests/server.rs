use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The response of the test server to one request.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: String,
    delay: Duration,
    /// The number of body bytes to send before closing the connection.
    cut: Option<usize>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl ToString) -> Self {
        Self { status, headers: String::new(), body: body.to_string(), delay: Duration::ZERO, cut: None }
    }

    /// Returns valid embeddings. The vector of a text consists of its length and 1.
    pub(crate) fn embeddings(request: &Request) -> Self {
        let data = request.texts().into_iter().enumerate();
        let data: Vec<Value> = data
            .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": [text.len(), 1]}))
            .collect();
        Self::new(200, json!({"object": "list", "data": data, "model": "toy"}))
    }

    /// Returns valid scores, best first. The score of a text is its length.
    pub(crate) fn scores(request: &Request) -> Self {
        let mut texts: Vec<(usize, usize)> = request.texts().iter().map(String::len).enumerate().collect();
        texts.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        let results: Vec<Value> = texts
            .into_iter()
            .map(|(index, length)| json!({"index": index, "relevance_score": length}))
            .collect();
        Self::new(200, json!({"id": "1", "results": results}))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub(crate) fn cut_after(self, bytes: usize) -> Self {
        Self { cut: Some(bytes), ..self }
    }
}

/// A received request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn texts(&self) -> Vec<String> {
        let texts = ["input", "documents", "texts"].iter().find_map(|name| self.body[*name].as_array());
        let texts = texts.cloned().unwrap_or_default();
        texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }
}

type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// A local HTTP/1.1 server. A function of the request and its number determines each response.
pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    requests: Mutex<Vec<Request>>,
    concurrent: AtomicUsize,
    max_concurrent: AtomicUsize,
}

impl Server {
    pub(crate) async fn start(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            requests: Mutex::default(),
            concurrent: AtomicUsize::new(0),
            max_concurrent: AtomicUsize::new(0),
        });
        let server = Self { port, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Returns the largest number of requests that ran concurrently.
    pub(crate) fn max_concurrent(&self) -> usize {
        self.shared.max_concurrent.load(Ordering::SeqCst)
    }
}

/// Responds to the requests of one connection, until the client closes it.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    loop {
        let request = read(&mut stream).await?;
        let concurrent = shared.concurrent.fetch_add(1, Ordering::SeqCst) + 1;
        shared.max_concurrent.fetch_max(concurrent, Ordering::SeqCst);
        let number = {
            let mut requests = shared.requests.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        let reply = (shared.script)(&request, number);
        tokio::time::sleep(reply.delay).await;
        // The counter is lowered before the client can receive the response and send its next request.
        shared.concurrent.fetch_sub(1, Ordering::SeqCst);
        let body = reply.body.as_bytes();
        let head = format!(
            "HTTP/1.1 {} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n",
            reply.status,
            body.len(),
            reply.headers
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body.get(..reply.cut.unwrap_or(body.len()))?).await.ok()?;
        stream.flush().await.ok()?;
        if reply.cut.is_some() {
            return None;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes.drain(..end + 4).collect()).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Request { at: Instant::now(), head, body: serde_json::from_slice(&bytes).ok()? })
}
