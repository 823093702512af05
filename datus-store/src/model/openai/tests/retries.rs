use std::time::{Duration, Instant};

use serde_json::json;

use super::server::{Reply, Server};
use super::{OpenAiModel, chain, on};
use crate::error::{Error, ErrorKind};
use crate::model::{EmbeddingModel, Role};

/// Starts a server that first sends these replies and then embeddings.
async fn replying(replies: Vec<Reply>) -> Server {
    Server::start(move |request, number| {
        replies.get(number).cloned().unwrap_or_else(|| Reply::embeddings(request))
    })
    .await
}

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    let broken = Reply::new(200, r#"{"data": [{"index": 0, "embedding": [1, 2]}]}"#).cut_after(10);
    for replies in [
        vec![Reply::new(500, "")],
        vec![Reply::new(503, "busy"), Reply::new(502, "<html>")],
        vec![Reply::new(429, json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}))],
        // The connection breaks during the response, or before it.
        vec![broken.clone()],
        vec![Reply::new(200, "{}").cut_after(0)],
    ] {
        let attempts = replies.len() + 1;
        let server = replying(replies).await;
        let model = on(&server).build().unwrap();
        assert_eq!(model.embed(&["abc"], Role::Document).await.unwrap(), [[3.0, 1.0]]);
        assert_eq!(server.requests().len(), attempts);
    }
}

#[tokio::test]
async fn a_permanent_failure_is_not_retried() {
    let quota =
        json!({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}).to_string();
    for (status, body, help) in [
        (401, r#"{"error": {"message": "Incorrect API key"}}"#, "environment variable `PATH`"),
        (403, "", "may use the model `toy`"),
        (404, r#"{"error": "model not found"}"#, "the name of the model, `toy`"),
        (400, "", "too long"),
        (413, "", "batch_texts"),
        (422, r#"{"error": "batch size 3 > 2"}"#, "batch_texts"),
        (301, "", "set the base URL"),
        (418, "teapot", "see the message of the server"),
        (429, &quota, "no quota left"),
    ] {
        let server =
            replying(vec![Reply::new(status, body).header("Location", "https://elsewhere/v2")]).await;
        let model = on(&server).api_key_env("PATH").build().unwrap();
        let error = model.embed(&["abc"], Role::Document).await.unwrap_err();
        let shown = chain(&error);
        assert_eq!(server.requests().len(), 1, "{shown}");
        assert!(shown.contains(&server.url()) && shown.contains(&status.to_string()), "{shown}");
        assert!(shown.contains(help), "{shown}");
        assert_eq!(error.downcast_ref::<Error>().map(Error::kind), Some(ErrorKind::Model));
    }
}

#[tokio::test]
async fn retry_after_sets_how_long_to_wait() {
    let server = replying(vec![Reply::new(429, "").header("Retry-After", "1")]).await;
    let model = on(&server).build().unwrap();
    model.embed(&["abc"], Role::Document).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at.duration_since(requests[0].at) >= Duration::from_secs(1));

    // HTTP dates have a resolution of one second, so two seconds from now is rounded down to at least one second from now.
    let date = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(2));
    let server = replying(vec![Reply::new(503, "").header("Retry-After", &date)]).await;
    let model = on(&server).build().unwrap();
    model.embed(&["abc"], Role::Document).await.unwrap();
    let requests = server.requests();
    assert!(requests[1].at.duration_since(requests[0].at) >= Duration::from_millis(900));
}

#[tokio::test]
async fn a_retry_after_beyond_the_budget_is_an_error_at_once() {
    let server = replying(vec![Reply::new(429, "").header("Retry-After", "3600")]).await;
    let model = on(&server).build().unwrap();
    let start = Instant::now();
    let error = model.embed(&["abc"], Role::Document).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(
        chain(&error).contains("requests a delay of 3600 s") && chain(&error).contains("retry_for"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_given_up_within_the_budget() {
    let server = Server::start(|_, _| Reply::new(500, json!({"error": {"message": "out of memory"}}))).await;
    let model = on(&server).retry_for(Duration::from_secs(2)).build().unwrap();
    let start = Instant::now();
    let error = model.embed(&["abc"], Role::Document).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let shown = chain(&error);
    assert!(
        shown.contains(r#"the server says "out of memory""#) && shown.contains("raise `retry_for`"),
        "{shown}"
    );
    let attempts = server.requests().len();
    assert!(attempts > 1 && shown.contains(&format!("after {attempts} attempts in")), "{attempts}: {shown}");
}

#[tokio::test]
async fn a_slow_server_is_given_up_within_the_budget() {
    let server = Server::start(|request, _| Reply::embeddings(request).after(Duration::from_secs(30))).await;
    let model =
        on(&server).timeout(Duration::from_millis(200)).retry_for(Duration::from_secs(2)).build().unwrap();
    let start = Instant::now();
    let error = model.embed(&["abc"], Role::Document).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(chain(&error).contains("did not respond within 0.2 s"), "{}", chain(&error));
    assert!(server.requests().len() > 1);
}

#[tokio::test]
async fn without_a_budget_there_is_one_attempt_with_its_full_timeout() {
    let server = Server::start(|request, number| match number {
        0 => Reply::embeddings(request).after(Duration::from_millis(300)),
        _ => Reply::new(500, ""),
    })
    .await;
    let model = on(&server).retry_for(Duration::ZERO).build().unwrap();
    model.embed(&["abc"], Role::Document).await.unwrap();
    model.embed(&["abc"], Role::Document).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_unreachable_server_is_the_same_error_each_time_and_soon() {
    // This port was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let model = OpenAiModel::builder("toy").base_url(&url).dimension(2).build().unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        let shown = chain(&model.embed(&["abc"], Role::Query).await.unwrap_err());
        assert!(shown.contains(&url) && shown.contains("check that the server is running"), "{shown}");
        assert!(shown.contains("Connection refused") && shown.contains("after 3 attempts in"), "{shown}");
    }
    // Each call waits at most 0.5 s and then 1 s between its attempts, although the budget is one minute.
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}
