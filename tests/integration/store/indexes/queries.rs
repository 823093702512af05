//! The queries that are used to measure an index.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use datus_store::lancedb::index::Index;
use datus_store::lancedb::index::vector::IvfFlatIndexBuilder;
use datus_store::lancedb::table::FieldMetadataUpdate;
use datus_store::model::{EmbeddingModel, HashingModel, ModelIdentity, ModelKind, Role, async_trait};
use datus_store::{
    Advice, BoxError, Embedded, Embedding, EmbeddingRecord, IndexAction, IndexReport, QueryKind, Recall,
    Store,
};

use super::super::memory;
use super::{ivf_flat, measured, points};
use crate::support::cloud::{Cloud, point};

fn recall(report: &IndexReport) -> Recall {
    report.of("vector").next().and_then(|index| index.recall).unwrap()
}

/// A table of a catalog.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "tables")]
struct Table {
    tenant: i64,
    #[datus(embed(index = ivf_flat))]
    definition: String,
}

const SUBJECTS: [&str; 16] = [
    "orders",
    "customers",
    "invoices",
    "shipments",
    "campaigns",
    "employees",
    "tickets",
    "subscriptions",
    "flights",
    "patients",
    "courses",
    "exams",
    "payments",
    "suppliers",
    "warehouses",
    "refunds",
];
const COLUMNS: [&str; 24] = [
    "discount",
    "country",
    "currency",
    "valid_from",
    "batch",
    "email",
    "checksum",
    "source",
    "region",
    "status",
    "total",
    "quantity",
    "weight",
    "color",
    "manager",
    "salary",
    "priority",
    "latitude",
    "duration",
    "grade",
    "dosage",
    "gate",
    "language",
    "version",
];

/// The number of rows in most tests. Each row describes a table.
const ROWS: i64 = 1000;

/// Returns a table with a subject and six columns.
fn table(number: i64) -> Table {
    let mut random = fastrand::Rng::with_seed(number.unsigned_abs());
    let subject = random.choice(SUBJECTS).unwrap();
    let columns: Vec<String> = random
        .choose_multiple(COLUMNS, 6)
        .iter()
        .map(|column| format!("{subject}_{column} TEXT NOT NULL"))
        .collect();
    let definition =
        format!("CREATE TABLE {subject}_{number} (id BIGINT PRIMARY KEY, {})", columns.join(", "));
    Table { tenant: number % 50, definition }
}

/// Returns a question that a user could ask. It is not used to measure an index.
fn question(number: u64) -> String {
    let mut random = fastrand::Rng::with_seed(1_000_000 + number);
    let subject = random.choice(SUBJECTS).unwrap();
    let columns = random.choose_multiple(COLUMNS, 2);
    format!("where is the {} and the {} of all our {subject}?", columns[0], columns[1])
}

/// A model of a given kind with the vectors of `HashingModel`. It records the number of words of each query.
struct Noting(HashingModel, ModelKind, Arc<Mutex<BTreeSet<usize>>>);

#[async_trait]
impl EmbeddingModel for Noting {
    fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }

    fn kind(&self) -> ModelKind {
        self.1
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        if role == Role::Query {
            self.2.lock().unwrap().extend(texts.iter().map(|text| text.split(' ').count()));
        }
        self.0.embed(texts, role).await
    }
}

/// Returns a store of tables with an index of 24 partitions.
async fn tables(rows: i64) -> Store<Table> {
    tables_of(rows, HashingModel::new(128)).await
}

async fn tables_of(rows: i64, model: impl EmbeddingModel + 'static) -> Store<Table> {
    let store: Store<Table> = memory().await.store(model).await.unwrap();
    store.add((0..rows).map(table)).await.unwrap();
    let partitions = IvfFlatIndexBuilder::default()
        .num_partitions(24)
        .distance_type(datus_store::lancedb::DistanceType::Cosine);
    store.as_lancedb().create_index(&["vector"], Index::IvfFlat(partitions)).execute().await.unwrap();
    set_measured(&store, &earlier(rows, 24)).await;
    store
}

