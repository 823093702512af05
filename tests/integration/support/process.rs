//! Runs a test of this binary again in a separate process, which does the other half of the work:
//!
//! ```text
//! if let Some(argument) = process::argument() {
//!     return in_the_child(&argument).await;
//! }
//! process::run(this_test!(), folder.path(), "an argument").await;
//! ```

use std::any::type_name_of_val;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

const ARGUMENT: &str = "DATUS_STORE_TEST_ARGUMENT";

/// The [`Test`] that contains the call.
macro_rules! this_test {
    () => {{
        fn here() {}
        $crate::support::process::Test::around(here)
    }};
}
pub(crate) use this_test;

/// The name of a test, such as `store::add::a_row_is_added`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test(&'static str);

impl Test {
    /// Returns the test that the function is defined in. Use [`this_test`].
    pub(crate) fn around<F: Fn()>(inner: F) -> Self {
        let path = type_name_of_val(&inner).strip_suffix("::here").expect("the function of `this_test!`");
        Self::at(path.trim_end_matches("::{{closure}}"))
    }

    /// Returns the test at a path that begins with the name of this binary.
    pub(crate) fn at(path: &'static str) -> Self {
        let (_, test) = path.split_once("::").expect("a path in the test binary");
        Self(test)
    }

    fn arguments(self) -> [&'static str; 3] {
        [self.0, "--exact", "--nocapture"]
    }
}

/// Returns the argument from the parent process; `None` in a process that no test started.
pub(crate) fn argument() -> Option<String> {
    std::env::var(ARGUMENT).ok()
}

/// Runs the test in another process, inside `folder`, and asserts that it passed.
pub(crate) async fn run(test: Test, folder: &Path, argument: impl Into<String>) {
    passed(start(test, folder, argument)).await;
}

/// Starts the test in another process, which is killed when the child is dropped.
pub(crate) fn start(test: Test, folder: &Path, argument: impl Into<String>) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(test.arguments());
    spawn(command, folder, argument)
}

/// Starts the test in another process after a line of shell code such as `ulimit -f 100`.
pub(crate) fn start_after(
    preparation: &str,
    test: Test,
    folder: &Path,
    argument: impl Into<String>,
) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{preparation} && exec \"$@\""), "sh"]);
    command.arg(std::env::current_exe().expect("this binary")).args(test.arguments());
    spawn(command, folder, argument)
}

/// Starts the test in a process of another user, which only root can do.
#[cfg(unix)]
pub(crate) fn start_as(user: u32, test: Test, folder: &Path, argument: impl Into<String>) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(test.arguments()).uid(user).gid(user).env("HOME", folder);
    spawn(command, folder, argument)
}

/// Waits for the process and asserts that its test passed.
pub(crate) async fn passed(child: Child) {
    let output = child.wait_with_output().await.expect("another process");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
}

fn spawn(mut command: Command, folder: &Path, argument: impl Into<String>) -> Child {
    command.env(ARGUMENT, argument.into()).current_dir(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("another process")
}
