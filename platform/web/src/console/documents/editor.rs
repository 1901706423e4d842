//! The editor as a page: of a new document, of a draft, or of what is live.

use axum::response::Response;
use base::Timestamp;
use content::DocumentId;
use content::column;
use content::document::{
    self, DocumentView, EditDocument, EditionView, Fields, Header, PublishDocument, WithdrawDocument,
};
use exchange::joint::{self, Contribute, Membership};
use exchange::order::IssueOrder;
use exchange::permission;
use exchange::submission::SubmitUpward;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::problem::Problem;

pub(in crate::console) const HEADER: [&str; 9] = [
    "index_number",
    "subject_category",
    "issuer",
    "written_date",
    "doc_number",
    "effective_date",
    "repealed_date",
    "validity",
    "disclosure",
];

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct Receiver {
    slug: String,
    name: String,
}

#[derive(Serialize)]
struct JointChoice {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct FileLine {
    position: i32,
    name: String,
    size: String,
}

#[derive(Serialize)]
struct EditionLine {
    number: i32,
    state: String,
    title: String,
    change_note: String,
    published_at: String,
    changed_by: String,
}

#[derive(Serialize)]
struct LiveView {
    number: i32,
    title: String,
    body_html: String,
    source: String,
    published_at: String,
    content_hash: String,
    edition: String,
    page: Option<String>,
    attachments: Vec<FileLine>,
}

#[derive(Serialize)]
struct Editor<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: Option<String>,
    editing: bool,
    form: std::collections::BTreeMap<String, String>,
    header_fields: [&'static str; 9],
    official: bool,
    columns: Vec<Choice>,
    version: i32,
    number: i32,
    attachments: Vec<FileLine>,
    editions: Vec<EditionLine>,
    live: Option<LiveView>,
    blockers: Vec<String>,
    newest: Option<LiveView>,
    may_write: bool,
    may_publish: bool,
    may_withdraw: bool,
    may_order: bool,
    may_submit: bool,
    /// Superiors further up that permitted this portal to skip a level.
    receivers: Vec<Receiver>,
    /// Joint columns of others that this document may be put forward for.
    joints: Vec<JointChoice>,
    upload_max_mb: u64,
}

pub(in crate::console) fn fields(typed: &Answers) -> Fields {
    let text = |name: &str| typed.get(name).to_owned();
    Fields {
        title: text("title"),
        body_html: text("body_html"),
        header: Header {
            index_number: text("index_number"),
            subject_category: text("subject_category"),
            issuer: text("issuer"),
            written_date: text("written_date"),
            doc_number: text("doc_number"),
            effective_date: text("effective_date"),
            repealed_date: text("repealed_date"),
            validity: text("validity"),
            disclosure: text("disclosure"),
        },
        source: text("source"),
        source_url: text("source_url"),
        author: text("author"),
        summary: text("summary"),
        keywords: text("keywords"),
        column: text("column"),
        change_note: text("change_note"),
    }
}

pub(in crate::console) fn typed_of(fields: &Fields) -> Answers {
    let header = &fields.header;
    [
        ("title", &fields.title),
        ("body_html", &fields.body_html),
        ("source", &fields.source),
        ("source_url", &fields.source_url),
        ("author", &fields.author),
        ("summary", &fields.summary),
        ("keywords", &fields.keywords),
        ("column", &fields.column),
        ("change_note", &fields.change_note),
        ("index_number", &header.index_number),
        ("subject_category", &header.subject_category),
        ("issuer", &header.issuer),
        ("written_date", &header.written_date),
        ("doc_number", &header.doc_number),
        ("effective_date", &header.effective_date),
        ("repealed_date", &header.repealed_date),
        ("validity", &header.validity),
        ("disclosure", &header.disclosure),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .collect()
}

fn files(view: &EditionView) -> Vec<FileLine> {
    let line = |file: &document::AttachmentView| FileLine {
        position: file.position,
        name: file.file.name.clone(),
        size: format!("{} KB", file.file.size.div_euclid(1024) + 1),
    };
    view.attachments.iter().map(line).collect()
}

fn live_view(app: &App, room: &Room, view: &EditionView, address: Option<&str>) -> LiveView {
    LiveView {
        number: view.number,
        title: view.fields.title.clone(),
        body_html: view.fields.body_html.clone(),
        source: view.fields.source.clone(),
        published_at: view.published_at.map(Timestamp::minute_cst).unwrap_or_default(),
        content_hash: view.content_hash.clone(),
        edition: view.edition.to_string(),
        page: address.map(|address| app.addresses.absolute(room.here.main_host(), address)),
        attachments: files(view),
    }
}

/// The editor: of a new document, of a draft, or of what is live; with what was typed when something was wrong with it.
pub(super) async fn draw(
    app: &App,
    room: &Room,
    found: Option<DocumentView>,
    typed: Option<Answers>,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let standing = found.as_ref().and_then(|found| found.draft.as_ref().or(found.live.as_ref()));
    let named = typed.as_ref().map(|form| form.get("column").to_owned());
    let named = named.or_else(|| standing.map(|view| view.fields.column.clone())).unwrap_or_default();
    let (columns, column) = column::offered(&tx, &named).await?;
    let seat = match &found {
        Some(found) => content::placement::by_document(&tx, found.document).await?.filter(|seat| seat.live),
        None => None,
    };
    let skips = permission::open_to(&tx, app.store.sites(), app.clock.now()).await?;
    let is_live = found.as_ref().is_some_and(|found| found.live.is_some());
    let joints = match is_live && room.holds::<Contribute>(app) {
        true => joint::memberships(&tx).await?,
        false => Vec::new(),
    };
    tx.commit().await?;
    let draft = found.as_ref().and_then(|found| found.draft.as_ref());
    let live = found.as_ref().and_then(|found| found.live.as_ref());
    let may_write = room.holds::<EditDocument>(app);
    let editing = may_write && (found.is_none() || draft.is_some());
    let stale = problem.is_some_and(|problem| problem.code() == "stale");
    let mut form = typed.or_else(|| draft.or(live).map(|view| typed_of(&view.fields))).unwrap_or_else(|| {
        let mut blank = Answers::default();
        blank.put("source", room.here.owner_unit.to_string());
        blank
    });
    form.put("column", column);
    let shown = fields(&form);
    let title = match (&found, shown.title.as_str()) {
        (None, _) => room.word(app, "document_new"),
        (Some(_), "") => room.word(app, "untitled"),
        (Some(_), title) => title.to_owned(),
    };
    let mut shell = room.shell(app, &format!("={title}"), "documents").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "documents"), href: room.at("/console/documents") },
        Crumb { name: title, href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let blockers = shown.blockers();
    let words = blockers.iter().map(|blocker| {
        format!(
            "{}: {}",
            room.word(app, &format!("field_{}", blocker.field)),
            room.word(app, &format!("code_{}", blocker.code))
        )
    });
    let view = Editor {
        id: found.as_ref().map(|found| found.document.to_string()),
        editing,
        official: !shown.header.is_empty(),
        form: form.flat().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        header_fields: HEADER,
        columns: columns
            .into_iter()
            .map(|column| Choice { standard: column.standard_code.is_some(), key: column.key, name: column.name })
            .collect(),
        // After a conflict the newest version is what the next save is about: the reader has seen both.
        version: draft.map_or(0, |draft| draft.version),
        number: draft.or(live).map_or(1, |view| view.number),
        attachments: draft.map(files).unwrap_or_default(),
        newest: draft.filter(|_| stale).map(|draft| live_view(app, room, draft, None)),
        blockers: words.collect(),
        editions: found
            .as_ref()
            .map(|found| {
                let line = |edition: &document::EditionSummary| EditionLine {
                    number: edition.number,
                    state: edition.state.clone(),
                    title: edition.title.clone(),
                    change_note: edition.change_note.clone(),
                    published_at: edition.published_at.map(Timestamp::minute_cst).unwrap_or_default(),
                    changed_by: edition.changed_by.clone(),
                };
                found.editions.iter().map(line).collect()
            })
            .unwrap_or_default(),
        live: live.map(|live| live_view(app, room, live, seat.as_ref().map(|seat| seat.address.as_str()))),
        may_write,
        may_publish: draft.is_some() && room.holds::<PublishDocument>(app),
        may_withdraw: live.is_some() && room.holds::<WithdrawDocument>(app),
        may_submit: live.is_some() && room.here.parent.is_some() && room.holds::<SubmitUpward>(app),
        receivers: receivers(app, room, &skips),
        joints: joints
            .iter()
            .filter(|one| one.standing == Membership::Accepted)
            .map(|one| joint_choice(app, one))
            .collect(),
        may_order: live.is_some() && room.holds::<IssueOrder>(app),
        upload_max_mb: app.upload_max_mb,
        shell,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "editor.html", &view)
}

/// Whom a document may be offered to besides the direct superior, each once.
fn receivers(app: &App, room: &Room, skips: &[permission::Permission]) -> Vec<Receiver> {
    let mut found: Vec<Receiver> = Vec::new();
    for skip in skips.iter().filter(|skip| Some(skip.receiver) != room.here.parent) {
        let Some(site) = app.store.sites().by_id(skip.receiver) else { continue };
        if found.iter().all(|known| known.slug != *site.slug) {
            found.push(Receiver { slug: site.slug.to_string(), name: site.name.to_string() });
        }
    }
    found
}

fn joint_choice(app: &App, one: &joint::Member) -> JointChoice {
    let owner = app.store.sites().by_id(one.owner).map(|site| site.short_name.to_string()).unwrap_or_default();
    JointChoice { id: one.id.to_string(), name: format!("{owner} · {}", one.column_name) }
}

pub(super) async fn found(app: &App, room: &Room, id: Uuid) -> Result<DocumentView, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    Ok(document::find(&tx, DocumentId(id)).await?)
}

/// Shows the editor again with what was typed, unless the problem is not about the form.
pub(super) async fn refused(
    app: &App,
    room: &Room,
    id: Uuid,
    typed: Option<Answers>,
    problem: Problem,
) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, Some(found(app, room, id).await?), typed, Some(&problem)).await
}
