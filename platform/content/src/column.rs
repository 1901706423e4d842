//! Columns 栏目: the nodes of a tenant's column tree, what may be done to them, and how fresh they are.

mod acts;
mod blueprint;
mod freshness;
mod model;
mod record;
pub(crate) mod rows;
mod rules;
mod tree;
mod undo;
mod views;

use serde::{Deserialize, Serialize};

pub use acts::{ManageColumns, archive, create, edit, merge, reopen, set_rule, shift, turn};
pub use blueprint::{Blueprint, BlueprintColumn, Lacking, lacking, provision};
pub use freshness::{Filled, Fresh, Freshness, fresh};
pub use model::{ColumnEdit, ColumnError, NewColumn, PLACES, RuleEdit, State, Turn, WrongTurn, is_key};
pub use record::{Act, ActId, ActKind, Difference, acts};
pub use rules::{ColumnRule, ColumnRules, ColumnType};
pub use tree::{Nudge, Seat, depth, nudged, ordered, within};
pub use undo::{undo, undoable};
pub use views::{
    MergePreview, Reached, all, at, days, filled, find, known, landing, landings, list, merge_preview, offered,
};

/// A column as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Stable name within the tenant and first segment of its addresses.
    pub key: String,
    /// The code that makes it the same column for the whole cluster, when it is a standard one.
    pub standard_code: Option<String>,
    /// Key of the column above.
    pub parent_key: Option<String>,
    /// Name.
    pub name: String,
    /// Type of 国办发〔2017〕47号, annex on page labels.
    pub kind: String,
    /// Purpose and content; mandatory on every column page.
    pub description: String,
    /// Keywords, comma-separated; mandatory on every column page.
    pub keywords: String,
    /// Order among its siblings.
    pub position: i32,
    /// Where the home page shows it: `policy`, `top`, `block` or `none`.
    pub home: String,
    /// Days within which it must be updated; 0 = no rule.
    pub update_window_days: i32,
    /// Items wanted within the window.
    pub update_min: i32,
    /// Whether it is before the public.
    pub state: State,
    /// Where it leads since it is archived; none is the home page.
    pub successor_key: Option<String>,
    /// Days before its limit on which its owner is told.
    pub remind_days: i32,
    /// Login of whoever answers for it; empty for the administrators.
    pub owner: String,
    /// Last day on which the owner does, `YYYY-MM-DD`; empty for no end.
    pub owner_until: String,
    /// Counts its changes, so that two people do not overwrite each other.
    pub version: i32,
}

impl Column {
    /// The same column in everything that people can change.
    fn says_the_same(&self, other: &Self) -> bool {
        Self { version: other.version, ..self.clone() } == *other
    }

    /// Whether its address answers with a page of its own.
    pub fn stands(&self) -> bool {
        self.state != State::Archived
    }
}
