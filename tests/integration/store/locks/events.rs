//! Collects the warnings of a process that does nothing else.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The warnings of the library, each as its fields.
#[derive(Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<BTreeMap<&'static str, String>>>>);

impl Warnings {
    /// Collects the warnings of this process from now on.
    pub(super) fn of_this_process() -> Self {
        let warnings = Self::default();
        let subscriber = tracing_subscriber::registry().with(warnings.clone());
        tracing::subscriber::set_global_default(subscriber).unwrap();
        warnings
    }

    /// Returns the warnings whose text contains `part`.
    pub(super) fn with(&self, part: &str) -> Vec<BTreeMap<&'static str, String>> {
        let events = self.0.lock().unwrap();
        events.iter().filter(|event| event["message"].contains(part)).cloned().collect()
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::WARN && event.metadata().target() == "datus_store" {
            let mut fields = BTreeMap::new();
            event.record(&mut Fields(&mut fields));
            self.0.lock().unwrap().push(fields);
        }
    }
}
