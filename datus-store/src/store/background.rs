//! Runs tasks in the background.

use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

/// The runtime for tasks that are started outside a multi-threaded runtime. A current-thread runtime runs nothing between two
/// calls to `block_on`, so a task that waits there would keep holding the locks of the table.
static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("datus-maintain").enable_all().build().ok()
});

/// Runs the task on the caller's runtime, which drives the connections to the storage. The task stops when that runtime
/// shuts down. If the caller is on a current-thread runtime, or outside a runtime, the task runs on a separate runtime.
pub(in crate::store) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    let handle = match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() != RuntimeFlavor::CurrentThread => Some(handle),
        _ => RUNTIME.as_ref().map(|runtime| runtime.handle().clone()),
    };
    if let Some(handle) = handle {
        drop(handle.spawn(task));
    }
}
