//! The table of routes.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::{
    break_glass, escalations, following, homes, live, notices, policy, providers, rejections,
    reports, returned, timeline, triggers, unmatched, verdicts,
};
use crate::pages::sign_in;
use crate::problem::Problem;
use crate::shared::App;
use crate::{api, asking, assets, audit, guard, openapi, pages, probes};

/// Every route, by the template of its path.
pub(crate) fn all() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(pages::work::work)),
        ("/homes", get(pages::home_list::home_list)),
        ("/homes/{id}", get(pages::home::home)),
        ("/homes/{id}/raise", get(pages::raise::form).post(pages::raise::raise)),
        ("/homes/{id}/say", get(pages::say::list)),
        ("/homes/{id}/say/{what}", get(pages::say::form).post(pages::say::say)),
        ("/homes/{id}/break-glass", get(pages::break_glass::form).post(pages::break_glass::open)),
        ("/escalations", get(pages::escalation_list::escalation_list)),
        ("/escalations/{id}", get(pages::escalation::escalation).post(pages::answers::answer)),
        ("/providers/{id}", get(pages::provider::provider)),
        ("/brands/{id}", get(pages::provider::brand)),
        ("/map", get(pages::map::map)),
        ("/placements", get(pages::placements::register)),
        ("/reports", get(pages::reports::list)),
        ("/reports/{report}", get(pages::reports::report)),
        ("/unmatched", get(pages::unmatched::queue).post(pages::unmatched::matched)),
        ("/notices", get(pages::notices::page)),
        ("/returned", get(pages::returned::page)),
        ("/following", get(pages::following::page).post(pages::following::change)),
        ("/unsubscribe/{token}", get(pages::unsubscribe::page).post(pages::unsubscribe::end)),
        ("/api/v1/rejections", get(rejections::list)),
        ("/assets/{version}/{name}", get(assets::file)),
        ("/sign-in", get(sign_in::page).post(sign_in::with_password)),
        ("/sign-in/provider", get(sign_in::at_provider)),
        (carehub_people::RETURN_PATH, get(sign_in::from_provider)),
        ("/sign-out", post(sign_in::sign_out)),
        ("/account", get(sign_in::account)),
        ("/api/v1/homes", get(homes::list)),
        ("/api/v1/homes/{id}", get(homes::one)),
        ("/api/v1/homes/{id}/timeline", get(timeline::of_home)),
        ("/api/v1/homes/{id}/triggers", get(triggers::of_home)),
        ("/api/v1/homes/{id}/break-glass", get(break_glass::list).post(break_glass::open)),
        ("/api/v1/escalations", get(escalations::list)),
        ("/api/v1/escalations/{id}", get(escalations::one)),
        ("/api/v1/policy", get(policy::in_force)),
        ("/api/v1/providers/{id}", get(providers::one)),
        ("/api/v1/unmatched", get(unmatched::list)),
        ("/api/v1/notices", get(notices::list)),
        ("/api/v1/following", get(following::read).post(following::write)),
        ("/api/v1/amendments", get(api::amendments::list)),
        ("/api/v1/reports/sharing", get(reports::sharing)),
        ("/api/v1/reports/{report}", get(reports::one)),
        ("/api/v1/returned", get(returned::list)),
        ("/api/v1/verdicts", post(verdicts::of_positions)),
        ("/homes/{id}/audit", get(pages::audit::audit)),
        ("/api/v1/audit", get(api::audit::list)),
        ("/api/v1/live", get(live::listen)),
        ("/api/openapi.json", get(openapi::document)),
        ("/healthz", get(probes::healthz)),
        ("/readyz", get(probes::readyz)),
        ("/metrics", get(probes::metrics)),
    ]
}

/// The server's routes, with what every request passes.
pub(crate) fn router(app: App) -> Router {
    let limit = DefaultBodyLimit::max(app.config.body_limit);
    let routes = all()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    routes
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(limit)
        .layer(middleware::from_fn_with_state(app.clone(), audit::pass))
        .layer(middleware::from_fn_with_state(app.clone(), asking::identify))
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), guard::pass))
        .with_state(app)
}
