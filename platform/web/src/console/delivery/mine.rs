//! 我的通知: where a person's letters go, in which language, and which are wanted. A person's own affair at whatever portal.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::outbound::mail::is_address;
use base::people::MailSettings;
use http::StatusCode;
use serde::Serialize;

use super::super::answers::Answers;
use super::super::room::{Room, Shell, page};
use super::audiences;
use crate::App;
use crate::problem::Problem;

#[derive(Serialize)]
struct Choice {
    name: String,
    wanted: bool,
}

#[derive(Serialize)]
struct Mine<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    address: String,
    letters_in: String,
    choices: Vec<Choice>,
}

pub(super) async fn show(State(app): State<Arc<App>>, room: Room) -> Result<Response, Problem> {
    let me = app.store.colleague(room.person.principal.id).await?.ok_or_else(Problem::not_found)?;
    draw(&app, &room, me.mail, None).await
}

async fn draw(app: &App, room: &Room, mail: MailSettings, problem: Option<Problem>) -> Result<Response, Problem> {
    let mut shell = room.shell(app, "my_notices", "").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let choice = |name: String| Choice { wanted: !mail.off.contains(&name), name };
    let choices = audiences(app).into_iter().map(choice).collect();
    let view = Mine { shell, address: mail.address, letters_in: mail.lang, choices };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "my-notices.html", &view)
}

pub(super) async fn save(State(app): State<Arc<App>>, room: Room, typed: Answers) -> Result<Response, Problem> {
    let wanted = typed.all("want");
    let mail = MailSettings {
        address: typed.get("address").trim().to_owned(),
        lang: if typed.get("lang") == "en" { "en" } else { "zh-Hans" }.to_owned(),
        off: audiences(&app).into_iter().filter(|name| !wanted.contains(name)).collect(),
    };
    if !mail.address.is_empty() && !is_address(&mail.address) {
        let problem = Problem::from(border::delivery::DeliveryError::Mail);
        return draw(&app, &room, mail, Some(problem)).await;
    }
    app.store.put_mail(room.person.principal.id, &mail).await?;
    Ok(room.done("/console/my-notices", "my_notices"))
}
