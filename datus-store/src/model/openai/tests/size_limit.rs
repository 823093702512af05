use std::time::{Duration, Instant};

use serde_json::json;

use super::server::{Reply, Server};
use super::{chain, on};
use crate::model::{EmbeddingModel, Role};

/// Starts a server that behaves like Text Embeddings Inference with `--max-client-batch-size`.
async fn with_max_texts(max: usize) -> Server {
    Server::start(move |request, _| match request.texts().len() {
        texts if texts > max => {
            let message = format!("batch size {texts} > maximum allowed batch size {max}");
            Reply::new(413, json!({"error": message, "error_type": "Validation"}))
        }
        _ => Reply::embeddings(request),
    })
    .await
}

// fault 26
#[tokio::test]
async fn the_batch_size_named_by_the_server_is_used_and_remembered() {
    let server = with_max_texts(2).await;
    let model = on(&server).build().unwrap();
    let vectors = model.embed(&["a", "bb", "ccc", "dddd", "eeeee"], Role::Document).await.unwrap();
    assert_eq!(vectors, [[1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [4.0, 1.0], [5.0, 1.0]]);
    let sizes =
        |server: &Server| server.requests().iter().map(|request| request.texts().len()).collect::<Vec<_>>();
    assert_eq!(sizes(&server), [5, 2, 2, 1]);
    assert_eq!(model.limits().texts, 2);

    // Later requests are small enough, including those of a clone.
    model.clone().embed(&["a", "bb", "ccc"], Role::Query).await.unwrap();
    assert_eq!(sizes(&server), [5, 2, 2, 1, 2, 1]);
}

// fault 26
#[tokio::test]
async fn a_request_of_too_many_tokens_is_halved_until_it_fits() {
    let server = Server::start(|request, _| match request.texts().iter().map(String::len).sum::<usize>() {
        tokens @ 31.. => {
            let message = format!("Requested {tokens} tokens, max 30 tokens per request");
            Reply::new(400, json!({"error": {"message": message, "code": "max_tokens_per_request"}}))
        }
        _ => Reply::embeddings(request),
    })
    .await;
    let model = on(&server).build().unwrap();
    let text = "x".repeat(12);
    let vectors = model.embed(&[text.as_str(); 9], Role::Document).await.unwrap();
    assert_eq!(vectors, vec![vec![12.0, 1.0]; 9]);
    let requests = server.requests().len();
    model.embed(&[text.as_str(); 9], Role::Document).await.unwrap();
    assert_eq!(server.requests().len(), requests + 5, "no request is rejected the second time");
}

// fault 17
#[tokio::test]
async fn a_server_that_rejects_every_size_is_given_up_soon() {
    let server = Server::start(|request, _| {
        // The reported limit is always one text less than the request.
        let texts = request.texts().len();
        Reply::new(
            413,
            format!("batch size {texts} > maximum allowed batch size {}", texts.saturating_sub(1)),
        )
    })
    .await;
    let model = on(&server).build().unwrap();
    let error = model.embed(&["a"; 200], Role::Document).await.unwrap_err();
    assert!(chain(&error).contains("batch size 1 > maximum"), "{}", chain(&error));
    assert!(server.requests().len() < 12, "{}", server.requests().len());
}

// fault 26
#[tokio::test]
async fn an_error_with_status_200_is_reported_and_retried_if_its_code_allows_it() {
    let server = Server::start(|request, number| match number {
        0 => Reply::new(200, json!({"error": {"message": "upstream is gone", "code": 502}})),
        1 => Reply::embeddings(request),
        _ => Reply::new(
            200,
            json!({"error": {"message": "no model `toy` here", "type": "invalid_request_error"}}),
        ),
    })
    .await;
    let model = on(&server).build().unwrap();
    model.embed(&["a"], Role::Query).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    let shown = chain(&model.embed(&["a"], Role::Query).await.unwrap_err());
    assert!(
        shown.contains("returned 200 OK with an error; the server says \"no model `toy` here\""),
        "{shown}"
    );
    assert_eq!(server.requests().len(), 3);
}

// fault 17
#[tokio::test]
async fn an_impossible_token_count_does_not_block_the_next_request() {
    let server = Server::start(|_, _| {
        Reply::new(200, json!({"data": [{"embedding": [1, 1]}], "usage": {"total_tokens": u64::MAX}}))
    })
    .await;
    let model = on(&server).tokens_per_minute(60_000).build().unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        model.embed(&["abc"], Role::Query).await.unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
