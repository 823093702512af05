use std::time::Duration;

use futures::FutureExt;
use serde_json::json;

use super::server::{Reply, Server};
use super::{chain, on};
use crate::model::{EmbeddingModel, Role};

#[tokio::test]
async fn vectors_are_in_the_order_of_the_texts() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    let model = on(&server).build().unwrap();
    let vectors = model.embed(&["a", "bbb", "cc"], Role::Document).await.unwrap();
    assert_eq!(vectors, [[1.0, 1.0], [3.0, 1.0], [2.0, 1.0]]);

    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].head.starts_with("POST /v1/embeddings HTTP/1.1\r\n"), "{}", requests[0].head);
    assert!(
        !requests[0].head.to_lowercase().contains("authorization"),
        "a server on this machine gets no key"
    );
    assert_eq!(requests[0].body, json!({"model": "toy", "input": ["a", "bbb", "cc"]}));
}

#[tokio::test]
async fn without_texts_no_request_is_sent() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    let model = on(&server).build().unwrap();
    assert!(model.embed(&[], Role::Query).await.unwrap().is_empty());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn key_headers_prefixes_and_dimension_are_sent() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    let model = on(&server)
        // A variable that is set on every machine.
        .api_key_env("PATH")
        .header("X-Title", "tests")
        .prefixes("passage: ", "query: ")
        .send_dimension(true)
        .build()
        .unwrap();
    model.embed(&["a"], Role::Document).await.unwrap();
    model.embed(&["b"], Role::Query).await.unwrap();

    let requests = server.requests();
    let head = requests[0].head.to_lowercase();
    let key = format!("authorization: bearer {}\r\n", std::env::var("PATH").unwrap().trim().to_lowercase());
    assert!(head.contains(&key) && head.contains("x-title: tests\r\n"), "{head}");
    assert_eq!(requests[0].body, json!({"model": "toy", "input": ["passage: a"], "dimensions": 2}));
    assert_eq!(requests[1].texts(), ["query: b"]);
}

#[tokio::test]
async fn the_key_can_have_its_own_header_and_the_query_of_the_url_is_kept() {
    let server = Server::start(|request, _| Reply::embeddings(request)).await;
    let model = on(&server)
        .base_url(format!("{}?api-version=2024-02-01", server.url()))
        .api_key(" azure-key \n")
        .api_key_header("api-key")
        .build()
        .unwrap();
    model.embed(&["a"], Role::Query).await.unwrap();
    let head = server.requests()[0].head.clone();
    assert!(head.starts_with("POST /v1/embeddings?api-version=2024-02-01 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("api-key: azure-key\r\n") && !head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn vectors_out_of_order_are_sorted_by_index() {
    let server = Server::start(|_, _| {
        let data = json!([{"index": 1, "embedding": [2, 2]}, {"index": 0, "embedding": [1, 1]}]);
        Reply::new(200, json!({"data": data}))
    })
    .await;
    let model = on(&server).build().unwrap();
    assert_eq!(model.embed(&["a", "b"], Role::Query).await.unwrap(), [[1.0, 1.0], [2.0, 2.0]]);
}

#[tokio::test]
async fn vectors_are_scaled_to_unit_length_on_request() {
    let server = Server::start(|_, _| Reply::new(200, json!({"data": [{"embedding": [3, 4]}]}))).await;
    let model = on(&server).normalized(true).build().unwrap();
    assert_eq!(model.embed(&["a"], Role::Query).await.unwrap(), [[0.6, 0.8]]);
    assert!(model.identity().normalized);
}

#[tokio::test]
async fn an_invalid_response_is_an_error_and_not_retried() {
    let whole =
        json!({"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}]}).to_string();
    for (body, expected) in [
        (json!({"data": [{"index": 0, "embedding": [1, 2]}]}).to_string(), "has 1 vectors for 2 texts"),
        (whole.replace("[1,2]", "[1,2,3]"), "set `dimension(3)`"),
        (whole[..whole.len() / 2].to_owned(), "is not a list of embeddings"),
        ("<html>hello</html>".to_owned(), "check the base URL"),
    ] {
        let reply = Reply::new(200, body);
        let server = Server::start(move |_, _| reply.clone()).await;
        let model = on(&server).build().unwrap();
        let error = model.embed(&["a", "b"], Role::Document).await.unwrap_err();
        assert!(
            chain(&error).contains(expected) && chain(&error).contains(&server.url()),
            "{}",
            chain(&error)
        );
        assert_eq!(server.requests().len(), 1, "{expected}");
    }
}

#[test]
fn without_a_tokio_runtime_the_error_says_so() {
    let model =
        super::OpenAiModel::builder("toy").base_url("http://localhost:1").dimension(2).build().unwrap();
    let error = model.embed(&["a"], Role::Query).now_or_never().unwrap().unwrap_err();
    assert!(error.to_string().contains("needs a tokio runtime"), "{error}");
}

#[test]
fn a_model_works_in_several_runtimes_one_after_the_other() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let server = first.block_on(Server::start(|request, _| Reply::embeddings(request)));
    let model = on(&server).build().unwrap();
    first.block_on(model.embed(&["a"], Role::Query)).unwrap();
    // The server runs on the first runtime, which must be driven too.
    let driver = std::thread::spawn(move || {
        first.block_on(async { tokio::time::sleep(Duration::from_secs(5)).await })
    });
    second.block_on(model.embed(&["b"], Role::Query)).unwrap();
    drop(second);
    drop(driver);
    assert_eq!(server.requests().len(), 2);
}
