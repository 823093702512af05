use super::CreateIndexes;
use crate::evaluate::{Question, RunReport};
use crate::query::Selection;
use crate::record::EmbeddingRecord;
use crate::store::gate::Gate;

impl<'a, R> CreateIndexes<'a, R> {
    /// Replaces a full-text index whose options differ from the declared ones, but only if the new index answers questions
    /// well enough.
    ///
    /// The new index is built next to the old one. Each question is then run as a search over the same rows, with the old
    /// index and with the new one. Like `search(…).full_text()`, each search covers all columns with `#[datus(fts)]` that
    /// have an index. Only the index of one column differs. `key` selects the column that contains the keys that the
    /// questions name. `accept` receives the metrics with the old and with the new index. They are computed from 100 rows
    /// for each question, so a `k` above 100 has the same effect as 100. On a scoped store, only rows of the scope are
    /// searched.
    ///
    /// If `accept` returns `true`, the new index replaces the old one in one commit. If it returns `false`, the old index
    /// stays, the new one is removed, and the entry of the report is [`Refused`](crate::IndexAction::Refused) with the
    /// metrics that `accept` read. Readers and writers continue, and they see either the old index or the new one. If the
    /// options of several columns differ, `accept` is called for one column after another, and the earlier decisions are
    /// already in effect.
    ///
    /// An index that is missing or damaged is built without evaluation. So is an index that already has the declared
    /// options and that [`rebuild`](Self::rebuild) builds again. A refusal is not remembered: the next call builds and
    /// evaluates the index again, or replaces it if the call has no condition.
    ///
    /// ```
    /// use datus_store::evaluate::Question;
    /// use datus_store::{Database, EmbeddingRecord, IndexAction, Store};
    ///
    /// # mod before {
    /// #     #[derive(datus_store::EmbeddingRecord)]
    /// #     #[datus(table = "pages")]
    /// #     pub struct Page { #[datus(key)] pub path: String, #[datus(fts)] pub text: String }
    /// # }
    /// #[derive(EmbeddingRecord)]
    /// #[datus(table = "pages")]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     #[datus(fts(stem = false))] // it was `fts`
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// # let page = |path: &str, text: &str| before::Page { path: path.into(), text: text.into() };
    /// # let old: Store<before::Page> = db.store(()).await?;
    /// # old.add([page("a", "How to bake bread"), page("b", "How to brew tea")]).await?;
    /// # old.create_indexes().await?;
    /// let pages: Store<Page> = db.store(()).await?;
    /// let questions = [Question::new("baking", ["a"]), Question::new("brewing", ["b"])]; // use a few hundred
    /// let report = pages
    ///     .create_indexes()
    ///     .only_if(questions, |t| t.path, |old, new| new.recall(10) >= old.recall(10) - 0.01)
    ///     .await?;
    /// let text = report.of("text").next().expect("an entry for the column");
    /// assert_eq!(text.action, IndexAction::Refused); // without stemming, `baking` is not found
    /// assert!(text.why.contains("recall@10 is 0.000 instead of 1.000"));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited, in addition to those of [`create_indexes`](crate::Store::create_indexes): `InvalidInput` if there are
    /// no questions, and for a question without a relevant key; `Unsupported` on LanceDB's service, `db://`, which builds an
    /// index in place of the old one, and for a table whose manifest files have the names that Lance used before 0.17.
    pub fn only_if<P>(
        mut self,
        questions: impl IntoIterator<Item = Question>,
        key: impl FnOnce(R::Columns) -> P,
        accept: impl FnMut(&RunReport<'_>, &RunReport<'_>) -> bool + Send + 'a,
    ) -> Self
    where
        R: EmbeddingRecord,
        P: Selection<R>,
        P::Output: ToString,
    {
        self.gate = Some(Gate::new::<R, P>(questions, key(R::columns()), accept));
        self
    }
}
