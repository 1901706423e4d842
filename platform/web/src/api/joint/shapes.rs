//! What joint columns look like in answers and queries.

use base::{Sites, TenantId, Timestamp};
use exchange::joint::{Declaration, Filter, Item, ItemRow, Member, Mode, Subscription, Type};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::slug;
use crate::problem::Problem;

/// The portal that a slug names.
pub(super) fn portal(sites: &Sites, slug: &str, field: &str) -> Result<TenantId, Problem> {
    sites.by_slug(slug).map(|site| site.tenant).ok_or_else(|| Problem::invalid(field, "unknown", 0))
}

/// review or automatic.
pub(super) fn mode(word: &str) -> Result<Mode, Problem> {
    Mode::parse(word).ok_or_else(|| Problem::invalid("mode", "unknown", 0))
}

/// A member of a joint column.
#[derive(Serialize, ToSchema)]
pub struct MemberJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the owner.
    owner: String,
    /// Slug of the member.
    member: String,
    /// Key of the owner's column.
    column: String,
    column_name: String,
    /// review or automatic.
    mode: &'static str,
    /// invited, accepted, refused, left or removed.
    standing: &'static str,
    note: String,
    #[schema(format = "date-time")]
    invited_at: String,
    /// Why it was removed.
    reason: String,
}

impl MemberJson {
    pub(super) fn of(sites: &Sites, one: Member) -> Self {
        Self {
            id: one.id.to_string(),
            owner: slug(sites, one.owner),
            member: slug(sites, one.member),
            column: one.column,
            column_name: one.column_name,
            mode: one.mode.as_str(),
            standing: one.standing.as_str(),
            note: one.note,
            invited_at: one.invited_at.rfc3339(),
            reason: one.reason,
        }
    }
}

/// What a subscription lets through. An empty list asks nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FilterJson {
    /// official and information.
    types: Vec<String>,
    /// Only what stands at the source in a column of one of these types, as the blueprint names them.
    column_types: Vec<String>,
    /// At least one of these stands in title or body.
    include: Vec<String>,
    /// None of these stands in title or body.
    exclude: Vec<String>,
    /// The source line names one of these.
    units: Vec<String>,
    /// The division code of the portal that wrote it begins with one of these.
    regions: Vec<String>,
}

impl FilterJson {
    pub(super) fn read(self) -> Result<Filter, Problem> {
        let types = self.types.iter().map(|word| Type::parse(word)).collect::<Option<Vec<_>>>();
        let types = types.ok_or_else(|| Problem::invalid("types", "unknown", 0))?;
        let Self { column_types, include, exclude, units, regions, .. } = self;
        Ok(Filter { types, column_types, include, exclude, units, regions })
    }

    fn of(filter: Filter) -> Self {
        let Filter { types, column_types, include, exclude, units, regions } = filter;
        let types = types.iter().map(|one| one.as_str().to_owned()).collect();
        Self { types, column_types, include, exclude, units, regions }
    }
}

/// A standing subscription.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the source.
    source: String,
    /// Slug of the subscriber.
    subscriber: String,
    /// Key of the source's column.
    column: String,
    column_name: String,
    /// Key of the subscriber's column; seen by the subscriber only.
    target: Option<String>,
    /// review or automatic; seen by the subscriber only.
    mode: Option<&'static str>,
    /// Seen by the subscriber only.
    filter: Option<FilterJson>,
    forward_mirrors: bool,
    #[schema(format = "date-time")]
    since: String,
    /// asked, active, paused, ended or refused.
    standing: &'static str,
    #[schema(format = "date-time")]
    asked_at: String,
    reason: String,
    /// Named by whoever changes the filter.
    version: i32,
}

impl SubscriptionJson {
    /// As one of its two ends sees it.
    pub(super) fn of(sites: &Sites, one: Subscription, reader: TenantId) -> Self {
        let mine = one.subscriber == reader;
        Self {
            id: one.id.to_string(),
            source: slug(sites, one.source),
            subscriber: slug(sites, one.subscriber),
            column: one.column,
            column_name: one.column_name,
            target: mine.then_some(one.target),
            mode: mine.then(|| one.mode.as_str()),
            filter: mine.then(|| FilterJson::of(one.filter)),
            forward_mirrors: one.forward_mirrors,
            since: one.since.rfc3339(),
            standing: one.standing.as_str(),
            asked_at: one.asked_at.rfc3339(),
            reason: one.reason,
            version: one.version,
        }
    }
}

