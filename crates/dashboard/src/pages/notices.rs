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
    says: Vec<Said>,
    escalation: Option<String>,
}

/// A part of a sentence: words, and the time that follows them, if any.
struct Said {
    words: String,
    time: Option<When>,
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

/// What a notice says, in a sentence or two.
fn says(policy: &Policy, content: &Content) -> Vec<Said> {
    let timed = |before: String, time: When, after: String| {
        vec![Said { words: before, time: Some(time) }, Said { words: after, time: None }]
    };
    let plain = |words: String| vec![Said { words, time: None }];
    match content {
        Content::OutcomeDecided(outcome) => {
            let decided = outcome.decision.map_or("nothing", words::decision);
            timed(
                format!("{}: {decided}, decided ", words::trigger(policy, &outcome.trigger)),
                When::day(outcome.on),
                format!(". It rests on {} of yours.", outcome.concerns.len()),
            )
        }
        Content::OutcomeClosed(outcome) => timed(
            format!("{}: closed ", words::trigger(policy, &outcome.trigger)),
            When::day(outcome.on),
            format!(". It rested on {} of yours.", outcome.concerns.len()),
        ),
        Content::MeetingOutput(meeting) => timed(
            format!("{} meeting, held ", words::capital(&words::word(&meeting.meeting))),
            When::day(meeting.held_on),
            ": what came of it stands in the timeline.".to_owned(),
        ),
        Content::ConcernCorrected(amended) => timed(
            format!("Concern {} was corrected ", amended.concern),
            When::day(amended.amended_on),
            if amended.shared { ". Read it again." } else { ". It is no longer shared with you." }
                .to_owned(),
        ),
        Content::ConcernWithdrawn(amended) => timed(
            format!("Concern {} was withdrawn ", amended.concern),
            When::day(amended.amended_on),
            ". Rely on it no more.".to_owned(),
        ),
        Content::ConcernErased(amended) => timed(
            format!("The text of concern {} was erased ", amended.concern),
            When::day(amended.amended_on),
            ". Erase what you have copied of it.".to_owned(),
        ),
        Content::PlacementsSuspended(notice)
        | Content::PlacementsCautioned(notice)
        | Content::PlacementsLifted(notice) => timed(
            format!("By {}, ", words::body(policy, &notice.commissioner)),
            When::day(notice.decided_on),
            ".".to_owned(),
        ),
        Content::BreakGlassOpened(opened) => timed(
            format!(
                "A person of {} ({}) reads what you said of this home, until ",
                words::body(policy, &opened.agency),
                opened.person
            ),
            When::of(opened.until),
            ". Your data-protection lead reads why.".to_owned(),
        ),
        Content::ConcernPassedOn(onward) => {
            let outcome = words::word(&onward.outcome);
            let taken = format!("Concern {} was taken as {outcome}", onward.concern);
            match onward.by {
                Some(by) => timed(
                    format!("{taken}, to be with us "),
                    When::day(by),
                    ". Say when it is with us.".to_owned(),
                ),
                None => plain(format!("{taken}. Say when it is with us.")),
            }
        }
        Content::ProcessStarted(started) => timed(
            format!(
                "The provider-concerns process {} started ",
                started.provider.as_ref().map_or_else(
                    || "about this home".to_owned(),
                    |provider| format!("about provider {provider}")
                )
            ),
            When::day(started.started_on),
            format!(
                ". It is chaired by {}; {} co-ordinates it.",
                words::body(policy, &started.chair),
                words::body(policy, &started.coordinator)
            ),
        ),
        Content::EnquiryOutcome(enquiry) => plain(format!(
            "Concern {} tells the outcome of a section 42 enquiry, while the process {} is open.",
            enquiry.concern,
            enquiry.provider.as_ref().map_or_else(
                || "about this home".to_owned(),
                |provider| format!("about provider {provider}")
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use carehub_domain::notice::OpenedNotice;
    use carehub_domain::{BodyId, PersonId};

    use super::*;

    #[test]
    fn the_end_of_an_opening_has_its_exact_time_beside_the_words() {
        let at = |text: &str| text.parse().unwrap();
        let opened = OpenedNotice {
            agency: BodyId::new("healthwatch").unwrap(),
            person: PersonId::new("p-1").unwrap(),
            opened_at: at("2024-03-01T10:00:00Z"),
            until: at("2024-03-01T10:15:00Z"),
        };
        let said = says(&Policy::default(), &Content::BreakGlassOpened(opened));
        let words: Vec<&str> = said.iter().map(|part| part.words.as_str()).collect();
        assert_eq!(
            words,
            [
                "A person of healthwatch (p-1) reads what you said of this home, until ",
                ". Your data-protection lead reads why."
            ]
        );
        let times: Vec<String> =
            said.iter().filter_map(|part| part.time.as_ref()).map(ToString::to_string).collect();
        assert_eq!(
            times,
            [
                "<time datetime=\"2024-03-01T10:15:00+00:00\" title=\"Friday 1 March 2024, 10:15:00 GMT\">1 March 2024 at 10:15</time>"
            ]
        );
    }
}
