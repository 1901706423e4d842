//! The letter to a portal outside: one per order, portal and occasion, with a name that stays the same when it is sent again.

use base::outbound::mail::{Mail, MailError, Mailer};
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantTx, Timestamp};
use content::document;
use content::placement;
use exchange::OrderId;
use exchange::order::{self, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::jobs::About;
use super::model::{OutsideError, Standing};
use super::rows::{obligation as rows, portal};
use super::rules::OutsideRules;
use super::views::Debt;

/// Name of the job.
pub const MAIL: &str = "outside.mail";

/// The letter has not left yet.
pub(super) const WAITING: &str = "waiting";
const SENT: &str = "sent";
const NO_ADDRESS: &str = "no_address";
const NO_SERVER: &str = "no_server";

/// Letters in a row that do not leave before the server itself counts as away.
const AWAY: usize = 3;

/// Letters of one run: the next run goes on.
const AT_ONCE: u64 = 20;

pub(super) async fn ask(tx: &TenantTx, order: OrderId, now: Timestamp) -> Result<(), StoreError> {
    tx.enqueue(MAIL, &format!("{MAIL}:{order}"), &format!("{{\"order\":\"{order}\"}}"), now, now).await
}

/// Writes the addresses of this platform.
pub type Absolute<'a> = &'a (dyn Fn(&str, &str) -> String + Send + Sync);

/// Sends what waits under one order. A letter that left and was not recorded leaves again with the same Message-ID.
///
/// # Errors
/// [`OutsideError`]; the job is tried again.
pub async fn send(
    store: &Store,
    mailer: Option<&Mailer>,
    absolute: Absolute<'_>,
    rules: &OutsideRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, OutsideError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(OutsideError::NoRule)?;
    let later = now.plus_minutes(rule.mail_minutes);
    without_address(store, job, about.order).await?;
    let Some(mailer) = mailer else { return without_server(store, job, about.order, later).await };
    let letters = letters(store, job, about.order, absolute).await?;
    let full = letters.len() as u64 == AT_ONCE;
    let (mut away, mut in_a_row) = (false, 0);
    for (debt, letter) in letters {
        let mail = match mailer.send(&letter, now).await {
            Ok(()) => {
                in_a_row = 0;
                SENT.to_owned()
            }
            Err(MailError::Away(why)) => {
                tracing::warn!(%why, "a letter to a portal outside waits");
                (away, in_a_row) = (true, in_a_row + 1);
                // One mailbox that is busy holds up nobody; a server that is away holds up everybody.
                if in_a_row == AWAY {
                    break;
                }
                continue;
            }
            Err(error) => error.to_string().chars().take(200).collect(),
        };
        let tx = store.tenant(job.tenant()).await?;
        let update = waiting(debt.order)
            .col_expr(rows::Column::Mail, Expr::value(mail))
            .col_expr(rows::Column::MailedAt, Expr::value(now.micros()))
            .filter(rows::Column::PortalId.eq(debt.portal))
            .filter(rows::Column::EditionId.eq(debt.edition))
            .filter(rows::Column::Standing.eq(debt.standing.as_str()));
        tx.change(update).await?;
        tx.commit().await?;
    }
    Ok(match (away, full) {
        (true, _) => Outcome::Again(later),
        (_, true) => Outcome::Again(now),
        _ => Outcome::Done,
    })
}

fn waiting(order: OrderId) -> sea_orm::UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .filter(rows::Column::OrderId.eq(order))
        .filter(rows::Column::Mail.is_in([WAITING, NO_SERVER]))
}

fn addressed(has: bool) -> sea_orm::sea_query::SelectStatement {
    let mut select = sea_orm::sea_query::Query::select();
    let mail = Expr::col((portal::Entity, portal::Column::Mail));
    select.column((portal::Entity, portal::Column::Id)).from(portal::Entity).and_where(if has {
        sea_orm::ExprTrait::ne(mail, "")
    } else {
        sea_orm::ExprTrait::eq(mail, "")
    });
    select
}

