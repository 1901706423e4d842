//! The table of keys: name, variable, default, meaning.

use std::str::FromStr;

use super::{Config, Secret};

type Set = fn(&mut Config, &str) -> Result<(), String>;

pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) env: &'static str,
    pub(super) default: &'static str,
    pub(super) meaning: &'static str,
    pub(super) set: Set,
}

fn number<T: FromStr + PartialOrd>(text: &str, least: T, most: T, range: &str) -> Result<T, String> {
    text.parse()
        .ok()
        .filter(|value| *value >= least && *value <= most)
        .ok_or_else(|| format!("must be a number {range}"))
}

fn optional<T: FromStr>(text: &str, what: &str) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| format!("must be {what}")) }
}

fn one_of(text: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&text) { Ok(text.to_owned()) } else { Err(format!("must be one of {}", words.join(", "))) }
}

macro_rules! key {
    ($name:literal, $env:literal, $default:literal, $meaning:literal, $set:expr) => {
        Key { name: $name, env: $env, default: $default, meaning: $meaning, set: $set }
    };
}

pub(super) const KEYS: &[Key] = &[
    key!("listen", "DIBAO_LISTEN", "127.0.0.1:8080", "Address and port to listen on.", |c, v| {
        v.parse().map(|v| c.listen = v).map_err(|_| "must be an address and a port, such as 0.0.0.0:8080".to_owned())
    }),
    key!("data_dir", "DIBAO_DATA_DIR", "data", "Directory of the embedded database and of uploaded files.", |c, v| {
        c.data_dir = v.into();
        Ok(())
    }),
    key!(
        "zone",
        "DIBAO_ZONE",
        "localhost",
        "Domain under which portals without a domain of their own answer: `{slug}.{zone}`.",
        |c, v| {
            let valid = !v.is_empty()
                && v.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
            if !valid {
                return Err("must be a lower-case domain".to_owned());
            }
            c.zone = v.to_owned();
            Ok(())
        }
    ),
    key!(
        "public_scheme",
        "DIBAO_PUBLIC_SCHEME",
        "http",
        "Scheme of public addresses: `http` or `https` (behind an ingress that ends TLS). With `https`, cookies are `Secure`.",
        |c, v| { one_of(v, &["http", "https"]).map(|v| c.public_scheme = v) }
    ),
    key!(
        "public_port",
        "DIBAO_PUBLIC_PORT",
        "",
        "Port in public addresses when it is not the scheme's own; empty = none.",
        |c, v| { optional(v, "a port").map(|v| c.public_port = v) }
    ),
    key!(
        "database.url",
        "DIBAO_DATABASE_URL",
        "",
        "`sqlite://FILE` or `postgres://…`; empty = `dibao.sqlite` in the data directory. Secret.",
        |c, v| {
            if !v.is_empty()
                && !v.starts_with("sqlite:")
                && !v.starts_with("postgres:")
                && !v.starts_with("postgresql:")
            {
                return Err("must begin with sqlite: or postgres:".to_owned());
            }
            c.database_url = Secret(v.to_owned());
            Ok(())
        }
    ),
    key!(
        "database.owner_url",
        "DIBAO_DATABASE_OWNER_URL",
        "",
        "PostgreSQL address of the role that owns the tables, for `dibao migrate` only; empty = `database.url`. Secret.",
        |c, v| {
            c.database_owner_url = Secret(v.to_owned());
            Ok(())
        }
    ),
    key!(
        "database.max_connections",
        "DIBAO_DATABASE_MAX_CONNECTIONS",
        "16",
        "Upper bound of open database connections (count).",
        |c, v| { number(v, 2, 1000, "from 2 to 1000").map(|v| c.database_max_connections = v) }
    ),
    key!(
        "redis.url",
        "DIBAO_REDIS_URL",
        "",
        "`redis://…`; empty = no Redis: nodes wake each other through PostgreSQL. Secret.",
        |c, v| {
            c.redis_url = Secret(v.to_owned());
            Ok(())
        }
    ),
    key!("pages.memory_mb", "DIBAO_PAGES_MEMORY_MB", "256", "Memory for ready pages (megabytes).", |c, v| {
        number(v, 8, 1_048_576, "from 8 to 1048576").map(|v| c.pages_memory_mb = v)
    }),
    key!("pages.gzip_level", "DIBAO_PAGES_GZIP_LEVEL", "6", "Effort of gzip, 1 (fast) to 9 (small).", |c, v| {
        number(v, 1, 9, "from 1 to 9").map(|v| c.pages_gzip_level = v)
    }),
    key!(
        "pages.brotli_quality",
        "DIBAO_PAGES_BROTLI_QUALITY",
        "5",
        "Effort of brotli, 0 (fast) to 11 (small).",
        |c, v| { number(v, 0, 11, "from 0 to 11").map(|v| c.pages_brotli_quality = v) }
    ),
    key!(
        "session.idle_minutes",
        "DIBAO_SESSION_IDLE_MINUTES",
        "30",
        "Minutes without a request after which a console session ends. GB/T 22239-2019 asks for an idle time-out; 10 to 30 is what assessors accept.",
        |c, v| { number(v, 1, 1440, "from 1 to 1440").map(|v| c.session_idle_minutes = v) }
    ),
    key!(
        "session.absolute_hours",
        "DIBAO_SESSION_ABSOLUTE_HOURS",
        "12",
        "Hours after which a console session ends in any case.",
        |c, v| { number(v, 1, 168, "from 1 to 168").map(|v| c.session_absolute_hours = v) }
    ),
    key!(
        "signin.lockout_failures",
        "DIBAO_SIGNIN_LOCKOUT_FAILURES",
        "5",
        "Failed sign-ins in a row after which an account is locked (count).",
        |c, v| { number(v, 1, 100, "from 1 to 100").map(|v| c.signin_lockout_failures = v) }
    ),
    key!("signin.lockout_minutes", "DIBAO_SIGNIN_LOCKOUT_MINUTES", "15", "Minutes that a lock lasts.", |c, v| {
        number(v, 1, 1440, "from 1 to 1440").map(|v| c.signin_lockout_minutes = v)
    }),
    key!(
        "worker.concurrency",
        "DIBAO_WORKER_CONCURRENCY",
        "8",
        "Jobs that one node runs at the same time (count).",
        |c, v| { number(v, 1, 256, "from 1 to 256").map(|v| c.worker_concurrency = v) }
    ),
    key!(
        "worker.lease_seconds",
        "DIBAO_WORKER_LEASE_SECONDS",
        "60",
        "Seconds after which another node takes over the jobs of a killed one.",
        |c, v| { number(v, 5, 3600, "from 5 to 3600").map(|v| c.worker_lease_seconds = v) }
    ),
    key!("worker.poll_ms", "DIBAO_WORKER_POLL_MS", "500", "Milliseconds between looks at an empty queue.", |c, v| {
        number(v, 10, 60_000, "from 10 to 60000").map(|v| c.worker_poll_ms = v)
    }),
    key!(
        "probe.entry",
        "DIBAO_PROBE_ENTRY",
        "",
        "Address to which probes of this platform's own portals are sent, with the portal's name as Host, e.g. `http://10.0.0.5:8080`; empty = where DNS says. The demo sends them to itself.",
        |c, v| {
            optional(v, "an http address").and_then(|v: Option<url::Url>| match v {
                Some(v) if v.scheme() != "http" && v.scheme() != "https" => Err("must be an http address".to_owned()),
                v => {
                    c.probe_entry = v;
                    Ok(())
                }
            })
        }
    ),
    key!(
        "probe.timeout_seconds",
        "DIBAO_PROBE_TIMEOUT_SECONDS",
        "15",
        "Seconds after which a page counts as not answering. The 2015 census and the 2019 check indicators count 15 s as a failed visit.",
        |c, v| { number(v, 1, 120, "from 1 to 120").map(|v| c.probe_timeout_seconds = v) }
    ),
    key!(
        "probe.allow",
        "DIBAO_PROBE_ALLOW",
        "",
        "Private addresses and networks (`10.1.0.0/16`) that outbound fetches may reach although they are not public (list).",
        |c, v| {
            c.probe_allow = v.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
            crate::outbound::AllowList::parse(&c.probe_allow)
                .map(|_| ())
                .map_err(|item| format!("must be a list of addresses or networks; {item} is neither"))
        }
    ),
    key!(
        "smtp.url",
        "DIBAO_SMTP_URL",
        "",
        "Mail server, such as `smtp://user:password@mail.example:587?tls=required`; empty = notices stay in the console.",
        |c, v| {
            c.smtp_url = v.into();
            Ok(())
        }
    ),
    key!(
        "smtp.from",
        "DIBAO_SMTP_FROM",
        "dibao@localhost",
        "Sender of every mail: `name@host` or `Name <name@host>`.",
        |c, v| {
            c.smtp_from = v.to_owned();
            Ok(())
        }
    ),
    key!(
        "federation.key",
        "DIBAO_FEDERATION_KEY",
        "",
        "Secret key of this installation towards others (32 bytes, base64; `dibao federation key` makes one); empty = none is joined.",
        |c, v| {
            c.federation_key = v.into();
            Ok(())
        }
    ),
    key!("upload.max_mb", "DIBAO_UPLOAD_MAX_MB", "20", "Largest uploaded file (megabytes).", |c, v| {
        number(v, 1, 2048, "from 1 to 2048").map(|v| c.upload_max_mb = v)
    }),
    key!(
        "files.store",
        "DIBAO_FILES_STORE",
        "local",
        "Where uploaded files are kept: `local` = `files` in the data directory, `s3` = a bucket of an S3-compatible service.",
        |c, v| { one_of(v, &["local", "s3"]).map(|v| c.files_store = v) }
    ),
    key!(
        "files.endpoint",
        "DIBAO_FILES_ENDPOINT",
        "",
        "Address of the S3 service, such as `https://s3.example.internal`; it may be private. Empty = AWS in the region.",
        |c, v| {
            if !v.is_empty() && !v.starts_with("http://") && !v.starts_with("https://") {
                return Err("must be an http address".to_owned());
            }
            c.files_endpoint = v.to_owned();
            Ok(())
        }
    ),
    key!("files.bucket", "DIBAO_FILES_BUCKET", "", "Bucket of the files; it must exist.", |c, v| {
        c.files_bucket = v.to_owned();
        Ok(())
    }),
    key!("files.region", "DIBAO_FILES_REGION", "us-east-1", "Region that requests are signed for.", |c, v| {
        c.files_region = v.to_owned();
        Ok(())
    }),
    key!("files.key_id", "DIBAO_FILES_KEY_ID", "", "Name of the access key.", |c, v| {
        c.files_key_id = v.to_owned();
        Ok(())
    }),
    key!("files.secret", "DIBAO_FILES_SECRET", "", "Secret of the access key. Secret.", |c, v| {
        c.files_secret = v.into();
        Ok(())
    }),
    key!(
        "files.path_style",
        "DIBAO_FILES_PATH_STYLE",
        "true",
        "`true`: the bucket stands in the path, as most services of one's own want it; `false`: in front of the host name.",
        |c, v| { one_of(v, &["true", "false"]).map(|v| c.files_path_style = v == "true") }
    ),
    key!("files.prefix", "DIBAO_FILES_PREFIX", "files", "What the names of objects begin with.", |c, v| {
        c.files_prefix = v.trim_matches('/').to_owned();
        Ok(())
    }),
    key!(
        "metrics_listen",
        "DIBAO_METRICS_LISTEN",
        "",
        "Address and port where `/metrics` answers (health, too); empty = at `listen`, asked by IP address or as `localhost`.",
        |c, v| { optional(v, "an address and a port, such as 0.0.0.0:9090").map(|v| c.metrics_listen = v) }
    ),
    key!(
        "telemetry.otlp_endpoint",
        "DIBAO_OTLP_ENDPOINT",
        "",
        "Base address of an OpenTelemetry collector (OTLP over HTTP); empty = no traces leave the process.",
        |c, v| {
            c.otlp_endpoint = v.to_owned();
            Ok(())
        }
    ),
    key!("telemetry.log", "DIBAO_LOG", "info", "What is logged, as a tracing filter.", |c, v| {
        c.log = v.to_owned();
        Ok(())
    }),
    key!("telemetry.log_format", "DIBAO_LOG_FORMAT", "text", "`text` for people, `json` for collectors.", |c, v| {
        one_of(v, &["text", "json"]).map(|v| c.log_format = v)
    }),
    key!(
        "themes_dir",
        "DIBAO_THEMES_DIR",
        "",
        "Directory of themes to read instead of the embedded ones (development).",
        |c, v| {
            c.themes_dir = Some(v).filter(|v| !v.is_empty()).map(Into::into);
            Ok(())
        }
    ),
    key!(
        "report.font",
        "DIBAO_REPORT_FONT",
        "",
        "Font file (TTF, OTF or TTC) with Chinese characters for circulars as PDF; empty = Noto CJK where Debian installs it.",
        |c, v| {
            c.report_font = Some(v).filter(|v| !v.is_empty()).map(Into::into);
            Ok(())
        }
    ),
    key!(
        "tenants_dir",
        "DIBAO_TENANTS_DIR",
        "",
        "Directory of manifests to read instead of the embedded ones.",
        |c, v| {
            c.tenants_dir = Some(v).filter(|v| !v.is_empty()).map(Into::into);
            Ok(())
        }
    ),
];

