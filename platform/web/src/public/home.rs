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
    /// The column that the headlines are of, when it is one.
    headlines_href: Option<String>,
    policy: Option<Block>,
    /// Blocks below the headlines, so that both halves of the front are about as long.
    beside: Vec<Block>,
    blocks: Vec<Block>,
    superior: Option<Link>,
    inferior: Vec<Link>,
}

pub(super) async fn page(app: &App, site: &Site) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let columns = column::list(&tx).await?;
    let (mut top, mut policy, mut blocks, mut sources) = (Vec::new(), None, Vec::new(), Vec::new());
    for column in columns.iter().filter(|column| column.home != "none") {
        let listed = placement::in_column(&tx, &column.key, TITLES).await?;
        match column.home.as_str() {
            "top" if listed.is_empty() => {}
            "top" => {
                sources.push(format!("/{}/", column.key));
                top.extend(listed.into_iter().map(Item::from));
            }
            // The policy column stands on every home page, filled or not: it is a standing duty.
            "policy" => policy = Some(block(column, listed)),
            // An empty block tells a visitor nothing, and an empty column on a home page is a finding of every check.
            _ if listed.is_empty() => {}
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
    let lead = headlines.next();
    let headlines: Vec<Item> = headlines.collect();
    let beside = beside(headlines.len(), policy.as_ref(), &mut blocks);
    let view = Home {
        top: lead,
        headlines,
        headlines_href: sources.pop().filter(|_| sources.is_empty()),
        policy,
        beside,
        blocks,
        superior: superior(app, site),
        inferior: inferior(app, &app.store, site),
        frame,
    };
    Ok(html(app, StatusCode::OK, app.templates.render(&site.theme, "home.html", &view)?))
}

/// Takes blocks to stand below the headlines while the policy column is clearly longer. Its entries take a line and a half
/// each, because they name the document number; a block costs its head besides its titles.
fn beside(headlines: usize, policy: Option<&Block>, blocks: &mut Vec<Block>) -> Vec<Block> {
    let long = policy.map_or(0, |policy| policy.items.len() * 3 / 2);
    let mut taken = Vec::new();
    let mut length = headlines;
    while headlines > 0 && !blocks.is_empty() && length + 4 <= long {
        let block = blocks.remove(0);
        length += block.items.len() + 3;
        taken.push(block);
    }
    taken
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
