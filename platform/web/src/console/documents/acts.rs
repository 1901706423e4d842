//! What is done in the editor: write, save, publish, begin the next edition, withdraw, attach.

use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::Response;
use base::store::Reach;
use content::DocumentId;
use content::document::{self, Cause, EditDocument, PublishDocument, WithdrawDocument, Withdrawal, WithdrawalKind};
use exchange::circulation;
use exchange::obligation::ViewInbox;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::editor::{draw, fields, found, refused};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

pub(in crate::console) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<EditDocument>,
) -> Result<Response, Problem> {
    draw(&app, &room, None, None, None).await
}

pub(in crate::console) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let draft = document::create(&tx, &staff, fields(&typed), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(draft)
    };
    match done.await {
        Ok(draft) => Ok(room.done(&format!("/console/documents/{}", draft.document), "saved")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, None, Some(typed), Some(&problem)).await,
    }
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, Some(found(&app, &room, id).await?), None, None).await
}

/// Saves the draft; `act=publish` publishes it in the same transaction.
pub(in crate::console) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let version = typed.get("version").parse().map_err(|_| Problem::invalid("version", "missing", 0))?;
    let publish = typed.get("act") == "publish";
    let done = async {
        let now = app.clock.now();
        if publish {
            let publisher = room.staff::<PublishDocument>(&app)?;
            let tx = app.store.subtree(Reach::of(&publisher)).await?;
            document::save(&tx, &staff, DocumentId(id), version, fields(&typed), now).await?;
            circulation::publish(&tx, &publisher, DocumentId(id), now).await?;
            tx.commit().await?;
        } else {
            let tx = app.store.tenant(room.here.tenant).await?;
            document::save(&tx, &staff, DocumentId(id), version, fields(&typed), now).await?;
            tx.commit().await?;
        }
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/documents/{id}"), if publish { "published" } else { "saved" })),
        Err(problem) => refused(&app, &room, id, Some(typed), problem).await,
    }
}

/// Publishes the draft as it was saved: what reviewers do, who do not write.
pub(in crate::console) async fn publish(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<PublishDocument>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        circulation::publish(&tx, &staff, DocumentId(id), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/documents/{id}"), "published")),
        Err(problem) => refused(&app, &room, id, None, problem).await,
    }
}

pub(in crate::console) async fn new_edition(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    document::new_edition(&tx, &staff, DocumentId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/documents/{id}"), "edition"))
}

/// The kind that a form names; a notice when it names none.
pub(in crate::console) fn withdrawal_kind(word: &str) -> WithdrawalKind {
    match word {
        "gone" => WithdrawalKind::Gone,
        "redirect" => WithdrawalKind::Redirect,
        "vanish" => WithdrawalKind::Vanish,
        "replaced" => WithdrawalKind::Replaced,
        _ => WithdrawalKind::Notice,
    }
}

pub(in crate::console) async fn withdraw(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<WithdrawDocument>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let withdrawal = Withdrawal {
        kind: withdrawal_kind(typed.get("kind")),
        reason: typed.get("reason").to_owned(),
        legal_basis: typed.get("legal_basis").to_owned(),
        target: typed.get("target").to_owned(),
        here: false,
        cause: Cause::parse(typed.get("cause")).unwrap_or_default(),
    };
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        circulation::withdraw(&tx, &staff, DocumentId(id), withdrawal, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/documents/{id}"), "withdrawn")),
        Err(problem) => refused(&app, &room, id, None, problem).await,
    }
}

pub(in crate::console) async fn attach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    Path(id): Path<Uuid>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let mut form = form.map_err(|error| Problem::new(error.status(), "unreadable", error.body_text()))?;
    found(&app, &room, id).await?;
    let done = async {
        let mut taken = 0;
        while let Some(field) =
            form.next_field().await.map_err(|error| Problem::new(error.status(), "unreadable", error.body_text()))?
        {
            let Some(name) = field.file_name().map(str::to_owned).filter(|name| !name.is_empty()) else { continue };
            let bytes =
                field.bytes().await.map_err(|error| Problem::new(error.status(), "too_large", error.body_text()))?;
            let file = app.files.put(&name, bytes).await?;
            let tx = app.store.tenant(room.here.tenant).await?;
            document::attach(&tx, &staff, DocumentId(id), file).await?;
            tx.commit().await?;
            taken += 1;
        }
        if taken == 0 { Err(Problem::invalid("file", "missing", 0)) } else { Ok(()) }
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/documents/{id}"), "attached")),
        Err(problem) => refused(&app, &room, id, None, problem).await,
    }
}

pub(in crate::console) async fn detach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    Path((id, position)): Path<(Uuid, i32)>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    document::detach(&tx, &staff, DocumentId(id), position).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/documents/{id}"), "detached"))
}
