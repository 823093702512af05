//! The public methods of a store, read from the sources of the library, so that a new method that the random test of
//! scopes does not call fails a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::reads::Read;
use super::tenant::Operation;
use super::writes::Write;

/// The methods that read or write rows, each with an operation of the random test that calls it.
const OF_ROWS: &[(&str, Operation)] = &[
    ("Store::add", Operation::Write(Write::Add)),
    ("Store::add_stream", Operation::Write(Write::AddStream)),
    ("Store::at", Operation::Read(Read::Version)),
    ("Store::bulk", Operation::Write(Write::Bulk)),
    ("Store::bulk_parts", Operation::Write(Write::Bulk)),
    ("Store::bulk_worker", Operation::Write(Write::Bulk)),
    ("Store::commit_bulk", Operation::Write(Write::Bulk)),
    ("Store::changes", Operation::Read(Read::Changes)),
    ("Store::count", Operation::Read(Read::Count)),
    ("Store::delete", Operation::Write(Write::DeleteGroup)),
    ("Store::get", Operation::Read(Read::Get)),
    ("Store::replay", Operation::Read(Read::Receipt)),
    ("Store::search", Operation::Read(Read::Search)),
    ("Store::search_all", Operation::Read(Read::Filter)),
    ("Store::search_text", Operation::Read(Read::SearchText)),
    ("Store::similar_to", Operation::Read(Read::SimilarTo)),
    ("Store::sync", Operation::Write(Write::SyncGroup)),
    ("Store::sync_stream", Operation::Write(Write::SyncAll)),
    ("Store::tool", Operation::Read(Read::Tool)),
    ("Store::update", Operation::Write(Write::UpdateGroup)),
    ("Store::upsert", Operation::Write(Write::Upsert)),
    ("Store::upsert_stream", Operation::Write(Write::UpsertStream)),
    ("Store::vector", Operation::Read(Read::SearchVector)),
    ("Store::view", Operation::Read(Read::View)),
    ("VectorSearch::search", Operation::Read(Read::SearchVector)),
    ("VectorSearch::similar_to", Operation::Read(Read::SimilarToVector)),
    ("Execute::execute", Operation::Read(Read::Filter)),
    ("Execute::execute_with_receipt", Operation::Read(Read::Receipt)),
    ("Execute::read_page", Operation::Read(Read::Pages)),
    ("Execute::count", Operation::Read(Read::Filter)),
    ("Execute::count_groups", Operation::Read(Read::CountBy)),
    ("Execute::explain", Operation::Read(Read::Explain)),
];

/// The methods that choose rows, or that concern or describe the whole table.
const OF_THE_TABLE: &[&str] = &[
    "Store::across_scopes",
    "Store::applied",
    "Store::as_lancedb",
    "Store::create_indexes",
    "Store::delete_tag",
    "Store::drop_standby",
    "Store::health",
    "Store::optimize",
    "Store::pin",
    "Store::reembed",
    "Store::reopen",
    "Store::reopen_with",
    "Store::repair",
    "Store::restore",
    "Store::schema",
    "Store::scoped",
    "Store::table_name",
    "Store::tag",
    "Store::tags",
    "Store::verify_model",
    "Store::verify_vectors",
    "Store::version",
    "Execute::embed_query",
    "Execute::model_of",
    "Execute::table",
    "Execute::vectors",
];

#[test]
fn the_random_test_calls_every_method_of_a_store() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datus-store/src");
    let mut files = rust_files(&sources.join("store"));
    files.extend([sources.join("store.rs"), sources.join("query/execute.rs")]);
    let mut found = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        found.extend(methods(&text).into_iter().map(|method| (method, file.clone())));
    }
    let listed: BTreeSet<&str> =
        OF_ROWS.iter().map(|(method, _)| *method).chain(OF_THE_TABLE.iter().copied()).collect();
    for (method, file) in &found {
        let file = file.display();
        assert!(
            listed.contains(method.as_str()),
            "{file} has the method {method}: call it in `reads.rs` or `writes.rs`, and list it here"
        );
    }
    let gone: Vec<_> = listed.iter().filter(|method| !found.contains_key(**method)).collect();
    assert!(gone.is_empty(), "these methods are gone: {gone:?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(rust_files(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files
}

/// Returns the public methods of `Store`, `VectorSearch` and `Execute`.
fn methods(source: &str) -> Vec<String> {
    let (mut methods, mut owner) = (Vec::new(), None);
    for line in source.lines() {
        if line.starts_with("impl") || line.starts_with("pub trait") {
            owner = owner_of(line);
        } else if line == "}" {
            owner = None;
        } else if let (Some(owner), Some(method)) = (owner, method_of(line, owner == Some("Execute"))) {
            methods.push(format!("{owner}::{method}"));
        }
    }
    methods
}

fn owner_of(line: &str) -> Option<&'static str> {
    if line.contains(" for ") {
        return None;
    }
    let of = |name: &str| line.contains(&format!(" {name}<")) || line.contains(&format!(" {name}:"));
    ["Store", "VectorSearch", "Execute"].into_iter().find(|name| of(name))
}

fn method_of(line: &str, of_a_trait: bool) -> Option<&str> {
    let line = line.strip_prefix("    ").filter(|line| !line.starts_with(' '))?;
    let line = match of_a_trait {
        true => line,
        false => line.strip_prefix("pub ")?,
    };
    let line = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    line.split(['(', '<']).next()
}
