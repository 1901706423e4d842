//! Installations that are joined with this one: is the link alive, and what was reported through it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::people::Side;
use border::federation;
use exchange::order::ViewBoard;
use http::StatusCode;
use serde::Serialize;

use super::door::{Door, Signed};
use super::room::{Shell, page};
use crate::App;
use crate::problem::Problem;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![Door::at("/console/federation").get(list)]
}

/// Events of one link that the page lists.
const EVENTS: usize = 10;

#[derive(Serialize)]
struct Line {
    name: String,
    tenant: String,
    side: &'static str,
    key_id: String,
    seen_at: String,
    lost_since: String,
    fault: String,
    lost: bool,
    losses: Vec<Loss>,
    reports: Vec<Report>,
}

#[derive(Serialize)]
struct Loss {
    at: String,
    kind: String,
}

#[derive(Serialize)]
struct Report {
    href: String,
    at: String,
    total: i64,
    verified: i64,
    waiting: i64,
    overdue: i64,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    key: String,
}

async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<ViewBoard>) -> Result<Response, Problem> {
    let sites = app.store.sites();
    let mut lines = Vec::new();
    for peer in app.store.peers(None).await? {
        if !sites.is_within(peer.tenant(), room.here.tenant) {
            continue;
        }
        let tx = app.store.reading(peer.tenant()).await?;
        let mut losses: Vec<Loss> = tx
            .entries_about(&peer.name)
            .await?
            .into_iter()
            .filter(|entry| entry.kind.starts_with("federation."))
            .map(|entry| Loss { at: Timestamp(entry.at).minute_cst(), kind: entry.kind.replace('.', "_") })
            .collect();
        losses.reverse();
        losses.truncate(EVENTS);
        let reports = if peer.side == Side::Below { federation::reports(&tx).await? } else { Vec::new() };
        tx.commit().await?;
        let report = |one: federation::Reported| {
            let number = |name: &str| one.counts.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
            let words =
                ["waiting", "live_unverified", "verified_on_time", "verified_late", "overdue", "exempt", "failed"];
            Report {
                href: room.at(&format!("/console/orders/{}", one.order)),
                at: one.at.minute_cst(),
                total: words.iter().map(|word| number(word)).sum(),
                verified: number("verified_on_time") + number("verified_late"),
                waiting: number("waiting") + number("live_unverified"),
                overdue: number("overdue") + number("failed"),
            }
        };
        lines.push(Line {
            tenant: sites.by_id(peer.tenant()).map(|site| site.short_name.to_string()).unwrap_or_default(),
            side: peer.side.as_str(),
            seen_at: peer.seen_at.map(Timestamp::minute_cst).unwrap_or_default(),
            lost_since: peer.lost_since.map(Timestamp::minute_cst).unwrap_or_default(),
            lost: peer.lost_since.is_some(),
            name: peer.name,
            key_id: peer.key_id,
            fault: peer.fault,
            losses,
            reports: reports.into_iter().map(report).collect(),
        });
    }
    let key = app.signer.as_ref().map(|signer| signer.public().to_owned()).unwrap_or_default();
    let view = List { shell: room.shell(&app, "federation", "federation").await?, lines, key };
    page(&app, StatusCode::OK, "federation.html", &view)
}
