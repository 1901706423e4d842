//! Where a house of processes lives: a data directory and, on PostgreSQL, a database of its own; and the commands that are
//! run there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use tokio::process::Command;

use super::client::text;
use crate::kit::root;

/// The binary under test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("DIBAO_BIN").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let path = root().join(target).join("debug/dibao");
    assert!(path.exists(), "no binary at {}: cargo build --workspace --bin dibao", path.display());
    path
}

/// The address of a server of the tests' own; none when it was not started.
pub fn server(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|url| !url.is_empty())
}

/// A data directory that goes with the test, and stays for a look when the test failed.
pub struct Ground {
    directory: PathBuf,
    database: Option<String>,
    set: Vec<(String, String)>,
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What it said, which must have ended with this code.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

impl Ground {
    /// An empty data directory; the database will be embedded.
    pub fn sqlite() -> Self {
        base::outbound::install_crypto();
        let directory = std::env::temp_dir().join(format!("dibao-process-{}", &base::Ids.secret()[..12]));
        std::fs::create_dir_all(directory.join("data")).expect("a directory");
        Self { directory, database: None, set: Vec::new() }
    }

    /// An empty database on the server that was started for the tests. None, with a word about it, when there is none.
    pub async fn postgres() -> Option<Self> {
        let Some(server) = server("DIBAO_TEST_POSTGRES_URL") else {
            println!("left out: no PostgreSQL was started for the tests");
            return None;
        };
        let mut ground = Self::sqlite();
        let name = format!("p_{}", &base::Ids.secret()[..12]);
        let db = Database::connect(&server).await.expect("the server");
        db.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        db.close().await.expect("closed");
        let (address, query) = server.split_once('?').unwrap_or((&server, ""));
        let (front, _) = address.rsplit_once('/').expect("an address with a database");
        let mark = if query.is_empty() { "" } else { "?" };
        ground.database = Some(format!("{front}/{name}{mark}{query}"));
        Some(ground)
    }

    /// The same with variables in the environment of everything that runs here; the later wins.
    pub fn with(mut self, variables: &[(&str, String)]) -> Self {
        self.set.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self
    }

    /// A data directory beside a database that somebody else has open.
    pub fn beside(database: &str) -> Self {
        let mut ground = Self::sqlite();
        ground.database = Some(database.to_owned());
        ground
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// What the processes logged.
    pub fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// A file beside the data directory.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// A copy of an embedded house that nobody has open.
    pub fn copied(&self) -> Self {
        let copy = Self::sqlite();
        for entry in std::fs::read_dir(self.data()).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                std::fs::copy(&path, copy.data().join(path.file_name().expect("a name"))).expect("copied");
            }
        }
        copy
    }

    /// The address of the embedded database.
    pub fn embedded(&self) -> String {
        format!("sqlite://{}", self.data().join("dibao.sqlite").display())
    }

    /// The program with the words that lead it here and nothing of the tests' own environment; dies with its handle.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DIBAO_")) {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
        command.args(words).arg("--data-dir").arg(self.data());
        if let Some(url) = &self.database {
            command.args(["--database-url", url]);
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, words: &[&str]) -> Said {
        self.run_with(words, &[]).await
    }

    /// Runs a command to its end with variables in its environment.
    pub async fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = self.command(words);
        let ended = command.envs(variables.iter().copied()).output().await.expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), err: text(ended.stderr) }
    }

    /// Runs a command to its end that reads `input`.
    pub async fn run_reading(&self, words: &[&str], input: &str) -> Said {
        let input = std::fs::File::open(self.file("input", input)).expect("a file");
        let mut command = self.command(words);
        let ended = command.stdin(Stdio::from(input)).output().await.expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), err: text(ended.stderr) }
    }

    /// A bearer token, printed alone.
    pub async fn token(&self, tenant: &str, duty: &str) -> String {
        let said = self.run(&["tokens", "create", "--tenant", tenant, "--duty", duty]).await.expect(0);
        let token = said.out.trim_end().to_owned();
        assert!(!token.is_empty() && !token.contains(char::is_whitespace), "a token stands alone: {}", said.out);
        token
    }

    /// The chain of a portal as it is handed to others.
    pub async fn chain(&self, slug: &str) -> Vec<Value> {
        let said = self.run(&["evidence", "export", "--tenant", slug]).await.expect(0);
        let mut lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let end = lines.pop().expect("the head of the chain");
        assert_eq!(end["head"]["seq"].as_u64(), Some(lines.len() as u64), "the head counts the entries");
        lines
    }

    /// Orders that a portal's chain proves, each of them once.
    pub async fn proofs(&self, slug: &str) -> Vec<String> {
        let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
        for entry in self.chain(slug).await.iter().filter(|entry| entry["kind"] == "obligation.proven") {
            let body: Value = serde_json::from_str(&text(entry, "body")).expect("an event");
            *times.entry((text(&body, "order"), text(&body, "edition"))).or_default() += 1;
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{slug} proved twice: {twice:?}");
        times.into_keys().map(|(order, _)| order).collect()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("kept for a look: {}", self.directory.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
