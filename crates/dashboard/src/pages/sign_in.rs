//! Signing in and out, and what one is signed in as. Plain pages that need no script.

use std::net::{IpAddr, Ipv4Addr};

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carehub_domain::PersonId;
use carehub_people::{ProviderError, Secret, SignInError, Who};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::frame::{Frame, Section};
use super::{PageParameters, PageProblem, rendered};
use crate::asking::{self, Asked, Proof};
use crate::audit::Note;
use crate::cookies;
use crate::forged::{self, Posted, PostedForm};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::shared::{App, Shared};
use crate::site::local_path;

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignInQuery {
    /// A path of this hub.
    to: String,
}

/// The form of the page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInForm {
    csrf: String,
    to: String,
    name: String,
    password: String,
}

/// What a provider sends the browser back with. It may add more.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReturnQuery {
    /// The attempt that it answers.
    #[serde(default)]
    state: String,
    /// What a token is given for.
    #[serde(default)]
    code: String,
}

/// What the buttons to sign out send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutForm {
    csrf: String,
    /// `yes` ends every session of the person.
    #[serde(default)]
    everywhere: Option<String>,
}

impl Posted for SignOutForm {
    fn csrf(&self) -> &str {
        &self.csrf
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    csrf: String,
    to: &'a str,
    provider: bool,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    agency: String,
    rights: String,
    person: String,
    csrf: String,
}

/// The page to sign in.
#[utoipa::path(get, path = "/sign-in", tag = "people", params(SignInQuery), security(()),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageParameters(query): PageParameters<SignInQuery>,
) -> Result<Response, PageProblem> {
    sign_in_page(&app, &query.to, None)
}

/// A page with an attempt of its own: an older page's form is over.
fn sign_in_page(app: &Shared, to: &str, problem: Option<Problem>) -> Result<Response, PageProblem> {
    let site = app.site();
    if app.people.is_none() {
        return Err(Problem::not_found().into());
    }
    if !site.signs_in {
        return Err(Problem::sign_in_needs_tls().into());
    }
    let secret = fresh()?;
    let to = local_path(to);
    let mut response = rendered(&SignInPage {
        frame: Frame::open(),
        csrf: forged::token(&secret),
        to,
        provider: app.provider.is_some(),
        problem: problem.as_ref().map(|problem| problem.title),
    })?;
    let cookie = cookies::set_attempt(&secret, to, site.secure);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    if let Some(problem) = problem {
        *response.status_mut() = problem.status();
        response.headers_mut().extend(problem.headers(""));
        response.extensions_mut().insert(crate::problem::Refused(problem.code));
    }
    Ok(response)
}

fn fresh() -> Result<Secret, Problem> {
    Secret::fresh().map_err(|error| {
        tracing::error!(%error, "could not make a secret");
        Problem::internal()
    })
}

/// Signs in with a name and a password.
#[utoipa::path(post, path = "/sign-in", tag = "people", security(()),
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303), (status = 403, body = String), (status = 429, body = String)))]
pub(crate) async fn with_password(
    State(app): State<App>,
    request: Request,
) -> Result<Response, PageProblem> {
    let site = app.site();
    let people = app.people.clone().ok_or_else(Problem::not_found)?;
    if !site.signs_in {
        return Err(Problem::sign_in_needs_tls().into());
    }
    let headers = request.headers();
    if !forged::is_from_here(headers, site) {
        return Err(Problem::request_forged().into());
    }
    let (attempt, _) =
        cookies::attempt(headers, site.secure).ok_or_else(Problem::sign_in_expired)?;
    let before = cookies::session(headers, site.secure);
    let address = asking::address(&app, &request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let form: SignInForm = forged::form(request, &app).await?;
    if !attempt.derived("csrf").is(&form.csrf) {
        return Err(Problem::request_forged().into());
    }
    let to = local_path(&form.to).to_owned();
    // Each waits for a core and 19 MiB: whoever floods this keeps those who read waiting for nothing.
    let Ok(_turn) = app.passwords.acquire().await else { return Err(Problem::internal().into()) };
    let signed_in = tokio::task::spawn_blocking(move || {
        people.sign_in(&form.name, &form.password, address, before.as_ref(), Timestamp::now())
    })
    .await
    .map_err(|_| Problem::internal())?;
    let outcome = signed_in.map_err(|error| refused(&error));
    count(&app, "password", outcome.as_ref().err());
    match outcome {
        Ok(secret) => {
            keep_signed_in(&app, &secret, "password").await?;
            Ok(begun(&app, &secret, &to))
        }
        Err(problem) => {
            app.audit.not_signed_in(problem.code).await?;
            sign_in_page(&app, &to, Some(problem))
        }
    }
}

/// Sends the browser to the provider.
#[utoipa::path(get, path = "/sign-in/provider", tag = "people", params(SignInQuery), security(()),
    responses((status = 303), (status = 404, body = String), (status = 503, body = String)))]
