//! A process that stays: what it printed, and the ways in which it ends.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::client::Client;
use super::eventually;
use super::ground::{Ground, tail};

/// Seconds that a start may take on a busy machine.
const PATIENCE: u64 = 120;

/// A running process; killed when it is dropped.
pub struct Node {
    pub port: u16,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    log: std::path::PathBuf,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Ground {
    /// Starts the demo with leases and polls that suit a test; does not wait for anything.
    pub fn begin(&self, more: &[&str]) -> Node {
        Node::start(self, free_port(), |port| {
            let listen = format!("127.0.0.1:{port}");
            let mut command = self.command(&[&["demo", "--listen", &listen], more].concat());
            quick(&mut command);
            command
        })
    }

    /// Starts the demo and waits until every page answers.
    pub async fn demo(&self, more: &[&str]) -> Node {
        // Somebody else may take the port before it is used.
        for _ in 0..3 {
            let mut node = self.begin(more);
            if node.opened().await {
                return node;
            }
        }
        panic!("no port was free three times\n{}", tail(&self.log()));
    }

    /// Starts a node beside the demo, over the same database and files, and waits until it answers.
    pub async fn serve(&self, more: &[&str]) -> Node {
        for _ in 0..3 {
            let mut node = Node::start(self, free_port(), |port| {
                let listen = format!("127.0.0.1:{port}");
                let mut command = self.command(&[&["serve", "--listen", &listen], more].concat());
                quick(&mut command);
                command.env("DIBAO_PUBLIC_PORT", port.to_string());
                command.env("DIBAO_PROBE_ENTRY", format!("http://{listen}"));
                command
            });
            if node.opened().await {
                return node;
            }
        }
        panic!("no port was free three times\n{}", tail(&self.log()));
    }
}

fn quick(command: &mut Command) {
    command.env("DIBAO_WORKER_LEASE_SECONDS", "5").env("DIBAO_WORKER_POLL_MS", "50");
}

impl Node {
    fn start(ground: &Ground, port: u16, command: impl FnOnce(u16) -> Command) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(ground.log()).expect("a log");
        let mut command = command(port);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::from(log)).spawn().expect("the program starts");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                kept.lock().expect("lines").push(line);
            }
        });
        Self { port, child, lines, log: ground.log() }
    }

    /// Everything that was printed so far.
    pub fn printed(&self) -> Vec<String> {
        self.lines.lock().expect("lines").clone()
    }

    fn has_said(&self, part: &str) -> bool {
        self.lines.lock().expect("lines").iter().any(|line| line.contains(part))
    }

    /// Waits for a line with `part` in it.
    pub async fn said(&mut self, part: &str) {
        eventually(part, PATIENCE, async || {
            if self.has_said(part) {
                return Some(());
            }
            assert!(self.child.try_wait().expect("asked").is_none(), "it ended early\n{}", tail(&self.log));
            None
        })
        .await;
    }

    /// Waits for `ready`; false when the port was taken by somebody else.
    async fn opened(&mut self) -> bool {
        eventually("ready", PATIENCE, async || {
            if self.has_said("ready http://") {
                return Some(true);
            }
            let ended = self.child.try_wait().expect("asked")?;
            let tail = tail(&self.log);
            assert!(tail.contains("cannot listen"), "it ended early with {ended}\n{tail}");
            Some(false)
        })
        .await
    }

    /// Waits a moment to the microsecond, then kills without a warning.
    pub fn kill_after(&mut self, moment: Duration) {
        tokio::task::block_in_place(|| {
            std::thread::sleep(moment);
            self.child.start_kill().expect("killed");
        });
    }

    /// Kills without a warning and sees it gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Sees a killed process gone.
    pub async fn gone(&mut self) {
        self.child.wait().await.expect("gone");
    }

    /// Asks the process to stop; it must end by itself. Answers its exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().expect("a running process").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill runs");
        assert!(sent.success());
        // Less than the seconds that open requests get at most.
        let ended = tokio::time::timeout(Duration::from_secs(15), self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it does not stop\n{}", tail(&self.log))).expect("ended").code()
    }

    /// Somebody with a token, at this node.
    pub fn client(&self, token: &str) -> Client {
        Client::new(self.port, token)
    }
}