/// The configuration that nobody changed.
#[allow(clippy::expect_used, reason = "the table's own defaults, proven by a test")]
pub(super) fn defaults() -> Config {
    let mut config = Config {
        listen: ([127, 0, 0, 1], 8080).into(),
        metrics_listen: None,
        data_dir: "data".into(),
        zone: String::new(),
        public_scheme: String::new(),
        public_port: None,
        database_url: Secret::default(),
        database_owner_url: Secret::default(),
        database_max_connections: 0,
        redis_url: Secret::default(),
        pages_memory_mb: 0,
        pages_gzip_level: 0,
        pages_brotli_quality: 0,
        session_idle_minutes: 0,
        session_absolute_hours: 0,
        signin_lockout_failures: 0,
        signin_lockout_minutes: 0,
        worker_concurrency: 0,
        worker_lease_seconds: 0,
        worker_poll_ms: 0,
        probe_entry: None,
        probe_timeout_seconds: 0,
        probe_allow: Vec::new(),
        federation_key: Secret::default(),
        smtp_url: Secret::default(),
        smtp_from: String::new(),
        report_font: None,
        upload_max_mb: 0,
        files_store: String::new(),
        files_endpoint: String::new(),
        files_bucket: String::new(),
        files_region: String::new(),
        files_key_id: String::new(),
        files_secret: Secret::default(),
        files_path_style: true,
        files_prefix: String::new(),
        otlp_endpoint: String::new(),
        log: String::new(),
        log_format: String::new(),
        themes_dir: None,
        tenants_dir: None,
    };
    for key in KEYS {
        (key.set)(&mut config, key.default).expect("a default is valid");
    }
    config
}
