//! What was passed on to the reader's agency ("feedback to agencies"), for whoever has no feed of their own.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::notice::{Content, NoticeKind};
use carehub_domain::policy::Policy;
use serde::Deserialize;
use utoipa::IntoParams;

use super::frame::{Frame, Section};
use super::home_list::chosen;
use super::when::When;
use super::{PageParameters, PageProblem, rendered, words};
use crate::api::amendments::{AmendmentDocument, AmendmentsQuery};
use crate::api::notices::{NoticeDocument, NoticesQuery};
use crate::api::timeline::WhatDocument;
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::App;

/// The kinds, in the order of the filter, with the words for them.
const KINDS: [(NoticeKind, &str); 13] = [
    (NoticeKind::OutcomeDecided, "Decided, on a matter of ours"),
    (NoticeKind::OutcomeClosed, "Closed, a matter of ours"),
    (NoticeKind::ConcernCorrected, "A concern was corrected"),
    (NoticeKind::ConcernWithdrawn, "A concern was withdrawn"),
    (NoticeKind::ConcernErased, "The text of a concern was erased"),
    (NoticeKind::MeetingOutput, "Output of a meeting"),
    (NoticeKind::PlacementsSuspended, "Placements suspended"),
    (NoticeKind::PlacementsCautioned, "Placing with caution"),
    (NoticeKind::PlacementsLifted, "A restriction was lifted"),
    (NoticeKind::BreakGlassOpened, "Opened by break-glass"),
    (NoticeKind::ConcernPassedOn, "A concern goes on to us"),
    (NoticeKind::ProcessStarted, "A process has started"),
    (NoticeKind::EnquiryOutcome, "An enquiry has an outcome"),
];

/// What the list takes. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedbackQuery {
    /// Of this kind, such as `outcome-decided`.
    kind: String,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    frame: Frame,
    agency: String,
    kinds: Vec<(&'static str, &'static str)>,
    query: FeedbackQuery,
    lines: Vec<NoticeLine>,
    next: Option<String>,
    amended: Vec<AmendedLine>,
}

struct AmendedLine {
    at: When,
    home: String,
    home_name: String,
    is_place: bool,
    by: String,
    what: String,
    concern: String,
}

struct NoticeLine {
    at: When,
    home: String,
    home_name: String,
    is_place: bool,
    what: &'static str,
    says: String,
    escalation: Option<String>,
}

/// What was passed on to the reader's agency, the newest first.
#[utoipa::path(get, path = "/notices", tag = "pages", params(FeedbackQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    PageParameters(query): PageParameters<FeedbackQuery>,
) -> Result<Response, PageProblem> {
    let kind = chosen("`kind` is a kind of notice, such as outcome-decided.", &query.kind)?;
    let wanted = NoticesQuery::from_page(kind, query.after.clone());
    let homes = wanted.homes(&app, &who.agency);
    let page = wanted.page(&app.log, &who.agency, &homes, &note).await?;
    let policy = app.pictures.policy();
    let amended = AmendmentsQuery::default().page(&who.agency, &homes)?;
    note.homes(amended.items.iter().map(|one| one.home));
    let amended = amended.items.iter().map(|one| AmendedLine::of(&policy, &homes, one)).collect();
    rendered(&NoticesPage {
        amended,
        frame: Frame::of(&app, &who.agency, Section::Notices),
        agency: words::body(&policy, &who.agency),
        kinds: KINDS.iter().map(|(kind, words)| (kind.word(), *words)).collect(),
        lines: page.items.iter().map(|notice| NoticeLine::of(&policy, &homes, notice)).collect(),
        next: page.next,
        query,
    })
}

impl NoticeLine {
    fn of(policy: &Policy, homes: &[Seen], notice: &NoticeDocument<'_>) -> Self {
        let seen = homes.iter().find(|seen| seen.home().id() == notice.home);
        let content = serde_json::from_value::<Content>(notice.content.clone()).ok();
        let escalation = notice.about["escalation"].as_str();
        // It is linked only where the reader may open it.
        let opens = |id: &&str| {
            let mut known = seen?.home().escalations();
            known.any(|escalation| escalation.id.as_str() == *id).then_some(())
        };
        Self {
            at: When::of(notice.recorded_at),
            home: notice.home.to_string(),
            home_name: seen.map(|seen| words::name(seen.home())).unwrap_or_default(),
            is_place: notice.home.is_place(),
            what: KINDS
                .iter()
                .find(|(kind, _)| *kind == notice.kind)
                .map_or("", |(_, words)| words),
            says: content.map(|content| says(policy, &content)).unwrap_or_default(),
            escalation: escalation.filter(|id| opens(id).is_some()).map(str::to_owned),
        }
    }
}

