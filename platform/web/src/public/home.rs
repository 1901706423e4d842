//! The home page: top news, the State Council policy column in a prominent place, column blocks, the portals above and
//! below.

use base::{Site, Store};
use content::column;
use content::placement::{self, Listed};
use http::StatusCode;
use serde::Serialize;

use super::frame::{Frame, Item, Link};
use super::{PageError, html};
use crate::App;
use crate::render::Ready;

/// Titles in a block.
const TITLES: u64 = 8;
/// Portals below that are listed by name.
const BELOW_MAX: usize = 80;

#[derive(Serialize)]
struct Block {
    name: String,
    href: String,
    kind: String,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Home<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    top: Option<Item>,
    headlines: Vec<Item>,
    policy: Option<Block>,
    blocks: Vec<Block>,
    superior: Option<Link>,
    inferior: Vec<Link>,
}

pub(super) async fn page(app: &App, site: &Site) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let columns = column::list(&tx).await?;
    let (mut top, mut policy, mut blocks) = (Vec::new(), None, Vec::new());
    for column in columns.iter().filter(|column| column.home != "none") {
        let listed = placement::in_column(&tx, &column.key, TITLES).await?;
        match column.home.as_str() {
            "top" => top.extend(listed.into_iter().map(Item::from)),
            "policy" => policy = Some(block(column, listed)),
            _ => blocks.push(block(column, listed)),
        }
    }
    if top.is_empty() {
        top = placement::recent(&tx, TITLES).await?.into_iter().map(Item::from).collect();
    }
    tx.commit().await?;
    let mut frame = Frame::new(app, site, &columns, None, "/");
    frame.meta.column = None;
    let mut headlines = top.into_iter();
    let view = Home {
        top: headlines.next(),
        headlines: headlines.collect(),
        policy,
        blocks,
        superior: superior(app, site),
        inferior: inferior(app, &app.store, site),
        frame,
    };
    Ok(html(app, StatusCode::OK, app.templates.render(&site.theme, "home.html", &view)?))
}

fn block(column: &content::Column, listed: Vec<Listed>) -> Block {
    Block {
        name: column.name.clone(),
        href: format!("/{}/", column.key),
        kind: column.kind.clone(),
        items: listed.into_iter().map(Item::from).collect(),
    }
}

fn superior(app: &App, site: &Site) -> Option<Link> {
    let above = app.store.sites().by_id(site.parent?)?;
    Some(Link::new(&above.name, app.addresses.absolute(above.main_host(), "/")))
}

fn inferior(app: &App, store: &Store, site: &Site) -> Vec<Link> {
    let below =
        store.sites().children(site.tenant).into_iter().filter(|below| below.state == base::tenancy::TenantState::Live);
    below
        .take(BELOW_MAX)
        .map(|below| Link::new(&below.short_name, app.addresses.absolute(below.main_host(), "/")))
        .collect()
}
