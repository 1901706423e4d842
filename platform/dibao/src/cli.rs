//! What people type. Exit codes: 0 done, 1 it failed, 2 it was typed wrong, 3 something is not as it must be (a broken chain,
//! a finding of the doctor). Asked to stop (SIGTERM, ctrl-c), `serve`, `work` and `demo` end with 0, also while they set up;
//! before they listen for it, in the first milliseconds, with 143 as every process does.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::audience::Addressed;
pub use crate::commands::commissions::Commissions;

/// Government portals of a country on one platform.
#[derive(Debug, Parser)]
#[command(
    name = "dibao",
    version,
    about,
    propagate_version = true,
    after_help = "Exit codes: 0 done · 1 it failed · 2 it was typed wrong · 3 something is not as it must be.\nA process that stays ends with 0 when it is asked to stop (143 before it listens for that)."
)]
pub struct Cli {
    /// Configuration file; every key is also a DIBAO_* variable (docs/configuration.md).
    #[arg(long, global = true, env = "DIBAO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the embedded database and uploaded files are.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// sqlite://FILE or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// redis://…
    #[arg(long, global = true, value_name = "URL")]
    pub redis_url: Option<String>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve portals, console and API, and work off the queue
    Serve {
        /// Address and port
        #[arg(long)]
        listen: Option<SocketAddr>,
        /// Leave the queue to `dibao work`
        #[arg(long)]
        no_worker: bool,
    },
    /// Work off the queue only; answers health checks
    Work {
        /// Address and port for health checks
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Bring the database up to date, as the owner of its tables
    Migrate,
    /// The whole country on this machine, with samples and one order
    Demo(Demo),
    /// Portals: apply manifests, list, export
    #[command(subcommand)]
    Tenants(Tenants),
    /// Orders: issue, show, recall
    #[command(subcommand)]
    Orders(Orders),
    /// Evidence: verify, export
    #[command(subcommand)]
    Evidence(Evidence),
    /// Bearer tokens for the API: create, list, revoke
    #[command(subcommand)]
    Tokens(Tokens),
    /// People who sign in to the console: put, mail, disable, list
    #[command(subcommand)]
    Accounts(Accounts),
    /// Crawl sources: list, run, test
    #[command(subcommand)]
    Crawl(crate::commands::crawl::Crawl),
    /// Documents: import
    #[command(subcommand)]
    Documents(Documents),
    /// Submissions: list, show, submit, receive, hold, adopt, return, decline, recall, keep, settle-deadlines
    #[command(subcommand)]
    Submissions(crate::commands::submissions::Submissions),
    /// Portals outside the platform: import, list
    #[command(subcommand)]
    Outside(crate::commands::outside::Outside),
    /// Joint columns and subscriptions: list, open, invite, subscribe, the review queue
    #[command(subcommand)]
    Joint(crate::commands::joint::Joint),
    /// Commissions and quotas: write, preview, open, close, cancel, excuse; calls, accept, decline, plea, answer; set-quota
    #[command(subcommand)]
    Commissions(Commissions),
    /// Points: make a year again, show sums
    #[command(subcommand)]
    Points(crate::commands::points::Points),
    /// Jobs that were set aside after failing: list, retry
    #[command(subcommand)]
    Jobs(crate::commands::jobs::Jobs),
    /// Check configuration, database, time and disk
    Doctor,
    /// Other installations: the key, and who is joined
    #[command(subcommand)]
    Federation(crate::commands::federation::Federation),
}

/// The demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Only this many portals, those with samples first
    #[arg(long, value_name = "N")]
    pub tenants: Option<usize>,
    /// Fill up to this many portals with synthetic ones under real counties
    #[arg(long, value_name = "N")]
    pub scale: Option<usize>,
    /// Import these documents into the central portal instead of the samples
    #[arg(long, value_name = "FILE")]
    pub documents: Option<PathBuf>,
}

/// Portals.
#[derive(Debug, Subcommand)]
pub enum Tenants {
    /// Apply a manifest, a directory of them, or the configured ones; nothing is half applied
    Apply {
        /// A manifest, or a directory with a cluster.toml
        path: Option<PathBuf>,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// List portals
    List {
        /// Only this level
        #[arg(long)]
        level: Option<String>,
        /// Only those directly below this portal
        #[arg(long)]
        parent: Option<String>,
    },
    /// Write portals as a manifest
    Export {
        /// Only this portal and those below it
        slug: Option<String>,
    },
}

/// Kinds of orders that are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrderKind {
    /// Repost it; the platform proves it
    Mandatory,
    /// Please repost it
    Recommended,
}

