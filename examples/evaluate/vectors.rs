//! Compares one vector for each document with one for each passage, in 32-bit and 16-bit floats, on sets of questions with
//! known answers.
//!
//! `cargo run --release --example evaluate -- vectors FOLDER [--model FOLDER]`, with the files of `fusion.rs`. The documents
//! are the abstracts in the Cranfield collection, and the databases of the Spider benchmark: all `CREATE TABLE` statements
//! of a database are one text, and the questions ask for the database. Sets whose files are missing are skipped.
//!
//! The program prints the differences between the columns, and a Markdown table with the size of the files and the CPU
//! time. Run nothing else in the meantime, since it would distort the CPU time.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datus_store::evaluate::{Evaluation, Measure, Question};
use datus_store::model::{EmbeddingModel, EmbeddingModelExt, MultiEmbeddingModel};
use datus_store::{Database, EmbeddingRecord, Store};

use crate::fusion::{Abstract, Table, lines};
use crate::{BEST, questions_of};

/// The number of words in a passage, and the number that it shares with the previous passage.
const WORDS: (usize, usize) = (60, 15);
/// The maximum number of passages per document. The longest database has about a hundred.
const MAX: usize = 512;

/// Documents, and questions about them.
struct Corpus {
    name: &'static str,
    /// Keys and texts.
    documents: Vec<(String, String)>,
    questions: Vec<Question>,
}

/// The answers from one column, and their cost.
struct Run {
    column: &'static str,
    answers: Vec<Vec<String>>,
    /// The number of vectors.
    vectors: usize,
    /// The size of the table's files in bytes, without an index.
    bytes: u64,
    /// The CPU time to embed and add the documents.
    added: Duration,
    /// The CPU time to answer all questions, without embedding them.
    searched: Duration,
}

/// Stores the documents of a corpus in one column, and asks the questions.
macro_rules! run {
    ($column:literal, $corpus:expr, $model:expr, #[$($attribute:tt)+]) => {{
        #[derive(EmbeddingRecord)]
        #[datus(table = "documents")]
        struct Document {
            #[datus(key)]
            key: String,
            #[$($attribute)+]
            text: String,
        }
        let Corpus { documents, questions, .. } = $corpus;
        let folder = std::env::temp_dir().join(format!("datus-vectors-{}", std::process::id()));
        let db = Database::connect(&folder).await?;
        let store: Store<Document> = db.store($model).await?;
        let rows = documents.iter().map(|(key, text)| Document { key: key.clone(), text: text.clone() });
        let before = cpu_time()?;
        store.add(rows).await?;
        let added = cpu_time()? - before;
        let bytes = size(&folder.join("documents.lance").join("data"))?;
        let mut vectors = 0;
        for row in store.search_all().with_vectors().await? {
            vectors += row.vectors.iter().flatten().map(|vectors| vectors.vectors().count()).sum::<usize>();
        }
        // Fills the model's cache, so that the time below does not include embedding the questions.
        for question in questions {
            store.search(&question.text).limit(1).count().await?;
        }
        let (mut answers, before) = (Vec::new(), cpu_time()?);
        for question in questions {
            let hits = store.search(&question.text).limit(BEST).select(|t| t.key).await?;
            answers.push(hits.into_iter().map(|hit| hit.record).collect::<Vec<String>>());
        }
        let searched = cpu_time()? - before;
        fs::remove_dir_all(&folder)?;
        Run { column: $column, answers, vectors, bytes, added, searched }
    }};
}

/// Prints the report of each set, and the table.
pub(crate) async fn compare(folder: &Path, model: &Arc<dyn EmbeddingModel>) -> Result<(), Box<dyn Error>> {
    // With the cache, each question is embedded once, although it is used to search four columns.
    let one = Arc::new(Arc::clone(model).cached(10_000));
    let passages = Arc::clone(&one).passages().words(WORDS.0, WORDS.1)?.max_passages(MAX)?;
    let several: Arc<dyn MultiEmbeddingModel> = Arc::new(passages);
    let mut table = format!(
        "{}\n\n| set | column | recall@5 | nDCG@10 | vectors | MB | CPU to add | CPU for a search |\n\
         |---|---|---|---|---|---|---|---|\n",
        model.identity().id
    );
    for corpus in corpora(folder)? {
        let runs = [
            run!("f32", &corpus, Arc::clone(&one), #[datus(embed)]),
            run!("f16", &corpus, Arc::clone(&one), #[datus(embed(element = f16))]),
            run!("multi f32", &corpus, Arc::clone(&several), #[datus(embed(multi))]),
            run!("multi f16", &corpus, Arc::clone(&several), #[datus(embed(multi, element = f16))]),
        ];
        let mut evaluation = Evaluation::new(corpus.questions.clone())?.at([5, 10]);
        for run in &runs {
            evaluation = evaluation.run(run.column, run.answers.clone())?;
        }
        let report = evaluation.report().against("f32")?;
        writeln!(io::stdout().lock(), "{}\n{report}\n", corpus.name)?;
        for Run { column, vectors, bytes, added, searched, .. } in &runs {
            let value = |measure| report.value(column, measure).unwrap_or_default();
            table.push_str(&format!(
                "| {} | `{column}` | {:.3} | {:.3} | {vectors} | {:.1} | {:.1} s | {:.1} ms |\n",
                corpus.name,
                value(Measure::Recall(5)),
                value(Measure::Ndcg(10)),
                *bytes as f64 / 1e6,
                added.as_secs_f64(),
                searched.as_secs_f64() * 1e3 / corpus.questions.len() as f64
            ));
        }
    }
    writeln!(io::stdout().lock(), "{table}")?;
    Ok(())
}

fn corpora(folder: &Path) -> Result<Vec<Corpus>, Box<dyn Error>> {
    let retrieval = folder.join("retrieval");
    let mut corpora = Vec::new();
    let (abstracts, questions) =
        (retrieval.join("cranfield_documents.jsonl"), retrieval.join("cranfield_questions.jsonl"));
    if abstracts.exists() && questions.exists() {
        let abstracts: Vec<Abstract> = lines(&abstracts)?;
        corpora.push(Corpus {
            name: "Cranfield abstracts",
            documents: abstracts.into_iter().map(|Abstract { id, text }| (id, text)).collect(),
            questions: questions_of(&questions)?,
        });
    }
    let (tables, questions) =
        (folder.join("spider_tables.jsonl"), retrieval.join("spider_train_questions.jsonl"));
    if tables.exists() && questions.exists() {
        let mut databases: BTreeMap<String, String> = BTreeMap::new();
        for table in lines::<Table>(&tables)? {
            let text = databases.entry(table.database).or_default();
            text.push_str(&table.ddl);
            text.push_str("\n\n");
        }
        corpora.push(Corpus {
            name: "Spider databases",
            documents: databases.into_iter().collect(),
            questions: questions_of(&questions)?.into_iter().map(of_databases).collect(),
        });
    }
    Ok(corpora)
}

/// Returns a question about tables as a question about their databases.
fn of_databases(question: Question) -> Question {
    let database = |table: &String| table.split('.').next().unwrap_or_default().to_owned();
    let relevant: std::collections::BTreeSet<String> = question.relevant.keys().map(database).collect();
    Question::new(question.text, relevant)
}

/// Returns the CPU time of this process so far, in steps of a hundredth of a second.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the process, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| -> Result<u64, Box<dyn Error>> {
        Ok(fields.get(place).ok_or("/proc/self/stat is too short")?.parse()?)
    };
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// Returns the total size of all files in a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
