//! Annotates a struct, stores a few records, and finds them by value and by meaning.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};

/// A note in a notebook.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "notes")]
struct Note {
    #[datus(key)]
    id: i64,
    #[datus(index = bitmap)]
    topic: String,
    #[datus(embed)]
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let note = |id, topic: &str, text: &str| Note { id, topic: topic.to_owned(), text: text.to_owned() };
    let db = Database::connect("memory://").await?;
    let store: Store<Note> = db.store(HashingModel::new(1024)).await?;
    store
        .add([
            note(1, "garden", "Tomato plants want water every morning in a dry summer."),
            note(2, "garden", "Prune the apple trees before the buds open in spring."),
            note(3, "kitchen", "Tomato soup: roast the tomatoes, add basil, blend."),
            note(4, "kitchen", "Bread dough rises overnight in the fridge."),
        ])
        .await?;

    let garden: Vec<Note> = store.search_all().topic("garden").await?;
    println!("{} notes about the garden", garden.len());

    let hits = store.search("a soup of tomatoes").filter(|t| t.topic.eq("kitchen")).limit(2).await?;
    for hit in hits {
        println!("{:.3}  {}", hit.score.value(), hit.record.text);
    }
    Ok(())
}