/// Orders.
#[derive(Debug, Subcommand)]
pub enum Orders {
    /// Issue an order for a live edition
    Issue {
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
        /// The edition
        #[arg(long)]
        edition: uuid::Uuid,
        /// What is asked
        #[arg(long, value_enum, default_value = "mandatory")]
        kind: OrderKind,
        #[command(flatten)]
        addressed: Addressed,
        /// Natural hours; the rule's when left out
        #[arg(long)]
        deadline_hours: Option<i32>,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        /// Who does it, for the record
        #[arg(long = "as", value_name = "NAME")]
        actor: String,
    },
    /// Show an order and how its audience stands
    Show {
        /// The order
        id: uuid::Uuid,
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
    },
    /// Propose to take every copy of a document back, or be the second person who confirms it
    Recall {
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
        /// The document to take back
        #[arg(long, required_unless_present = "confirm")]
        document: Option<uuid::Uuid>,
        /// The proposed recall to confirm
        #[arg(long, conflicts_with = "document")]
        confirm: Option<uuid::Uuid>,
        /// How the addresses answer from then on
        #[arg(long, value_enum, default_value = "notice")]
        withdrawal: Answering,
        /// Where redirect and replaced lead: a path of the owner's portal or an address
        #[arg(long, default_value = "")]
        target: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        /// On what legal basis
        #[arg(long, default_value = "")]
        legal_basis: String,
        /// Who does it, for the record; two different people for the two steps
        #[arg(long = "as", value_name = "NAME")]
        actor: String,
    },
}

/// How the address of something taken back answers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Answering {
    /// 410 with a notice that names title, reason and legal basis
    Notice,
    /// 410 without the title
    Gone,
    /// Leads to another address
    Redirect,
    /// 404, as if it had never existed
    Vanish,
    /// 410 with a notice that names what replaces it and links there
    Replaced,
}

/// Evidence.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Walk chains and their bindings; names the first broken link
    Verify {
        /// Only this portal
        #[arg(long)]
        tenant: Option<String>,
        /// Check an export instead of the database
        #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
        file: Option<PathBuf>,
    },
    /// Write a chain, one entry a line, and its head as the last line
    Export {
        /// Whose chain
        #[arg(long)]
        tenant: String,
    },
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make a token; it is printed once and kept nowhere
    Create {
        /// Where it acts
        #[arg(long)]
        tenant: String,
        /// central, operator, admin, editor or reviewer
        #[arg(long)]
        duty: String,
        /// How evidence names it; made up when left out
        #[arg(long)]
        label: Option<String>,
    },
    /// List tokens, revoked ones too; their values are kept nowhere
    List,
    /// End a token for good
    Revoke {
        /// Its id, as `tokens list` shows it
        id: uuid::Uuid,
    },
}

/// People.
#[derive(Debug, Subcommand)]
pub enum Accounts {
    /// Create or replace a person; the password is read from standard input
    Put {
        /// Login
        #[arg(long)]
        login: String,
        /// Name on screens
        #[arg(long)]
        name: String,
        /// Where
        #[arg(long)]
        tenant: String,
        /// central, operator, admin, editor or reviewer
        #[arg(long)]
        duty: String,
        /// Also everywhere below
        #[arg(long)]
        subtree: bool,
        /// Where letters go, NAME@HOST; what was set before stays when left out
        #[arg(long)]
        mail: Option<String>,
    },
    /// Set where a person's letters go; an empty address ends them
    Mail {
        /// Login
        #[arg(long)]
        login: String,
        /// NAME@HOST
        #[arg(long)]
        mail: String,
    },
    /// Shut an account and end its sessions; `accounts put` opens it again
    Disable {
        /// Login
        #[arg(long)]
        login: String,
    },
    /// List people and what they may do where
    List,
}

/// Documents.
#[derive(Debug, Subcommand)]
pub enum Documents {
    /// Import documents, one JSON object a line, with a report per row
    Import {
        /// The portal that they belong to
        #[arg(long)]
        tenant: String,
        /// Column of rows that name none
        #[arg(long, default_value = "zcwj")]
        column: String,
        /// JSON Lines
        file: PathBuf,
    },
}
