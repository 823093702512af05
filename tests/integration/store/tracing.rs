use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use datus_store::{Database, EmbeddingRecord};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::support::models::Toy;

type Fields = BTreeMap<&'static str, String>;

/// A `tracing` layer that collects the closed spans and the events of the library.
#[derive(Clone, Default)]
pub(super) struct Capture(Arc<Mutex<Vec<(&'static str, Fields)>>>);

struct Collect<'a>(&'a mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Collect(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(&mut Collect(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target().starts_with("datus_store") {
            let mut fields = Fields::new();
            event.record(&mut Collect(&mut fields));
            self.0.lock().unwrap().push(("event", fields));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id)
            && span.metadata().target().starts_with("datus_store")
            && let Some(fields) = span.extensions_mut().remove::<Fields>()
        {
            self.0.lock().unwrap().push((span.name(), fields));
        }
    }
}

impl Capture {
    /// Returns the collector of the whole test binary. One subscriber serves all threads, because a subscriber of one thread
    /// may miss a span that another thread used first.
    pub(super) fn of_this_process() -> Self {
        static CAPTURE: LazyLock<Capture> = LazyLock::new(|| {
            let capture = Capture::default();
            let subscriber = tracing_subscriber::registry().with(capture.clone());
            tracing::subscriber::set_global_default(subscriber).unwrap();
            tracing::callsite::rebuild_interest_cache();
            capture
        });
        CAPTURE.clone()
    }

    /// Returns one field of each span of the operation on the test's table, in order. Every span has a time.
    fn fields(&self, operation: &str, field: &str) -> Vec<String> {
        let spans = self.0.lock().unwrap();
        let spans =
            spans.iter().filter(|(name, fields)| *name == operation && fields["table"] == Traced::TABLE);
        spans
            .map(|(_, fields)| {
                assert!(fields["elapsed_ms"].parse::<f64>().unwrap() >= 0.0, "{operation}");
                fields.get(field).cloned().unwrap_or_default()
            })
            .collect()
    }

    fn rows(&self, operation: &str) -> Vec<String> {
        self.fields(operation, "rows")
    }

    /// Returns the number of times that the versions of a table below the folder were listed.
    #[cfg(target_os = "linux")]
    pub(super) fn listings(&self, folder: &Path) -> usize {
        let is_listing = |fields: &Fields| {
            fields.get("message").is_some_and(|message| message == "the versions are listed")
                && fields.get("folder").is_some_and(|listed| Path::new(listed).starts_with(folder))
        };
        self.0.lock().unwrap().iter().filter(|(_, fields)| is_listing(fields)).count()
    }

    /// Returns the messages about a table, each with the column that it names.
    pub(super) fn events(&self, table: &str) -> Vec<(String, String)> {
        let traces = self.0.lock().unwrap();
        let of_table = traces.iter().filter(|(name, fields)| {
            *name == "event" && fields.get("table").is_some_and(|traced| traced == table)
        });
        let text = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
        of_table.map(|(_, fields)| (text(fields, "column"), text(fields, "message"))).collect()
    }

    fn everything(&self) -> String {
        format!("{:?}", self.0.lock().unwrap())
    }
}

#[derive(Debug, EmbeddingRecord)]
#[datus(table = "traced")]
struct Traced {
    id: i64,
    topic: String,
    #[datus(embed(metric = l2))]
    text: String,
}

fn traced(id: i64, topic: &str, text: &str) -> Traced {
    Traced { id, topic: topic.to_owned(), text: text.to_owned() }
}

#[tokio::test]
async fn every_operation_has_a_span_with_table_rows_and_time_and_no_texts() {
    let capture = Capture::of_this_process();
    let db = Database::connect("memory://").storage_option("token", "hunter2").await.unwrap();
    let store = db.store::<Traced>(Toy::new()).await.unwrap();
    store.add((0..20).map(|id| traced(id, ["even", "odd"][id as usize % 2], "1 2 3"))).await.unwrap();
    store.add([traced(777_001, "SECRET-topic", "1 1 SECRET-text")]).await.unwrap();
    store.search_all().topic("odd").await.unwrap();
    store.search_all().topic("SECRET-topic").count().await.unwrap();
    store.search("3 0 SECRET-query").limit(4).filter(|t| t.topic.ne("SECRET-value")).await.unwrap();
    store.search("3 0 SECRET-query").explain().await.unwrap();
    store.search("   ").await.unwrap_err();
    store.count().await.unwrap();
    store.schema().await.unwrap();
    store.version().await.unwrap();
    store.delete().filter(|t| t.id.eq(777_001)).await.unwrap();
    store.delete().all_rows().await.unwrap();
    db.table_names().await.unwrap();
    db.drop_table(Traced::TABLE).await.unwrap();

    assert_eq!(capture.rows("open"), ["0"]);
    assert_eq!(capture.rows("add"), ["20", "1"]);
    assert_eq!(capture.rows("search_all"), ["10"]);
    assert_eq!(capture.rows("search"), ["4", "0"]);
    assert_eq!(capture.fields("search", "error"), ["", "InvalidInput"]);
    assert_eq!(capture.rows("count"), ["1", "21"]);
    assert_eq!(capture.rows("explain"), ["0"]);
    assert_eq!(capture.rows("delete"), ["1", "20"]);
    for operation in ["schema", "version", "drop_table"] {
        assert_eq!(capture.rows(operation), ["0"], "{operation}");
    }
    let everything = capture.everything();
    for hidden in ["SECRET", "777001", "hunter2"] {
        assert!(!everything.contains(hidden), "{hidden}: {everything}");
    }
    let names: BTreeSet<_> = {
        let traces = capture.0.lock().unwrap();
        let of_others = |name: &str, fields: &Fields| {
            name == "event" && fields.get("table").is_none_or(|table| table != Traced::TABLE)
        };
        traces.iter().filter(|(name, fields)| !of_others(name, fields)).map(|(name, _)| *name).collect()
    };
    assert!(
        names.contains("connect") && names.contains("table_names") && !names.contains("event"),
        "{names:?}"
    );
}
