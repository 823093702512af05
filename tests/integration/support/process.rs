//! Runs one test of this binary in a process of its own.

use std::ffi::OsString;
use std::path::Path;

use tokio::process::Command;

const ARGUMENT: &str = "DATUS_STORE_TEST_ARGUMENT";

/// What the parent process gave to this one; `None` in a process that was not started by [`run`].
pub(crate) fn argument() -> Option<OsString> {
    std::env::var_os(ARGUMENT)
}

/// Runs the test `name` of the module `module` (`module_path!()`) in another process, inside `folder`, and asserts that
/// it passed.
pub(crate) async fn run(module: &str, name: &str, folder: &Path, argument: impl Into<OsString>) {
    let (_, module) = module.split_once("::").expect("a module of the test binary");
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([&format!("{module}::{name}"), "--exact", "--nocapture"])
        .env(ARGUMENT, argument.into())
        .current_dir(folder)
        .output()
        .await
        .expect("another process");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
}
