//! Points 计分: what happened to the items that came up, what each is worth by a table that the scorer chose, disputes about
//! it, and the monthly circular. Facts are kept for good; points are derived and can be made again at any time.

mod acts;
mod amount;
mod appeal;
mod circular;
pub mod jobs;
mod ledger;
pub(crate) mod lineage;
mod model;
mod rows;
mod score;
mod table;
mod views;

pub use acts::{
    AppealPoints, ByHand, KeepScore, NOTE_MAX, ViewPoints, choose, preview, put_in_journal, record, show_ranking,
};
pub use amount::Points;
pub use appeal::{NewAppeal, accept, appeal, reject, withdraw_appeal};
pub use circular::{
    Circular, CircularRow, NewCircular, circulars, circulars_of_superior, find as find_circular, issue,
};
pub use ledger::{Changed, Difference, Recomputed, recompute};
pub use lineage::note;
pub(crate) use lineage::{CameOut, came_out};
pub use model::{AppealMove, AppealStanding, Event, Happened, MeritError, Month, Occasion, Place, Ranking, WrongTurn};
pub use table::{Mode, Period, PointTables, Quota, ROWS_MAX, RuleRow, RuleTable};
pub use views::{
    Appeal, EventView, EventWorth, Total, VersionView, appeals, events, find_appeal, own_appeals, own_event,
    own_events, own_total, ranking, superior, table_of_superior, totals, versions, versions_of_superior,
};
