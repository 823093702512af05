//! The stores of the Datus agent in one database: loads them from files, and searches all of them with one question.
//!
//! Without arguments it runs each method of Datus's stores on the sample, and fails if an answer is wrong.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod tour;

use std::path::Path;
use std::process::ExitCode;

use datus_modules::schema::{TableSchema, TableSchemaFilter, best_of_each_schema};
use datus_modules::{Filters, Found, Modules, bootstrap};
use datus_store::{BoxError, Database, Hit, model::HashingModel};

const USAGE: &str = "\
usage: datus                                              run each method on the sample
       datus DATABASE load SOURCE FILE...                 load files, or load them again
       datus DATABASE ask SOURCE \"question\" [FILTERS]     search all modules
       datus DATABASE best SOURCE \"question\"              find the best three tables of each schema
       datus DATABASE count                               count the rows of each data source
       datus DATABASE delete SOURCE                       delete a data source";

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (folder, command) = match arguments.split_first() {
        Some((folder, command)) if !command.is_empty() => (*folder, command),
        Some(_) => return Ok(usage()),
        None => ("memory://", arguments.as_slice()),
    };
    let modules = Modules::open(&Database::connect(folder).await?, HashingModel::new(1024)).await?;
    match command {
        [] => tour::run(&modules).await?,
        ["load", source, files @ ..] if !files.is_empty() => {
            for file in files {
                let synced = bootstrap::load(&modules.datasource(source), Path::new(file)).await;
                let synced = synced.inspect_err(|_| eprintln!("{file} cannot be loaded"))?;
                println!(
                    "{file}: {} inserted, {} updated, {} unchanged, {} deleted, {} texts embedded",
                    synced.inserted, synced.updated, synced.unchanged, synced.deleted, synced.embedded
                );
            }
            modules.create_indexes().await?;
        }
        ["ask", source, question] => {
            print(&modules.datasource(source).search(question, Filters::default(), 3).await?);
        }
        ["ask", source, question, filters] => {
            let filters = serde_json::from_str(filters)?;
            print(&modules.datasource(source).search(question, filters, 3).await?);
        }
        ["best", source, question] => {
            let (tables, filter) = (modules.datasource(source).tables, TableSchemaFilter::default());
            lines("tables", &best_of_each_schema(&tables, question, filter, 3).await?, table);
        }
        ["count"] => {
            for (source, _) in modules.datasources().await? {
                println!("{source}: {:?}", modules.datasource(&source).counts().await?);
            }
        }
        ["delete", source] => {
            println!("{} rows deleted", modules.datasource(source).delete_all().await?);
        }
        _ => return Ok(usage()),
    }
    Ok(ExitCode::SUCCESS)
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn print(found: &Found) {
    lines("tables", &found.tables, table);
    lines("metrics", &found.metrics, |row| format!("{}: {}", row.name, row.description));
    lines("reference SQL", &found.reference_sql, |row| format!("{}: {}", row.name, row.summary));
    lines("documents", &found.documents, |row| format!("{}: {}", row.doc_path, row.hierarchy));
    lines("knowledge", &found.knowledge, |row| format!("{}: {}", row.name, row.explanation));
}

fn lines<R>(module: &str, hits: &[Hit<R>], line: impl Fn(&R) -> String) {
    println!("{module}");
    for hit in hits {
        println!("  {:.3}  {}", hit.score.value(), line(&hit.record));
    }
}

fn table(row: &TableSchema) -> String {
    format!("{}.{}.{}", row.database_name, row.schema_name, row.table_name)
}
