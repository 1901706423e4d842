//! Configuration: one documented TOML file and `DIBAO_*` variables over one table of keys. What is not in the table is an
//! error that names the nearest key.

mod keys;
mod papers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use papers::{example, reference};

/// A value that never shows itself in logs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_empty() { "(none)" } else { "(hidden)" })
    }
}

/// The whole configuration. Meaning, unit and default of each field: `docs/configuration.md`, generated from the same table.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Config {
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub data_dir: PathBuf,
    pub zone: String,
    pub public_scheme: String,
    pub public_port: Option<u16>,
    pub database_url: Secret,
    pub database_owner_url: Secret,
    pub database_max_connections: u32,
    pub redis_url: Secret,
    pub pages_memory_mb: u64,
    pub pages_gzip_level: u32,
    pub pages_brotli_quality: u32,
    pub session_idle_minutes: i64,
    pub session_absolute_hours: i64,
    pub signin_lockout_failures: i32,
    pub signin_lockout_minutes: i64,
    pub worker_concurrency: usize,
    pub worker_lease_seconds: i64,
    pub worker_poll_ms: u64,
    pub probe_entry: Option<url::Url>,
    pub probe_timeout_seconds: u64,
    pub probe_allow: Vec<String>,
    pub federation_key: Secret,
    pub smtp_url: Secret,
    pub smtp_from: String,
    pub upload_max_mb: u64,
    pub files_store: String,
    pub files_endpoint: String,
    pub files_bucket: String,
    pub files_region: String,
    pub files_key_id: String,
    pub files_secret: Secret,
    pub files_path_style: bool,
    pub files_prefix: String,
    pub report_font: Option<PathBuf>,
    pub otlp_endpoint: String,
    pub log: String,
    pub log_format: String,
    pub themes_dir: Option<PathBuf>,
    pub tenants_dir: Option<PathBuf>,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{}: {message}", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// A key that nobody knows.
    #[error("{place}: there is no key {key}; {hint}")]
    Unknown {
        /// File, or "environment".
        place: String,
        /// The key.
        key: String,
        /// The nearest known one, or all that there are in its section.
        hint: String,
    },
    /// A value that the key cannot have.
    #[error("{place}: {key} {why}")]
    Value {
        /// File, or "environment".
        place: String,
        /// The key.
        key: String,
        /// What it must be.
        why: String,
    },
}

/// The known word nearest to a mistyped one, when there is a near one.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest_above(0.75, word, known)
}

/// A mistyped key is worth a guess that is less sure than one about the name of a portal.
fn hint(word: &str, separator: char, known: impl Iterator<Item = &'static str>) -> String {
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest_above(0.5, word, known.iter().copied()) {
        return format!("did you mean {near}?");
    }
    let section = |key: &str| key.rsplit_once(separator).map(|(section, _)| section.to_owned());
    let mut kept: Vec<&str> = known.iter().copied().filter(|key| section(key) == section(word)).collect();
    if kept.is_empty() {
        kept = known;
    }
    format!("there are {}", kept.join(", "))
}

fn nearest_above<'a>(least: f64, word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > least)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

impl Config {
    /// Reads the defaults, then the file, then the environment: the later wins.
    ///
    /// # Errors
    /// See [`ConfigError`]; the first thing wrong.
    pub fn load(path: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut config = keys::defaults();
        if let Some(path) = path {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            config.read_toml(&text, path)?;
        }
        for (name, value) in environment.filter(|(name, _)| name.starts_with("DIBAO_")) {
            // DIBAO_CONFIG names the file itself; the others belong to the scripts that build and test the program.
            if SCRIPTS.contains(&name.as_str()) || name.starts_with("DIBAO_TEST_") {
                continue;
            }
            let key = keys::KEYS.iter().find(|key| key.env == name).ok_or_else(|| ConfigError::Unknown {
                place: "environment".to_owned(),
                hint: hint(&name, '_', keys::KEYS.iter().map(|key| key.env)),
                key: name.clone(),
            })?;
            (key.set)(&mut config, value.trim()).map_err(|why| ConfigError::Value {
                place: "environment".to_owned(),
                key: name,
                why,
            })?;
        }
        Ok(config)
    }

