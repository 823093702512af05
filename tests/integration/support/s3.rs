//! A server that speaks the S3 protocol over HTTP on loopback, with injected faults. Objects are in memory.
//!
//! ```text
//! let server = s3::Server::start();
//! let db = server.port().connect("a/folder").await.unwrap();
//! server.faults().inject(Kind::Create, ".manifest", Fault::Lost);
//! ```
//!
//! The server supports the requests that `object_store` makes, with the paths `/BUCKET/KEY`. It does not check signatures.
//! Every request takes effect under one lock, so conditional requests are atomic. [`Server::port`] never fails, and
//! [`Server::faulty_port`] has the same objects and the faults. Other processes of a test connect to the ports.

mod faults;
mod link;
mod listing;
mod objects;
mod request;
mod respond;
mod uploads;
mod xml;

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use datus_store::{Connect, Database};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

pub(crate) use self::faults::{Fault, Faults};
use self::link::{Link, Listener};
use self::objects::Objects;
pub(crate) use self::request::Kind;

/// The names of the storage options, and their values. The server ignores the credentials.
const OPTIONS: [(&str, &str); 4] = [
    ("allow_http", "true"),
    ("region", "us-east-1"),
    ("access_key_id", "a-key-of-the-tests"),
    ("secret_access_key", SECRET),
];

/// The secret key of the storage options.
pub(crate) const SECRET: &str = "the-secret-of-the-tests";

/// A server, which stops when it is dropped.
pub(crate) struct Server {
    objects: Arc<Objects>,
    faults: Arc<Faults>,
    port: Port,
    faulty_port: Port,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The port of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Port(u16);

impl Server {
    /// Starts a server with its own thread.
    pub(crate) fn start() -> Self {
        let (objects, faults) = (Arc::<Objects>::default(), Arc::<Faults>::default());
        let (reliable, faulty) = (bind(), bind());
        let (port, faulty_port) = (Port::of(&reliable), Port::of(&faulty));
        let (stop, stopped) = oneshot::channel();
        let routers = [(reliable, None), (faulty, Some(Arc::clone(&faults)))].map(|(listener, faults)| {
            let state = respond::State { objects: Arc::clone(&objects), faults };
            (listener, Router::new().fallback(respond::respond).with_state(state))
        });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                for (listener, router) in routers {
                    let service = router.into_make_service_with_connect_info::<Link>();
                    tokio::spawn(async move { axum::serve(Listener::new(listener), service).await });
                }
                // The sender is dropped with the server.
                let _ = stopped.await;
            });
        });
        Self { objects, faults, port, faulty_port, stop: Some(stop), thread: Some(thread) }
    }

    /// Returns the port that responds without faults.
    pub(crate) fn port(&self) -> Port {
        self.port
    }

    /// Returns the port whose responses have the faults.
    pub(crate) fn faulty_port(&self) -> Port {
        self.faulty_port
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Returns the keys of all objects, with their buckets, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.objects.keys()
    }

    /// Returns the number of objects that were written in parts.
    pub(crate) fn completed_uploads(&self) -> usize {
        self.objects.completed_uploads()
    }

    /// Ignores `If-None-Match` from now on, like a store without conditional writes.
    pub(crate) fn ignore_conditions(&self) {
        self.objects.ignore_conditions();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If the server panicked, its requests have already failed.
            let _ = thread.join();
        }
    }
}

impl Port {
    fn of(listener: &TcpListener) -> Self {
        Self(listener.local_addr().expect("an address").port())
    }

    /// Returns a `Connect` for the database in a folder on the server.
    pub(crate) fn connect(self, folder: &str) -> Connect {
        let connect = Database::connect(format!("s3://bucket/{folder}"));
        OPTIONS
            .into_iter()
            .fold(connect, |connect, (name, value)| connect.storage_option(name, value))
            .storage_option("endpoint", format!("http://127.0.0.1:{}", self.0))
    }
}

fn bind() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    listener
}
