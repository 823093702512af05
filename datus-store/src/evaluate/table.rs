//! The report as text.

use std::fmt;

use super::Report;
use super::report::MetricAt;

impl fmt::Display for MetricAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recall(k) => write!(f, "recall@{k}"),
            Self::Mrr(k) => write!(f, "MRR@{k}"),
            Self::Ndcg(k) => write!(f, "nDCG@{k}"),
        }
    }
}

/// Formats the number of questions and a table with one line for each run.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<String> = self.metrics().iter().map(ToString::to_string).collect();
        let name_width = self.runs().map(|name| name.chars().count()).max().unwrap_or(0);
        let corner = match self.questions().len() {
            1 => "1 question".to_owned(),
            count => format!("{count} questions"),
        };
        let name_width = name_width.max(corner.chars().count());
        write!(f, "{corner:name_width$}")?;
        for header in &headers {
            write!(f, "  {header:>9}")?;
        }
        for (name, values) in self.values() {
            write!(f, "\n{name:name_width$}")?;
            for (header, value) in headers.iter().zip(values) {
                let width = header.chars().count().max(9);
                write!(f, "  {value:>width$.3}")?;
            }
        }
        Ok(())
    }
}
