//! A connection that does not slam the door: who is still writing when an answer ends the connection gets to read it.
//!
//! A socket that is closed with unread bytes sends a reset, and a reset makes the client's kernel throw away the answer that
//! said why. So the writing side is closed first, and what still comes in is read and thrown away for a moment.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

/// Longest time that a connection is kept only to be read empty.
const LINGER: Duration = Duration::from_secs(5);
/// A client that is silent for so long has stopped writing.
const SILENCE: Duration = Duration::from_millis(500);
/// Most bytes that are read and thrown away.
const DISCARDED: usize = 128 * 1024 * 1024;

/// A TCP connection that lingers when it is dropped before its client ended it.
pub(super) struct Lingering {
    stream: Option<TcpStream>,
    ended: bool,
}

impl Lingering {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: Some(stream), ended: false }
    }

    fn inner(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take().filter(|_| !self.ended) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { tokio::time::timeout(LINGER, drain(stream)).await });
        }
    }
}

async fn drain(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let (mut thrown, mut buffer) = (0, vec![0; 16 * 1024]);
    while thrown < DISCARDED {
        match tokio::time::timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(read)) if read > 0 => thrown += read,
            _ => return,
        }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = self.inner()?.poll_read(cx, buf);
        if let Poll::Ready(outcome) = &read {
            self.ended = outcome.is_err() || (buf.filled().len() == before && buf.remaining() > 0);
        }
        read
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.inner()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner()?.poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner()?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_reaches_who_is_still_writing() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("connected");
        let (stream, _) = listener.accept().await.expect("accepted");
        let mut server = Lingering::new(stream);
        let mut first = [0; 4];
        client.write_all(&[b'x'; 4096]).await.expect("sent");
        server.read_exact(&mut first).await.expect("read");
        server.write_all(b"too large").await.expect("answered");
        drop(server);
        // Far more than any socket buffer holds: it only goes out because somebody reads it.
        client.write_all(&vec![b'x'; 8 * 1024 * 1024]).await.expect("taken");
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("read");
        assert_eq!(answer, "too large");
    }
}
