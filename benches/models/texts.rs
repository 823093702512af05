//! Generates short texts of 5 to 30 tokens, long texts with more tokens than the model supports, and a mix of questions and
//! table definitions.

const SUBJECTS: [&str; 8] =
    ["customers", "orders", "invoices", "flights", "patients", "employees", "shipments", "payments"];
const VERBS: [&str; 6] =
    ["were cancelled", "arrived late", "are open", "have grown", "were returned", "are missing"];
const PLACES: [&str; 7] = [
    "in March",
    "by region and month",
    "at the main branch",
    "since the last audit",
    "per department",
    "",
    "this year",
];

pub(crate) fn short() -> Vec<String> {
    (0..512).map(question).collect()
}

pub(crate) fn long() -> Vec<String> {
    (0..32).map(|number| table(number, 40)).collect()
}

pub(crate) fn mixed() -> Vec<String> {
    (0..256)
        .map(|number| if number % 4 == 0 { table(number, number % 24 + 1) } else { question(number) })
        .collect()
}

fn question(number: usize) -> String {
    let (subject, verb) = (SUBJECTS[number % 8], VERBS[number / 8 % 6]);
    let more = if number.is_multiple_of(3) {
        ", and how does that compare with the year before for the same group"
    } else {
        ""
    };
    format!("Which {subject} {verb} {} {number}{more}?", PLACES[number % 7])
}

fn table(number: usize, columns: usize) -> String {
    let subject = SUBJECTS[number % 8];
    let columns: Vec<String> = (0..columns)
        .map(|column| format!("    {}_{column} NUMERIC(12, 2) NOT NULL", SUBJECTS[(number + column) % 8]))
        .collect();
    format!("CREATE TABLE sales.{subject}_{number} (\n{}\n);", columns.join(",\n"))
}
