//! Runs one test of this binary in its own process.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

const ARGUMENT: &str = "DATUS_STORE_TEST_ARGUMENT";

/// Returns the argument from the parent process; `None` in a process that was not started by [`run`] or [`start`].
pub(crate) fn argument() -> Option<OsString> {
    std::env::var_os(ARGUMENT)
}

/// Runs the test `name` of the module `module` (`module_path!()`) in another process, inside `folder`, and asserts that
/// it passed.
pub(crate) async fn run(module: &str, name: &str, folder: &Path, argument: impl Into<OsString>) {
    let child = start(module, name, folder, argument);
    passed(child).await;
}

/// Starts the test in another process, which is killed when the child is dropped.
pub(crate) fn start(module: &str, name: &str, folder: &Path, argument: impl Into<OsString>) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(arguments(module, name));
    spawn(command, folder, argument)
}

/// Starts the test in another process after a line of shell code such as `ulimit -f 100`.
pub(crate) fn start_after(
    preparation: &str,
    module: &str,
    name: &str,
    folder: &Path,
    argument: impl Into<OsString>,
) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{preparation} && exec \"$@\""), "sh"]);
    command.arg(std::env::current_exe().expect("this binary")).args(arguments(module, name));
    spawn(command, folder, argument)
}

/// Starts the test in a process of another user, which only root can do.
#[cfg(unix)]
pub(crate) fn start_as(
    user: u32,
    module: &str,
    name: &str,
    folder: &Path,
    argument: impl Into<OsString>,
) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(arguments(module, name)).uid(user).gid(user).env("HOME", folder);
    spawn(command, folder, argument)
}

/// Waits for the process and asserts that its test passed.
pub(crate) async fn passed(child: Child) {
    let output = child.wait_with_output().await.expect("another process");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
}

fn arguments(module: &str, name: &str) -> [String; 3] {
    let (_, module) = module.split_once("::").expect("a module of the test binary");
    [format!("{module}::{name}"), "--exact".to_owned(), "--nocapture".to_owned()]
}

fn spawn(mut command: Command, folder: &Path, argument: impl Into<OsString>) -> Child {
    command.env(ARGUMENT, argument.into()).current_dir(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("another process")
}