    fn read_toml(&mut self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::NotToml {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let mut found = Vec::new();
        flatten("", &table, &mut found);
        for (name, value) in found {
            let place = match line_of(text, &name) {
                Some(line) => format!("{}:{line}", path.display()),
                None => path.display().to_string(),
            };
            let key = keys::KEYS.iter().find(|key| key.name == name).ok_or_else(|| ConfigError::Unknown {
                place: place.clone(),
                hint: hint(&name, '.', keys::KEYS.iter().map(|key| key.name)),
                key: name.clone(),
            })?;
            (key.set)(self, &value).map_err(|why| ConfigError::Value { place, key: name, why })?;
        }
        Ok(())
    }

    /// The database's address: as configured, or a file in the data directory.
    pub fn database(&self) -> String {
        match self.database_url.expose() {
            "" => format!("sqlite://{}?mode=rwc", self.data_dir.join("dibao.sqlite").display()),
            url => url.to_owned(),
        }
    }

    /// The address under which migrations run: the owner's, or the ordinary one.
    pub fn database_owner(&self) -> String {
        match self.database_owner_url.expose() {
            "" => self.database(),
            url => url.to_owned(),
        }
    }
}

const SCRIPTS: [&str; 5] = ["DIBAO_CONFIG", "DIBAO_BIN", "DIBAO_VENV", "DIBAO_CACHE", "DIBAO_GENERATE"];

fn flatten(prefix: &str, table: &toml::Table, found: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, found),
            toml::Value::String(text) => found.push((name, text.clone())),
            toml::Value::Array(list) => {
                let items: Vec<String> =
                    list.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
                found.push((name, items.join(",")));
            }
            other => found.push((name, other.to_string())),
        }
    }
}

/// The line of a key, found as a person would: the first line that assigns its last part.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let last = name.rsplit('.').next()?;
    let found = text.lines().position(|line| line.split('=').next().is_some_and(|left| left.trim() == last));
    found.map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn the_environment_wins_over_the_defaults() {
        let config =
            Config::load(None, env(&[("DIBAO_LISTEN", "0.0.0.0:9000"), ("PATH", "/bin")])).expect("a configuration");
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.session_idle_minutes, 30);
    }

    #[test]
    fn an_unknown_variable_names_the_nearest_known_one() {
        let wrong = Config::load(None, env(&[("DIBAO_DATABSE_URL", "x")])).expect_err("an error").to_string();
        assert!(wrong.contains("did you mean DIBAO_DATABASE_URL?"), "{wrong}");
    }

    #[test]
    fn an_unknown_key_gets_a_guess_or_the_keys_that_there_are() {
        let names = || keys::KEYS.iter().map(|key| key.name);
        assert_eq!(hint("session.timeout", '.', names()), "did you mean session.idle_minutes?");
        assert!(hint("qqq", '.', names()).starts_with("there are listen, data_dir, "));
        let wrong = Config::load(None, env(&[("DIBAO_BIND", "x")])).expect_err("an error").to_string();
        assert!(wrong.contains("did you mean DIBAO_"), "{wrong}");
    }

    #[test]
    fn an_unknown_key_is_found_by_file_and_line() {
        let path = std::env::temp_dir().join(format!("dibao-config-{}.toml", std::process::id()));
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[session]\nidle_minuts = 3\n").expect("a file");
        let wrong = Config::load(Some(&path), env(&[])).expect_err("an error").to_string();
        std::fs::remove_file(&path).expect("removed");
        assert!(
            wrong.contains(".toml:3: there is no key session.idle_minuts; did you mean session.idle_minutes?"),
            "{wrong}"
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let config =
            Config::load(None, env(&[("DIBAO_DATABASE_URL", "postgres://u:verysecret@h/d")])).expect("a configuration");
        assert!(!format!("{config:?}").contains("verysecret"));
    }

    #[test]
    fn generated_documents_are_fresh() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (file, text) in [("docs/configuration.md", reference()), ("dibao.example.toml", example())] {
            let path = root.join(file);
            if std::env::var_os("DIBAO_GENERATE").is_some() {
                std::fs::write(&path, &text).expect("written");
            }
            assert_eq!(
                std::fs::read_to_string(&path).unwrap_or_default(),
                text,
                "{file} is stale: run `make generate`"
            );
        }
        let example = Config::load(Some(&root.join("dibao.example.toml")), env(&[])).expect("the example is valid");
        assert_eq!(format!("{example:?}"), format!("{:?}", keys::defaults()));
    }
}
