//! A wire to a server that can be cut and mended: how a Redis goes away without anybody else losing theirs.

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::node::free_port;

/// A port of this machine that leads to a server, or to nobody.
pub struct Wire {
    /// The address that leads through the wire.
    pub url: String,
    server: String,
    port: u16,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// A wire to the server that a `redis://` address names.
    pub async fn to(url: &str) -> Self {
        let mut parsed = reqwest::Url::parse(url).expect("an address");
        let server = format!("{}:{}", parsed.host_str().expect("a host"), parsed.port().unwrap_or(6379));
        let port = free_port();
        parsed.set_port(Some(port)).expect("a port");
        parsed.set_host(Some("127.0.0.1")).expect("a host");
        let carrying = carry(port, server.clone()).await;
        Self { url: parsed.to_string(), server, port, carrying }
    }

    /// Every connection breaks, and nobody listens any more.
    pub async fn cut(&mut self) {
        self.carrying.abort();
        let _ = (&mut self.carrying).await;
    }

    /// The server is there again.
    pub async fn mend(&mut self) {
        self.carrying = carry(self.port, self.server.clone()).await;
    }
}

async fn carry(port: u16, server: String) -> JoinHandle<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    tokio::spawn(async move {
        // Ends with this task: what it carries breaks.
        let mut carried = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let server = server.clone();
            carried.spawn(async move {
                if let Ok(mut far) = TcpStream::connect(server).await {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    })
}
