//! Plain pages, rendered on the server: a list of homes, and one page a home. They work without
//! scripts, print, and load nothing from anywhere.

pub(crate) mod audit;
mod home;
pub(crate) mod sign_in;
mod words;

pub(crate) use audit::audit;

use std::sync::LazyLock;

use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use carehub_people::Who;
use data_encoding::BASE64;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

use crate::api::homes::{HomesQuery, Sort};
use crate::audit::Note;
use crate::figures::Seen;
use crate::parameters::Parameters;
use crate::problem::{Problem, Refused};
use crate::reader::PageReader;
use crate::shared::{App, Shared};
use crate::site::local_path;

/// The style of every page. It stands in the page itself, and the policy names it by its hash.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");

/// A page may use its own style, send its search form to this host, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

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
        let page = ProblemPage { title: problem.title, detail: problem.detail, code: problem.code };
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
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY.clone())];
    Ok((policy, Html(text)).into_response())
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

/// What the list takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Part of the name, id or postcode.
    q: String,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "home_list.html")]
struct HomeListPage {
    q: String,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    id: String,
    name: String,
    level: String,
    total: u32,
    open_escalations: u32,
}

impl Line {
    fn of(seen: &Seen) -> Self {
        let figures = &seen.figures;
        Self {
            id: seen.home().id().to_string(),
            name: words::name(seen.home()),
            level: words::word(&figures.level),
            total: figures.counts.total,
            open_escalations: figures.open_escalations,
        }
    }
}

/// The homes that the reader may see, the highest level first.
#[utoipa::path(get, path = "/", tag = "pages", params(ListQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn home_list(
    State(app): State<App>,
    PageReader(Who { agency: reader, .. }): PageReader,
    note: Note,
    PageParameters(query): PageParameters<ListQuery>,
) -> Result<Response, PageProblem> {
    let homes = HomesQuery {
        q: Some(query.q.clone()).filter(|q| !q.trim().is_empty()),
        sort: Some(Sort::Level),
        after: query.after,
        ..HomesQuery::default()
    };
    let page = homes.page(&app, &reader, &note)?;
    rendered(&HomeListPage {
        q: query.q,
        lines: page.items.iter().map(Line::of).collect(),
        next: page.next,
    })
}

/// One home.
#[utoipa::path(get, path = "/homes/{id}", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn home(
    State(app): State<App>,
    PageReader(who): PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    rendered(&home::HomePage::of(&app, &seen, &who.agency))
}
