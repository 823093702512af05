//! The compiler's messages for mistakes in calls to the real `Store` and `Database` (fault 32).
//!
//! The cases in the `tests/compile-fail` package build without the engine, so they cannot use these types. Here rustc
//! checks each case against the library that this binary is linked with, which takes a second and builds nothing else.
//! After a message changes, read the new one in the failure, and accept it with `TRYBUILD=overwrite`.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder with the cases.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integration/mistakes");

#[test]
fn mistakes_in_calls_of_the_store_are_explained() {
    let library = library();
    let mut cases: Vec<PathBuf> = fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    cases.sort();
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case, &library)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Compiles a case. Returns a description of the problem, or `None` if the messages are as expected.
fn check(case: &Path, library: &Path) -> Option<String> {
    let compiled = compile(case, library);
    let name = case.file_name().unwrap().display();
    if compiled.status.success() {
        return Some(format!("{name} compiles"));
    }
    let actual = normalized(&String::from_utf8(compiled.stderr).unwrap());
    let stored = case.with_extension("stderr");
    if std::env::var_os("TRYBUILD").is_some_and(|value| value == "overwrite") {
        fs::write(&stored, &actual).unwrap();
    }
    let expected = fs::read_to_string(&stored).unwrap_or_default();
    (actual != expected).then(|| format!("=== {name}: expected\n{expected}\n=== {name}: actual\n{actual}"))
}

/// Compiles a file that uses the library.
fn compile(file: &Path, library: &Path) -> Output {
    let output = tempfile::tempdir().unwrap();
    Command::new("rustc")
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--color", "never"])
        .args(["--diagnostic-width", "140"])
        .arg("--out-dir")
        .arg(output.path())
        .arg("--extern")
        .arg(format!("datus_store={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", library.parent().unwrap().display()))
        .arg(file)
        .output()
        .unwrap()
}

/// Returns the newest build of the library next to this binary that has a `Store`. Builds without the engine can be newer.
fn library() -> PathBuf {
    let probe = tempfile::Builder::new().prefix("probe").suffix(".rs").tempfile().unwrap();
    fs::write(probe.path(), "pub fn store(_: datus_store::Database) {}").unwrap();
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let builds = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut builds: Vec<_> = builds
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap_or_default();
            name.starts_with("libdatus_store-") && name.ends_with(".rlib")
        })
        .collect();
    builds.sort_by_key(|entry| Reverse(entry.metadata().unwrap().modified().unwrap()));
    let mut builds = builds.iter().map(fs::DirEntry::path);
    builds.find(|library| compile(probe.path(), library).status.success()).unwrap()
}

/// Removes the parts that differ between machines and library versions: folders, and line numbers in the library's sources.
fn normalized(messages: &str) -> String {
    let cases = format!("{CASES}/");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display().to_string();
    let mut lines = Vec::new();
    let mut in_library = false;
    for line in messages.lines() {
        let line = line.replace(&cases, "").replace(&workspace, "$WORKSPACE");
        let trimmed = line.trim_start();
        if trimmed.starts_with("--> ") || trimmed.starts_with("::: ") {
            in_library = trimmed.contains('/');
            let place = match in_library {
                true => trimmed
                    .split(':')
                    .take(if trimmed.starts_with(":::") { 4 } else { 1 })
                    .collect::<Vec<_>>()
                    .join(":"),
                false => trimmed.to_owned(),
            };
            lines.push(format!("  {place}"));
            continue;
        }
        let number = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = trimmed.split_at(number);
        match rest.trim_start().starts_with(['|', '=']) && line != trimmed || !number.is_empty() {
            true if in_library || number.is_empty() => lines.push(format!("   {}", rest.trim_start())),
            true => lines.push(format!("{number:>2} {}", rest.trim_start())),
            false => lines.push(line.trim_end().to_owned()),
        }
    }
    let end = lines.iter().rposition(|line| line.starts_with("error: aborting")).unwrap_or(lines.len());
    lines.truncate(end);
    format!("{}\n", lines.join("\n").trim_end())
}

#[test]
fn lines_of_the_library_have_no_numbers_and_folders_are_replaced() {
    let messages = format!(
        "error[E0277]: no\n  --> {CASES}/a.rs:9:3\n   |\n 9 | let a;\n   |     ^ no\n   = note: no\nnote: required\n   --> \
         {}/datus-store/src/a.rs:100:7\n    |\n100 | fn a() {{}}\n    |    ^\n\nerror: aborting due to 1 previous error\n",
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display()
    );
    let expected = "error[E0277]: no\n  --> a.rs:9:3\n   |\n 9 | let a;\n   |     ^ no\n   = note: no\nnote: required\n  \
                    --> $WORKSPACE/datus-store/src/a.rs\n   |\n   | fn a() {}\n   |    ^\n";
    assert_eq!(normalized(&messages), expected);
}
