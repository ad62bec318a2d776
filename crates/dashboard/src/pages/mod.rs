//! Pages, rendered on the server in the design system of public-sector staff: one file a page. They work without
//! script, print, and load nothing from another host. Each is fed by the views that feed the API, and shows no
//! more than that gives.

mod action_line;
mod answer_forms;
pub(crate) mod answers;
pub(crate) mod audit;
pub(crate) mod break_glass;
mod chart;
pub(crate) mod escalation;
mod escalation_line;
pub(crate) mod escalation_list;
pub(crate) mod following;
mod frame;
pub(crate) mod home;
pub(crate) mod home_list;
mod looked;
pub(crate) mod map;
mod map_marks;
pub(crate) mod notices;
pub(crate) mod placements;
mod police_desk;
pub(crate) mod provider;
pub(crate) mod raise;
mod refusals;
pub(crate) mod reports;
pub(crate) mod returned;
pub(crate) mod say;
pub(crate) mod sign_in;
pub(crate) mod unmatched;
pub(crate) mod unsubscribe;
pub(crate) mod when;
pub(crate) mod words;
pub(crate) mod work;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use carehub_domain::escalation::refusal;

pub(crate) use action_line::grade;
use frame::Frame;

use crate::parameters::Parameters;
use crate::problem::{FORM_NOT_TAKEN, Problem, Refused};
use crate::shared::{App, Shared};
use crate::site::local_path;

/// A page may use the style, script and picture of this host, listen to it and send its forms to it; nothing stands
/// in the page itself that runs or draws.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A problem, as a page; or the way to the page to sign in.
pub(crate) struct PageProblem {
    problem: Problem,
    // Boxed: most problems have none.
    sign_in_at: Option<Box<HeaderValue>>,
}

impl From<Problem> for PageProblem {
    fn from(problem: Problem) -> Self {
        Self { problem, sign_in_at: None }
    }
}

impl PageProblem {
    /// Whoever asks for a page and shows no credential signs in, and comes back. Where nobody can sign in, a
    /// browser is asked for an agency's token.
    pub(crate) fn sign_in(app: &Shared, parts: &Parts) -> Self {
        let problem = Problem::unauthenticated();
        let sent = parts.headers.contains_key(header::AUTHORIZATION);
        let has_accounts = || {
            let people = app.people.as_ref();
            people.is_some_and(|people| people.has_accounts().unwrap_or(true))
        };
        let may = app.site().signs_in && (app.provider.is_some() || has_accounts());
        if sent || parts.method != Method::GET || !may {
            return problem.into();
        }
        let to = parts.uri.path_and_query().map_or("/", |to| to.as_str());
        let sign_in_at = SignInLink { to: local_path(to) }.render().ok();
        Self {
            problem,
            sign_in_at: sign_in_at.and_then(|at| HeaderValue::from_str(&at).ok().map(Box::new)),
        }
    }
}

/// Where to sign in, and come back.
#[derive(Template)]
#[template(source = "/sign-in?to={{ to|urlencode_strict }}", ext = "txt")]
struct SignInLink<'a> {
    to: &'a str,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    title: &'static str,
    detail: Option<&'static str>,
    code: &'static str,
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let Self { problem, sign_in_at } = self;
        if let Some(at) = sign_in_at {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, *at)]).into_response();
        }
        let page = ProblemPage {
            frame: Frame::open(),
            title: problem.title,
            detail: problem.detail,
            code: problem.code,
        };
        let mut response = match rendered(&page) {
            Ok(response) => response,
            Err(Self { problem: worse, .. }) => return worse.into_response(),
        };
        *response.status_mut() = problem.status();
        let challenge = "Basic realm=\"carehub\", charset=\"UTF-8\"";
        response.headers_mut().extend(problem.headers(challenge));
        response.extensions_mut().insert(Refused(problem.code));
        response
    }
}

fn rendered(page: &impl Template) -> Result<Response, PageProblem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "could not render a page");
        Problem::internal()
    })?;
    let policy = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    Ok((policy, Html(text)).into_response())
}

/// A page that shows a form again because it was not taken: the metrics and the audit have it as a refusal, with the
/// domain's code where it was the domain that said no.
fn not_taken(mut response: Response, code: Option<&str>) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    let own = refusal::CODES.iter().find(|known| Some(**known) == code);
    let code = own.copied().unwrap_or(FORM_NOT_TAKEN);
    response.extensions_mut().insert(Refused(code));
    response
}

/// The query of a page: what is wrong with it is told on a page, too.
pub(crate) struct PageParameters<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequestParts<App> for PageParameters<T> {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        let Parameters(query) = Parameters::from_request_parts(parts, app).await?;
        Ok(Self(query))
    }
}
