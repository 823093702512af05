use datus_store::EmbeddingRecord;
use datus_store::model::ModelTag;

struct OpenAi;

impl ModelTag for OpenAi {
    const ID: &'static str = "text-embedding-3-small";
    const DIMENSION: usize = 1536;
    const SENDS_TEXT_AWAY: bool = true;
}

#[derive(EmbeddingRecord)]
struct Patient {
    #[datus(private)]
    name: String,
    #[datus(embed(model = OpenAi, template = "{name}: {notes}"))]
    notes: String,
    #[datus(embed(model = OpenAi, column = "summary_vector"), private)]
    summary: String,
}

fn main() {}
