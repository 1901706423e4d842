//! Crawl sources 抓取: what a portal reads elsewhere on a schedule and lands as drafts for review, with its source named.

mod acts;
mod article;
mod dates;
mod files;
pub mod jobs;
mod known;
mod land;
mod lists;
mod look;
mod model;
mod news;
pub(crate) mod rows;
pub mod rules;
mod said;
mod sample;
mod sketch;
mod take;
mod trial;
mod views;
mod visit;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{ManageCrawl, ViewCrawl, change, create, end, pause, resume, retry, run_now, settle};
pub use article::{Article, FileLink, article, without_pictures};
pub use lists::links_of;
pub use model::{CrawlError, Event, Kind, Move, Settled, Source, SourceMove, SourceState, Standing, WrongTurn};
pub use news::{Comparison, comparison};
pub use rules::{CrawlRule, CrawlRules};
pub use said::{PageRules, SourceText};
pub use sample::{Part, Sample, fetch_sample, keep_rules, sample, shown};
pub use trial::{Trial, Tried, try_out};
pub use views::{ItemRow, RunRow, SourceRow, counts, find, item, items, list, runs};
pub use visit::{Reader, Why};

/// A crawl source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct SourceId(pub Uuid);

impl std::fmt::Display for SourceId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for SourceId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("SourceId"))
    }
}