/// Returns a measurement as an earlier version of the library stored it, with the number of partitions that a search reads.
fn earlier(rows: i64, probes: usize) -> String {
    format!(
        "kind=ivf_flat,partitions=24,built={rows},rows={rows},probes={probes},refine=1,recall=0.9900,target=0.95,at=10,queries=80"
    )
}

/// Sets the measurement in the metadata of the column.
async fn set_measured(store: &Store<Table>, text: &str) {
    let mut update = FieldMetadataUpdate::new("vector".to_owned());
    update.metadata.insert("datus:vector_index".to_owned(), Some(text.to_owned()));
    store.as_lancedb().update_field_metadata(&[update]).await.unwrap();
}

/// Searches for each question and returns the fraction of the true nearest rows that are found.
async fn recall_of_questions(store: &Store<Table>, tenant: Option<i64>) -> f64 {
    let mut found = 0;
    for number in 0..40 {
        let search = || {
            let search = store.search(question(number)).limit(10);
            match tenant {
                Some(tenant) => search.filter(|t| t.tenant.eq(tenant)),
                None => search,
            }
        };
        let exact = search().exact().await.unwrap();
        let farthest = exact.last().unwrap().distance().unwrap() + 1e-5;
        let hits = search().await.unwrap();
        found += hits.iter().filter(|hit| hit.distance().unwrap() <= farthest).count();
    }
    found as f64 / 400.0
}

#[tokio::test]
async fn the_recall_with_drawn_words_is_that_of_questions() {
    let store = tables(ROWS).await;
    let report = store.create_indexes().samples(60).await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Measured, "{report}");
    let reported = recall(&report);
    assert_eq!((reported.query_kind, reported.queries), (QueryKind::SampledWords, 60), "{report}");
    assert!(reported.interval.contains(reported.measured) && reported.interval.high < 1.0, "{report}");
    let text = report.to_string();
    assert!(text.contains(&format!("({}) over 60 queries of sampled words", reported.interval)), "{text}");
    assert!(measured(&store).await.unwrap().contains("query_kind=drawn_words"));
    let real = recall_of_questions(&store, None).await;
    assert!(real >= 0.94, "{real} of the nearest rows are found: {report}");
    assert_eq!(store.health().await.unwrap().indexes[0].recall, Some(reported));
}

/// With this target, the standard error of 100 queries is above 0.005.
#[tokio::test]
async fn an_imprecise_recall_is_measured_again_with_more_queries() {
    let store = tables(ROWS).await;
    let report = store.create_indexes().recall(0.8).await.unwrap();
    let sampled = recall(&report);
    assert!(sampled.measured >= 0.8 && sampled.measured < 1.0, "{report}");
    assert!((400..=1600).contains(&sampled.queries), "{report}");
    assert_eq!(sampled.query_kind, QueryKind::SampledWords, "{report}");
    let again = store.create_indexes().recall(0.8).samples(20).remeasure().await.unwrap();
    assert_eq!(recall(&again).queries, 20, "the caller set the number: {again}");
}

#[tokio::test]
async fn a_lexical_model_is_measured_with_one_word_too_and_each_length_has_all_queries() {
    for (kind, lengths) in [(ModelKind::Lexical, vec![1, 5]), (ModelKind::Neural, vec![5])] {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let store = tables_of(400, Noting(HashingModel::new(128), kind, Arc::clone(&seen))).await;
        let report = store.create_indexes().samples(30).await.unwrap();
        assert_eq!(recall(&report).queries, 30, "{report}");
        assert_eq!(seen.lock().unwrap().iter().copied().collect::<Vec<_>>(), lengths, "{kind:?}");
    }
}

