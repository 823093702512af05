//! The report as text.

use std::fmt;

use super::Report;
use super::report::Figure;

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recall(k) => write!(f, "recall@{k}"),
            Self::Mrr(k) => write!(f, "MRR@{k}"),
            Self::Ndcg(k) => write!(f, "nDCG@{k}"),
        }
    }
}

/// The number of questions, then a table with a line for each run.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads: Vec<String> = self.figures().iter().map(ToString::to_string).collect();
        let names = self.runs().map(|name| name.chars().count()).max().unwrap_or(0);
        let asked = match self.questions().len() {
            1 => "1 question".to_owned(),
            asked => format!("{asked} questions"),
        };
        let names = names.max(asked.chars().count());
        write!(f, "{asked:names$}")?;
        for head in &heads {
            write!(f, "  {head:>9}")?;
        }
        for (name, values) in self.values() {
            write!(f, "\n{name:names$}")?;
            for (head, value) in heads.iter().zip(values) {
                let width = head.chars().count().max(9);
                write!(f, "  {value:>width$.3}")?;
            }
        }
        Ok(())
    }
}
