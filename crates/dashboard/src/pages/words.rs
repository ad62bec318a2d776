//! Words as practitioners say them (triggers.md §5), in one place.

use std::fmt;

use askama::filters::HtmlSafe;
use carehub_domain::escalation::{ChangeKind, Level, Rating, Stage, Step};
use carehub_domain::event::{DecisionKind, EventType, Indicator, KeyQuestion, Kind};
use carehub_domain::picture::Home;
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, HomeId, TriggerId};
use serde::Serialize;

/// A value of a closed set, such as `soft-intelligence`, as words.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text.replace('-', " "),
        Ok(_) | Err(_) => String::new(),
    }
}

/// The same with a capital letter, to begin a line.
pub(crate) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Kinds of concern whose word is not their name (triggers.md §5).
const KINDS: [(Kind, &str); 5] = [
    (Kind::SafeguardingReferral, "safeguarding concern"),
    (Kind::EnquiryOutcome, "outcome of a section 42 enquiry"),
    (Kind::Ambulance999Call, "999 call"),
    (Kind::HospitalAttendance, "attendance"),
    (Kind::ProviderResponse, "the provider's own account"),
];

/// The word for a kind of concern.
pub(crate) fn kind(kind: Kind) -> String {
    let own = KINDS.iter().find(|(known, _)| *known == kind);
    own.map_or_else(|| word(&kind), |(_, words)| (*words).to_owned())
}

/// Events whose line in a timeline is not their name.
const EVENTS: [(EventType, &str); 14] = [
    (EventType::Acknowledged, "acknowledged an escalation"),
    (EventType::Discussed, "recorded a discussion"),
    (EventType::Decided, "recorded a decision"),
    (EventType::LeadAgreed, "recorded who leads"),
    (EventType::EvidenceAdded, "added evidence to an escalation"),
    (EventType::Closed, "closed an escalation"),
    (EventType::Reopened, "opened an escalation again"),
    (EventType::EscalationRequested, "raised an escalation on professional judgement"),
    (EventType::ActionAssigned, "assigned an action"),
    (EventType::ActionProgressed, "reported on an action"),
    (EventType::ActionCompleted, "completed an action"),
    (EventType::ConcernMatched, "matched a concern to this home"),
    (EventType::ConcernTriaged, "triaged a concern"),
    (EventType::PoliceAdviceRecorded, "recorded police advice"),
];

/// What an agency did, as a line of the timeline says it.
pub(crate) fn event(event: EventType) -> String {
    let own = EVENTS.iter().find(|(known, _)| *known == event);
    own.map_or_else(|| word(&event), |(_, words)| (*words).to_owned())
}

/// What became of an escalation, after its name.
pub(crate) fn change(change: ChangeKind) -> String {
    let words = match change {
        ChangeKind::Raised => "was raised",
        ChangeKind::EvidenceAdded => "has further evidence",
        ChangeKind::EvidenceWithdrawn => "has lost evidence that was withdrawn",
        ChangeKind::EvidenceNarrowed => "has evidence that fewer may see",
        ChangeKind::Acknowledged => "was acknowledged",
        ChangeKind::Discussed => "was discussed",
        ChangeKind::Decided => "was decided",
        ChangeKind::LeadAgreed => "has a lead",
        ChangeKind::Closed => "was closed",
        ChangeKind::ActionAssigned => "has an action more",
        ChangeKind::ActionProgressed => "has news of an action",
        ChangeKind::ActionCompleted => "has an action achieved",
        ChangeKind::Reopened => "is open again",
        ChangeKind::Succeeded => "has gone to the bodies that succeed",
    };
    words.to_owned()
}

/// What is due.
pub(crate) fn step(step: Step) -> String {
    match step {
        Step::Acknowledge => "acknowledgement".to_owned(),
        Step::Discuss => "discussion".to_owned(),
        Step::AgreeLead => "agreement on who leads".to_owned(),
        Step::Decide => "decision".to_owned(),
        Step::Action(number) => format!("action {number}"),
    }
}

/// What may be decided, in the order in which it is offered.
pub(crate) const DECISIONS: [(DecisionKind, &str, &str); 9] = [
    (DecisionKind::StrategyMeeting, "strategy-meeting", "Strategy meeting"),
    (
        DecisionKind::StrategyTypeMeetingOutsideMou,
        "strategy-type-meeting-outside-mou",
        "Strategy-type meeting outside the memorandum",
    ),
    (
        DecisionKind::ProviderConcernsProcess,
        "provider-concerns-process",
        "Provider concerns process",
    ),
    (DecisionKind::RiskSummit, "risk-summit", "Risk summit"),
    (
        DecisionKind::PlacementsSuspensionProposed,
        "placements-suspension-proposed",
        "Propose to suspend new placements",
    ),
    (DecisionKind::MonitoringVisit, "monitoring-visit", "Monitoring visit"),
    (DecisionKind::Monitor, "monitor", "Monitor"),
    (DecisionKind::SarReferral, "sar-referral", "Refer for a safeguarding adults review"),
    (DecisionKind::NoFurtherAction, "no-further-action", "No further action"),
];

