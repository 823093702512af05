//! Connections that the server can cut off in the middle of a response.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Controls one connection.
#[derive(Debug, Clone)]
pub(super) struct Link(Arc<State>);

#[derive(Debug)]
struct State {
    /// The number of bytes that the server can still write before the connection closes.
    left: AtomicUsize,
    /// `true` if the connection is closed with a reset.
    resets: AtomicBool,
}

impl Link {
    /// Closes the connection after this many more bytes of the response.
    pub(super) fn close_after(&self, bytes: usize) {
        self.0.left.store(bytes, Ordering::SeqCst);
    }

    /// Resets the connection instead of responding.
    pub(super) fn reset(&self) {
        self.0.resets.store(true, Ordering::SeqCst);
        self.close_after(0);
    }
}

impl Connected<IncomingStream<'_, Listener>> for Link {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A listener whose connections have a [`Link`].
pub(super) struct Listener(tokio::net::TcpListener);

impl Listener {
    pub(super) fn new(listener: std::net::TcpListener) -> Self {
        Self(tokio::net::TcpListener::from_std(listener).expect("a listener"))
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = Link;

    async fn accept(&mut self) -> (Connection, Link) {
        let (stream, _) = axum::serve::Listener::accept(&mut self.0).await;
        stream.set_nodelay(true).expect("a socket");
        let link =
            Link(Arc::new(State { left: AtomicUsize::new(usize::MAX), resets: AtomicBool::new(false) }));
        (Connection { stream, link: link.clone() }, link)
    }

    fn local_addr(&self) -> io::Result<Link> {
        Err(io::Error::other("a link is the address of a connection"))
    }
}

/// A connection that its [`Link`] can cut off.
pub(super) struct Connection {
    stream: TcpStream,
    link: Link,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left = self.link.0.left.load(Ordering::SeqCst);
        if left == 0 {
            if self.link.0.resets.load(Ordering::SeqCst) {
                self.stream.set_zero_linger()?;
            }
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let bytes = &bytes[..bytes.len().min(left)];
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = written
            && left != usize::MAX
        {
            self.link.close_after(left - written);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
