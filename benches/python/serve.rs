use std::io::{Write, stdin, stdout};
use std::path::Path;

use crate::child::Answer;
use crate::ours::Ours;
use crate::settings::Settings;

/// Reads commands from standard input, and answers each with a line of JSON, like `program.py serve`.
pub(crate) async fn serve(folder: &Path, settings: &Settings) {
    let mut ours = Ours::open(folder).await;
    println!("{{\"ready\": true}}");
    for line in stdin().lines() {
        let (milliseconds, found) = ours.answer(line.unwrap().trim(), settings).await;
        println!("{}", serde_json::to_string(&Answer { milliseconds, found }).unwrap());
        stdout().flush().unwrap();
    }
}
