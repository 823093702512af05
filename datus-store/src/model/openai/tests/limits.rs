use std::time::{Duration, Instant};

use futures::future::try_join_all;

use super::on;
use super::server::{Reply, Server};
use crate::model::{EmbeddingModel, Role};

#[tokio::test]
async fn many_texts_are_split_into_requests_by_number_and_by_tokens() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    let model = on(&server).batch_texts(10).batch_tokens(100).build().unwrap();
    // 90 texts of one token, 5 of 40 tokens, and one that exceeds the limit of a request.
    let texts: Vec<String> = (0..96)
        .map(|at| match at {
            0..90 => "abc".to_owned(),
            90..95 => "x".repeat(120),
            _ => "y".repeat(600),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = model.embed(&texts, Role::Document).await.unwrap();
    let expected: Vec<Vec<f32>> = texts.iter().map(|text| vec![text.len() as f32, 1.0]).collect();
    assert_eq!(vectors, expected);

    let requests = server.requests();
    assert_eq!(requests.iter().map(|request| request.texts().len()).sum::<usize>(), 96);
    for request in &requests {
        let texts = request.texts();
        let tokens: usize = texts.iter().map(|text| model.count_tokens(text)).sum();
        assert!(texts.len() <= 10 && (tokens <= 100 || texts.len() == 1), "{} of {tokens}", texts.len());
    }
    assert!(requests.len() >= 12);
}

#[tokio::test]
async fn clones_share_the_limit_of_concurrent_requests() {
    let server =
        Server::start(|request, _| Reply::embeddings(request).after(Duration::from_millis(30))).await;
    let model = on(&server).batch_texts(1).in_flight(3).build().unwrap();
    let many = ["a"; 12];
    // Each clone would use the whole limit if it were not shared.
    let callers = (0..4).map(|_| {
        let model = model.clone();
        async move { model.embed(&many, Role::Document).await }
    });
    try_join_all(callers).await.unwrap();
    assert_eq!(server.requests().len(), 48);
    assert_eq!(server.max_concurrent(), 3);
}

#[tokio::test]
async fn the_rate_limit_of_requests_is_respected() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    // Five per second: a burst of five, and then one every 200 ms.
    let model = on(&server).batch_texts(1).in_flight(50).requests_per_minute(300).build().unwrap();
    let start = Instant::now();
    model.embed(&["a"; 11], Role::Document).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(1100), "{:?}", start.elapsed());
    let requests = server.requests();
    assert_eq!(requests.len(), 11);
    let early = requests.iter().filter(|request| request.at < start + Duration::from_millis(500)).count();
    assert!((1..=7).contains(&early), "{early} of 11 in the first half second");
}

#[tokio::test]
async fn the_rate_limit_of_tokens_uses_the_counts_of_the_server() {
    let server = Server::start(|request, _| {
        // The estimate for each text is one token, but this server counts a hundred.
        let tokens = request.texts().len() * 100;
        let data = serde_json::json!([{"embedding": [1, 1]}]);
        Reply::new(200, serde_json::json!({"data": data, "usage": {"total_tokens": tokens}}))
    })
    .await;
    // A hundred tokens per second.
    let model = on(&server).tokens_per_minute(6000).build().unwrap();
    let start = Instant::now();
    for _ in 0..4 {
        model.embed(&["abc"], Role::Query).await.unwrap();
    }
    // When the fourth request is sent, 300 tokens have been counted, and 100 of them fit into the burst.
    assert!(start.elapsed() >= Duration::from_millis(1900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_dropped_call_releases_its_permit() {
    let server = Server::start(|request, number| {
        Reply::embeddings(request).after(if number == 0 { Duration::from_secs(30) } else { Duration::ZERO })
    })
    .await;
    let model = on(&server).in_flight(1).build().unwrap();
    let slow = model.embed(&["a"], Role::Query);
    assert!(tokio::time::timeout(Duration::from_millis(200), slow).await.is_err());
    model.embed(&["b"], Role::Query).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}
