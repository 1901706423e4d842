//! Joint columns and subscriptions.

mod below;
mod forms;
mod items;
mod letters;
mod shapes;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(letters::members, letters::invite))
        .routes(routes!(letters::answer))
        .routes(routes!(letters::member_mode))
        .routes(routes!(letters::remove))
        .routes(routes!(letters::open))
        .routes(routes!(letters::subscriptions, letters::subscribe))
        .routes(routes!(letters::subscribe_below, below::list))
        .routes(routes!(below::filter))
        .routes(routes!(below::end))
        .routes(routes!(letters::flow_filter))
        .routes(routes!(letters::step))
        .routes(routes!(letters::flow_mode))
        .routes(routes!(items::list))
        .routes(routes!(items::contribute))
        .routes(routes!(items::find))
        .routes(routes!(items::accept))
        .routes(routes!(items::decline))
        .routes(routes!(items::return_to))
        .routes(routes!(items::take_down))
        .routes(routes!(items::reopen))
        .routes(routes!(items::withdraw))
}
