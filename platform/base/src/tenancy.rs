//! Tenants: what a portal is, where it stands in the tree, how it lives and dies, and the directory that every node
//! keeps in memory so that no request asks the database whose host this is.

mod directory;
pub(crate) mod rows;
mod state;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use directory::{Site, Sites, Slot};
pub use state::{TenantMove, TenantState};

/// Proof of which tenant is meant. It comes from a host name, a session or a row, never from a request's text: the field
/// is private and nothing parses into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct TenantId(Uuid);

impl TenantId {
    /// The bare identifier, for addresses, logs and hashes.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    pub(crate) const fn from_row(id: Uuid) -> Self {
        Self(id)
    }
}

// A key is never a number that the engine counts up.
impl sea_orm::TryFromU64 for TenantId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("TenantId"))
    }
}

impl std::fmt::Display for TenantId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// The level of a portal. Tree depth varies: municipalities have no cities, some cities no counties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 中国政府网
    Central,
    /// 省、自治区、直辖市、兵团
    Province,
    /// 地级
    City,
    /// 县级
    County,
    /// 部门网站
    Department,
}

impl Level {
    /// Every level, highest first.
    pub const ALL: [Self; 5] = [Self::Central, Self::Province, Self::City, Self::County, Self::Department];

    /// The word used in tables, the API and manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Department => "department",
        }
    }

    /// Reads the word of [`Level::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

/// What stands in the footer of every page besides name and site code (国办发〔2017〕47号: page furniture).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Furniture {
    /// 承办单位
    pub operator_unit: String,
    /// 联系方式
    pub contact: String,
    /// ICP 备案号
    pub icp: String,
    /// 公安备案号
    pub psb: String,
    /// The portal shows demo texts only and says so.
    pub sample: bool,
}
