//! Notices: nothing here, taken back, not open.

use base::Site;
use http::StatusCode;
use serde::Serialize;

use super::frame::{Frame, Link};
use super::{PageError, html, redirect};
use crate::App;
use crate::render::Ready;

/// Which notice.
pub(super) enum Kind {
    NotFound,
    Gone,
    /// Taken back; `replaced_by` is the address of what stands in its place.
    Withdrawn {
        title: String,
        reason: String,
        legal_basis: String,
        replaced_by: Option<String>,
    },
    /// A link leads away from the portal.
    Leaving {
        title: String,
        host: String,
        url: String,
    },
    Suspended,
    Closing,
    Closed,
    Error {
        id: String,
    },
}

#[derive(Serialize)]
struct NoticeText {
    kind: &'static str,
    heading: String,
    text: String,
    title: Option<String>,
    reason: Option<String>,
    legal_basis: Option<String>,
    replaced_by: Option<Link>,
    successor: Option<Link>,
    leave: Option<Link>,
    error_id: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    notice: NoticeText,
}

pub(super) fn page(app: &App, site: &Site, kind: Kind) -> Result<Ready, PageError> {
    let mut frame = Frame::new(app, site, &[], None, "/");
    let (mut basis, mut replacement, mut leave) = (None, None, None);
    let (status, name, title, reason, error_id) = match kind {
        Kind::NotFound => (StatusCode::NOT_FOUND, "not_found", None, None, None),
        Kind::Gone => (StatusCode::GONE, "gone", None, None, None),
        Kind::Withdrawn { title, reason, legal_basis, replaced_by } => {
            basis = said(&legal_basis);
            let name = if replaced_by.is_some() { "replaced" } else { "withdrawn" };
            replacement = replaced_by.map(|to| Link::new(&to, to.as_str()));
            (StatusCode::GONE, name, Some(title), Some(reason), None)
        }
        Kind::Leaving { title, host, url } => {
            leave = Some(Link::new(&host, url));
            (StatusCode::OK, "leaving", Some(title), None, None)
        }
        Kind::Suspended => (StatusCode::SERVICE_UNAVAILABLE, "suspended", None, said(&site.state_reason), None),
        // The notice itself is the page that the rule asks for while a portal closes.
        Kind::Closing => (StatusCode::OK, "closing", None, said(&site.state_reason), None),
        Kind::Closed => (StatusCode::GONE, "closed", None, said(&site.state_reason), None),
        Kind::Error { id } => (StatusCode::INTERNAL_SERVER_ERROR, "error", None, None, Some(id)),
    };
    let heading = frame.word(&format!("notice_{name}"));
    let text = frame.word(&format!("notice_{name}_text"));
    frame.title = format!("{heading}_{}", site.name);
    let successor = matches!(name, "closing" | "closed").then(|| successor(app, site)).flatten();
    let notice = NoticeText {
        kind: name,
        heading,
        text,
        title,
        reason,
        legal_basis: basis,
        replaced_by: replacement,
        successor,
        leave,
        error_id,
    };
    let view = View { notice, frame };
    Ok(html(app, status, app.templates.render(&site.theme, "notice.html", &view)?))
}

/// A closed portal leads to its successor, address by address.
pub(super) fn closed(app: &App, site: &Site, path: &str) -> Result<Ready, PageError> {
    match app.store.sites().by_slug(&site.successor) {
        Some(next) => Ok(redirect(StatusCode::MOVED_PERMANENTLY, &app.addresses.absolute(next.main_host(), path))),
        None if site.successor.starts_with("https://") => Ok(redirect(StatusCode::MOVED_PERMANENTLY, &site.successor)),
        None => page(app, site, Kind::Closed),
    }
}

fn successor(app: &App, site: &Site) -> Option<Link> {
    match app.store.sites().by_slug(&site.successor) {
        Some(next) => Some(Link::new(&next.name, app.addresses.absolute(next.main_host(), "/"))),
        None if site.successor.starts_with("http") => Some(Link::new(&site.successor, site.successor.as_ref())),
        None => None,
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
