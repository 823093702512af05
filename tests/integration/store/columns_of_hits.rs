//! Rerankers that read columns of the candidates: groups and formulas.

use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use chrono::{DateTime, Utc};
use datus_store::model::HashingModel;
use datus_store::rerank::{
    Candidate, Formula, Mmr, Needs, Ranked, RerankQuery, Reranker, ScoreTerm, Siblings, async_trait, days,
};
use datus_store::{BoxError, EmbeddingRecord, ErrorKind, Hit, Score, Store};

use super::memory;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Page {
    #[datus(key)]
    id: i64,
    site: Option<String>,
    #[datus(embed(metric = cosine), fts)]
    text: String,
    visits: Option<u32>,
    rating: f64,
    changed: DateTime<Utc>,
}

fn page(id: i64, site: Option<&str>, text: &str, visits: Option<u32>, age: i64) -> Page {
    let changed = DateTime::<Utc>::from_timestamp((20_000 - age) * 86_400, 0).unwrap();
    Page { id, site: site.map(str::to_owned), text: text.to_owned(), visits, rating: f64::NAN, changed }
}

async fn pages() -> Store<Page> {
    let store: Store<Page> = memory().await.store(HashingModel::new(256)).await.unwrap();
    let rows = [
        page(1, Some("kitchen"), "a soup of tomatoes", Some(9), 0),
        page(2, Some("garden"), "tomatoes in pots", None, 60),
        page(3, Some("kitchen"), "bread and butter", Some(0), 30),
        page(4, None, "how to grow grapes", Some(99), 30),
        page(5, Some("garden"), "weeds and snails", Some(1), 0),
    ];
    store.add(rows).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

fn ids(hits: &[Hit<Page>]) -> Vec<i64> {
    hits.iter().map(|hit| hit.record.id).collect()
}

fn hit(hits: &[Hit<Page>], id: i64) -> &Hit<Page> {
    hits.iter().find(|hit| hit.record.id == id).unwrap()
}

fn close(left: f32, right: f32) -> bool {
    (left - right).abs() < 1e-5
}

#[tokio::test]
async fn siblings_of_the_best_row_come_before_strangers() {
    let store = pages().await;
    let search = || store.search("soup of tomatoes").hybrid();
    let plain = search().await.unwrap();
    let by_site = search().rerank_by(|t| Siblings::by(t.site)).await.unwrap();
    assert_eq!((ids(&plain)[0], ids(&by_site)[0]), (1, 1));
    for found in &by_site {
        let relevance = |id: i64| hit(&plain, id).score.value();
        let id = found.record.id;
        let best = match found.record.site.as_deref() {
            Some("kitchen") => relevance(1).max(relevance(3)),
            Some(_) => relevance(2).max(relevance(5)),
            None => relevance(id),
        };
        assert!(close(found.score.value(), relevance(id) + 0.6 * best), "{}", found.explain());
        assert!(matches!(&found.score, Score::Reranked { by, .. } if &**by == "siblings"));
        let terms = found.explain().terms;
        assert_eq!((terms[0].value, &*terms[1].name), (relevance(id), "siblings by site"));
    }
    let place = |hits: &[Hit<Page>], id: i64| ids(hits).iter().position(|&found| found == id).unwrap();
    assert!(place(&by_site, 3) < place(&by_site, 4), "{by_site:?}");
    for hits in [
        store.search("soup of tomatoes").rerank_by(|t| Siblings::by(t.site)).await.unwrap(),
        store.search("tomatoes").full_text().rerank_by(|t| Siblings::by(t.site)).await.unwrap(),
        search().rerank(Siblings::by(Page::columns().site)).await.unwrap(),
        search().rerank_by(|t| Mmr::default().with_relevance(Siblings::by(t.site))).await.unwrap(),
    ] {
        assert!(hits.len() >= 2 && hits.iter().any(|found| found.record.id == 1), "{hits:?}");
    }
}

#[tokio::test]
async fn a_formula_adds_columns_to_the_relevance() {
    let store = pages().await;
    let now = UNIX_EPOCH + days(20_000);
    let plain = store.search("soup of tomatoes").hybrid().await.unwrap();
    let hits = store
        .search("soup of tomatoes")
        .hybrid()
        .rerank_by(|t| {
            let recent = t.changed.half_life(days(30)).at(now) * 0.2;
            Formula::relevance() + recent + t.visits.ln_1p() * 0.05 + t.rating.value().unwrap_or(0.5)
        })
        .await
        .unwrap();
    let expected = |id: i64| {
        let (recent, visits) = match id {
            1 => (1.0, 10.0_f32),
            2 => (0.25, 1.0),
            3 => (0.5, 1.0),
            4 => (0.5, 100.0),
            _ => (1.0, 2.0),
        };
        vec![
            ("relevance", hit(&plain, id).score.value()),
            ("changed.half_life(30 days) * 0.2", 0.2 * recent),
            ("visits.ln_1p() * 0.05", 0.05 * visits.ln()),
            // The stored rating is not a number.
            ("rating", 0.5),
        ]
    };
    assert_eq!(hits.len(), 5);
    for found in &hits {
        let (expected, explained) = (expected(found.record.id), found.explain());
        assert!(close(found.score.value(), expected.iter().map(|term| term.1).sum()), "{explained}");
        let same = |(term, expected): (&ScoreTerm, &(&str, f32))| {
            &*term.name == expected.0 && close(term.value, expected.1)
        };
        assert!(explained.terms.iter().zip(&expected).all(same), "{explained}, expected {expected:?}");
        assert!(explained.to_string().contains("; terms relevance: "), "{explained}");
        assert!(explained.nearest.is_some());
    }
    assert!(hits.windows(2).all(|pair| pair[0].score.value() >= pair[1].score.value()));
}

#[tokio::test]
async fn equal_scores_of_a_formula_are_in_key_order_on_every_page() {
    let store = pages().await;
    let page = |limit, offset| {
        let by = store.search("tomatoes").hybrid().rerank_by(|t| t.rating.value());
        by.limit(limit).offset(offset)
    };
    assert_eq!(ids(&page(5, 0).await.unwrap()), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&page(2, 2).await.unwrap()), [3, 4]);
}

