//! Who reads: [`Who`], as a credential proved it (`asking.rs`), and what they may.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use carehub_domain::policy::Policy;
use carehub_domain::sharing;
use carehub_people::{Right, Who};

use crate::asking::{Asked, Proof};
use crate::forged;
use crate::pages::PageProblem;
use crate::problem::Problem;
use crate::shared::{App, Shared};

/// Whoever has a known credential, whether or not they may read.
pub(crate) struct Speaker(pub(crate) Who);

/// Who may read, through the API.
pub(crate) struct Reader(pub(crate) Who);

/// Who may read, through a page: a browser can also send an agency's token with HTTP Basic. Whoever has not
/// signed in is sent to do so.
pub(crate) struct PageReader {
    pub(crate) who: Who,
    /// The token for the forms of the page; none where nobody signed in as a person.
    pub(crate) csrf: Option<String>,
}

impl FromRequestParts<App> for Speaker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let asked = Asked::of(&parts.extensions)?;
        let (who, proof) = asked.ok_or_else(Problem::unauthenticated)?;
        match proof {
            // A browser that keeps it would send it here too, for whatever page made it.
            Proof::Basic => return Err(Problem::unauthenticated()),
            Proof::Bearer | Proof::Cookie(_) => {}
        }
        if changes(&parts.method) {
            forged::may_change(&parts.headers, &proof, app.site())?;
        }
        known_policy(app)?;
        Ok(Self(who))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Speaker(who) = Speaker::from_request_parts(parts, app).await?;
        may_read(app, &who)?;
        Ok(Self(who))
    }
}

impl FromRequestParts<App> for PageReader {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        let Some((who, proof)) = Asked::of(&parts.extensions)? else {
            return Err(PageProblem::sign_in(app, parts));
        };
        if changes(&parts.method) {
            forged::may_change(&parts.headers, &proof, app.site())?;
        }
        may_read(app, &who)?;
        let csrf = match &proof {
            Proof::Cookie(secret) => Some(forged::token(secret)),
            Proof::Bearer | Proof::Basic => None,
        };
        Ok(Self { who, csrf })
    }
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Before the first policy is folded, nobody is known to be allowed anything.
fn known_policy(app: &Shared) -> Result<Arc<Policy>, Problem> {
    let policy = app.pictures.policy();
    if policy.body.is_empty() {
        return Err(Problem::not_ready());
    }
    Ok(policy)
}

pub(crate) fn may_read(app: &Shared, who: &Who) -> Result<(), Problem> {
    let policy = known_policy(app)?;
    let agency_may = sharing::may_read(&policy, &who.agency, app.pictures.time());
    if agency_may && who.may(Right::Read) { Ok(()) } else { Err(Problem::forbidden()) }
}