/// The rows nearest to a stored vector are in fewer partitions than those nearest to a query.
#[tokio::test]
async fn drawn_words_need_more_partitions_than_stored_vectors() {
    let store = tables(ROWS).await;
    let drawn = recall(&store.create_indexes().samples(60).await.unwrap());
    // The parameters are chosen for the midpoint between the target and 1, since the recall of real questions may be lower.
    assert!(drawn.target == 0.95 && drawn.measured >= 0.975, "{drawn}");
    // The vectors stay the same but the texts change, so the model does not compute these vectors from them.
    let elsewhere: Store<Table> = memory().await.store(HashingModel::new(128)).await.unwrap();
    let rows = store.search_all().with_vectors().await.unwrap().into_iter().map(|mut row| {
        row.record.definition = format!("a text about something else {}", row.record.tenant);
        row
    });
    elsewhere.add(rows).await.unwrap();
    let partitions = IvfFlatIndexBuilder::default()
        .num_partitions(24)
        .distance_type(datus_store::lancedb::DistanceType::Cosine);
    elsewhere.as_lancedb().create_index(&["vector"], Index::IvfFlat(partitions)).execute().await.unwrap();
    set_measured(&elsewhere, &earlier(ROWS, 24)).await;
    let report = elsewhere.create_indexes().samples(60).await.unwrap();
    let stored = recall(&report);
    assert_eq!((stored.query_kind, stored.queries), (QueryKind::StoredVectors, 60), "{report}");
    assert!(report.to_string().contains("over 60 stored vectors (optimistic"), "{report}");
    assert!(stored.nprobes < drawn.nprobes, "{stored} {drawn}");
}

#[tokio::test]
async fn rows_with_a_vector_and_no_text_are_measured_with_stored_vectors() {
    let store: Store<ivf_flat::Point> = memory().await.store(Cloud::new()).await.unwrap();
    let row = |number: i64| {
        let vector = Embedding::of(Cloud::ID, point(&format!("point {number}")));
        Embedded::new(ivf_flat::Point { number, seed: None }, vector)
    };
    store.add((0..300).map(row)).await.unwrap();
    let report = store.create_indexes().samples(30).await.unwrap();
    assert_eq!(
        (recall(&report).query_kind, recall(&report).queries),
        (QueryKind::StoredVectors, 30),
        "{report}"
    );
}

#[tokio::test]
async fn each_call_with_queries_measures_the_index_again() {
    let store: Store<ivf_flat::Point> = points(&memory().await, 0..300).await;
    let built = store.create_indexes().samples(30).await.unwrap();
    assert_eq!(
        (built.indexes[0].action, recall(&built).query_kind),
        (IndexAction::Built, QueryKind::SampledWords)
    );
    for count in [20, 25] {
        let queries = (0..count).map(|number| format!("question {number}"));
        let again = store.create_indexes().queries(queries).await.unwrap();
        assert_eq!(again.indexes[0].action, IndexAction::Measured, "{again}");
        assert_eq!(
            (recall(&again).query_kind, recall(&again).queries),
            (QueryKind::UserQueries, count),
            "{again}"
        );
    }
    let kept = store.create_indexes().await.unwrap();
    assert_eq!(
        (kept.indexes[0].action, recall(&kept).query_kind),
        (IndexAction::Kept, QueryKind::UserQueries)
    );
    let again = store.create_indexes().samples(30).remeasure().await.unwrap();
    assert_eq!(
        (again.indexes[0].action, recall(&again).query_kind),
        (IndexAction::Measured, QueryKind::SampledWords)
    );
}

#[tokio::test]
async fn a_measurement_of_an_earlier_version_is_used_and_then_repeated() {
    let store = tables(400).await;
    set_measured(&store, &earlier(400, 2)).await;
    let plan = store.search("orders by region").explain().await.unwrap();
    assert!(plan.contains("minimum_nprobes=2,"), "{plan}");
    let health = store.health().await.unwrap();
    let old = health.indexes[0].recall.unwrap();
    assert_eq!((old.measured, old.queries, old.query_kind), (0.99, 80, QueryKind::Unknown), "{health}");
    assert!(old.interval.contains(0.99) && old.interval.low < 0.96, "{health}");
    assert_eq!(health.advice, [Advice::CreateIndexes { columns: vec!["vector".to_owned()] }], "{health}");
    let report = store.create_indexes().await.unwrap();
    assert_eq!(report.indexes[0].action, IndexAction::Measured, "{report}");
    assert!(report.indexes[0].why.contains("an earlier version"), "{report}");
    assert!(store.create_indexes().await.unwrap().is_unchanged());
}

