//! What the page of one submission shows.

use std::collections::BTreeMap;

use base::Timestamp;
use content::comparison::Piece;
use content::document::Cause;
use exchange::basket::{Basket, BasketId};
use exchange::submission::{BoxRow, Comparison, Fate, OriginNews, Standing, Submission, SubmitUpward};
use serde::Serialize;

use super::super::documents::HEADER;
use super::super::room::{Room, Shell};
use super::super::views::Left;
use super::{badge, public_page, short_name, uses};
use crate::App;

/// A column that a form offers.
#[derive(Serialize)]
pub(in crate::console) struct Choice {
    key: String,
    name: String,
    standard: bool,
}

impl From<content::Column> for Choice {
    fn from(column: content::Column) -> Self {
        Self { standard: column.standard_code.is_some(), key: column.key, name: column.name }
    }
}

#[derive(Serialize)]
struct Step {
    name: String,
    unit: String,
    author: String,
    at: String,
}

#[derive(Serialize)]
struct Earlier {
    href: String,
    standing: &'static str,
    badge: &'static str,
    at: String,
    reason: String,
    current: bool,
}

#[derive(Serialize)]
struct News {
    kind: &'static str,
    cause: &'static str,
    at: String,
    title: String,
    reason: String,
    due_at: String,
}

#[derive(Serialize)]
struct Other {
    id: String,
    title: String,
    from: String,
}

/// A field, or a file, that differs.
#[derive(Serialize)]
struct Line {
    label: String,
    pieces: Vec<Piece>,
}

/// Two texts compared, in the reader's words.
#[derive(Serialize)]
pub(super) struct Compared {
    same: bool,
    title: Vec<Piece>,
    body: Vec<Piece>,
    fields: Vec<Line>,
    files: Vec<(&'static str, String)>,
    /// Why the earlier one was returned.
    reason: String,
    at: String,
}

impl Compared {
    pub(super) fn of(app: &App, room: &Room, seen: Comparison, with: Option<&Submission>) -> Self {
        let field = |field: exchange::submission::FieldChange| Line {
            label: room.word(app, &format!("field_{}", field.field)),
            pieces: field.pieces,
        };
        Self {
            same: seen.same,
            title: seen.title,
            body: seen.body,
            fields: seen.fields.into_iter().map(field).collect(),
            files: seen.files.into_iter().map(|file| (file.change, file.name)).collect(),
            reason: with.map(|one| one.reason.clone()).unwrap_or_default(),
            at: with.map(|one| one.submitted_at.minute_cst()).unwrap_or_default(),
        }
    }
}

/// What became of the item at one portal above.
#[derive(Serialize)]
struct Hop {
    at: String,
    standing: &'static str,
    badge: &'static str,
    holder: String,
    page: Option<String>,
    views: i64,
    submitted_at: String,
}

#[derive(Serialize)]
struct InBasket {
    id: String,
    topic: String,
    href: String,
}

/// The page.
#[derive(Serialize)]
pub(super) struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    standing: &'static str,
    badge: &'static str,
    at_receiver: bool,
    from: String,
    to: String,
    title: String,
    body_html: String,
    summary: String,
    source: String,
    author: String,
    doc_number: String,
    files: Vec<String>,
    content_hash: String,
    note: String,
    uses: Vec<&'static str>,
    submitted_at: String,
    submitted_by: String,
    receive_due_at: String,
    decide_due_at: String,
    provisional: bool,
    clock: Left,
    holder: String,
    held_by_another: bool,
    decided_at: String,
    decided_by: String,
    reason: String,
    provenance: Vec<Step>,
    thread: Vec<Earlier>,
    news: Option<News>,
    alarm: Option<Left>,
    alarm_answer: String,
    correction: Option<Compared>,
    newer: Option<Compared>,
    fates: Vec<Hop>,
    page: Option<String>,
    document: Option<String>,
    columns: Vec<Choice>,
    others: Vec<Other>,
    baskets: Vec<InBasket>,
    lies_in: Vec<InBasket>,
    form: BTreeMap<String, String>,
    with: Vec<String>,
    header_fields: [&'static str; 9],
    official: bool,
    previous: Option<String>,
    next: Option<String>,
    may_decide: bool,
    may_keep: bool,
    may_recall: bool,
}

/// What the page needs besides the submission.
pub(super) struct Seen<'a> {
    pub shell: Shell<'a>,
    pub thread: Vec<Submission>,
    pub columns: Vec<content::Column>,
    pub others: Vec<BoxRow>,
    pub baskets: Vec<Basket>,
    pub lies_in: Vec<BasketId>,
    pub fates: Vec<Fate>,
    pub correction: Option<Compared>,
    pub newer: Option<Compared>,
    pub neighbours: (Option<String>, Option<String>),
    pub form: BTreeMap<String, String>,
    pub with: Vec<String>,
    pub may_decide: bool,
    pub may_keep: bool,
    pub now: Timestamp,
}

