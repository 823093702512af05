//! The operations of the random test that read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datus_store::rerank::Mmr;
use datus_store::{Change, ErrorKind, Hit, Of2, search_all_of};
use futures::TryStreamExt;
use serde_json::{Value, json};

use super::tenant::{Fact, Tenant};
use crate::support::models::vector;

macro_rules! operations {
    ($name:ident: $($operation:ident)+) => {
        /// An operation of the random test.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $($operation),+
        }

        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$operation),+];
        }
    };
}
pub(super) use operations;

operations! {
    Read: Get Count Filter OtherScope Stream First Pages OtherCursor Arrow ArrowStream Distinct Explain Search SearchVector
    SimilarTo SimilarToVector SearchText FullText Hybrid Reranked View
    CountBy Bounds LimitPer Version Changes Tool SearchAllOf Receipt
}

/// A limit above the number of rows in any scope.
const ALL_ROWS: usize = 1000;

impl Tenant {
    /// Runs one kind of read, and compares the result with the model.
    pub(super) async fn read(&mut self, read: Read) {
        let (store, group, word) = (self.store.clone(), self.group(), self.word());
        let context = format!("{:?} {read:?}", self.scope);
        match read {
            Read::Get => {
                let key = self.key();
                assert_eq!(store.get(key).await.unwrap(), self.rows.get(&key).cloned(), "{context}");
            }
            Read::Count => assert_eq!(store.count().await.unwrap(), self.rows.len(), "{context}"),
            Read::Filter => {
                let query = || store.search_all().group(group);
                let expected = self.all(|row| row.group == group);
                assert_eq!(query().order_by(|t| t.id.asc()).await.unwrap(), expected, "{context}");
                assert_eq!(query().count().await.unwrap(), expected.len(), "{context}");
            }
            Read::OtherScope => {
                let (tenant, region) = self.scope;
                let others = store.search_all().filter(|t| t.tenant.ne(tenant).or(t.region.ne(region)));
                assert!(others.await.unwrap().is_empty(), "{context}");
                let rows = store.search_all().filter(|t| t.tenant.ne(tenant).or(t.id.ge(0)));
                assert_eq!(rows.count().await.unwrap(), self.rows.len(), "{context}");
            }
            Read::Stream => {
                let rows: Vec<Fact> =
                    store.search_all().order_by(|t| t.id.asc()).stream().try_collect().await.unwrap();
                assert_eq!(rows, self.all(|_| true), "{context}");
            }
            Read::First => {
                let first = store.search_all().order_by(|t| t.id.asc()).first().await.unwrap();
                assert_eq!(first, self.rows.values().next().cloned(), "{context}");
            }
            Read::Pages => {
                let (mut rows, mut cursor) = (Vec::new(), None);
                loop {
                    let query = store.search_all().order_by(|t| t.id.desc()).page(3).after(&cursor);
                    let page = query.await.unwrap();
                    rows.extend(page.items);
                    cursor = page.next;
                    if cursor.is_none() {
                        break;
                    }
                }
                rows.reverse();
                assert_eq!(rows, self.all(|_| true), "{context}");
            }
            Read::OtherCursor => {
                let page = self.other.search_all().page(1).await.unwrap();
                if let Some(cursor) = page.next {
                    let error = store.search_all().page(1).after(&cursor).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
                }
            }
            Read::Changes => {
                let changes = store.changes().since(self.remembered.0).await.unwrap();
                let until = changes.until();
                let mut changed = BTreeMap::new();
                for change in changes.collect().await.unwrap() {
                    let (id, before_and_after) = match change {
                        Change::Inserted(row) => (row.id, (None, Some(row))),
                        Change::Updated { before, after } => (after.id, (Some(before), Some(after))),
                        Change::Deleted(row) => (row.id, (Some(row), None)),
                    };
                    assert!(changed.insert(id, before_and_after).is_none(), "{context}");
                }
                let before = &self.remembered.1;
                let ids: BTreeSet<i64> = before.keys().chain(self.rows.keys()).copied().collect();
                let row_of = |id| (before.get(&id).cloned(), self.rows.get(&id).cloned());
                let expected = ids.into_iter().map(|id| (id, row_of(id)));
                let expected: BTreeMap<_, _> =
                    expected.filter(|(_, (before, after))| before != after).collect();
                assert_eq!(changed, expected, "{context}");
                self.remembered = (until, self.rows.clone());
            }
            Read::Tool => {
                // The arguments from a language model cannot name the scope, and cannot give the tool access to more rows.
                let tool = store.tool().limits(ALL_ROWS, ALL_ROWS).with_values_of(["group"]).await.unwrap();
                let filter = json!({ "any": [{}, { "tenant": { "ne": self.scope.0 } }] });
                let error = tool.call(json!({ "filter": filter })).await.unwrap_err();
                assert!(error.can_be_corrected() && error.to_string().contains("`tenant`"), "{context}");
                let filter = json!({ "any": [{ "id": { "ge": 0 } }, { "not": { "id": { "ge": 0 } } }] });
                let answer = tool.call(json!({ "columns": ["id"], "filter": filter })).await.unwrap();
                let rows = answer["rows"].as_array().unwrap().iter();
                let ids: BTreeSet<i64> = rows.map(|row| row["id"].as_i64().unwrap()).collect();
                assert_eq!(ids, self.rows.keys().copied().collect(), "{context}");
                let schema = tool.input_schema();
                let known = &schema["$defs"]["filter"]["properties"]["group"]["anyOf"][0]["enum"];
                let groups: BTreeSet<i32> = self.rows.values().map(|row| row.group).collect();
                let expected = match groups.is_empty() {
                    true => Value::Null,
                    false => json!(groups),
                };
                assert_eq!(known, &expected, "{context}");
            }
            Read::Arrow => {
                let batches = store.search_all().arrow().await.unwrap();
                let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
                assert_eq!(rows, self.rows.len(), "{context}");
            }
            Read::ArrowStream => {
                let stream = store.search_all().arrow_stream().await.unwrap();
                let batches: Vec<_> = stream.batches.try_collect().await.unwrap();
                let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
                assert_eq!(rows, self.rows.len(), "{context}");
            }
            Read::Distinct => {
                let scopes = store.search_all().select(|t| (t.tenant, t.group)).distinct().await.unwrap();
                let expected: HashSet<_> =
                    self.rows.values().map(|row| (row.tenant.clone(), row.group)).collect();
                assert_eq!(scopes, expected, "{context}");
            }
            Read::Explain => {
                let plan = store.search_all().explain().await.unwrap();
                assert!(plan.contains(self.scope.0), "{context}: {plan}");
            }
            Read::Search => {
                let query = self.text();
                let hits = store.search(&*query).exact().limit(3).await.unwrap();
                self.check_nearest(&query, None, &hits, &context);
                let query = store.search(&*query).limit(ALL_ROWS);
                assert_eq!(query.count().await.unwrap(), self.rows.len(), "{context}");
            }
            Read::SearchVector => {
                let query = self.text();
                let hits = store.vector(|v| v.text).search(&*query).exact().limit(3).await.unwrap();
                self.check_nearest(&query, None, &hits, &context);
            }
            Read::SimilarTo | Read::SimilarToVector => {
                let key = self.key();
                let search = match read {
                    Read::SimilarTo => store.similar_to(key),
                    _ => store.vector(|v| v.text).similar_to(key),
                };
                match (search.exact().limit(3).await, self.rows.get(&key)) {
                    (Ok(hits), Some(row)) => self.check_nearest(&row.text, Some(key), &hits, &context),
                    (result, None) => {
                        assert_eq!(result.unwrap_err().kind(), ErrorKind::RowNotFound, "{context}");
                    }
                    (Err(error), Some(_)) => panic!("{context}: {error}"),
                }
            }
            Read::SearchText => {
                let hits = store.search_text(|t| t.text.matches(word)).limit(ALL_ROWS).await.unwrap();
                self.check_found(|row| row.text.contains(word), &hits, &context);
            }
            Read::FullText => {
                let search = || store.search(word).full_text().filter(|t| t.group.eq(group)).limit(ALL_ROWS);
                let keep = |row: &Fact| row.group == group && row.text.contains(word);
                self.check_found(keep, &search().await.unwrap(), &context);
                assert_eq!(search().count().await.unwrap(), self.all(keep).len(), "{context}");
            }
            Read::Hybrid => {
                let hits = store.search(&*self.text()).hybrid().limit(ALL_ROWS).await.unwrap();
                self.check_found(|_| true, &hits, &context);
            }
            Read::Reranked => {
                let hits = store.search(&*self.text()).rerank(Mmr::default()).limit(ALL_ROWS).await.unwrap();
                self.check_found(|_| true, &hits, &context);
            }
            Read::Receipt => {
                let search = store.search(&*self.text()).filter(|t| t.group.eq(group)).limit(ALL_ROWS);
                let (hits, receipt) = search.with_receipt().await.unwrap();
                self.check_found(|row| row.group == group, &hits, &context);
                assert_eq!(store.replay(&receipt).await.unwrap(), hits, "{context}");
                let error = self.other.replay(&receipt).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
            }
            Read::SearchAllOf => {
                let searches = (
                    store.search(&*self.text()).limit(ALL_ROWS),
                    store.view(|t| t.group.eq(group)).search_text(|t| t.text.matches(word)).limit(ALL_ROWS),
                );
                let hits = search_all_of(searches).limit(2 * ALL_ROWS).await.unwrap();
                let (mut all, mut some) = (Vec::new(), Vec::new());
                for hit in hits {
                    match hit.record {
                        Of2::A(row) => all.push(Hit::new(row, hit.score)),
                        Of2::B(row) => some.push(Hit::new(row, hit.score)),
                    }
                }
                self.check_found(|_| true, &all, &context);
                self.check_found(|row| row.group == group && row.text.contains(word), &some, &context);
            }
            Read::CountBy => {
                let mut counts = BTreeMap::new();
                self.rows.values().for_each(|row| *counts.entry(row.group).or_insert(0) += 1);
                let counted = store.search_all().count_by(|t| t.group).await.unwrap();
                let counted: BTreeMap<i32, u64> =
                    counted.into_iter().map(|(group, rows)| (group, rows as u64)).collect();
                assert_eq!(counted, counts, "{context}");
            }
            Read::Bounds => {
                let (least, greatest) = (store.search_all().min(|t| t.id), store.search_all().max(|t| t.id));
                assert_eq!(least.await.unwrap(), self.rows.keys().next().copied(), "{context}");
                assert_eq!(greatest.await.unwrap(), self.rows.keys().next_back().copied(), "{context}");
            }
            Read::LimitPer => {
                let rows =
                    store.search_all().order_by(|t| t.id.asc()).limit_per(|t| t.group, 1).await.unwrap();
                let mut groups = HashSet::new();
                let firsts: Vec<Fact> =
                    self.rows.values().filter(|row| groups.insert(row.group)).cloned().collect();
                assert_eq!(rows, firsts, "{context}");
            }
            Read::Version => {
                let version = store.version().await.unwrap();
                let old = store.at(version).await.unwrap();
                let rows = old.search_all().order_by(|t| t.id.asc()).await.unwrap();
                assert!(rows.iter().all(|row| (row.tenant.as_str(), row.region) == self.scope), "{context}");
                assert_eq!(old.count().await.unwrap(), rows.len(), "{context}");
            }
            Read::View => {
                let view = store.view(|t| t.group.eq(group));
                let expected = self.all(|row| row.group == group);
                assert_eq!(view.count().await.unwrap(), expected.len(), "{context}");
                let key = self.key();
                let row = self.rows.get(&key).filter(|row| row.group == group).cloned();
                assert_eq!(view.get(key).await.unwrap(), row, "{context}");
                let hits = view.search("1 1 1").limit(ALL_ROWS).await.unwrap();
                self.check_found(|row| row.group == group, &hits, &context);
                let nested = view.view(|t| t.id.lt(key));
                let rows = nested.search_all().order_by(|t| t.id.asc()).await.unwrap();
                assert_eq!(rows, self.all(|row| row.group == group && row.id < key), "{context}");
            }
        }
    }

    /// Checks that the hits are exactly the rows of the model that a condition keeps.
    fn check_found(&self, keep: impl Fn(&Fact) -> bool, hits: &[Hit<Fact>], context: &str) {
        let mut rows: Vec<Fact> = hits.iter().map(|hit| hit.record.clone()).collect();
        rows.sort_by_key(|row| row.id);
        assert_eq!(rows, self.all(keep), "{context}");
    }

    /// Checks that the hits are rows of the model, and that they are the three nearest to the point of a text.
    fn check_nearest(&self, text: &str, without: Option<i64>, hits: &[Hit<Fact>], context: &str) {
        assert!(hits.iter().all(|hit| self.rows.get(&hit.record.id) == Some(&hit.record)), "{context}");
        let distance = |row: &Fact| -> f32 {
            vector(text).iter().zip(vector(&row.text)).map(|(a, b)| (a - b).powi(2)).sum()
        };
        let mut expected: Vec<f32> = self.all(|row| Some(row.id) != without).iter().map(distance).collect();
        expected.sort_by(f32::total_cmp);
        expected.truncate(3);
        let distances: Vec<f32> = hits.iter().filter_map(Hit::distance).collect();
        assert_eq!(distances, expected, "{context}");
    }
}