/// Whoever gave no address is told by the feed alone.
async fn without_address(store: &Store, job: &Claimed, order: OrderId) -> Result<(), OutsideError> {
    let tx = store.tenant(job.tenant()).await?;
    let update = waiting(order)
        .col_expr(rows::Column::Mail, Expr::value(NO_ADDRESS))
        .filter(rows::Column::PortalId.in_subquery(addressed(false)));
    tx.change(update).await?;
    tx.commit().await?;
    Ok(())
}

/// There is no mail server: the rows say so, and the letters wait for one.
async fn without_server(
    store: &Store,
    job: &Claimed,
    order: OrderId,
    later: Timestamp,
) -> Result<Outcome, OutsideError> {
    let tx = store.tenant(job.tenant()).await?;
    let wait = tx.change(waiting(order).col_expr(rows::Column::Mail, Expr::value(NO_SERVER))).await?;
    tx.commit().await?;
    Ok(if wait == 0 { Outcome::Done } else { Outcome::Again(later) })
}

async fn letters(
    store: &Store,
    job: &Claimed,
    order: OrderId,
    absolute: Absolute<'_>,
) -> Result<Vec<(Debt, Mail)>, OutsideError> {
    let Some(site) = store.sites().by_id(job.tenant()) else { return Ok(Vec::new()) };
    let tx = store.reading(job.tenant()).await?;
    let select = rows::Entity::find()
        .filter(rows::Column::OrderId.eq(order))
        .filter(rows::Column::Mail.is_in([WAITING, NO_SERVER]))
        .order_by_asc(rows::Column::PortalId)
        .limit(AT_ONCE);
    let debts = tx.all(select).await?.into_iter().map(Debt::try_from).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = debts.first() else { return Ok(Vec::new()) };
    let order = order::find(&tx, order).await?;
    let edition = document::edition(&tx, first.edition).await?;
    let seat = placement::by_document(&tx, first.document).await?;
    let portals = super::views::list(&tx, None).await?;
    tx.commit().await?;
    let page = seat.map(|seat| absolute(site.main_host(), &seat.address)).unwrap_or_default();
    let feed = absolute(site.main_host(), "/orders.atom");
    let letter = |debt: Debt| {
        let to = portals.iter().find(|portal| portal.id == debt.portal)?.fields.mail.clone();
        let (subject, what) = said(&order, &debt, &site.name);
        let title = &edition.fields.title;
        let number = &edition.fields.header.doc_number;
        let text = format!(
            "{what}\n\n标题：{title}\n发文字号：{}\n原文：{page}\n时限：{}\n\n转载令订阅（Atom，支持 WebSub）：{feed}\n\
             平台会在贵网站的公开页面上自动核验，无需回复或报送截图。\n\n{}\n",
            if number.is_empty() { "无" } else { number },
            debt.due_at.minute_cst(),
            site.owner_unit
        );
        let occasion = debt.standing.as_str();
        let key = format!("outside-{}-{}-{}-{occasion}", debt.order, debt.portal, debt.edition);
        Some((debt, Mail { to, subject: format!("{subject}：{title}"), text, html: String::new(), key, urgent: false }))
    };
    Ok(debts.into_iter().filter_map(letter).collect())
}

/// What a letter is about, in its subject and in its first line.
fn said(order: &Order, debt: &Debt, issuer: &str) -> (&'static str, String) {
    match (debt.standing, debt.replaces.is_some(), order.kind) {
        (Standing::Recalling | Standing::Ended, ..) => {
            ("撤稿通知", format!("{issuer}已撤回下列文稿，请立即从贵网站撤下转载页面。"))
        }
        (_, true, _) => ("更正通知", format!("{issuer}已更正下列文稿，请在时限内更新贵网站的转载页面。")),
        (_, _, exchange::Kind::Recommended) => ("转载建议", format!("{issuer}建议贵网站转载下列文稿。")),
        _ => ("转载要求", format!("{issuer}要求贵网站在时限内全文转载下列文稿。")),
    }
}
