use serde_json::json;

use super::*;
use crate::record::{Col, ColumnPath, Handle};
use crate::rerank::{Formula, Mmr, Needs, RerankApi, Siblings};

#[tokio::test]
async fn the_query_and_all_texts_are_sent_in_one_request() {
    let server = replying(vec![]).await;
    let reranker = on(&server).build().unwrap();
    assert_eq!((reranker.name(), reranker.needs()), ("toy", Needs::default().with_texts()));
    let ranking = rank(&reranker, &["a", "ccc", "bb"]).await.unwrap();
    assert_eq!(ranking, [(1, 3.0), (2, 2.0), (0, 1.0)]);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let head = &requests[0].head;
    assert!(head.starts_with("POST /v1/rerank HTTP/1.1\r\n"), "{head}");
    assert!(!head.to_lowercase().contains("authorization"), "a server on this machine gets no key");
    let body = json!({"model": "toy", "query": "a query", "documents": ["a", "ccc", "bb"]});
    assert_eq!(requests[0].body, body);
}

#[tokio::test]
async fn text_embeddings_inference_gets_its_own_fields() {
    let server = Server::start(|request: &Request, _| {
        let scores = request.texts().into_iter().enumerate();
        let scores: Vec<_> =
            scores.map(|(index, text)| json!({"index": index, "score": text.len()})).collect();
        Reply::new(200, json!(scores))
    })
    .await;
    let reranker =
        on(&server).base_url(server.url().replace("/v1", "")).api(RerankApi::Texts).build().unwrap();
    assert_eq!(rank(&reranker, &["a", "ccc", "bb"]).await.unwrap(), [(1, 3.0), (2, 2.0), (0, 1.0)]);
    let request = &server.requests()[0];
    assert!(request.head.starts_with("POST /rerank HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.body, json!({"query": "a query", "texts": ["a", "ccc", "bb"], "truncate": true}));
}

#[tokio::test]
async fn own_fields_headers_and_the_key_are_sent() {
    let server = replying(vec![]).await;
    let reranker = on(&server)
        .field("truncation", true)
        .field("model", "other")
        .field("max_tokens_per_doc", 512)
        .api_key("sk-1234567890")
        .header("X-Title", "tests")
        .build()
        .unwrap();
    rank(&reranker, &["a"]).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(
        request.body,
        json!({
            "model": "other", "query": "a query", "documents": ["a"], "truncation": true,
            "max_tokens_per_doc": 512,
        })
    );
    let head = request.head.to_lowercase();
    assert!(
        head.contains("authorization: bearer sk-1234567890") && head.contains("x-title: tests"),
        "{head}"
    );
}

#[tokio::test]
async fn a_row_without_text_is_not_sent_and_ranks_last() {
    let server =
        Server::start(|_, _| Reply::new(200, json!({"results": [{"index": 0, "relevance_score": -7.5}]})))
            .await;
    let reranker = on(&server).build().unwrap();
    let candidates = [
        Candidate::default(),
        Candidate::default().with_text(" \n"),
        Candidate::default().with_text("a text"),
    ];
    let query = RerankQuery::default().with_text("a query");
    let ranking = crate::rerank::checked_ranking(&reranker, &query, &candidates).await.unwrap();
    let order: Vec<usize> = ranking.iter().map(|ranked| ranked.candidate).collect();
    assert_eq!(order, [2, 0, 1]);
    assert!(ranking[0].score == -7.5 && ranking[1].score < -7.5, "{ranking:?}");
    assert_eq!(server.requests()[0].texts(), ["a text"]);

    // Without any text, no request is sent.
    let ranking = crate::rerank::checked_ranking(&reranker, &query, &candidates[..2]).await.unwrap();
    assert_eq!((ranking.len(), server.requests().len()), (2, 1));
    assert!(rank(&reranker, &[]).await.unwrap().is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn long_texts_are_cut_between_characters() {
    let server = replying(vec![]).await;
    let reranker = on(&server).max_characters(3).build().unwrap();
    rank(&reranker, &["größer", "abc", ""]).await.unwrap();
    assert_eq!(server.requests()[0].texts(), ["grö", "abc"]);
}

#[tokio::test]
async fn many_texts_are_split_by_number_and_by_tokens() {
    let server = replying(vec![]).await;
    let reranker = on(&server).batch_texts(10).batch_tokens(30).build().unwrap();
    // The query has 3 tokens, which count for each text: 7 × (1 + 3) and 1 × (100 + 3).
    let long = "x".repeat(300);
    let texts: Vec<&str> = (0..35).map(|at| if at == 7 { long.as_str() } else { "abc" }).collect();
    let ranking = rank(&reranker, &texts).await.unwrap();
    assert_eq!((ranking.len(), ranking[0]), (35, (7, 300.0)));
    let mut sizes: Vec<usize> = server.requests().iter().map(|request| request.texts().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 6, 7, 7, 7, 7]);
}

#[tokio::test]
async fn a_batch_that_the_server_rejects_is_split_and_the_limit_is_remembered() {
    let server = Server::start(|request, _| match request.texts().len() {
        texts @ 3.. => {
            Reply::new(422, json!({"error": format!("batch size {texts} > maximum allowed batch size 2")}))
        }
        _ => Reply::scores(request),
    })
    .await;
    let reranker = on(&server).build().unwrap();
    let texts = ["a", "bb", "ccc", "dddd", "eeeee"];
    let expected = [(4, 5.0), (3, 4.0), (2, 3.0), (1, 2.0), (0, 1.0)];
    assert_eq!(rank(&reranker, &texts).await.unwrap(), expected);
    assert_eq!(rank(&reranker.clone(), &texts).await.unwrap(), expected);
    let sizes: Vec<usize> = server.requests().iter().map(|request| request.texts().len()).collect();
    assert_eq!(sizes[..4], [5, 2, 2, 1]);
    assert!(sizes[4..].iter().all(|size| *size <= 2), "{sizes:?}");
}

#[tokio::test]
async fn a_search_without_a_text_is_an_error_and_sends_no_request() {
    let server = replying(vec![]).await;
    let reranker = on(&server).build().unwrap();
    let query = RerankQuery::default().with_vector([1.0]);
    let candidates = [Candidate::default().with_text("a")];
    let error = crate::rerank::checked_ranking(&reranker, &query, &candidates).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "the reranker `toy` needs a query text, but this search has none");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_reranker_over_it_says_that_texts_leave_the_machine() {
    let server = replying(vec![]).await;
    let away = || on(&server).sends_text_away(true).build().unwrap();
    assert!(away().sends_text_away() && std::sync::Arc::new(away()).sends_text_away());
    assert!(Mmr::default().with_relevance(away()).sends_text_away());
    assert!(Formula::relevance().with_relevance(away()).sends_text_away());
    assert!(!Mmr::default().sends_text_away());
    let column: Col<(), String> = Col::at(ColumnPath::column("database"));
    assert!(Siblings::by(column).with_relevance(away()).sends_text_away());
    assert!(!on(&server).build().unwrap().sends_text_away());
}
