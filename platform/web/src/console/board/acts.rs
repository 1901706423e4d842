//! What is done from a board: recalls are proposed, confirmed and refused, exemptions decided.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use content::document::{Cause, Withdrawal};
use exchange::OrderId;
use exchange::obligation::{self, DecideExemption};
use exchange::order::{self, ConfirmRecall, ProposeRecall};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::documents::withdrawal_kind;
use super::super::door::Signed;
use super::super::room::Room;
use super::{Asked, draw};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Shows the board again with what was typed, unless the problem is not about the form.
async fn refused(app: &App, room: &Room, id: Uuid, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if problem.status == 404 || problem.status >= 500 {
        return Err(problem);
    }
    let asked = Asked { group: typed.get("group").to_owned(), ..Asked::default() };
    draw(app, room, id, &asked, Some((typed, problem))).await
}

pub(in crate::console) async fn propose(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ProposeRecall>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let rule = app.rules.at(now).ok_or_else(|| Problem::internal(&"no repost rule is in force"))?;
    let done = async {
        let withdrawal = Withdrawal {
            kind: withdrawal_kind(typed.get("withdrawal")),
            reason: typed.get("reason").to_owned(),
            legal_basis: typed.get("legal_basis").to_owned(),
            target: typed.get("target").to_owned(),
            here: false,
            cause: Cause::default(),
        };
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        let order = order::find(&tx, OrderId(id)).await?;
        let proposed = order::propose(&tx, &staff, order.document, withdrawal, None, rule, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(proposed.id)
    };
    match done.await {
        Ok(recall) => Ok(room.done(&format!("/console/orders/{recall}"), "proposed")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

pub(in crate::console) async fn confirm(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ConfirmRecall>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        order::confirm(&tx, &staff, OrderId(id), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/orders/{id}"), "confirmed")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

pub(in crate::console) async fn refuse(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ConfirmRecall>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        order::refuse(&tx, &staff, OrderId(id), typed.get("answer"), app.clock.now())
            .await
            .map_err(|error| Problem::from(error).renamed("reason", "answer"))?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/orders/{id}"), "refused")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

pub(in crate::console) async fn decide(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideExemption>,
    Path((id, slug)): Path<(Uuid, String)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let asker = app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)?;
    let granted = typed.get("granted") == "yes";
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        obligation::decide_exemption(
            &tx,
            &staff,
            OrderId(id),
            asker.tenant,
            granted,
            typed.get("answer"),
            app.clock.now(),
        )
        .await
        .map_err(|error| Problem::from(error).renamed("reason", "answer"))?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/orders/{id}?group=exempt"), "decided")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}