pub(crate) async fn at_provider(
    State(app): State<App>,
    PageParameters(query): PageParameters<SignInQuery>,
) -> Result<Response, PageProblem> {
    let site = app.site();
    let provider = app.provider.clone().ok_or_else(Problem::not_found)?;
    if !site.signs_in {
        return Err(Problem::sign_in_needs_tls().into());
    }
    let secret = fresh()?;
    let cookie = cookies::set_attempt(&secret, local_path(&query.to), site.secure);
    let origin = site.origin().to_owned();
    let url = tokio::task::spawn_blocking(move || provider.begin(&origin, &secret))
        .await
        .map_err(|_| Problem::internal())?
        .map_err(|error| not_vouched(&app, &error))?;
    let url = HeaderValue::from_str(&url).map_err(|_| Problem::provider_unreachable())?;
    let mut response = see_other(url);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Takes what the provider sent the browser back with.
#[utoipa::path(get, path = "/sign-in/provider/return", tag = "people", params(ReturnQuery),
    security(()), responses((status = 303), (status = 400, body = String), (status = 403, body = String)))]
pub(crate) async fn from_provider(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Parameters<ReturnQuery>, Problem>,
) -> Result<Response, PageProblem> {
    let Parameters(query) = query?;
    let site = app.site();
    let provider = app.provider.clone().ok_or_else(Problem::not_found)?;
    let people = app.people.clone().ok_or_else(Problem::not_found)?;
    let Some((secret, to)) = cookies::attempt(&headers, site.secure) else {
        let problem = not_vouched(&app, &ProviderError::OtherAttempt);
        app.audit.not_signed_in(problem.code).await?;
        return Err(problem.into());
    };
    let before = cookies::session(&headers, site.secure);
    let origin = site.origin().to_owned();
    let bodies = app.pictures.policy();
    let signed_in = tokio::task::spawn_blocking(move || {
        let identity = provider.finish(&origin, &secret, &query.state, &query.code)?;
        if !bodies.body.iter().any(|body| body.id == identity.agency) {
            return Err(Vouched::Not(ProviderError::Claims));
        }
        people
            .sign_in_at_provider(&identity, before.as_ref(), Timestamp::now())
            .map_err(Vouched::But)
    })
    .await
    .map_err(|_| Problem::internal())?;
    match signed_in {
        Ok(session) => {
            count(&app, "provider", None);
            keep_signed_in(&app, &session, "provider").await?;
            Ok(begun(&app, &session, local_path(&to)))
        }
        Err(Vouched::Not(error)) => {
            let problem = not_vouched(&app, &error);
            app.audit.not_signed_in(problem.code).await?;
            Err(problem.into())
        }
        Err(Vouched::But(error)) => {
            let problem = refused(&error);
            count(&app, "provider", Some(&problem));
            app.audit.not_signed_in(problem.code).await?;
            Err(problem.into())
        }
    }
}

/// Why nobody was signed in at a provider: it did not vouch for them, or it did and the hub says no.
enum Vouched {
    Not(ProviderError),
    But(SignInError),
}

impl From<ProviderError> for Vouched {
    fn from(error: ProviderError) -> Self {
        Self::Not(error)
    }
}

/// Keeps in the audit that a session began. Where that cannot be kept it ends before anybody has it.
async fn keep_signed_in(app: &App, session: &Secret, how: &str) -> Result<(), Problem> {
    let people = app.people.clone().ok_or_else(Problem::not_found)?;
    let who = people.by_session(session, Timestamp::now());
    let who = who.map_err(|error| asking::unreadable(&error))?.ok_or_else(Problem::internal)?;
    let Err(problem) = app.audit.signed_in(&who, how).await else { return Ok(()) };
    let session = session.clone();
    let ended = tokio::task::spawn_blocking(move || people.sign_out(&session)).await;
    if !matches!(ended, Ok(Ok(()))) {
        tracing::error!("a session that nobody has could not be ended: it ends by itself");
    }
    Err(problem)
}

