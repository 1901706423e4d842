//! Importing documents, one JSON object a line, each in a transaction of its own and with a line in the report.

use std::sync::Arc;

use anyhow::{Context, Result};
use base::store::StoreError;
use base::{Principal, Site};
use content::document::{self, DocumentError, ImportRow, PublishDocument};
use serde::{Deserialize, Serialize};
use web::App;

/// A line: the document, and the text files that hang on it.
#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    row: ImportRow,
    #[serde(default)]
    attachments: Vec<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    name: String,
    text: String,
}

/// What became of a line.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Report {
    pub line: usize,
    pub id: String,
    pub title: String,
    /// `imported`, `known` or `refused`.
    pub result: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
}

/// Where lines go.
pub struct Importer {
    /// The house.
    pub app: Arc<App>,
    /// In whose name.
    pub who: Principal,
    /// The portal of lines that name none; lines may name others only when `many` says so.
    pub site: Arc<Site>,
    /// Lines may name other portals.
    pub many: bool,
    /// The column of lines that name none.
    pub column: String,
}

impl Importer {
    /// Imports every line; `told` hears of each.
    pub async fn run(&self, text: &str, mut told: impl FnMut(&Report)) -> Result<(usize, usize, usize)> {
        let (mut imported, mut known, mut refused) = (0, 0, 0);
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let report = self.one(number, line).await?;
            match report.result {
                "imported" => imported += 1,
                "known" => known += 1,
                _ => refused += 1,
            }
            told(&report);
        }
        Ok((imported, known, refused))
    }

    async fn one(&self, number: usize, line: &str) -> Result<Report> {
        let refused = |id: String, title: String, why: String| Report {
            line: number,
            id,
            title,
            result: "refused",
            why,
            edition: None,
        };
        let line: Line = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(error) => return Ok(refused(String::new(), String::new(), error.to_string())),
        };
        let (id, title) = (line.row.id.clone(), line.row.title.clone());
        let site = match line.row.tenant.as_str() {
            "" => Arc::clone(&self.site),
            slug if slug == &*self.site.slug => Arc::clone(&self.site),
            slug if self.many => match self.app.store.sites().by_slug(slug) {
                Some(site) => site,
                None => return Ok(refused(id, title, format!("there is no portal {slug}"))),
            },
            slug => return Ok(refused(id, title, format!("the row belongs to {slug}"))),
        };
        let staff = self.who.staff::<PublishDocument>(self.app.store.sites(), site.tenant)?;
        let mut files = Vec::with_capacity(line.attachments.len());
        for file in &line.attachments {
            match self.app.files.put(&file.name, file.text.clone().into()).await {
                Ok(stored) => files.push(stored),
                Err(error) => return Ok(refused(id, title, format!("attachment {}: {error}", file.name))),
            }
        }
        let now = self.app.clock.now();
        let tx = self.app.store.tenant(site.tenant).await?;
        match document::import(&tx, &staff, line.row, &self.column, files, now).await {
            Ok(done) => {
                tx.commit().await?;
                let result = if done.known { "known" } else { "imported" };
                Ok(Report {
                    line: number,
                    id,
                    title,
                    result,
                    why: String::new(),
                    edition: done.edition.map(|edition| edition.to_string()),
                })
            }
            Err(DocumentError::Store(error @ StoreError::Database(_))) => Err(error).context("the database"),
            Err(DocumentError::Blocked(blockers)) => {
                let why = blockers
                    .iter()
                    .map(|blocker| format!("{} is {}", blocker.field, blocker.code))
                    .collect::<Vec<_>>()
                    .join(", ");
                Ok(refused(id, title, why))
            }
            Err(error) => Ok(refused(id, title, error.to_string())),
        }
    }
}
