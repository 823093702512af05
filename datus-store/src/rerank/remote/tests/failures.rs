use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    let cut =
        |bytes| Reply::new(200, r#"{"results": [{"index": 0, "relevance_score": 1}]}"#).cut_after(bytes);
    for replies in [
        vec![Reply::new(500, "")],
        vec![Reply::new(503, "busy"), Reply::new(502, "<html>")],
        vec![Reply::new(429, json!({"message": "slow down"}))],
        vec![Reply::new(200, json!({"error": {"message": "upstream is gone", "code": 502}}))],
        // The connection breaks during the response, or before it.
        vec![cut(20)],
        vec![cut(0)],
    ] {
        let attempts = replies.len() + 1;
        let server = replying(replies).await;
        let reranker = on(&server).build().unwrap();
        assert_eq!(rank(&reranker, &["a", "bb"]).await.unwrap(), [(1, 2.0), (0, 1.0)]);
        assert_eq!(server.requests().len(), attempts);
    }
}

#[tokio::test]
async fn retry_after_sets_how_long_to_wait() {
    let server = replying(vec![Reply::new(429, "").header("Retry-After", "1")]).await;
    rank(&on(&server).build().unwrap(), &["a"]).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at.duration_since(requests[0].at) >= Duration::from_secs(1));

    let server = replying(vec![Reply::new(429, "").header("Retry-After", "3600")]).await;
    let shown = error(&on(&server).build().unwrap()).await;
    assert!(shown.contains("requests a delay of 3600 s") && shown.contains("raise `retry_for`"), "{shown}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_permanent_failure_is_not_retried_and_has_the_remedy() {
    for (status, body, help) in [
        (401, json!({"message": "invalid api token"}), "check the key in the environment variable `PATH`"),
        (403, json!({}), "may use the model `toy`"),
        (404, json!({"detail": "Not Found"}), "check the base URL and the name of the model, `toy`"),
        (413, json!({"error": "`inputs` must have less than 512 tokens. Given: 600"}), "shorten the texts"),
        (301, json!({}), "set the base URL"),
    ] {
        let server =
            replying(vec![Reply::new(status, body).header("Location", "https://elsewhere/v2")]).await;
        let shown = error(&on(&server).api_key_env("PATH").build().unwrap()).await;
        assert_eq!(server.requests().len(), 1, "{shown}");
        assert!(shown.contains(&format!("{}/rerank returned {status}", server.url())), "{shown}");
        assert!(shown.contains(help), "{shown}");
    }
}

#[tokio::test]
async fn a_slow_or_broken_server_is_given_up_within_the_budget() {
    let slow = Server::start(|request, _| Reply::scores(request).after(Duration::from_secs(30))).await;
    let broken = Server::start(|_, _| Reply::new(500, json!({"error": "out of memory"}))).await;
    for (server, expected) in
        [(slow, "did not respond within 0.2 s"), (broken, "the server says \"out of memory\"")]
    {
        let builder = on(&server).timeout(Duration::from_millis(200)).retry_for(Duration::from_secs(2));
        let start = Instant::now();
        let shown = error(&builder.build().unwrap()).await;
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(shown.contains(expected) && shown.contains(" attempts in "), "{shown}");
        assert!(server.requests().len() > 1);
    }
}

#[tokio::test]
async fn a_failure_of_one_batch_is_the_failure_of_the_search() {
    let server = Server::start(|request, _| match request.texts()[0].as_str() {
        "bb" => Reply::new(400, json!({"error": "no"})),
        _ => Reply::scores(request),
    })
    .await;
    let shown = error(&on(&server).batch_texts(1).build().unwrap()).await;
    assert!(shown.contains("returned 400"), "{shown}");
}

#[tokio::test]
async fn an_endless_response_is_read_up_to_a_limit() {
    let long = format!("[{}", " ".repeat(3 << 20));
    let server = Server::start(move |_, _| Reply::new(200, &long)).await;
    let shown = error(&on(&server).build().unwrap()).await;
    assert!(shown.contains("which is more than its scores can occupy"), "{shown}");
}

#[test]
fn without_a_tokio_runtime_the_error_says_so() {
    let reranker = RemoteReranker::builder("toy").base_url("http://localhost:1").build().unwrap();
    let shown = futures::executor::block_on(error(&reranker));
    assert!(shown.contains("needs a tokio runtime"), "{shown}");
}