/// A flow that was declared for a subtree: whoever joins is subscribed to.
#[derive(Serialize, ToSchema)]
pub struct DeclarationJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the portal whose subtree is meant.
    below: String,
    /// Standard code of the columns; or else
    code: String,
    /// the type of columns.
    kind: String,
    /// Key of the subscriber's column.
    target: String,
    /// review or automatic.
    mode: &'static str,
    filter: FilterJson,
    forward_mirrors: bool,
    #[schema(format = "date-time")]
    since: String,
    /// Whoever joins is subscribed to.
    active: bool,
    #[schema(format = "date-time")]
    declared_at: String,
    declared_by: String,
    /// Named by whoever changes the filter.
    version: i32,
}

impl DeclarationJson {
    pub(super) fn of(sites: &Sites, one: Declaration) -> Self {
        Self {
            id: one.id.to_string(),
            below: slug(sites, one.below.root),
            code: one.below.code,
            kind: one.below.kind,
            target: one.terms.target,
            mode: one.terms.mode.as_str(),
            filter: FilterJson::of(one.terms.filter),
            forward_mirrors: one.terms.forward_mirrors,
            since: one.terms.since.rfc3339(),
            active: one.active,
            declared_at: one.declared_at.rfc3339(),
            declared_by: one.declared_by,
            version: one.version,
        }
    }
}

/// One document on its way into a column of somebody else.
#[derive(Serialize, ToSchema)]
pub struct ItemJson {
    /// The membership or subscription that lets it in.
    #[schema(format = "uuid")]
    via_id: String,
    #[schema(format = "uuid")]
    document_id: String,
    /// member or subscription.
    channel: String,
    /// Slug of the sender.
    from: String,
    /// Slug of the receiver.
    to: String,
    /// Slug of the portal that wrote it.
    origin: String,
    /// Key of the receiver's column.
    target: String,
    title: String,
    source: String,
    /// arrived, in_review, placed, filtered, skipped, declined, returned, taken_down, withdrawn or void.
    standing: String,
    #[schema(format = "date-time")]
    arrived_at: String,
    #[schema(format = "date-time")]
    decided_at: Option<String>,
    reason: String,
    /// Path on the receiver's portal, once placed.
    address: String,
}

impl ItemJson {
    pub(super) fn row(sites: &Sites, row: ItemRow) -> Self {
        Self {
            via_id: row.via_id.to_string(),
            document_id: row.document_id.to_string(),
            channel: row.channel,
            from: slug(sites, row.sender_id),
            to: slug(sites, row.tenant_id),
            origin: slug(sites, row.origin_id),
            target: row.target_key,
            title: row.title,
            source: row.source,
            standing: row.standing,
            arrived_at: Timestamp(row.arrived_at).rfc3339(),
            decided_at: row.decided_at.map(|at| Timestamp(at).rfc3339()),
            reason: row.reason,
            address: row.address,
        }
    }

    pub(super) fn of(sites: &Sites, one: Item) -> Self {
        Self {
            via_id: one.key.via.to_string(),
            document_id: one.key.document.to_string(),
            channel: one.channel.as_str().to_owned(),
            from: slug(sites, one.sender),
            to: slug(sites, one.receiver),
            origin: slug(sites, one.origin),
            target: one.target,
            title: one.title,
            source: one.source,
            standing: one.standing.as_str().to_owned(),
            arrived_at: one.arrived_at.rfc3339(),
            decided_at: one.decided_at.map(Timestamp::rfc3339),
            reason: one.reason,
            address: one.address,
        }
    }
}

/// Which end.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SideQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub(super) tenant: Option<String>,
    /// Of members: `owner` (of this portal's columns) or `member`. Of subscriptions: `subscriber` or `source`.
    #[param(required = false)]
    pub(super) side: Option<String>,
}

/// Which box.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ItemsQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub(super) tenant: Option<String>,
    /// `received`, or `sent` (what this portal contributed); received when left out.
    #[param(required = false)]
    pub(super) r#box: Option<String>,
    /// Only this standing.
    #[param(required = false)]
    pub(super) standing: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub(super) cursor: Option<String>,
}