/// Signs out: of this browser, or of every one.
#[utoipa::path(post, path = "/sign-out", tag = "people",
    request_body(content = SignOutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303), (status = 403, body = String)))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    note: Note,
    posted: PostedForm<SignOutForm>,
) -> Result<Response, PageProblem> {
    let people = app.people.clone().ok_or_else(Problem::not_found)?;
    let everywhere = posted.form.everywhere.is_some();
    note.what(if everywhere { "everywhere" } else { "here" });
    let person = posted.who.person.filter(|_| everywhere);
    let ended = tokio::task::spawn_blocking(move || match person {
        Some(person) => people.sign_out_everywhere(&person),
        None => people.sign_out(&posted.secret),
    });
    let ended = ended.await.map_err(|_| Problem::internal())?;
    ended.map_err(|error| asking::unreadable(&error))?;
    let mut response = see_other(HeaderValue::from_static("/sign-in"));
    for name in [cookies::SESSION, cookies::LOOKED] {
        let cleared = cookies::clear(name, app.site().secure);
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    // What the browser kept of the pages is somebody else's to read now.
    let kept = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), kept);
    Ok(response)
}

/// What one is signed in as.
#[utoipa::path(get, path = "/account", tag = "people",
    responses((status = 200, content_type = "text/html", body = String), (status = 303)))]
pub(crate) async fn account(
    State(app): State<App>,
    request: Request,
) -> Result<Response, PageProblem> {
    let (parts, _) = request.into_parts();
    let Some((who, proof)) = Asked::of(&parts.extensions)? else {
        return Err(PageProblem::sign_in(&app, &parts));
    };
    let (Who { agency, person: Some(person), rights, .. }, Proof::Cookie(secret)) = (who, proof)
    else {
        // An agency's own token is nobody's sign-in.
        return Err(Problem::not_found().into());
    };
    let rights: Vec<&str> = rights.iter().map(carehub_people::Right::as_str).collect();
    rendered(&AccountPage {
        frame: Frame::of(&app, &agency, Section::Account),
        name: name(&app, &person)?,
        agency: agency.to_string(),
        rights: rights.join(", "),
        person: person.to_string(),
        csrf: forged::token(&secret),
    })
}

fn name(app: &Shared, person: &PersonId) -> Result<String, Problem> {
    let Some(people) = &app.people else { return Ok(String::new()) };
    let name = people.name(person).map_err(|error| asking::unreadable(&error))?;
    Ok(name.unwrap_or_default())
}

/// A session has begun: the browser gets it, and goes on to where it wanted.
fn begun(app: &Shared, session: &Secret, to: &str) -> Response {
    let secure = app.site().secure;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    let mut response = see_other(to);
    for cookie in [cookies::set_session(session, secure), cookies::clear(cookies::ATTEMPT, secure)]
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn see_other(to: HeaderValue) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn refused(error: &SignInError) -> Problem {
    match error {
        SignInError::Refused => Problem::sign_in_refused(),
        SignInError::Throttled { wait } => {
            Problem::sign_in_throttled(u64::try_from(wait.as_secs()).unwrap_or_default() + 1)
        }
        SignInError::File(error) => asking::unreadable(error),
        SignInError::Randomness(error) => {
            tracing::error!(%error, "could not make a secret");
            Problem::internal()
        }
    }
}

fn not_vouched(app: &Shared, error: &ProviderError) -> Problem {
    tracing::warn!(%error, "nobody was signed in at the provider");
    let problem = match error {
        ProviderError::Unreachable(_) => Problem::provider_unreachable(),
        ProviderError::OtherAttempt => Problem::sign_in_expired(),
        ProviderError::Refused | ProviderError::Token(_) => Problem::provider_refused(),
        ProviderError::Claims => Problem::claims_unknown(),
    };
    count(app, "provider", Some(&problem));
    problem
}

fn count(app: &Shared, how: &str, problem: Option<&Problem>) {
    let outcome = problem.map_or("signed-in", |problem| problem.code);
    app.metrics.sign_ins.with_label_values(&[how, outcome]).inc();
}
