//! The API key and other secrets never appear in errors, logs or `Debug` output.

use std::fmt::Debug;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::server::{Reply, Server};
use super::{OpenAiModel, chain, on};
use crate::model::{EmbeddingModel, Role};

const SECRETS: [&str; 4] = ["sk-hush-1234567890", "header-hush-value", "query-hush-value", "hush"];

/// Everything that this process logs and traces, at the most detailed level.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Capture;

impl Visit for Capture {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        LOGGED.lock().unwrap().push_str(&format!("{field}={value:?}\n"));
    }
}

impl<S: Subscriber> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        attributes.record(&mut Capture);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Capture);
    }
}

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.lock().unwrap().push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn capture() {
    static STARTED: LazyLock<()> = LazyLock::new(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Capture)).unwrap();
        log::set_logger(&Capture).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    LazyLock::force(&STARTED);
}

fn assert_hidden(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn secrets_never_appear() {
    capture();
    let repeat = |request: &super::server::Request, status| {
        Reply::new(status, json!({"error": {"message": format!("you sent {}", request.head)}}))
    };
    let server = Server::start(move |request, number| match number {
        0 => Reply::embeddings(request),
        // The server echoes the request headers: in an error, in a retried error, and instead of the vector.
        1 => repeat(request, 401),
        2 => repeat(request, 500),
        3 => Reply::new(302, "").header("Location", "https://hush:hush@host/v1?key=query-hush-value"),
        4 => Reply::new(200, json!({"data": [{"embedding": [request.head]}]})),
        _ => Reply::embeddings(request).after(Duration::from_secs(30)),
    })
    .await;
    let builder = on(&server)
        .base_url(format!("{}?key=query-hush-value", server.url()))
        .api_key("sk-hush-1234567890")
        .header("X-Other", "header-hush-value")
        .timeout(Duration::from_millis(300))
        .retry_for(Duration::from_millis(1200));
    assert_hidden(&format!("{builder:?} {builder:#?}"));
    let model = builder.build().unwrap();
    assert_hidden(&format!("{model:?} {model:#?}"));

    model.embed(&["a"], Role::Query).await.unwrap();
    assert!(server.requests()[0].head.contains("Bearer sk-hush-1234567890"));
    let mut errors = String::new();
    for _ in 0..5 {
        if let Err(error) = model.embed(&["a"], Role::Query).await {
            let shown = format!("{} {error:?} {error:#?}", chain(&error));
            assert_hidden(&shown);
            errors.push_str(&shown);
        }
    }
    for expected in
        ["401", "says", "you sent", "redirects to https://host/v1", "is not a list", "did not respond"]
    {
        assert!(errors.contains(expected), "{expected}: {errors}");
    }

    let logged = LOGGED.lock().unwrap().clone();
    assert!(logged.contains("will be retried") && logged.contains("starting new connection"), "{logged}");
    assert_hidden(&logged);
}

#[tokio::test]
async fn the_error_of_a_failed_connection_has_no_secret() {
    capture();
    for url in
        ["http://127.0.0.1:1/v1?key=query-hush-value", "http://no.such.host.invalid/v1?key=query-hush-value"]
    {
        let model = OpenAiModel::builder("toy")
            .base_url(url)
            .dimension(2)
            .api_key("sk-hush-1234567890")
            .header("X-Other", "header-hush-value")
            .allow_plaintext_key()
            .retry_for(Duration::ZERO)
            .build()
            .unwrap();
        let error = model.embed(&["a"], Role::Query).await.unwrap_err();
        assert_hidden(&format!("{} {error:?} {error:#?}", chain(&error)));
    }
    assert_hidden(&LOGGED.lock().unwrap().clone());
}

#[test]
fn the_error_of_an_invalid_key_does_not_contain_it() {
    for key in ["sk-hush-\u{e9}", "sk-hush\nsecond line"] {
        let error = OpenAiModel::builder("text-embedding-3-small").api_key(key).build().unwrap_err();
        assert_hidden(&format!("{error} {error:?}"));
    }
}
