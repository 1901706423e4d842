//! What is kept of articles that were read: the text for a while, what their links to files say, and that they were read at all.

use base::store::StoreError;
use base::{TenantTx, Timestamp, sm3_hex};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::round::{Round, Todo};
use super::{Visited, url_hash};
use crate::outside::portal::Portal;
use crate::outside::rows::page;
use crate::outside::rules::OutsideRule;
use crate::outside::{PortalId, read};

/// How a page is remembered that was read.
pub(super) const READ: &str = "read";
/// And how a document file is, which is there and is not opened.
pub(super) const FILE: &str = "file";

/// Keeps what was read of an article.
pub(super) async fn take_article(
    tx: &TenantTx,
    portal: &Portal,
    round: &mut Round,
    todo: Todo,
    visited: &Visited,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (status, article) = match visited {
        Visited::Page { html, .. } => (READ.to_owned(), read::article(&portal.fields, html)),
        Visited::File { name, .. } => (FILE.to_owned(), of_file(&todo, name)),
        other => (other.trouble(), read::Article::default()),
    };
    // What may come back is not remembered as read.
    let passing = matches!(status.as_str(), "unreachable" | "robots") || status.starts_with("status_5");
    if status != READ && status != FILE {
        round.trouble(&status, &todo.url);
    }
    round.done(&todo, passing && status != "robots");
    if passing {
        return Ok(());
    }
    let text_hash = match visited {
        Visited::File { hash, .. } => hash.clone(),
        _ if article.text.is_empty() => String::new(),
        _ => sm3_hex(article.text.as_bytes()),
    };
    let files = article.files.join("\n");
    let hash = url_hash(&todo.url);
    if todo.again {
        let mut update = page::Entity::update_many()
            .col_expr(page::Column::ReadAt, Expr::value(now.micros()))
            .col_expr(page::Column::Status, Expr::value(status.as_str()))
            .col_expr(page::Column::TextHash, Expr::value(text_hash.as_str()))
            .filter(page::Column::PortalId.eq(portal.id))
            .filter(page::Column::UrlHash.eq(hash.as_str()));
        // What the list said of a file stays: the file itself has no words.
        if status != FILE {
            update = told_anew(update, &article, &files);
        }
        tx.change(update).await?;
        return Ok(());
    }
    let row = page::ActiveModel {
        portal_id: Set(portal.id),
        url_hash: Set(hash),
        url: Set(todo.url),
        list_url: Set(todo.list_url),
        position: Set(todo.position),
        seen_at: Set(todo.seen_at),
        read_at: Set(now.micros()),
        status: Set(status),
        title: Set(article.title),
        source: Set(article.source),
        shown_date: Set(article.date),
        body: Set(article.text),
        text_hash: Set(text_hash),
        files: Set(files),
        ..Default::default()
    };
    tx.insert_if_free(row).await?;
    Ok(())
}

/// What a list says of a file that it links to directly.
fn of_file(todo: &Todo, name: &str) -> read::Article {
    let files = [todo.words.clone(), name.to_owned()].into_iter().filter(|said| !said.is_empty()).collect();
    read::Article { title: todo.words.clone(), files, ..read::Article::default() }
}

fn told_anew(update: UpdateMany<page::Entity>, article: &read::Article, files: &str) -> UpdateMany<page::Entity> {
    update
        .col_expr(page::Column::Title, Expr::value(article.title.as_str()))
        .col_expr(page::Column::Source, Expr::value(article.source.as_str()))
        .col_expr(page::Column::ShownDate, Expr::value(article.date.as_str()))
        .col_expr(page::Column::Body, Expr::value(article.text.as_str()))
        .col_expr(page::Column::Files, Expr::value(files))
}

/// Lets go of texts that are older than the rule keeps; that the address was read stays known.
pub(super) async fn let_go(
    tx: &TenantTx,
    portal: PortalId,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let old = now.plus_hours(-24 * rule.keep_days).micros();
    let update = page::Entity::update_many()
        .col_expr(page::Column::Body, Expr::value(""))
        .col_expr(page::Column::Files, Expr::value(""))
        .filter(page::Column::PortalId.eq(portal))
        .filter(page::Column::ReadAt.lt(old))
        .filter(page::Column::Body.ne("").or(page::Column::Files.ne("")));
    tx.change(update).await?;
    Ok(())
}
