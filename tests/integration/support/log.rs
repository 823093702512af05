//! Records everything that a process logs with `tracing`, as text.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The events and spans of all crates and levels, with their fields.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<String>>);

impl Log {
    /// Records the events of this process from now on. The test must have the process to itself.
    pub(crate) fn of_this_process() -> Self {
        let log = Self::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        log
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().expect("a log").clone()
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {}={value}", field.name());
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut text = format!("\n{}", attributes.metadata().name());
        attributes.record(&mut Fields(&mut text));
        self.0.lock().expect("a log").push_str(&text);
    }

    fn on_record(&self, _: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let mut text = String::new();
        record.record(&mut Fields(&mut text));
        self.0.lock().expect("a log").push_str(&text);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = format!("\n{}", event.metadata().target());
        event.record(&mut Fields(&mut text));
        self.0.lock().expect("a log").push_str(&text);
    }
}
