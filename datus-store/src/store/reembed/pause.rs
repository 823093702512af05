use tokio::sync::oneshot::{Receiver, Sender, channel};

/// The pause of a run, before the new vectors are put into use.
pub(super) struct Pause {
    reached: Sender<()>,
    go: Receiver<()>,
}

impl Pause {
    /// Returns the pause, a receiver that is notified when the run reaches it, and a sender that lets the run continue.
    pub(super) fn new() -> (Self, Receiver<()>, Sender<()>) {
        let ((reached, is_reached), (go, waits)) = (channel(), channel());
        (Self { reached, go: waits }, is_reached, go)
    }

    /// Waits until the run can continue.
    pub(super) async fn wait(self) {
        // Errors are ignored: if the other end is gone, the run is being dropped as well.
        let _ = self.reached.send(());
        let _ = self.go.await;
    }
}