#[tokio::test]
async fn a_filter_is_measured_and_searches_with_a_filter_use_what_it_needs() {
    let store = tables(ROWS).await;
    let report = store
        .create_indexes()
        .samples(60)
        .under(|t| t.tenant.eq(7))
        .under(|t| t.tenant.lt(25))
        .await
        .unwrap();
    let filtered = recall(&report).filtered.unwrap();
    assert_eq!(filtered.filters, 2, "{report}");
    assert!(filtered.measured >= 0.95 && filtered.interval.contains(filtered.measured), "{report}");
    assert!(report.to_string().contains("under 2 filters, with"), "{report}");
    let real = recall_of_questions(&store, Some(7)).await;
    assert!(real >= 0.94, "{real}: {report}");

    let unchanged = store
        .create_indexes()
        .samples(60)
        .under(|t| t.tenant.eq(7))
        .under(|t| t.tenant.lt(25))
        .await
        .unwrap();
    assert!(unchanged.is_unchanged() && recall(&unchanged).filtered == Some(filtered), "{unchanged}");
    let other = store.create_indexes().samples(60).under(|t| t.tenant.eq(8)).await.unwrap();
    assert_eq!(other.indexes[0].action, IndexAction::Measured, "{other}");
    assert!(other.indexes[0].why.contains("under these filters"), "{other}");
    assert_eq!(recall(&other).filtered.unwrap().filters, 1);
}

/// If few rows pass a filter, the nearest of them can be in any partition.
#[tokio::test]
async fn a_selective_filter_raises_the_partitions_of_searches_with_a_filter_only() {
    let store = tables(ROWS).await;
    let probes = |plan: String| {
        let (_, rest) = plan.split_once("minimum_nprobes=").unwrap();
        rest.split(',').next().unwrap().parse::<usize>().unwrap()
    };
    let filtered = async || {
        let plan = store.search("orders by region").filter(|t| t.tenant.eq(7)).explain().await.unwrap();
        probes(plan)
    };
    set_measured(&store, "kind=ivf_flat,partitions=24,built=1000,rows=1000,probes=2,refine=1,recall=0.9600,target=0.95,at=10,queries=100,query_kind=drawn_words").await;
    assert_eq!(filtered().await, 8, "four times as many as without a filter");
    let report = store.create_indexes().samples(60).recall(0.9).under(|t| t.tenant.eq(7)).await.unwrap();
    let measured = recall(&report);
    let needed = measured.filtered.unwrap().nprobes;
    assert!(needed > measured.nprobes, "{report}");
    assert_eq!(filtered().await, needed.max((measured.nprobes * 4).min(24)), "{report}");
    let plan = store.search("orders by region").explain().await.unwrap();
    assert_eq!(probes(plan), measured.nprobes);
}

#[tokio::test]
async fn a_filter_that_no_row_passes_is_refused() {
    let store = tables(300).await;
    let error = store.create_indexes().samples(60).under(|t| t.tenant.eq(-1)).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (datus_store::ErrorKind::InvalidInput, Some("vector")));
    assert!(error.message().contains("no row with a vector passes"), "{error}");
}

/// The questions in this file are not among the sampled queries, because sampled queries contain only words of the rows.
#[test]
fn questions_have_words_that_no_row_has() {
    let rows: BTreeSet<String> = (0..ROWS)
        .flat_map(|number| {
            let text = table(number).definition.to_lowercase();
            text.split(|character: char| !character.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert!((0..40).all(|number| question(number).split(' ').any(|word| !rows.contains(word))));
}
