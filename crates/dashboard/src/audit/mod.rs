//! Who looked at what. Every request for something behind a credential leaves a record in the audit
//! stream *before* it is answered: where no record can be kept, nothing is shown.
//!
//! [`audited`] says what each route is in the audit, the handlers say in a [`Note`] which homes they
//! showed, and [`pass`] writes the record.

mod note;
mod read;
mod recorder;
mod routes;

pub(crate) use note::{Note, REFRESHED};
pub use read::{AuditQuery, read};
pub(crate) use recorder::Recorder;
pub(crate) use routes::{Audited, audited};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::break_glass;
use crate::asking::{self, Asked};
use crate::problem::{Problem, Refused};
use crate::shared::App;

/// Lets a request through, and keeps who asked for what before the answer goes out.
pub(crate) async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let audited = matched.map_or(Audited::Open, |path| audited(path.as_str(), request.method()));
    let action = match audited {
        Audited::Open => return next.run(request).await,
        Audited::As(action) => action,
    };
    let note = Note::default();
    // Also where the request is refused before anybody looks for the home.
    let matched = request.extensions().get::<MatchedPath>();
    if let Some(home) = matched.and_then(|it| home_of(it.as_str(), request.uri().path())) {
        note.home_named(home);
    }
    if asking::is_refresh(request.method(), request.headers()) {
        note.refresh();
    }
    // Who asks was found out before; where the accounts cannot be read, nobody is known.
    if let Ok(Some((who, _))) = Asked::of(request.extensions()) {
        note.who(&who);
    }
    request.extensions_mut().insert(note.clone());
    let response = next.run(request).await;
    under_openings(&app, &note).await;
    let refused = response.extensions().get::<Refused>().map(|Refused(code)| *code);
    let kept = match note.record(action) {
        Some(record) => {
            let record = match refused {
                Some(code) => record.refused(code),
                None => record,
            };
            app.audit.keep(record).await
        }
        // Refused, or sent to sign in.
        None if !response.status().is_success() => app.audit.unknown().await,
        None => {
            // A handler that answered without asking who it is: the route table is wrong.
            tracing::error!(%action, "an audited route answered nobody in particular");
            return Problem::internal().into_response();
        }
    };
    match kept {
        Ok(()) => response,
        Err(problem) => problem.into_response(),
    }
}

/// The home in a path, as it was asked for.
fn home_of<'a>(template: &str, path: &'a str) -> Option<&'a str> {
    let (before, _) = template.split_once("/homes/{id}")?;
    path.strip_prefix(before)?.strip_prefix("/homes/")?.split('/').next()
}

/// What was seen by break-glass was seen for the reason that was stated then: each record has it.
async fn under_openings(app: &App, note: &Note) {
    let openings = note.openings();
    if openings.is_empty() {
        return;
    }
    let reasons = break_glass::reasons(app, &openings).await.unwrap_or_default();
    let why = openings.iter().map(|opening| {
        let reason = reasons.get(&opening.position).map_or("(not to be had)", String::as_str);
        format!("break-glass {}: {reason}", opening.reference)
    });
    note.why(&why.collect::<Vec<_>>().join("; "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_a_path_is_what_stands_in_its_place() {
        assert_eq!(home_of("/homes/{id}", "/homes/1-100"), Some("1-100"));
        assert_eq!(home_of("/api/v1/homes/{id}/audit", "/api/v1/homes/x/audit"), Some("x"));
        assert_eq!(home_of("/providers/{id}", "/providers/p-1"), None);
    }
}
