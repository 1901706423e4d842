//! A cable between a house and what it talks to: it can be cut, and it can swallow the answer to an upload.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a cable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Whole,
    Cut,
    /// Whole, but whoever puts something never hears that it was taken.
    Silent,
}

/// A cable that can be cut.
pub struct Cable {
    pub port: u16,
    line: Arc<watch::Sender<Line>>,
    swallowed: Arc<watch::Sender<bool>>,
}

impl Cable {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let (line, swallowed) = (Arc::new(watch::Sender::new(Line::Whole)), Arc::new(watch::Sender::new(false)));
        let (switch, told) = (Arc::clone(&line), Arc::clone(&swallowed));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (line, told) = (switch.subscribe(), Arc::clone(&told));
                if *line.borrow() != Line::Cut {
                    tokio::spawn(carry(near, port, line, told));
                }
            }
        });
        Self { port: own, line, swallowed }
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    pub fn cut(&self, cut: bool) {
        self.set(if cut { Line::Cut } else { Line::Whole });
    }

    /// Waits until an answer was swallowed.
    pub async fn has_swallowed(&self) {
        self.swallowed.subscribe().wait_for(|swallowed| *swallowed).await.expect("a cable");
    }
}

async fn carry(near: TcpStream, port: u16, line: watch::Receiver<Line>, told: Arc<watch::Sender<bool>>) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let putting = AtomicBool::new(false);
    let mut until = line.clone();
    tokio::select! {
        () = there(near_in, far_out, &putting) => {}
        () = back(far_in, near_out, &putting, line, &told) => {}
        _ = until.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn there(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, putting: &AtomicBool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        for (verb, puts) in [(&b"PUT "[..], true), (b"GET ", false), (b"HEAD", false)] {
            if bytes[..read].starts_with(verb) {
                putting.store(puts, Ordering::SeqCst);
            }
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    putting: &AtomicBool,
    line: watch::Receiver<Line>,
    told: &watch::Sender<bool>,
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if *line.borrow() == Line::Silent && putting.load(Ordering::SeqCst) {
            told.send_replace(true);
            return std::future::pending().await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
