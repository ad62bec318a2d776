//! The description of the API, from the handlers' own annotations.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api::audit;
use crate::api::{
    amendments, break_glass, escalations, following, homes, live, notices, policy, providers,
    rejections, reports, returned, timeline, triggers, unmatched, verdicts,
};
use crate::{assets, cookies, pages, probes, problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Carehub",
        description = "The read side: what is known of a care home, as the asking agency may see it. What an agency may not see does not exist for it.",
    ),
    paths(
        homes::list, homes::one, timeline::of_home, triggers::of_home, break_glass::open, break_glass::list, escalations::list,
        escalations::one, policy::in_force, providers::one, unmatched::list, notices::list, following::read, following::write, amendments::list, reports::sharing, reports::one, returned::list, verdicts::of_positions, live::listen,
        document, probes::healthz, probes::readyz, probes::metrics, pages::work::work, pages::home_list::home_list,
        pages::home::home, pages::raise::form, pages::raise::raise, pages::say::list, pages::say::form, pages::say::say, pages::break_glass::form, pages::break_glass::open,
        pages::escalation_list::escalation_list,
        pages::escalation::escalation, pages::answers::answer, pages::provider::provider, pages::provider::brand, pages::map::map, pages::placements::register,
        pages::reports::list, pages::reports::report, pages::unmatched::queue, pages::unmatched::matched, pages::notices::page, pages::following::page, pages::following::change, pages::unsubscribe::page, pages::unsubscribe::end, pages::returned::page, rejections::list, assets::file,
        audit::list, pages::audit::audit, pages::sign_in::page, pages::sign_in::with_password, pages::sign_in::at_provider,
        pages::sign_in::from_provider, pages::sign_in::sign_out, pages::sign_in::account,
    ),
    components(schemas(problem::Problem, timeline::ConcernDocument)),
    modifiers(&Signed),
    security(("token" = []), ("session" = [])),
)]
struct Api;

/// How a request is signed.
struct Signed;

impl Modify for Signed {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The agency's token, or an API token with rights of its own. Pages also take HTTP Basic: the agency and its own token.",
            ))
            .build();
        let session = ApiKeyValue::with_description(
            cookies::SESSION,
            "Set by signing in; `__Host-carehub-session` over TLS. What changes something also needs the token of the page, in the form or in `X-Carehub-Csrf`.",
        );
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// The description, as it is served and as it stands in `schemas/openapi.json`.
///
/// Empty only if the description could not be written as JSON, which a test rules out.
pub(crate) static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
});

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "probes",
    responses((status = 200, body = Object)))]
pub(crate) async fn document() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes;

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let described: serde_json::Value = serde_json::from_str(&DOCUMENT).unwrap();
        let described: BTreeSet<&str> =
            described["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let served: BTreeSet<&str> = routes::all().into_iter().map(|(path, _)| path).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn the_published_file_is_what_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/openapi.json");
        if std::env::var_os("CAREHUB_WRITE_OPENAPI").is_some() {
            std::fs::write(path, DOCUMENT.as_str()).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == *DOCUMENT,
            "schemas/openapi.json is not what is served: run this test with CAREHUB_WRITE_OPENAPI=1 and look at the difference"
        );
    }
}
