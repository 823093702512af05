//! Compares rerankers of hybrid search with the better leg, on several sets of questions with known answers.
//!
//! `cargo run --example evaluate -- fusion FOLDER`, where the folder contains `spider_tables.jsonl`, and in `retrieval` the
//! files `spider_train_questions.jsonl`, `cranfield_documents.jsonl` and `cranfield_questions.jsonl`: the tables of the
//! Spider benchmark, questions of its training split, and the Cranfield collection. Sets whose files are missing are
//! skipped. The questions in this folder about Spider and the sample catalog are always included.
//!
//! The program prints a Markdown table of the differences between each reranker and the better leg of a set: the mean over
//! the sets, and the worst set.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use datus_store::evaluate::{Evaluation, Measure, Question, Report};
use datus_store::model::EmbeddingModel;
use datus_store::rerank::{ConvexCombination, PseudoRelevanceFeedback, Reranker, Rrf, Weighted};
use datus_store::{Database, EmbeddingRecord, Store};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use crate::{BEST, questions_of, read_questions, sample};

/// The maximum number of questions to ask concurrently.
const AT_ONCE: usize = 4;
/// The measures of the table.
const MEASURES: [Measure; 2] = [Measure::Recall(5), Measure::Ndcg(10)];

/// Returns the rerankers to compare, with their names.
fn rerankers() -> [(&'static str, Arc<dyn Reranker>); 4] {
    [
        ("ConvexCombination", Arc::new(ConvexCombination::default())),
        ("Weighted::default()", Arc::new(Weighted::default())),
        ("Rrf::default()", Arc::new(Rrf::default())),
        ("PseudoRelevanceFeedback", Arc::new(PseudoRelevanceFeedback::default())),
    ]
}

/// A searchable text. `code` also suits prose: words are stemmed, and stop words are removed.
#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "documents")]
struct Document {
    #[datus(key)]
    key: String,
    #[datus(embed, fts(code))]
    text: String,
}

/// Texts, and sets of questions about them.
struct Corpus {
    name: &'static str,
    documents: Vec<Document>,
    questions: Vec<(&'static str, Vec<Question>)>,
}

/// A function that returns the text that is stored for a table.
type TextOf = fn(&Table) -> String;

/// A table of the Spider benchmark.
#[derive(Deserialize)]
pub(crate) struct Table {
    pub(crate) database: String,
    table: String,
    description: String,
    columns: Vec<String>,
    pub(crate) ddl: String,
}

/// An abstract from the Cranfield collection.
#[derive(Deserialize)]
pub(crate) struct Abstract {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// Prints the report of each set, and the table of the differences.
pub(crate) async fn compare(folder: &Path, model: &Arc<dyn EmbeddingModel>) -> Result<(), Box<dyn Error>> {
    let mut reports = Vec::new();
    for corpus in corpora(folder)? {
        let db = Database::connect("memory://").await?;
        let store: Store<Document> = db.store(Arc::clone(model)).await?;
        store.add(&corpus.documents).await?;
        store.create_indexes().await?;
        for (set, questions) in corpus.questions {
            let report = report(&store, questions).await?;
            writeln!(io::stdout().lock(), "{} {set}\n{report}\n", corpus.name)?;
            reports.push(report);
        }
    }
    writeln!(io::stdout().lock(), "{}", table(model, &reports))?;
    Ok(())
}

/// Runs each question as a vector search, a full-text search, and a hybrid search with each reranker.
async fn report(store: &Store<Document>, questions: Vec<Question>) -> Result<Report, Box<dyn Error>> {
    let evaluation = Evaluation::new(questions)?.at([5, 10]);
    let texts: Vec<String> = evaluation.questions().iter().map(|question| question.text.clone()).collect();
    let vector = answers(&texts, async |text| store.search(text).limit(BEST).select(|t| t.key).await);
    let full_text =
        answers(&texts, async |text| store.search(text).full_text().limit(BEST).select(|t| t.key).await);
    let mut evaluation = evaluation.run("vector", vector.await?)?.run("full text", full_text.await?)?;
    for (name, reranker) in rerankers() {
        let ordered = answers(&texts, async |text| {
            store.search(text).hybrid().rerank(Arc::clone(&reranker)).limit(BEST).select(|t| t.key).await
        });
        evaluation = evaluation.run(name, ordered.await?)?;
    }
    Ok(evaluation.report())
}

/// Asks several questions at a time, and returns the keys that each finds.
async fn answers(
    questions: &[String],
    search: impl AsyncFn(&str) -> datus_store::Result<Vec<datus_store::Hit<String>>>,
) -> datus_store::Result<Vec<Vec<String>>> {
    let search = &search;
    let answers = stream::iter(questions).map(|question| async move {
        let hits = search(question).await?;
        Ok(hits.into_iter().map(|hit| hit.record).collect())
    });
    answers.buffered(AT_ONCE).try_collect().await
}

/// Returns a Markdown table of the differences between each reranker and the better leg of a set.
fn table(model: &Arc<dyn EmbeddingModel>, reports: &[Report]) -> String {
    let questions: usize = reports.iter().map(|report| report.questions().len()).sum();
    let mut table = format!(
        "{} on {} sets with {questions} questions\n\n| reranker | mean | worst set |\n|---|---|---|\n",
        model.identity().id,
        reports.len()
    );
    for (name, _) in rerankers() {
        let differences =
            MEASURES.map(|measure| reports.iter().map(|report| difference(report, name, measure)).collect());
        let mean = differences.each_ref().map(|each: &Vec<f64>| each.iter().sum::<f64>() / each.len() as f64);
        let worst = differences.map(|each| each.into_iter().fold(f64::INFINITY, f64::min));
        let cell = |values: [f64; 2]| values.map(signed).join(" · ");
        table.push_str(&format!("| `{name}` | {} | {} |\n", cell(mean), cell(worst)));
    }
    table
}

/// Returns the difference between a reranker and the better leg.
fn difference(report: &Report, reranker: &str, measure: Measure) -> f64 {
    let value = |run: &str| report.value(run, measure).unwrap_or_default();
    value(reranker) - value("vector").max(value("full text"))
}

/// Formats a number with its sign and without a leading zero.
fn signed(value: f64) -> String {
    format!("{value:+.3}").replacen("0.", ".", 1).replacen('-', "−", 1)
}

/// Returns each corpus whose files exist, and the sample catalog.
fn corpora(folder: &Path) -> Result<Vec<Corpus>, Box<dyn Error>> {
    let retrieval = folder.join("retrieval");
    let mut corpora = Vec::new();
    let (tables, train) =
        (folder.join("spider_tables.jsonl"), retrieval.join("spider_train_questions.jsonl"));
    if tables.exists() && train.exists() {
        let tables: Vec<Table> = lines(&tables)?;
        let train = questions_of(&train)?;
        let ours = read_questions("spider.jsonl", include_str!("spider.jsonl"))?;
        let texts: [(&str, TextOf); 3] = [
            ("Spider, DDL:", |table| table.ddl.clone()),
            ("Spider, name and DDL:", |table| format!("{}.{}\n{}", table.database, table.table, table.ddl)),
            ("Spider, description and DDL:", |table| {
                format!("-- {}: {}\n{}", table.description, table.columns.join(", "), table.ddl)
            }),
        ];
        for (name, text) in texts {
            let document = |table: &Table| Document {
                key: format!("{}.{}", table.database, table.table),
                text: text(table),
            };
            corpora.push(Corpus {
                name,
                documents: tables.iter().map(document).collect(),
                questions: vec![("training questions", train.clone()), ("our questions", ours.clone())],
            });
        }
    }
    let (abstracts, questions) =
        (retrieval.join("cranfield_documents.jsonl"), retrieval.join("cranfield_questions.jsonl"));
    if abstracts.exists() && questions.exists() {
        let abstracts: Vec<Abstract> = lines(&abstracts)?;
        corpora.push(Corpus {
            name: "Cranfield,",
            documents: abstracts
                .into_iter()
                .map(|Abstract { id, text }| Document { key: id, text })
                .collect(),
            questions: vec![("its questions", questions_of(&questions)?)],
        });
    }
    let sample = sample::tables()?;
    corpora.push(Corpus {
        name: "sample catalog,",
        documents: sample
            .into_iter()
            .map(|table| Document { key: table.short_name(), text: table.definition })
            .collect(),
        questions: vec![("our questions", read_questions("sample.jsonl", include_str!("sample.jsonl"))?)],
    });
    Ok(corpora)
}

/// Reads a file of JSON objects, one per line.
pub(crate) fn lines<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<T>, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(number, line)| {
        serde_json::from_str(line).map_err(|error| format!("{shown}, line {}: {error}", number + 1))
    });
    parsed.collect()
}
