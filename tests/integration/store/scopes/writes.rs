//! The operations of the random test that write.

use std::collections::BTreeSet;

use datus_store::{Error, ErrorKind};
use futures::stream;

use super::reads::operations;
use super::tenant::{Fact, Tenant};

operations! {
    Write: Add AddStream AddAgain AddToOtherScope Upsert UpsertStream UpsertToOtherScope SyncGroup SyncAll SyncToOtherScope
    UpdateKey UpdateGroup UpdateText UpdateAll UpdateOtherScope SetScope DeleteKey DeleteGroup DeleteOtherScope DeleteAll
    CreateIndexes Bulk BulkToOtherScope AddStamped UpsertStamped SyncStamped
}

impl Tenant {
    /// Runs one kind of write on the store and on the model, and compares the reported counts.
    pub(super) async fn write(&mut self, write: Write) {
        let (store, key, group) = (self.store.clone(), self.key(), self.group());
        let context = format!("{:?} {write:?}", self.scope);
        let (tenant, _) = self.scope;
        match write {
            Write::Add | Write::AddStream => {
                let rows: Vec<Fact> =
                    self.facts().into_iter().filter(|row| !self.rows.contains_key(&row.id)).collect();
                let added = match write {
                    Write::Add => store.add(&rows).await.unwrap(),
                    _ => store.add_stream(stream::iter(rows.iter().map(Ok::<_, Error>))).await.unwrap(),
                };
                assert_eq!(added.rows, rows.len(), "{context}");
                self.keep(rows);
            }
            Write::AddAgain => {
                if let Some(row) = self.rows.values().next().cloned() {
                    let error = store.add([&row]).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
                }
            }
            Write::AddToOtherScope | Write::UpsertToOtherScope | Write::SyncToOtherScope => {
                let key = self.new_key();
                let row = self.fact(key);
                let foreign = match self.rng.bool() {
                    true => Fact { tenant: "nobody".into(), ..row.clone() },
                    false => Fact { region: row.region + 1, ..row.clone() },
                };
                let rows = [row, Fact { id: key + 1, ..foreign }];
                let error = match write {
                    Write::AddToOtherScope => store.add(&rows).await.unwrap_err(),
                    Write::UpsertToOtherScope => store.upsert(&rows).await.unwrap_err(),
                    _ => store.sync(&rows).all_rows().await.unwrap_err(),
                };
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
            }
            Write::Upsert | Write::UpsertStream => {
                let rows = self.facts();
                let inserted = rows.iter().filter(|row| !self.rows.contains_key(&row.id)).count();
                let unchanged = rows.iter().filter(|row| self.rows.get(&row.id) == Some(row)).count();
                let upserted = match write {
                    Write::Upsert => store.upsert(&rows).await.unwrap(),
                    _ => store.upsert_stream(stream::iter(rows.iter().map(Ok::<_, Error>))).await.unwrap(),
                };
                let expected = (inserted, rows.len() - inserted - unchanged, unchanged);
                let counts = (upserted.inserted, upserted.updated, upserted.unchanged);
                assert_eq!(counts, expected, "{context}");
                self.keep(rows);
            }
            Write::SyncGroup | Write::SyncAll => {
                let within = |row: &Fact| write == Write::SyncAll || row.group == group;
                let mut rows = self.facts();
                if write == Write::SyncGroup {
                    rows.iter_mut().for_each(|row| row.group = group);
                }
                let keys: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
                let gone: Vec<i64> =
                    self.all(|row| within(row) && !keys.contains(&row.id)).iter().map(|row| row.id).collect();
                let synced = match write {
                    Write::SyncGroup => store.sync(&rows).within(|t| t.group.eq(group)).await.unwrap(),
                    _ => {
                        let stream = stream::iter(rows.iter().map(Ok::<_, Error>));
                        store.sync_stream(stream).all_rows().await.unwrap()
                    }
                };
                assert_eq!(synced.deleted, gone.len(), "{context}");
                self.rows.retain(|id, _| !gone.contains(id));
                self.keep(rows);
            }
            Write::AddStamped | Write::UpsertStamped | Write::SyncStamped => {
                let mut rows = self.facts();
                if write == Write::AddStamped {
                    rows.retain(|row| !self.rows.contains_key(&row.id));
                }
                let given: Vec<Fact> = rows.iter().map(|row| self.of_any_scope(row)).collect();
                let inserted = rows.iter().filter(|row| !self.rows.contains_key(&row.id)).count();
                let counted = match write {
                    Write::AddStamped => store.add(given).stamp_scope().await.unwrap().rows,
                    Write::UpsertStamped => store.upsert(given).stamp_scope().await.unwrap().inserted,
                    _ => {
                        let synced = store.sync(given).within(|t| t.tenant.eq(tenant)).stamp_scope();
                        let inserted = synced.await.unwrap().inserted;
                        self.rows.clear();
                        inserted
                    }
                };
                assert_eq!(counted, inserted, "{context}");
                self.keep(rows);
            }
            Write::UpdateKey => {
                let updated = store.update().filter(|t| t.id.eq(key)).set(|t| t.group, group).await.unwrap();
                let changed = self.change(|row| row.id == key, |row| row.group = group);
                assert_eq!(updated.rows, changed, "{context}");
            }
            Write::UpdateGroup => {
                let to = self.group();
                let updated =
                    store.update().filter(|t| t.group.eq(group)).set(|t| t.group, to).await.unwrap();
                let changed = self.change(|row| row.group == group, |row| row.group = to);
                assert_eq!(updated.rows, changed, "{context}");
            }
            Write::UpdateText => {
                let text = self.text();
                let updated =
                    store.update().filter(|t| t.group.eq(group)).set(|t| t.text, &text).await.unwrap();
                let changed = self.change(|row| row.group == group, |row| row.text.clone_from(&text));
                assert_eq!(updated.rows, changed, "{context}");
            }
            Write::UpdateAll => {
                let updated = store.update().all_rows().set(|t| t.group, group).await.unwrap();
                let changed = self.change(|_| true, |row| row.group = group);
                assert_eq!(updated.rows, changed, "{context}");
            }
            Write::UpdateOtherScope => {
                let text = self.text();
                let update = store.update().filter(|t| t.tenant.ne(tenant).or(t.id.eq(key)));
                let updated = update.set(|t| t.text, &text).await.unwrap();
                let changed = self.change(|row| row.id == key, |row| row.text.clone_from(&text));
                assert_eq!(updated.rows, changed, "{context}");
            }
            Write::SetScope => {
                let error = store.update().all_rows().set(|t| t.region, 9).await.unwrap_err();
                assert_eq!(
                    (error.kind(), error.column()),
                    (ErrorKind::InvalidInput, Some("region")),
                    "{context}"
                );
            }
            Write::DeleteKey => {
                let deleted = store.delete().filter(|t| t.id.eq(key)).await.unwrap();
                self.check_deleted(deleted, |row| row.id == key, &context);
            }
            Write::DeleteGroup => {
                let deleted = store.delete().filter(|t| t.group.eq(group)).await.unwrap();
                self.check_deleted(deleted, |row| row.group == group, &context);
            }
            Write::DeleteOtherScope => {
                let deleted = store.delete().filter(|t| t.tenant.ne(tenant).or(t.id.eq(key))).await.unwrap();
                self.check_deleted(deleted, |row| row.id == key, &context);
            }
            Write::DeleteAll => {
                let deleted = store.delete().all_rows().await.unwrap();
                self.check_deleted(deleted, |_| true, &context);
            }
            Write::Bulk => {
                let rows: Vec<Fact> =
                    self.facts().into_iter().filter(|row| !self.rows.contains_key(&row.id)).collect();
                let job = store.bulk().parts(2).start().await.unwrap();
                let worker = store.bulk_worker(&job).await.unwrap();
                for part in 0..2 {
                    let of_part = rows.iter().filter(|row| job.part_of(row).unwrap() == part);
                    worker.write(part, of_part).await.unwrap();
                }
                let parts = store.bulk_parts(&job).await.unwrap();
                let done = store.commit_bulk(&job, parts).await.unwrap();
                assert_eq!((done.rows, done.already_committed), (rows.len(), false), "{context}");
                self.keep(rows);
            }
            Write::BulkToOtherScope => {
                let job = store.bulk().parts(1).start().await.unwrap();
                let worker = store.bulk_worker(&job).await.unwrap();
                let row = Fact { tenant: "nobody".into(), ..self.fact(key) };
                let error = worker.write(0, [row]).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
            }
            Write::CreateIndexes => {
                store.create_indexes().await.unwrap();
            }
        }
    }

    /// Returns the row with an empty or wrong scope, or with its own.
    fn of_any_scope(&mut self, row: &Fact) -> Fact {
        let row = row.clone();
        match self.rng.u8(0..4) {
            0 => Fact { tenant: String::new(), region: 0, ..row },
            1 => Fact { tenant: "nobody".into(), ..row },
            2 => Fact { region: row.region + 1, ..row },
            _ => row,
        }
    }

    fn keep(&mut self, rows: Vec<Fact>) {
        self.rows.extend(rows.into_iter().map(|row| (row.id, row)));
    }

    /// Changes rows of the model, and returns their number.
    fn change(&mut self, of: impl Fn(&Fact) -> bool, change: impl Fn(&mut Fact)) -> usize {
        let mut changed = 0;
        for row in self.rows.values_mut().filter(|row| of(row)) {
            change(row);
            changed += 1;
        }
        changed
    }

    fn check_deleted(&mut self, deleted: usize, of: impl Fn(&Fact) -> bool, context: &str) {
        let before = self.rows.len();
        self.rows.retain(|_, row| !of(row));
        assert_eq!(deleted, before - self.rows.len(), "{context}");
    }
}