/// What was decided.
pub(crate) fn decision(decision: DecisionKind) -> &'static str {
    DECISIONS.iter().find(|(kind, _, _)| *kind == decision).map_or("", |(_, _, words)| words)
}

/// One of CQC's key questions.
pub(crate) fn key_question(question: KeyQuestion) -> &'static str {
    match question {
        KeyQuestion::Safe => "Safe",
        KeyQuestion::Effective => "Effective",
        KeyQuestion::Caring => "Caring",
        KeyQuestion::Responsive => "Responsive",
        KeyQuestion::WellLed => "Well-led",
    }
}

/// One of the six Hull categories.
pub(crate) fn indicator(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::ManagementAndLeadership => "Management and leadership",
        Indicator::StaffSkillsKnowledgeAndPractice => "Staff skills, knowledge and practice",
        Indicator::ResidentsBehavioursAndWellbeing => "Residents’ behaviours and wellbeing",
        Indicator::ResistingExternalPeopleAndIsolating => {
            "Resisting the involvement of external people and isolating individuals"
        }
        Indicator::ServicePlanningAndDelivery => "The way services are planned and delivered",
        Indicator::BasicCareAndEnvironment => "The quality of basic care and the environment",
    }
}

/// A coloured word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) colour: &'static str,
    pub(crate) text: &'static str,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { colour, text } = self;
        write!(f, "<strong class=\"govuk-tag govuk-tag--{colour} ch-level\">{text}</strong>")
    }
}

/// All that it can hold stands in this file.
impl HtmlSafe for Tag {}

/// A level: the word says it, and the colour only repeats it.
pub(crate) fn level(level: Level) -> Tag {
    let (colour, text) = match level {
        Level::None => ("grey", "No level"),
        Level::Minor => ("yellow", "Minor"),
        Level::Moderate => ("orange", "Moderate"),
        Level::Major => ("red", "Major"),
    };
    Tag { colour, text }
}

/// How far an escalation has come.
pub(crate) fn stage(stage: Stage) -> Tag {
    let (colour, text) = match stage {
        Stage::Raised => ("blue", "Not answered"),
        Stage::Acknowledged => ("teal", "Acknowledged"),
        Stage::Discussed => ("teal", "Discussed"),
        Stage::Decided => ("purple", "Decided"),
        Stage::Closed => ("grey", "Closed"),
    };
    Tag { colour, text }
}

/// How an action stands.
pub(crate) fn rating(rating: Rating) -> Tag {
    let (colour, text) = match rating {
        Rating::Green => ("green", "Green"),
        Rating::Amber => ("yellow", "Amber"),
        Rating::Red => ("red", "Red"),
    };
    Tag { colour, text }
}

/// A count or a score, without decimals that say nothing.
pub(crate) fn number(value: f64) -> String {
    let rounded = format!("{value:.1}");
    rounded.strip_suffix(".0").unwrap_or(&rounded).to_owned()
}

/// `1 concern`, `2 concerns`.
pub(crate) fn plural(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The home's name; its token while it is not registered.
pub(crate) fn name(home: &Home) -> String {
    match &home.head.registration {
        Some(registration) => registration.name.clone(),
        None if home.id().as_str() == HomeId::UNMATCHED => "Not yet matched to a home".to_owned(),
        None if !home.id().is_place() => "About a provider, or no one home".to_owned(),
        None => format!("{} (not in the register)", home.id()),
    }
}

/// What the policy calls a body.
pub(crate) fn body(policy: &Policy, id: &BodyId) -> String {
    if id.as_str() == BodyId::HUB {
        return "Carehub".to_owned();
    }
    policy.body(id).map_or_else(|| id.to_string(), |body| body.name.clone())
}

/// Several of them.
pub(crate) fn bodies<'a>(policy: &Policy, ids: impl IntoIterator<Item = &'a BodyId>) -> String {
    let names: Vec<String> = ids.into_iter().map(|id| body(policy, id)).collect();
    names.join(", ")
}

/// What the policy calls a trigger.
pub(crate) fn trigger(policy: &Policy, id: &TriggerId) -> String {
    policy.trigger(id).map_or_else(|| id.to_string(), |known| known.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_practitioners() {
        assert_eq!(kind(Kind::Ambulance999Call), "999 call");
        assert_eq!(kind(Kind::SafeguardingReferral), "safeguarding concern");
        assert_eq!(kind(Kind::MedicationError), "medication error");
        assert_eq!(capital("999 call"), "999 call");
        assert_eq!(capital("missed visit"), "Missed visit");
        assert_eq!(plural(1, "concern", "concerns"), "1 concern");
        assert_eq!(number(6.0), "6");
        assert_eq!(number(4.96), "5");
        assert_eq!(number(4.75), "4.8");
    }

    #[test]
    fn every_decision_that_is_offered_is_one_of_the_contract() {
        for (kind, token, _) in DECISIONS {
            assert_eq!(serde_json::to_value(kind).unwrap(), token);
        }
    }
}
