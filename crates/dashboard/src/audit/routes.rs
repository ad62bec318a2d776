//! What each route is in the audit.

use axum::http::Method;
use carehub_contract::AuditAction;

/// What a route is in the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audited {
    /// It shows nothing of any home and asks for no credential.
    Open,
    /// Each answer and each refusal is a record of this action.
    As(AuditAction),
}

/// The routes that show nothing of any home. Signing in is kept where it happens: nobody is known before.
const OPEN: [&str; 9] = [
    "/assets/{version}/{name}",
    "/api/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/sign-in",
    "/sign-in/provider",
    // The link is the credential, of nobody who is signed in; what it changes is in the log.
    "/unsubscribe/{token}",
    carehub_people::RETURN_PATH,
];

/// What each route of the API and each page is.
const ACTIONS: &[(&str, AuditAction)] = &[
    ("/sign-out", AuditAction::SignedOut),
    ("/", AuditAction::EscalationsListed),
    ("/homes", AuditAction::HomesListed),
    ("/homes/{id}/raise", AuditAction::HomeRead),
    ("/homes/{id}/say", AuditAction::HomeRead),
    ("/homes/{id}/say/{what}", AuditAction::HomeRead),
    ("/homes/{id}/break-glass", AuditAction::AuditRead),
    ("/providers/{id}", AuditAction::ProviderRead),
    ("/brands/{id}", AuditAction::ProviderRead),
    ("/map", AuditAction::HomesListed),
    ("/placements", AuditAction::HomesListed),
    ("/notices", AuditAction::NoticesListed),
    ("/api/v1/notices", AuditAction::NoticesListed),
    ("/api/v1/amendments", AuditAction::NoticesListed),
    ("/unmatched", AuditAction::UnmatchedListed),
    ("/escalations", AuditAction::EscalationsListed),
    ("/escalations/{id}", AuditAction::EscalationRead),
    ("/homes/{id}", AuditAction::HomeRead),
    ("/homes/{id}/audit", AuditAction::AuditRead),
    ("/api/v1/homes", AuditAction::HomesListed),
    ("/api/v1/homes/{id}", AuditAction::HomeRead),
    ("/api/v1/homes/{id}/timeline", AuditAction::TimelineRead),
    ("/api/v1/homes/{id}/triggers", AuditAction::TriggersRead),
    ("/api/v1/homes/{id}/break-glass", AuditAction::AuditRead),
    ("/api/v1/escalations", AuditAction::EscalationsListed),
    ("/api/v1/escalations/{id}", AuditAction::EscalationRead),
    ("/api/v1/providers/{id}", AuditAction::ProviderRead),
    ("/api/v1/unmatched", AuditAction::UnmatchedListed),
    ("/api/v1/verdicts", AuditAction::VerdictsRead),
    ("/api/v1/policy", AuditAction::PolicyRead),
    ("/reports/{report}", AuditAction::ReportRead),
    ("/api/v1/reports/sharing", AuditAction::ReportRead),
    ("/api/v1/reports/{report}", AuditAction::ReportRead),
    ("/api/v1/audit", AuditAction::AuditRead),
    ("/api/v1/live", AuditAction::LiveOpened),
];

/// What a route is where something is changed by it, and it is something else to read it.
const CHANGES: &[(&str, AuditAction)] = &[
    ("/api/v1/homes/{id}/break-glass", AuditAction::BreakGlassOpened),
    ("/homes/{id}/break-glass", AuditAction::BreakGlassOpened),
    ("/homes/{id}/raise", AuditAction::FormSent),
    ("/homes/{id}/say/{what}", AuditAction::FormSent),
    ("/escalations/{id}", AuditAction::FormSent),
    ("/unmatched", AuditAction::FormSent),
    ("/following", AuditAction::FormSent),
    ("/api/v1/following", AuditAction::FormSent),
];

/// What the route with this template is. One that stands in neither list is audited all the same, so
/// that a new route can be forgotten here and never in the audit.
pub(crate) fn audited(path: &str, method: &Method) -> Audited {
    if OPEN.contains(&path) {
        return Audited::Open;
    }
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let changes = CHANGES.iter().filter(|_| !reads);
    let known = changes.chain(ACTIONS).find(|(route, _)| *route == path);
    Audited::As(known.map_or(AuditAction::OtherRead, |(_, action)| *action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_that_is_named_exists_and_every_route_of_a_picture_has_an_action_of_its_own() {
        let routes: Vec<&str> = crate::routes::all().into_iter().map(|(path, _)| path).collect();
        for named in OPEN.iter().chain(ACTIONS.iter().chain(CHANGES).map(|(path, _)| path)) {
            assert!(routes.contains(named), "{named}");
        }
        for path in routes.iter().filter(|path| path.contains("/homes")) {
            for method in [Method::GET, Method::POST] {
                let audited = audited(path, &method);
                assert_ne!(audited, Audited::As(AuditAction::OtherRead), "{path}");
                assert_ne!(audited, Audited::Open, "{path}");
            }
        }
    }
}