pub(super) fn view<'a>(app: &'a App, room: &Room, one: Submission, seen: Seen<'a>) -> One<'a> {
    let open = one.standing.is_open();
    let at_receiver = one.receiver == room.here.tenant;
    let due = if one.standing == Standing::Submitted { one.receive_due_at } else { one.decide_due_at };
    let day = |at: Timestamp| Timestamp(at.micros() - 1).date_cst();
    let document = one.adopted_document.filter(|_| at_receiver);
    let (lies_in, free): (Vec<Basket>, Vec<Basket>) =
        seen.baskets.into_iter().partition(|basket| seen.lies_in.contains(&basket.id));
    let alarm = one.alarm_due_at.filter(|_| at_receiver);
    One {
        id: one.id.to_string(),
        standing: one.standing.as_str(),
        badge: badge(one.standing),
        at_receiver,
        from: short_name(app, one.sender),
        to: short_name(app, one.receiver),
        may_decide: seen.may_decide,
        may_keep: seen.may_keep,
        may_recall: !at_receiver && open && room.holds::<SubmitUpward>(app),
        page: public_page(app, one.receiver, &one.address),
        document: document.map(|id| room.at(&format!("/console/documents/{id}"))),
        columns: seen.columns.into_iter().map(Choice::from).collect(),
        others: others(app, &one, seen.others),
        thread: thread(room, &one, seen.thread),
        alarm: alarm.map(|due| {
            let from = due.plus_hours(-24);
            Left::of(app, room, from, due, false, seen.now)
        }),
        alarm_answer: if at_receiver { answered(app, room, &one.alarm_answer) } else { String::new() },
        fates: seen.fates.into_iter().map(|fate| hop(app, fate)).collect(),
        baskets: free.into_iter().filter(|basket| basket.closed_at.is_none()).map(|one| in_basket(room, one)).collect(),
        lies_in: lies_in.into_iter().map(|one| in_basket(room, one)).collect(),
        held_by_another: open && !one.holder.is_empty() && one.holder != room.person.principal.actor,
        news: one.news.map(news),
        correction: seen.correction,
        newer: seen.newer,
        title: one.fields.title,
        body_html: one.fields.body_html,
        summary: one.fields.summary,
        source: one.fields.source,
        author: one.fields.author,
        doc_number: one.fields.header.doc_number,
        files: one.files.into_iter().map(|file| file.name).collect(),
        content_hash: one.content_hash,
        note: one.note,
        uses: uses(one.uses.site, one.uses.brief),
        submitted_at: one.submitted_at.minute_cst(),
        submitted_by: one.submitted_by,
        receive_due_at: day(one.receive_due_at),
        decide_due_at: day(one.decide_due_at),
        provisional: one.provisional,
        clock: Left::of(app, room, one.submitted_at, due, !open, seen.now),
        holder: one.holder,
        decided_at: one.decided_at.map(Timestamp::minute_cst).unwrap_or_default(),
        decided_by: one.decided_by,
        reason: one.reason,
        provenance: one
            .provenance
            .into_iter()
            .map(|hop| Step { name: hop.name, unit: hop.unit, author: hop.author, at: hop.at.minute_cst() })
            .collect(),
        official: HEADER.iter().any(|name| seen.form.get(*name).is_some_and(|value| !value.is_empty())),
        header_fields: HEADER,
        with: seen.with,
        previous: seen.neighbours.0,
        next: seen.neighbours.1,
        form: seen.form,
        shell: seen.shell,
    }
}

fn thread(room: &Room, one: &Submission, thread: Vec<Submission>) -> Vec<Earlier> {
    let earlier = |other: Submission| Earlier {
        href: room.at(&format!("/console/submissions/{}", other.id)),
        standing: other.standing.as_str(),
        badge: badge(other.standing),
        at: other.submitted_at.minute_cst(),
        reason: other.reason,
        current: other.id == one.id,
    };
    thread.into_iter().map(earlier).collect()
}

fn others(app: &App, one: &Submission, rows: Vec<BoxRow>) -> Vec<Other> {
    let other = |row: BoxRow| Other { id: row.id.to_string(), from: short_name(app, row.sender_id), title: row.title };
    rows.into_iter().filter(|row| row.id != one.id).map(other).collect()
}

fn hop(app: &App, fate: Fate) -> Hop {
    Hop {
        at: short_name(app, fate.at),
        standing: fate.standing.as_str(),
        badge: badge(fate.standing),
        holder: fate.holder,
        page: public_page(app, fate.at, &fate.address),
        views: fate.views,
        submitted_at: fate.submitted_at.minute_cst(),
    }
}

fn in_basket(room: &Room, basket: Basket) -> InBasket {
    InBasket {
        href: room.at(&format!("/console/baskets/{}", basket.id)),
        id: basket.id.to_string(),
        topic: basket.topic,
    }
}

/// How a copy was dealt with: a word of ours, or somebody's written reason.
fn answered(app: &App, room: &Room, answer: &str) -> String {
    match answer {
        "withdrawn" | "corrected" => room.word(app, &format!("alarm_{answer}")),
        reason => reason.to_owned(),
    }
}

fn news(news: OriginNews) -> News {
    match news {
        OriginNews::Newer { fields, at, .. } => News {
            kind: "newer",
            cause: Cause::Routine.as_str(),
            at: at.minute_cst(),
            title: fields.title,
            reason: String::new(),
            due_at: String::new(),
        },
        OriginNews::Withdrawn { cause, reason, at, due_at } => News {
            kind: "withdrawn",
            cause: cause.as_str(),
            at: at.minute_cst(),
            title: String::new(),
            reason,
            due_at: due_at.minute_cst(),
        },
    }
}
