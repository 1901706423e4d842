//! For whom: the fields by which every form of a superior says whom it addresses.

use base::Level;
use exchange::Audience;
use http::StatusCode;
use serde::Serialize;

use super::answers::Answers;
use super::room::Room;
use crate::App;
use crate::problem::Problem;

/// Reads `levels`, `subtree`, `include` and `exclude`; what is unknown, or not below this portal, is refused by name.
///
/// # Errors
/// 422 naming the field.
pub(super) fn read(app: &App, room: &Room, typed: &Answers) -> Result<Audience, Problem> {
    let sites = app.store.sites();
    let here = room.here.tenant;
    let known = |field: &str, slug: &str| {
        let found = sites.by_slug(slug).filter(|site| sites.is_within(site.tenant, here));
        found.map(|site| site.tenant).ok_or_else(|| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_audience", slug.to_owned())
                .field(field, "unknown", 0)
        })
    };
    let each = |field: &str| typed.listed(field).iter().map(|slug| known(field, slug)).collect::<Result<Vec<_>, _>>();
    let levels = typed
        .all("levels")
        .iter()
        .map(|word| Level::parse(word).ok_or_else(|| Problem::invalid("levels", "unknown", 0)))
        .collect::<Result<Vec<_>, _>>()?;
    let subtree = Some(typed.get("subtree").trim()).filter(|slug| !slug.is_empty());
    let subtree = subtree.map(|slug| known("subtree", slug)).transpose()?;
    let audience = Audience::meant(here, subtree, levels, each("include")?, each("exclude")?);
    Ok(audience.rehearsed(!typed.get("rehearsal").is_empty()))
}

/// One level that a form offers.
#[derive(Serialize)]
pub(super) struct LevelChoice {
    key: &'static str,
    chosen: bool,
}

/// The levels that a form offers, with those that were chosen.
pub(super) fn levels(form: &Answers) -> Vec<LevelChoice> {
    let chosen = form.all("levels");
    let offered = [Level::Province, Level::City, Level::County, Level::Department].map(Level::as_str);
    offered.into_iter().map(|key| LevelChoice { key, chosen: chosen.iter().any(|word| word == key) }).collect()
}

/// A stored audience as the fields of a form.
pub(super) fn typed(app: &App, stored: &str, form: &mut Vec<(String, String)>) {
    let sites = app.store.sites();
    let Some(audience) = exchange::order::audience_of(sites, stored) else { return };
    let slug = |id| sites.by_id(id).map(|site| site.slug.to_string()).unwrap_or_default();
    let list = |ids: &[base::TenantId]| ids.iter().map(|id| slug(*id)).collect::<Vec<_>>().join(", ");
    form.extend(audience.levels.iter().map(|level| ("levels".to_owned(), level.as_str().to_owned())));
    let fields = [
        ("subtree", audience.subtree.map(slug).unwrap_or_default()),
        ("include", list(&audience.include)),
        ("exclude", list(&audience.exclude)),
    ];
    form.extend(fields.map(|(name, value)| (name.to_owned(), value)));
}
