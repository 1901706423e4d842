//! What a house stands on: its way out, a database of its own, files of the repository.

use std::path::PathBuf;

use base::blob::Blobs;
use base::outbound::AllowList;
use base::outbound::mail::Mailer;
use border::federation::Signer;
use exchange::onboarding::Entry;

use super::root;

/// What a house has that others do not.
#[derive(Clone, Default)]
pub struct Setup {
    /// Private addresses that messages may go to.
    pub allow: Vec<String>,
    /// Mail leaves through the server that was started for the tests.
    pub mail: bool,
    /// A key towards other installations.
    pub signer: Option<Signer>,
    /// A tree of its own instead of the standard one.
    pub tree: Option<Vec<Entry>>,
    /// Files are kept there instead of in a directory of its own.
    pub blobs: Option<Blobs>,
    /// The font of PDFs: the machine's own unless something else is said.
    pub font: Font,
    /// The least milliseconds between two visits of one host, whoever visits; otherwise what the rules say, and nothing for
    /// crawling.
    pub pace_ms: Option<i64>,
}

/// With what a house writes PDFs.
#[derive(Clone, Debug, Default)]
pub enum Font {
    /// What the machine has, if it has one.
    #[default]
    Usual,
    /// As on a machine without a Chinese font.
    Missing,
    /// A file that somebody named.
    Named(PathBuf),
}

impl Setup {
    /// A house that writes PDFs with something else.
    pub fn with_font(font: Font) -> Self {
        Self { font, ..Self::default() }
    }

    pub(super) fn report_font(&self) -> Option<PathBuf> {
        match &self.font {
            Font::Usual => web::render::circular::font(&None),
            Font::Missing => None,
            Font::Named(path) => web::render::circular::font(&Some(path.clone())),
        }
    }

    /// A house that may read from this very machine, at this pace and no faster.
    pub fn paced(pace_ms: i64) -> Self {
        Self { pace_ms: Some(pace_ms), ..Self::loopback() }
    }

    /// A house that may fetch from networks although they are not public.
    pub fn allowing(networks: &[&str]) -> Self {
        Self { allow: networks.iter().map(|network| (*network).to_owned()).collect(), ..Self::default() }
    }

    /// A house whose messages may go to this very machine.
    pub fn loopback() -> Self {
        Self::allowing(&["127.0.0.1"])
    }

    /// A house with mail.
    pub fn with_mail() -> Self {
        Self { mail: true, ..Self::default() }
    }

    pub(super) fn allow_list(&self) -> AllowList {
        AllowList::parse(&self.allow).expect("addresses")
    }

    pub(super) fn mailer(&self) -> Option<Mailer> {
        let url = std::env::var("DIBAO_TEST_SMTP_URL").ok().filter(|url| self.mail && !url.is_empty())?;
        Some(Mailer::new(&url, "邸报 <notice@dibao.example>").expect("a mailer"))
    }
}

/// Every file of a kind below a folder of the repository.
pub fn files(under: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|is| is == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A database of its own on the server that was started for the tests.
pub async fn database(name: &str) -> Option<String> {
    let server = std::env::var("DIBAO_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
    let db = sea_orm::Database::connect(&server).await.expect("the server");
    sea_orm::ConnectionTrait::execute_unprepared(&db, &format!("CREATE DATABASE t_{name}")).await.expect("a database");
    db.close().await.expect("closed");
    let (base, query) = server.split_once('?').map_or((server.as_str(), None), |(base, query)| (base, Some(query)));
    let (front, _) = base.rsplit_once('/').expect("an address with a database");
    Some(match query {
        Some(query) => format!("{front}/t_{name}?{query}"),
        None => format!("{front}/t_{name}"),
    })
}