#[tokio::test]
async fn terms_are_a_map_in_arrow_results() {
    let store = pages().await;
    let search = store.search("tomatoes").hybrid().select(|t| t.id).limit(2);
    let batches = search.rerank_by(|t| Formula::relevance() + t.visits.value()).arrow().await.unwrap();
    let column = batches[0].column_by_name("_relevance_terms").unwrap().as_map();
    assert_eq!(column.len(), 2);
    let names = column.value(0);
    assert_eq!(
        names.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(),
        ["relevance", "visits"]
    );
    let plain = store.search("tomatoes").hybrid().select(|t| t.id).arrow().await.unwrap();
    assert!(plain[0].column_by_name("_relevance_terms").is_none());
}

/// The id and one other column of each candidate.
type Columns = Vec<(i64, Option<String>)>;

/// Records the columns of the candidates in each ranking.
#[derive(Debug, Default, Clone)]
struct Seen(Arc<Mutex<Vec<Columns>>>);

#[async_trait]
impl Reranker for Seen {
    fn name(&self) -> &str {
        "seen"
    }

    fn needs(&self) -> Needs {
        Needs::default()
            .with_texts()
            .with_column(Page::columns().site)
            .with_column(Page::columns().id)
            .with_vectors()
    }

    async fn rerank(&self, _: &RerankQuery, candidates: &[Candidate]) -> Result<Vec<Ranked>, BoxError> {
        let columns = Page::columns();
        let read = |row: &Candidate| Ok::<_, BoxError>((row.value(columns.id)?, row.value(columns.site)?));
        self.0.lock().unwrap().push(candidates.iter().map(read).collect::<Result<_, _>>()?);
        assert!(candidates.iter().all(|row| row.text.is_some() && row.vector.is_some()));
        assert_eq!(candidates[0].value(columns.visits).unwrap_err().column(), Some("visits"));
        Ok(Ranked::by_score(candidates.iter().map(|_| 0.0)))
    }
}

#[tokio::test]
async fn a_reranker_reads_the_columns_that_it_needs_with_texts_and_vectors() {
    let store = pages().await;
    let seen = Seen::default();
    store.search("tomatoes").rerank(seen.clone()).limit(3).await.unwrap();
    let site = |name: &str| Some(name.to_owned());
    let expected =
        [(1, site("kitchen")), (2, site("garden")), (3, site("kitchen")), (4, None), (5, site("garden"))];
    assert_eq!(*seen.0.lock().unwrap(), [expected.to_vec()]);
}

/// A record with a column that [`Page`] lacks.
#[derive(Debug, EmbeddingRecord)]
struct Other {
    weight: f64,
}

#[tokio::test]
async fn a_column_of_a_different_record_is_an_error_that_names_it() {
    let store = pages().await;
    let weight = Other { weight: 1.0 };
    assert!(weight.weight > 0.0);
    let error = store.search("tomatoes").hybrid().rerank(Other::columns().weight.value()).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("weight")));
    assert!(error.message().contains("`formula` reads a column that the table lacks"), "{error}");
    let error =
        store.search("tomatoes").hybrid().rerank_by(|t| t.visits.value() * f64::NAN).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("visits")));
}