impl AmendedLine {
    fn of(policy: &Policy, homes: &[Seen], one: &AmendmentDocument<'_>) -> Self {
        let seen = homes.iter().find(|seen| seen.home().id() == one.home);
        let concern = match &one.entry.what {
            WhatDocument::Event { about: Some(about), .. } => about.to_string(),
            WhatDocument::Event { about: None, .. }
            | WhatDocument::Concern(_)
            | WhatDocument::Escalation { .. }
            | WhatDocument::Notice { .. } => String::new(),
        };
        Self {
            at: When::of(one.entry.recorded_at),
            home: one.home.to_string(),
            home_name: seen.map(|seen| words::name(seen.home())).unwrap_or_default(),
            is_place: one.home.is_place(),
            by: words::body(policy, one.entry.agency),
            what: words::capital(&words::word(&one.entry.entry_type)),
            concern,
        }
    }
}

/// What a notice says, in a sentence.
fn says(policy: &Policy, content: &Content) -> String {
    let on = |date| When::day(date).words().to_owned();
    match content {
        Content::OutcomeDecided(outcome) => {
            let decided = outcome.decision.map_or("nothing", words::decision);
            format!(
                "{}: {decided}, decided {}. It rests on {} of yours.",
                words::trigger(policy, &outcome.trigger),
                on(outcome.on),
                outcome.concerns.len(),
            )
        }
        Content::OutcomeClosed(outcome) => format!(
            "{}: closed {}. It rested on {} of yours.",
            words::trigger(policy, &outcome.trigger),
            on(outcome.on),
            outcome.concerns.len(),
        ),
        Content::MeetingOutput(meeting) => format!(
            "{} meeting, held {}: what came of it stands in the timeline.",
            words::capital(&words::word(&meeting.meeting)),
            on(meeting.held_on),
        ),
        Content::ConcernCorrected(amended) => format!(
            "Concern {} was corrected {}. {}",
            amended.concern,
            on(amended.amended_on),
            if amended.shared { "Read it again." } else { "It is no longer shared with you." },
        ),
        Content::ConcernWithdrawn(amended) => {
            format!(
                "Concern {} was withdrawn {}. Rely on it no more.",
                amended.concern,
                on(amended.amended_on)
            )
        }
        Content::ConcernErased(amended) => format!(
            "The text of concern {} was erased {}. Erase what you have copied of it.",
            amended.concern,
            on(amended.amended_on),
        ),
        Content::PlacementsSuspended(notice)
        | Content::PlacementsCautioned(notice)
        | Content::PlacementsLifted(notice) => {
            format!("By {}, {}.", words::body(policy, &notice.commissioner), on(notice.decided_on))
        }
        Content::BreakGlassOpened(opened) => format!(
            "A person of {} ({}) reads what you said of this home, until {}. Your data-protection lead reads why.",
            words::body(policy, &opened.agency),
            opened.person,
            When::of(opened.until).words(),
        ),
        Content::ConcernPassedOn(onward) => {
            let by = onward.by.map_or_else(String::new, |by| format!(", to be with us {}", on(by)));
            format!(
                "Concern {} was taken as {}{by}. Say when it is with us.",
                onward.concern,
                words::word(&onward.outcome),
            )
        }
        Content::ProcessStarted(started) => format!(
            "The provider-concerns process {} started {}. It is chaired by {}; {} co-ordinates it.",
            started.provider.as_ref().map_or_else(
                || "about this home".to_owned(),
                |provider| format!("about provider {provider}")
            ),
            on(started.started_on),
            words::body(policy, &started.chair),
            words::body(policy, &started.coordinator),
        ),
        Content::EnquiryOutcome(enquiry) => format!(
            "Concern {} tells the outcome of a section 42 enquiry, while the process {} is open.",
            enquiry.concern,
            enquiry.provider.as_ref().map_or_else(
                || "about this home".to_owned(),
                |provider| format!("about provider {provider}")
            ),
        ),
    }
}
