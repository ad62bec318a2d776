//! The list of escalations, by due time, overdue first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::escalation_line::{EscalationLine, all};
use super::frame::{Frame, Section};
use super::home_list::chosen;
use super::{PageParameters, PageProblem, rendered};
use crate::api::live::{self, Mark};
use crate::audit::Note;
use crate::paging;
use crate::reader::PageReader;
use crate::shared::App;

/// What the list takes. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct EscalationListQuery {
    /// `asked` of the reader's agency (the default), `told` to it, or `all` that it may know of.
    whose: String,
    /// `open` (the default), `overdue` or `closed`.
    state: String,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Whose {
    Asked,
    Told,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    Open,
    Overdue,
    Closed,
}

#[derive(Template)]
#[template(path = "escalation_list.html")]
struct EscalationListPage {
    frame: Frame,
    query: EscalationListQuery,
    lines: Vec<EscalationLine>,
    total: usize,
    next: Option<String>,
    live: String,
}

/// The escalations that the reader may know of.
#[utoipa::path(get, path = "/escalations", tag = "pages", params(EscalationListQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn escalation_list(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    PageParameters(query): PageParameters<EscalationListQuery>,
) -> Result<Response, PageProblem> {
    let whose = chosen("`whose` is asked, told or all.", &query.whose)?.unwrap_or(Whose::Asked);
    let wanted =
        chosen("`state` is open, overdue or closed.", &query.state)?.unwrap_or(Wanted::Open);
    let mark = Mark::of_all(&app, &who.agency);
    let (policy, now) = (app.pictures.policy(), app.pictures.time());
    let found = all(&app, &who.agency, |found| {
        let is_whose = match whose {
            Whose::Asked => found.is_asked,
            Whose::Told => found.is_routed,
            Whose::All => true,
        };
        let is_open = found.escalation.is_open();
        let is_wanted = match wanted {
            Wanted::Open => is_open,
            Wanted::Overdue => is_open && found.is_overdue(now),
            Wanted::Closed => !is_open,
        };
        is_whose && is_wanted
    });
    let total = found.len();
    let limit = paging::limit(None)?;
    let after = query.after.as_deref();
    let page = paging::page_after(found, |found| found.escalation.id.to_string(), limit, after)?;
    let shown: std::collections::BTreeSet<_> = page.items.iter().map(|found| &found.home).collect();
    note.homes(shown);
    rendered(&EscalationListPage {
        frame: Frame::of(&app, &who.agency, Section::Escalations),
        lines: page.items.iter().map(|found| found.line(&policy, now)).collect(),
        total,
        next: page.next,
        query,
        live: live::path_of_all(mark),
    })
}
