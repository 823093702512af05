//! Compares the recall that `create_indexes` reports with the recall for real questions.
//!
//! The folder contains `spider_tables.jsonl`, `retrieval/spider_train_questions.jsonl`,
//! `retrieval/cranfield_documents.jsonl` and `retrieval/cranfield_questions.jsonl`. The questions are not used to measure
//! the index.

use std::path::Path;

use datus_store::model::HashingModel;
use datus_store::{Database, EmbeddingRecord, ErrorKind, Hit, Recall, Store, Unscoped};
use fastrand::Rng;
use serde::Deserialize;

use crate::recall::recall;

const LIMIT: usize = 10;
const DIMENSION: usize = 384;
/// The maximum number of questions about one kind of text.
const QUESTIONS: usize = 900;

/// Texts, and questions about each kind of them.
struct DataSet {
    name: &'static str,
    texts: Vec<String>,
    questions: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Table {
    ddl: String,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

/// Defines a record for each kind of index, and the function `compare`, which prints both recalls for each kind.
macro_rules! kinds {
    ($($kind:ident)+) => {
        $(mod $kind {
            /// A text with an index of one kind.
            #[derive(Debug, Clone, datus_store::EmbeddingRecord)]
            #[datus(table = "texts")]
            pub(super) struct Row {
                /// The text to search.
                #[datus(embed(index = $kind))]
                pub(super) text: String,
            }
        })+

        pub(crate) async fn compare(folder: &Path, rows: usize, sets: &str) {
            println!("| texts | index | settings | reported (interval) | real questions (± 2 standard errors) | difference |");
            println!("|---|---|---|--:|--:|--:|");
            for set in data_sets(folder, rows).into_iter().filter(|set| set.name.contains(sets)) {
                $('kind: {
                    let row = |text: &String| $kind::Row { text: text.clone() };
                    let store: Store<$kind::Row> = store(set.texts.iter().map(row).collect()).await;
                    let report = match store.create_indexes().await {
                        Err(error) if error.kind() == ErrorKind::Recall => {
                            let (set, kind) = (set.name, stringify!($kind));
                            println!("| {set} | `{kind}` | not built: {} | | | |", error.message());
                            break 'kind;
                        }
                        report => report.unwrap(),
                    };
                    let reported = report.of("vector").next().and_then(|index| index.recall).unwrap();
                    let mut real = Vec::new();
                    for questions in &set.questions {
                        let mut recalls = Vec::new();
                        for question in questions {
                            let exact = distances(store.search(question).limit(LIMIT).exact().await.unwrap());
                            let found = distances(store.search(question).limit(LIMIT).await.unwrap());
                            recalls.push(recall(&found, &exact));
                        }
                        real.push(recalls);
                    }
                    print(&set, stringify!($kind), &reported, &real);
                })+
            }
        }
    };
}

kinds! { ivf_flat ivf_sq ivf_pq ivf_rq hnsw_flat hnsw_sq hnsw_pq }

async fn store<R: Unscoped + EmbeddingRecord<Models = (datus_store::model::Dynamic,)>>(
    rows: Vec<R>,
) -> Store<R> {
    let db = Database::connect("memory://").await.unwrap();
    let store: Store<R> = db.store(HashingModel::new(DIMENSION)).await.unwrap();
    store.add(rows).await.unwrap();
    store
}

fn distances<R>(hits: Vec<Hit<R>>) -> Vec<f32> {
    hits.iter().filter_map(Hit::distance).collect()
}

/// Prints a line of the table. `real` has the recall of each question about each kind of text; the kinds have equal weight.
fn print(set: &DataSet, kind: &str, reported: &Recall, real: &[Vec<f64>]) {
    let kinds = real.len() as f64;
    let mean = |recalls: &[f64]| recalls.iter().sum::<f64>() / recalls.len() as f64;
    let squared_error = |recalls: &[f64]| {
        let (mean, count) = (mean(recalls), recalls.len() as f64);
        recalls.iter().map(|recall| (recall - mean).powi(2)).sum::<f64>() / (count - 1.0) / count
    };
    let recall = real.iter().map(|recalls| mean(recalls)).sum::<f64>() / kinds;
    let error = real.iter().map(|recalls| squared_error(recalls)).sum::<f64>().sqrt() / kinds;
    let ef = reported.ef.map(|ef| format!(", ef {ef}")).unwrap_or_default();
    println!(
        "| {} | `{kind}` | {} probes, refine {}{ef} | {:.3} ({}) | {recall:.3} ± {:.3} | {:+.3} |",
        set.name,
        reported.nprobes,
        reported.refine_factor,
        reported.measured,
        reported.interval,
        2.0 * error,
        reported.measured - recall,
    );
}

/// Returns three data sets with at most `rows` texts each.
fn data_sets(folder: &Path, rows: usize) -> Vec<DataSet> {
    let retrieval = folder.join("retrieval");
    let texts = |file: &str| -> Vec<String> {
        let texts: Vec<Text> = lines(&retrieval.join(file));
        texts.into_iter().map(|line| line.text).collect()
    };
    let mut random = Rng::with_seed(0);
    let tables: Vec<Table> = lines(&folder.join("spider_tables.jsonl"));
    let ddl: Vec<String> =
        tables.iter().cycle().take(rows).map(|table| variant(&table.ddl, &mut random)).collect();
    let sentences = windows(&texts("cranfield_documents.jsonl"), rows);
    let mut about_tables = texts("spider_train_questions.jsonl");
    random.shuffle(&mut about_tables);
    about_tables.truncate(QUESTIONS);
    let mut about_sentences = texts("cranfield_questions.jsonl");
    about_sentences.truncate(QUESTIONS);
    let mixed: Vec<String> = ddl.iter().step_by(2).chain(sentences.iter().step_by(2)).cloned().collect();
    let about_both = vec![about_tables.clone(), about_sentences.clone()];
    vec![
        DataSet { name: "tables of Spider", texts: ddl, questions: vec![about_tables] },
        DataSet { name: "sentences of Cranfield", texts: sentences, questions: vec![about_sentences] },
        DataSet { name: "both", texts: mixed, questions: about_both },
    ]
}

/// Returns the statement with a random subset of its columns, because real catalogs have many similar tables.
fn variant(ddl: &str, random: &mut Rng) -> String {
    let lines: Vec<&str> = ddl.lines().collect();
    let last = lines.len() - 1;
    let mut kept: Vec<&str> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if number <= 1 || number == last || random.f32() < 0.6 {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Returns at most `rows` windows of one to six consecutive sentences. Longer windows are used if there are too few shorter
/// ones.
fn windows(abstracts: &[String], rows: usize) -> Vec<String> {
    let mut windows: Vec<String> = Vec::new();
    for length in 1..=6 {
        for text in abstracts {
            let sentences: Vec<&str> =
                text.split(" . ").filter(|sentence| !sentence.trim().is_empty()).collect();
            windows.extend(sentences.windows(length).map(|window| window.join(" . ")));
        }
        if windows.len() >= rows {
            break;
        }
    }
    // If there are too many windows, this keeps windows of all lengths, not only short ones.
    Rng::with_seed(1).shuffle(&mut windows);
    windows.truncate(rows);
    windows
}

fn lines<T: for<'de> Deserialize<'de>>(file: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
