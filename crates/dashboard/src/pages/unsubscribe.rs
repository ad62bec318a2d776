//! Where the link in an e-mail leads: one click ends all e-mail to whom it was for, without signing in (RFC 8058). The
//! link is the credential; it shows nothing and opens nothing else.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::frame::Frame;
use super::{PageProblem, rendered};
use crate::following;
use crate::problem::Problem;
use crate::shared::App;

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribePage {
    frame: Frame,
    token: String,
    is_done: bool,
}

/// Asks whether e-mail is to end: what follows links by itself, as scanners of mail do, ends nothing.
#[utoipa::path(get, path = "/unsubscribe/{token}", tag = "pages",
    params(("token" = String, Path, description = "What the message held")),
    responses((status = 200, content_type = "text/html", body = String),
        (status = 404, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, PageProblem> {
    following::unsubscriber(&app, &token).ok_or_else(Problem::not_found)?;
    rendered(&UnsubscribePage { frame: Frame::open(), token, is_done: false })
}

/// Ends it. What a mail program sends with it does not matter.
#[utoipa::path(post, path = "/unsubscribe/{token}", tag = "pages",
    params(("token" = String, Path, description = "What the message held")),
    responses((status = 200, content_type = "text/html", body = String),
        (status = 404, content_type = "text/html", body = String)))]
pub(crate) async fn end(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, PageProblem> {
    following::unsubscribe(&app, &token).await?;
    rendered(&UnsubscribePage { frame: Frame::open(), token, is_done: true })
}
