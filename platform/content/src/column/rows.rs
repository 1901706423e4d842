use base::TenantId;
use base::store::TenantOwned;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Select, UpdateMany};

use super::Column as Seen;
use crate::document::rows::edition as edition_rows;
use crate::placement::rows as placement;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_column")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub standard_code: Option<String>,
    pub parent_key: Option<String>,
    pub name: String,
    pub kind: String,
    pub description: String,
    pub keywords: String,
    pub position: i32,
    pub home: String,
    pub update_window_days: i32,
    pub update_min: i32,
    pub changed_at: i64,
    pub state: String,
    pub successor_key: Option<String>,
    pub remind_days: i32,
    pub owner: String,
    pub owner_until: String,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}

pub mod act {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "column_act")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: i64,
        pub kind: String,
        pub column_key: String,
        pub target_key: String,
        pub was: String,
        pub became: String,
        pub moved: i64,
        pub at: i64,
        pub by_whom: String,
        pub undone_at: Option<i64>,
        pub undone_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}

    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod moved {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::document::DocumentId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "column_moved")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub act_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: DocumentId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub locale: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}

    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

/// The whole tree, held until the transaction ends: acts on one tree come one after another, or two moves that are lawful each
/// would make a circle together.
pub fn held() -> Select<Entity> {
    Entity::find().order_by_asc(Column::Key).lock_exclusive()
}

/// A changed row, guarded by the version that was read.
pub fn changed(is: &Seen, at: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::ParentKey, Expr::value(is.parent_key.clone()))
        .col_expr(Column::Name, Expr::value(is.name.as_str()))
        .col_expr(Column::Description, Expr::value(is.description.as_str()))
        .col_expr(Column::Keywords, Expr::value(is.keywords.as_str()))
        .col_expr(Column::Position, Expr::value(is.position))
        .col_expr(Column::Home, Expr::value(is.home.as_str()))
        .col_expr(Column::UpdateWindowDays, Expr::value(is.update_window_days))
        .col_expr(Column::UpdateMin, Expr::value(is.update_min))
        .col_expr(Column::State, Expr::value(is.state.as_str()))
        .col_expr(Column::SuccessorKey, Expr::value(is.successor_key.clone()))
        .col_expr(Column::RemindDays, Expr::value(is.remind_days))
        .col_expr(Column::Owner, Expr::value(is.owner.as_str()))
        .col_expr(Column::OwnerUntil, Expr::value(is.owner_until.as_str()))
        .col_expr(Column::ChangedAt, Expr::value(at))
        .col_expr(Column::Version, Expr::value(is.version + 1))
        .filter(Column::Key.eq(is.key.as_str()))
        .filter(Column::Version.eq(is.version))
}

/// What a merge of `source` into `target` moves: whatever does not stand in `target` already.
pub fn moving(tenant: TenantId, source: &str, target: &str) -> Select<placement::Entity> {
    let there = Query::select()
        .column(placement::Column::DocumentId)
        .from(placement::Entity)
        .and_where(placement::Column::TenantId.eq(tenant))
        .and_where(placement::Column::ColumnKey.eq(target))
        .to_owned();
    placement::Entity::find()
        .filter(placement::Column::ColumnKey.eq(source))
        .filter(placement::Column::DocumentId.not_in_subquery(there))
}

/// Names of what a merge moves, to be remembered under its act.
pub fn named(select: Select<placement::Entity>) -> Select<placement::Entity> {
    select.select_only().column(placement::Column::DocumentId).column(placement::Column::Locale)
}

/// Puts what the act `id` moved from one column into the other, one way or back.
pub fn carried(tenant: TenantId, id: Uuid, from: &str, to: &str, at: i64) -> UpdateMany<placement::Entity> {
    let listed = Query::select()
        .column(moved::Column::DocumentId)
        .from(moved::Entity)
        .and_where(moved::Column::TenantId.eq(tenant))
        .and_where(moved::Column::ActId.eq(id))
        .to_owned();
    placement::Entity::update_many()
        .col_expr(placement::Column::ColumnKey, Expr::value(to))
        .col_expr(placement::Column::ChangedAt, Expr::value(at))
        .filter(placement::Column::ColumnKey.eq(from))
        .filter(placement::Column::DocumentId.in_subquery(listed))
}

/// Editions, of whatever state, that name a column.
pub fn naming(key: &str) -> Select<edition_rows::Entity> {
    edition_rows::Entity::find().filter(edition_rows::Column::ColumnKey.eq(key))
}

/// What stands in one column.
#[derive(Debug, FromQueryResult)]
pub struct FilledRow {
    pub key: String,
    pub items: i64,
    pub newest: Option<i64>,
}

/// Counts and newest dates of every column of a tenant, by one pass over the index of lists.
pub fn filled() -> Select<placement::Entity> {
    placement::Entity::find()
        .select_only()
        .column_as(placement::Column::ColumnKey, "key")
        .expr_as(Expr::cust("count(*)"), "items")
        .expr_as(Expr::cust("max(published_at)"), "newest")
        .filter(placement::Column::State.eq("live"))
        .group_by(placement::Column::ColumnKey)
}

/// When the item was published that fills the minimum of a column.
#[derive(Debug, FromQueryResult)]
pub struct NthRow {
    pub key: String,
    pub nth: Option<i64>,
}

/// The dates that fill minima of more than one, which few rules ask for; of one it is the newest. `minima` names each of them:
/// not every engine takes a field as an offset. They are ordered by a sum, so that no engine walks all dates of the portal for a
/// column in which little stands.
pub fn nths(minima: &[i32]) -> Select<Entity> {
    let one = |min: &i32| {
        format!(
            " WHEN {min} THEN (SELECT p.published_at FROM placement p WHERE p.tenant_id = site_column.tenant_id \
             AND p.column_key = site_column.key AND p.state = 'live' ORDER BY p.published_at + 0 DESC LIMIT 1 OFFSET {})",
            min - 1
        )
    };
    let cases: String = minima.iter().map(one).collect();
    Entity::find()
        .select_only()
        .column(Column::Key)
        .expr_as(Expr::cust(format!("CAST(CASE site_column.update_min{cases} END AS BIGINT)")), "nth")
        .filter(Column::UpdateMin.gt(1))
}

/// Publications of one day.
#[derive(Debug, FromQueryResult)]
pub struct DayRow {
    pub day: i64,
    pub items: i64,
}

/// Days since the epoch in China on which something in a column was published, with how much.
pub fn by_day(key: &str, from: i64, until: i64) -> Select<placement::Entity> {
    // 28,800 seconds east of Greenwich.
    let day = "(published_at + 28800000000) / 86400000000";
    placement::Entity::find()
        .select_only()
        .expr_as(Expr::cust(day), "day")
        .expr_as(Expr::cust("count(*)"), "items")
        .filter(placement::Column::ColumnKey.eq(key))
        .filter(placement::Column::State.eq("live"))
        .filter(placement::Column::PublishedAt.gte(from))
        .filter(placement::Column::PublishedAt.lt(until))
        .group_by(Expr::cust(day))
}

/// The rows that one act remembers.
pub fn remembered() -> [moved::Column; 3] {
    [moved::Column::DocumentId, moved::Column::Locale, moved::Column::ActId]
}
