//! Starts the two programs as processes, and sends them commands.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

/// One of the two programs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Ours,
    Python,
}

impl Side {
    /// Returns both sides, in reverse order in every second round.
    pub(crate) fn by_turns(round: usize) -> [Self; 2] {
        if round.is_multiple_of(2) { [Self::Ours, Self::Python] } else { [Self::Python, Self::Ours] }
    }
}

/// The paths of the programs.
#[derive(Debug)]
pub(crate) struct Programs {
    ours: PathBuf,
    python: PathBuf,
    script: PathBuf,
}

impl Programs {
    pub(crate) fn find() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("../target"), PathBuf::from);
        let python =
            std::env::var_os("DATUS_PYTHON").map_or_else(|| target.join("python/bin/python"), PathBuf::from);
        assert!(python.exists(), "{} is missing: run benches/python/setup", python.display());
        let ours = std::env::current_exe().unwrap();
        Self { ours, python, script: root.join("python/program.py") }
    }

    /// Returns a command that starts the program of a side.
    pub(crate) fn command(&self, side: Side) -> Command {
        match side {
            Side::Ours => Command::new(&self.ours),
            Side::Python => {
                let mut command = Command::new(&self.python);
                // In a hybrid search, lance warns about columns that the caller has no way to name.
                command.arg(&self.script).env("LANCEDB_LOG", "error");
                command
            }
        }
    }

    /// Returns the versions of Python and its `lancedb` package.
    pub(crate) fn versions(&self) -> String {
        let code = "import sys, lancedb; print('Python', sys.version.split()[0], 'with lancedb', lancedb.__version__)";
        let output = Command::new(&self.python).args(["-c", code]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a program to completion and returns what it printed.
    pub(crate) fn output(&self, side: Side, arguments: &[&str], folder: &Path) -> String {
        let mut command = self.command(side);
        let spawned = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        command.args(arguments).arg(folder).env("SPAWNED", spawned.as_secs_f64().to_string());
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{side:?} {arguments:?} failed");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a program that waits for commands.
    pub(crate) fn serve(&self, side: Side, folder: &Path) -> Server {
        let mut command = self.command(side);
        command.arg("serve").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (commands, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut server = Server { side, child, commands, answers: BufReader::new(answers) };
        server.line();
        server
    }
}

/// A running program.
pub(crate) struct Server {
    side: Side,
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A program's response to a command.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The times of the operation in milliseconds.
    pub(crate) milliseconds: Vec<f64>,
    /// The keys that each search found, or row counts as strings.
    pub(crate) found: Vec<Vec<String>>,
}

impl Server {
    pub(crate) fn ask(&mut self, command: &str) -> Answer {
        writeln!(self.commands, "{command}").unwrap();
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{:?}: {error}: {line}", self.side))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.answers.read_line(&mut line).unwrap(), 0, "{:?} has stopped", self.side);
        line
    }

    /// Closes the standard input of the program, and waits until it exits.
    pub(crate) fn end(mut self) {
        drop(self.commands);
        assert!(self.child.wait().unwrap().success());
    }
}
