use datus_store::EmbeddingRecord;
use datus_store::model::ModelTag;

struct Local;

impl ModelTag for Local {
    const ID: &'static str = "local";
    const DIMENSION: usize = 4;
}

struct Remote;

impl ModelTag for Remote {
    const ID: &'static str = "remote";
    const DIMENSION: usize = 4;
    const SENDS_TEXT_AWAY: bool = true;
}

/// A private text, and a text that may leave the machine.
#[derive(EmbeddingRecord)]
struct Patient {
    #[datus(private)]
    name: String,
    #[datus(embed(model = Local, template = "{name}: {notes}"), private)]
    notes: String,
    #[datus(embed(model = Remote, column = "public_vector"))]
    ward: String,
}

#[test]
fn private_texts_are_in_the_definition_and_embedded_by_local_models() {
    let definition = Patient::definition();
    let private: Vec<_> = definition.fields.iter().map(|field| field.private).collect();
    assert_eq!(private, [true, true, false]);
    let patient = Patient { name: "Ann".to_owned(), notes: "well".to_owned(), ward: "A".to_owned() };
    assert_eq!(patient.source_text(0).as_deref(), Some("Ann: well"));
    assert_eq!(patient.source_text(1).as_deref(), Some("A"));
}
