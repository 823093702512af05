//! The log of a worker: a line before each operation and a line after it.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::operation::{Operation, Outcome};

/// Returns the time in nanoseconds since 1970, from the clock that all processes of this machine share.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_nanos()).expect("a clock before 2262")
}

#[derive(Debug, Serialize, Deserialize)]
enum Line {
    Invoked {
        at: i64,
        operation: Operation,
    },
    Completed {
        at: i64,
        outcome: Outcome,
    },
    /// The caller dropped the future. The operation may continue and commit at any later time.
    Dropped,
    /// The process was dead at this time.
    Killed {
        at: i64,
    },
}

/// Appends lines. Each line is passed to the operating system before the next step of the worker, so a killed process does
/// not lose it.
pub(super) struct Log(File);

impl Log {
    pub(super) fn open(path: &Path) -> Self {
        Self(File::options().create(true).append(true).open(path).expect("a log file"))
    }

    pub(super) fn invoked(&mut self, operation: &Operation) {
        self.write(&Line::Invoked { at: now(), operation: operation.clone() });
    }

    pub(super) fn completed(&mut self, outcome: Outcome) {
        self.write(&Line::Completed { at: now(), outcome });
    }

    pub(super) fn dropped(&mut self) {
        self.write(&Line::Dropped);
    }

    /// Ends the log of a killed process. The last line may be incomplete.
    pub(super) fn killed(&mut self) {
        self.0.write_all(b"\n").expect("a log file");
        self.write(&Line::Killed { at: now() });
    }

    fn write(&mut self, line: &Line) {
        let mut line = serde_json::to_vec(line).expect("a line");
        line.push(b'\n');
        self.0.write_all(&line).expect("a log file");
    }
}

/// An operation that a worker ran.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The worker, and the number of the operation in its log.
    pub(super) name: String,
    pub(super) operation: Operation,
    pub(super) invoked: i64,
    /// The time after which the operation has no further effect; `i64::MAX` if it is unknown.
    pub(super) ended: i64,
    /// `None` if the outcome is unknown: the operation was executed once or not at all.
    pub(super) outcome: Option<Outcome>,
}

/// Reads the calls of a log.
pub(super) fn read(path: &Path) -> Vec<Call> {
    let worker = path.file_stem().expect("a file name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("a log file");
    let lines: Vec<Option<Line>> =
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).ok()).collect();
    let killed = matches!(lines.last(), Some(Some(Line::Killed { .. })));
    let mut calls: Vec<Call> = Vec::new();
    let mut open: Option<Call> = None;
    let length = lines.len();
    for (place, line) in lines.into_iter().enumerate() {
        match (line, open.take()) {
            (Some(Line::Invoked { at, operation }), None) => {
                let name = format!("{worker} #{}", calls.len() + 1);
                open = Some(Call { name, operation, invoked: at, ended: i64::MAX, outcome: None });
            }
            (Some(Line::Completed { at, outcome }), Some(call)) => {
                calls.push(Call { ended: at, outcome: Some(outcome), ..call });
            }
            (Some(Line::Dropped), Some(call)) => calls.push(call),
            (Some(Line::Killed { at }), call) => calls.extend(call.map(|call| Call { ended: at, ..call })),
            // The last line of a killed process is incomplete, so the call stays open.
            (None, call) if killed && place + 2 == length => open = call,
            (line, call) => panic!("{}: line {}: {line:?} after {call:?}", path.display(), place + 1),
        }
    }
    calls.extend(open);
    calls
}
