//! A client of the service, which CI runs: requests that succeed, and a request for each error status.

use std::fs::File;
use std::time::Duration;

use datus_modules::{Modules, bootstrap};
use datus_store::model::{HashingModel, NoModel};
use datus_store::{BoxError, Database, Maintenance};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api;

/// The time limit of the check, which only matters if the check hangs.
const DEADLINE: Duration = Duration::from_secs(300);

pub(crate) async fn run() -> Result<(), BoxError> {
    tokio::time::timeout(DEADLINE, async {
        requests_of_tenants().await?;
        wrong_requests().await?;
        an_old_cursor_and_a_busy_table().await?;
        stores_that_fail().await
    })
    .await??;
    println!("the service answers as it should");
    Ok(())
}

/// A client for a server on a free port, and the data source that it sends in a header.
struct Client {
    http: reqwest::Client,
    address: String,
    datasource: Option<&'static str>,
}

impl Client {
    async fn serve(modules: Modules) -> Result<Self, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, api::router(modules)).await });
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, address, datasource: Some("retail") })
    }

    fn of(&self, datasource: Option<&'static str>) -> Self {
        Self { http: self.http.clone(), address: self.address.clone(), datasource }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value), BoxError> {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(name) = self.datasource {
            request = request.header("x-datasource", name);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, BoxError> {
        let (status, answer) = self.send(method, path, body).await?;
        assert_eq!(status, 200, "{path}: {answer}");
        Ok(answer)
    }

    /// Sends a request that must fail with this status, and with a message that contains the text.
    async fn fails(
        &self,
        (method, path, body): (Method, &str, Option<Value>),
        status: u16,
        text: &str,
    ) -> Result<(), BoxError> {
        let (found, answer) = self.send(method, path, body).await?;
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(
            found == status && message.contains(text),
            "{path}: expected {status} {text}, got {found} {answer}"
        );
        println!("{found} {answer}");
        Ok(())
    }
}

fn get(path: &str) -> (Method, &str, Option<Value>) {
    (Method::GET, path, None)
}

async fn memory() -> Result<(Database, Modules), BoxError> {
    let db = Database::connect("memory://").await?;
    let modules = Modules::open(&db, HashingModel::new(1024)).await?;
    bootstrap::load_sample(&modules).await?;
    Ok((db, modules))
}

async fn requests_of_tenants() -> Result<(), BoxError> {
    let client = Client::serve(memory().await?.1).await?;

    let mut names = Vec::new();
    let mut path = "/tables?row_count[ge]=1&rows=5".to_owned();
    loop {
        let page = client.ok(Method::GET, &path, None).await?;
        names.extend(page["items"].as_array().into_iter().flatten().map(|row| row["table_name"].to_string()));
        let Some(cursor) = page["next"].as_str() else { break };
        path = format!("/tables?row_count[ge]=1&rows=5&after={cursor}");
    }
    assert!(names.len() == 13 && names.is_sorted(), "each table once, in order: {names:?}");

    let question = json!({
        "question": "Which customers returned goods?",
        "filter": { "any": [{ "table_type": "table" }, { "row_count": { "is_null": true } }] },
        "limit": 2,
    });
    let hits = client.ok(Method::POST, "/tables/search", Some(question)).await?;
    assert_eq!(
        (hits.as_array().map(Vec::len), &hits[0]["record"]["table_name"]),
        (Some(2), &json!("returned_goods"))
    );
    let similar = client.ok(Method::GET, "/tables/sqlite.retail.main.orders/similar", None).await?;
    assert_eq!(similar.as_array().map(Vec::len), Some(5));
    let counts = client.ok(Method::GET, "/tables/counts?table_type=view", None).await?;
    assert_eq!(counts, json!([{ "database_name": "retail", "table_type": "view", "tables": 2 }]));
    let found = client.ok(Method::GET, "/search?question=When+does+the+fiscal+year+start", None).await?;
    assert_eq!(found["knowledge"][0]["record"]["name"], "fiscal year");

    // A row that names a different data source is written to the caller's data source.
    let mut table = client.ok(Method::GET, "/tables/sqlite.retail.main.orders", None).await?;
    (table["datasource"], table["row_count"]) = ("hospital".into(), 4.into());
    let written = client.ok(Method::PUT, "/tables", Some(json!([table]))).await?;
    assert_eq!(written, json!({ "inserted": 0, "updated": 1, "unchanged": 0 }));

    let hospital = client.of(Some("hospital"));
    hospital.fails(get("/tables/sqlite.retail.main.orders"), 404, "no table").await?;
    assert_eq!(
        hospital.ok(Method::DELETE, "/tables?table_name=orders", None).await?,
        json!({ "deleted": 0 })
    );
    assert_eq!(client.ok(Method::DELETE, "/tables?table_name=orders", None).await?, json!({ "deleted": 1 }));
    Ok(())
}

async fn wrong_requests() -> Result<(), BoxError> {
    let client = Client::serve(memory().await?.1).await?;
    let post = |body| (Method::POST, "/tables/search", Some(body));

    client.of(None).fails(get("/tables"), 401, "x-datasource").await?;
    client.fails(get("/tables?row_cuont[ge]=1"), 400, "did you mean `row_count`?").await?;
    client.fails(get("/tables?row_count[gte]=1"), 400, "did you mean `ge`?").await?;
    client.fails(get("/tables?row_count[ge]=many"), 400, "needs an integer").await?;
    client.fails(get("/tables?datasource=hospital"), 400, "`datasource` is not a column").await?;
    client.fails(get("/tables?after=nonsense"), 400, "cursor").await?;
    client.fails(get("/tables/sqlite.retail.main.nothing"), 404, "no table").await?;
    client.fails(get("/tables/sqlite.retail.main.nothing/similar"), 404, "no row").await?;
    client.fails((Method::DELETE, "/tables", None), 400, "every row").await?;
    client.fails(post(json!({ "question": " " })), 400, "blank").await?;
    let filter = json!({ "table_type": "veiw" });
    client
        .fails(post(json!({ "question": "orders", "filter": filter })), 422, "did you mean \"view\"?")
        .await?;
    client
        .fails((Method::PUT, "/tables", Some(json!([{ "table_name": "x" }]))), 422, "missing field")
        .await?;

    // A page's cursor is valid only for the page's filter and data source.
    let page = client.ok(Method::GET, "/tables?rows=1", None).await?;
    let cursor = page["next"].as_str().unwrap_or_default();
    client.fails(get(&format!("/tables?rows=1&row_count=3&after={cursor}")), 400, "cursor").await?;
    let hospital = client.of(Some("hospital"));
    hospital.fails(get(&format!("/tables?rows=1&after={cursor}")), 400, "cursor").await
}

async fn an_old_cursor_and_a_busy_table() -> Result<(), BoxError> {
    let folder = tempfile::tempdir()?;
    // Nothing else writes, so only the lock below can block the request.
    let connect = Database::connect(folder.path()).maintenance(Maintenance::off());
    let db = connect.lock_timeout(Duration::from_millis(500)).await?;
    let modules = Modules::open(&db, HashingModel::new(1024)).await?;
    bootstrap::load_sample(&modules).await?;
    let client = Client::serve(modules.clone()).await?;
    let page = client.ok(Method::GET, "/tables?rows=1", None).await?;
    let table = || json!([page["items"][0]]);

    // Another program holds the write lock.
    let lock = File::open(folder.path().join(".datus-write.schema_metadata.lock"))?;
    lock.lock()?;
    let mut changed = table();
    changed[0]["row_count"] = 99.into();
    client.fails((Method::PUT, "/tables", Some(changed.clone())), 409, "lock").await?;
    lock.unlock()?;
    client.ok(Method::PUT, "/tables", Some(changed)).await?;

    modules.tables.optimize().keep_versions(Duration::ZERO).await?;
    let path = format!("/tables?rows=1&after={}", page["next"].as_str().unwrap_or_default());
    client.fails(get(&path), 410, "version").await
}

async fn stores_that_fail() -> Result<(), BoxError> {
    let (db, _) = memory().await?;
    let question = || (Method::POST, "/tables/search", Some(json!({ "question": "orders" })));

    let client = Client::serve(Modules::open(&db, NoModel).await?).await?;
    client.fails(question(), 502, "model").await?;

    let empty = Database::connect("memory://").await?;
    let client = Client::serve(Modules::open(&empty, HashingModel::new(64)).await?).await?;
    client.fails(question(), 500, "internal error").await?; // it has no full-text index

    let modules = Modules::open(&db, HashingModel::new(1024)).await?;
    let client = Client::serve(modules).await?;
    db.drop_table("schema_metadata").await?;
    client.fails(get("/tables"), 503, "was dropped").await?;
    Modules::open(&db, HashingModel::new(1024)).await?;
    client.fails(get("/tables"), 503, "created again").await
}
