use serde_json::json;

use super::*;

#[tokio::test]
async fn the_key_never_appears_in_errors_or_debug_output() {
    let secrets = ["sk-hush-1234567890", "header-hush-value", "query-hush-value"];
    let assert_hidden = |shown: &str| {
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    };
    let repeat = |request: &Request| json!({"message": format!("you sent {}", request.head)});
    let server = Server::start(move |request, number| match number {
        0 => Reply::new(401, repeat(request)),
        1 => Reply::new(200, json!({"results": [{"index": request.head}]})),
        _ => Reply::new(302, "").header("Location", "https://hush:hush@host/v1?key=query-hush-value"),
    })
    .await;
    let builder = on(&server)
        .base_url(format!("{}?key=query-hush-value", server.url()))
        .api_key("sk-hush-1234567890")
        .header("X-Other", "header-hush-value")
        .field("hint", "field-hush-value");
    assert_hidden(&format!("{builder:?} {builder:#?}"));
    assert!(!format!("{builder:?}").contains("field-hush-value"));
    let reranker = builder.build().unwrap();
    assert_hidden(&format!("{reranker:?} {reranker:#?}"));
    for expected in ["you sent", "is not a list of scores", "redirects to https://host/v1"] {
        let shown = error(&reranker).await;
        assert!(shown.contains(expected), "{expected}: {shown}");
        assert_hidden(&shown);
    }
    assert!(server.requests()[0].head.contains("sk-hush-1234567890"));
}
