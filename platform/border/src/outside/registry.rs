//! Verbs of the registry: registering, changing, pausing, giving up, and trying the patterns on the live site.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Staff, TenantTx, Timestamp};
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::model::{Event, OutsideError};
use super::portal::{Portal, PortalFields, PortalState};
use super::rows::portal as rows;
use super::trial::{self, Trial};
use super::{PortalId, views};

/// May register portals outside the platform and say how they are read. A superior's, at its own portal only.
pub struct ManageOutside;
impl Duty for ManageOutside {
    const NAME: &'static str = "manage_outside";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
    const BELOW: bool = false;
}

/// Registers a portal. It is told of orders and looked at while it is active.
///
/// # Errors
/// [`OutsideError::Field`]; [`OutsideError::Known`].
pub async fn register(
    tx: &TenantTx,
    who: &Staff<ManageOutside>,
    fields: PortalFields,
    state: PortalState,
    now: Timestamp,
) -> Result<Portal, OutsideError> {
    let fields = fields.cleaned()?;
    let id = PortalId(tx.ids().new_id(now));
    let event = Event::Registered { portal: id, name: fields.name.clone(), home_url: fields.home_url.clone() };
    let row = rows::ActiveModel {
        id: Set(id),
        list_pages: Set(json(&fields.list_pages)),
        name: Set(fields.name),
        unit: Set(fields.unit),
        level: Set(fields.level),
        home_url: Set(fields.home_url),
        link_pattern: Set(fields.link_pattern),
        title_selector: Set(fields.title_selector),
        text_selector: Set(fields.text_selector),
        source_selector: Set(fields.source_selector),
        date_selector: Set(fields.date_selector),
        mail: Set(fields.mail),
        by_default: Set(i32::from(fields.by_default)),
        state: Set(state.as_str().to_owned()),
        note: Set(fields.note),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        changed_at: Set(now.micros()),
        looked_at: Set(None),
        trouble: Set(String::new()),
        round: Set(String::new()),
        trial: Set(String::new()),
        version: Set(0),
        ..Default::default()
    };
    if !tx.insert_if_free(row).await? {
        return Err(OutsideError::Known);
    }
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

/// Writes down anew how a portal is read. A round of looking that is under way begins again with what is new.
///
/// # Errors
/// [`OutsideError::Field`]; [`OutsideError::Known`]; [`StoreError::Stale`] when somebody else was quicker.
pub async fn change(
    tx: &TenantTx,
    who: &Staff<ManageOutside>,
    id: PortalId,
    version: i32,
    fields: PortalFields,
    now: Timestamp,
) -> Result<Portal, OutsideError> {
    let was = views::find(tx, id).await?;
    let fields = fields.cleaned()?;
    let text = |column: rows::Column, value: &str| (column, Expr::value(value));
    let pages = json(&fields.list_pages);
    let mut update =
        guarded(id, version, now).col_expr(rows::Column::ByDefault, Expr::value(i32::from(fields.by_default)));
    for (column, value) in [
        text(rows::Column::Name, &fields.name),
        text(rows::Column::Unit, &fields.unit),
        text(rows::Column::Level, &fields.level),
        text(rows::Column::HomeUrl, &fields.home_url),
        text(rows::Column::ListPages, &pages),
        text(rows::Column::LinkPattern, &fields.link_pattern),
        text(rows::Column::TitleSelector, &fields.title_selector),
        text(rows::Column::TextSelector, &fields.text_selector),
        text(rows::Column::SourceSelector, &fields.source_selector),
        text(rows::Column::DateSelector, &fields.date_selector),
        text(rows::Column::Mail, &fields.mail),
        text(rows::Column::Note, &fields.note),
        text(rows::Column::Round, ""),
        text(rows::Column::Trouble, ""),
    ] {
        update = update.col_expr(column, value);
    }
    tx.change_one(update).await.map_err(|error| match error {
        StoreError::Taken => OutsideError::Known,
        other => other.into(),
    })?;
    let event = Event::Changed { portal: id, name: fields.name, state: was.state.as_str() };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

/// Lets a portal take part, pauses it, or gives it up for good.
///
/// # Errors
/// [`OutsideError::Inactive`] for what was given up.
pub async fn set_state(
    tx: &TenantTx,
    who: &Staff<ManageOutside>,
    id: PortalId,
    state: PortalState,
    now: Timestamp,
) -> Result<Portal, OutsideError> {
    let was = views::find(tx, id).await?;
    if was.state == state {
        return Ok(was);
    }
    if !was.state.may_become(state) {
        return Err(OutsideError::Inactive);
    }
    let update = guarded(id, was.version, now).col_expr(rows::Column::State, Expr::value(state.as_str()));
    tx.change_one(update).await?;
    tx.note(&Event::Changed { portal: id, name: was.fields.name, state: state.as_str() }, who.actor(), now).await?;
    if state == PortalState::Active {
        // What was asked of it before is looked for again.
        super::watch::ask(tx, &[id], now, now).await?;
    }
    views::find(tx, id).await
}

/// Asks for a look at the live site with the patterns as they are: the worker reads the first articles, at the pace that is
/// kept towards everybody.
///
/// # Errors
/// [`OutsideError::Missing`].
pub async fn ask_trial(
    tx: &TenantTx,
    _who: &Staff<ManageOutside>,
    id: PortalId,
    now: Timestamp,
) -> Result<Portal, OutsideError> {
    let was = views::find(tx, id).await?;
    let asked = json(&Trial::asked(now));
    let update = guarded(id, was.version, was.changed_at).col_expr(rows::Column::Trial, Expr::value(asked.as_str()));
    tx.change_one(update).await?;
    let payload = format!("{{\"portal\":\"{id}\"}}");
    tx.enqueue(trial::TRY, &format!("{}:{id}", trial::TRY), &payload, now, now).await?;
    views::find(tx, id).await
}

/// The guarded change of one portal.
fn guarded(id: PortalId, version: i32, changed_at: Timestamp) -> sea_orm::UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::ChangedAt, Expr::value(changed_at.micros()))
        .col_expr(rows::Column::Version, Expr::value(version + 1))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::Version.eq(version))
}

/// A name or reason that a person typed.
///
/// # Errors
/// [`OutsideError::Field`] when it is missing or too long.
pub(super) fn said(field: &'static str, said: &str) -> Result<String, OutsideError> {
    let clean = text::strip_controls(said).trim().to_owned();
    match clean.chars().count() {
        0 => Err(OutsideError::Field { field, code: "missing", limit: 0 }),
        1..=500 => Ok(clean),
        _ => Err(OutsideError::Field { field, code: "too_long", limit: 500 }),
    }
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
