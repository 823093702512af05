//! The sample catalog, and questions with known answers.

use crate::record::TableSchema;
use crate::sqlite;

/// A question in plain words, and the table that must come first.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: &'static str,
    /// `database.table`.
    pub(crate) expected: &'static str,
}

pub(crate) const QUESTIONS: [Question; 6] = [
    Question {
        text: "What was the monthly revenue in each sales region?",
        expected: "retail.monthly_revenue_by_region",
    },
    Question {
        text: "Which medicine was prescribed to a patient, and in what dose?",
        expected: "hospital.prescriptions",
    },
    Question { text: "Which students failed the exam of a course?", expected: "university.exam_results" },
    Question {
        text: "How many minutes were flights delayed, and for what cause?",
        expected: "airline.flight_delays",
    },
    Question {
        text: "Which suitcases of passengers were lost or damaged?",
        expected: "airline.baggage_items",
    },
    Question {
        text: "In which room and on which weekday is a course taught?",
        expected: "university.weekly_timetable",
    },
];

/// The sample databases: their names and the statements that create them.
const DATABASES: [(&str, &str); 4] = [
    ("retail", include_str!("sample/retail.sql")),
    ("hospital", include_str!("sample/hospital.sql")),
    ("university", include_str!("sample/university.sql")),
    ("airline", include_str!("sample/airline.sql")),
];

/// Returns every table in the sample, read from SQLite like the tables in a file.
pub(crate) fn tables() -> Result<Vec<TableSchema>, String> {
    let mut tables = Vec::new();
    for (database, script) in DATABASES {
        tables.extend(sqlite::read_script(database, script)?);
    }
    Ok(tables)
}
