//! What stands in a home's timeline. Structured fields only: free text stays in the log (law 9).

use jiff::civil::Date;
use jiff::fmt::serde::timestamp::nanosecond::required as nanosecond;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Reference;
use crate::erasure::TextState;
use crate::escalation::ChangeKind;
use crate::event::{
    Concern, EventType, Facets, HandlingCode, Harm, KeyQuestion, Kind, Line, Marking, Occurred,
    Outcome, Patch, PropertyFault, ReportedBy, Severity, TriageOutcome,
};
use crate::notice::NoticeKind;
use crate::{BodyId, Digest, EscalationId, HomeId, NoticeId, Position, TriggerId};

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The message in the log. Never shown: it tells how much is said elsewhere.
    pub position: Position,
    /// What names it to readers.
    pub reference: Reference,
    /// The log's timestamp.
    #[serde(with = "nanosecond")]
    pub recorded_at: Timestamp,
    /// Who said it; `hub` for the hub's own.
    pub agency: BodyId,
    /// What it was.
    pub what: What,
}

impl Item {
    /// The concern, if it is one.
    #[must_use]
    pub fn concern(&self) -> Option<&ConcernItem> {
        match &self.what {
            What::Concern(concern) => Some(concern),
            What::Event { .. } | What::Escalation { .. } | What::Notice { .. } => None,
        }
    }

    pub(super) fn concern_mut(&mut self) -> Option<&mut ConcernItem> {
        match &mut self.what {
            What::Concern(concern) => Some(concern),
            What::Event { .. } | What::Escalation { .. } | What::Notice { .. } => None,
        }
    }

    /// The scope of what is raised about this entry: as it is named now, by its reference, and as it was
    /// named once, by its position. What stands open under the old one is still about the same.
    #[must_use]
    pub fn scopes(&self, what: &str) -> [String; 2] {
        [format!("{what} {}", self.reference), format!("{what} {}", self.position)]
    }
}

/// What an entry is. Nearly every one is a concern: a box would be one more place in memory for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// A concern.
    Concern(ConcernItem),
    /// Another event: its type, and the event or escalation that it is about.
    Event {
        /// Its type.
        event: EventType,
        /// The concern that it corrects, withdraws or matches.
        about: Option<Position>,
        /// The escalation that it answers.
        escalation: Option<EscalationId>,
    },
    /// The hub changed an escalation.
    Escalation {
        /// Which.
        id: EscalationId,
        /// Its trigger.
        trigger: TriggerId,
        /// How.
        change: ChangeKind,
    },
    /// The hub passed something on to one body.
    Notice {
        /// Which.
        id: NoticeId,
        /// What kind.
        kind: NoticeKind,
        /// To whom.
        to: BodyId,
    },
}

/// A concern, as far as triggers and pictures need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConcernItem {
    /// When it happened.
    #[serde(with = "super::compact::occurred")]
    pub occurred: Occurred,
    /// The London date of that: kept, because windows are counted by it all the time.
    #[serde(with = "super::compact::date")]
    pub date: Date,
    /// When the sender knew.
    #[serde(with = "nanosecond")]
    pub known_at: Timestamp,
    /// Its kind.
    pub kind: Kind,
    /// Its severity.
    pub severity: Severity,
    /// Its yes-or-no facts.
    pub facets: Facets,
    /// The six Hull categories, one bit each in the order of [`crate::event::Indicator`].
    pub indicators: u8,
    /// CQC's key questions, one bit each in the order of [`KeyQuestion`].
    pub key_questions: u8,
    /// The incident that it belongs to, named by the first position of the group.
    pub incident: Position,
    /// Digest of its `source_record`.
    pub record: Option<Digest>,
    /// Digest of its `incident_ref`.
    pub incident_ref: Option<Digest>,
    /// Digest of its `person_ref`.
    pub person: Option<Digest>,
    /// For handling C: who may know of it, besides the sender.
    pub audience: Option<Vec<BodyId>>,
    /// Whether its sender said handling P: lawful sharing permitted.
    pub permitted: bool,
    /// Its protective marking.
    pub marking: Marking,
    /// Who told the sender.
    pub reported_by: Option<ReportedBy>,
    /// Whether it counts.
    pub standing: Standing,
    /// The last correction.
    pub corrected: Option<Position>,
    /// What it was taken as.
    pub triaged: Triaged,
    /// What became of the free text that came with it.
    pub text: TextState,
}

impl ConcernItem {
    /// Whether the agreement shares it with whom it shares another state of it, as far as it says so itself.
    pub(crate) fn shared_as(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.marking == other.marking
            && self.reported_by == other.reported_by
            && self.permitted == other.permitted
            && self.audience == other.audience
    }
}

/// Whether a concern counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It counts.
    Counts,
    /// Its sender took it back.
    Withdrawn,
    /// It was matched to another home and counts there.
    Moved(HomeId),
}

/// What a concern was taken as at its triage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Triaged {
    /// Nobody has triaged it.
    #[default]
    No,
    /// Somebody has.
    As {
        /// As what.
        outcome: TriageOutcome,
        /// The event that says so: the last one, when there were several.
        position: Position,
    },
}

/// An event known longer than this before it was recorded is history (law 7).
const HISTORY_AFTER_DAYS: i64 = 7;

impl ConcernItem {
    /// What the picture keeps of a concern said at `position`, known at `known_at`.
    #[must_use]
    pub fn of(concern: &Concern, position: Position, known_at: Timestamp, withheld: bool) -> Self {
        let facets = Facets::default()
            .with(Facets::POSSIBLE_CRIME, concern.possible_crime)
            .with(Facets::NAMED_INDIVIDUAL, concern.about_named_individual)
            .with(Facets::TEXT_WITHHELD, withheld);
        let mut item = Self {
            occurred: concern.occurred_at,
            date: concern.occurred_at.date(),
            known_at,
            kind: concern.kind,
            severity: concern.severity,
            facets,
            indicators: bits(concern.indicators.iter().map(|one| *one as u8)),
            key_questions: bits(concern.key_questions.iter().map(|one| *one as u8)),
            incident: position,
            record: concern.source_record,
            incident_ref: concern.incident_ref,
            person: concern.person_ref,
            audience: concern.handling.as_ref().and_then(audience),
            permitted: concern.handling.as_ref().is_some_and(is_permitted),
            marking: concern.marking,
            reported_by: concern.reported_by,
            standing: Standing::Counts,
            corrected: None,
            triaged: Triaged::No,
            text: if withheld { TextState::Returned } else { TextState::Stands },
        };
        item.set_details(&concern.details);
        item
    }

    /// Puts right what a correction at position `at` sets; `withheld` tells of its own free text.
    pub fn correct(&mut self, patch: &Patch, at: Position, withheld: bool) {
        if let Some(kind) = patch.kind {
            self.kind = kind;
        }
        if patch.new_text {
            self.facets = self.facets.with(Facets::TEXT_WITHHELD, withheld);
        }
        if let Some(occurred) = patch.occurred_at {
            self.occurred = occurred;
            self.date = occurred.date();
        }
        if let Some(severity) = patch.severity {
            self.severity = severity;
        }
        if let Some(on) = patch.about_named_individual {
            self.facets = self.facets.with(Facets::NAMED_INDIVIDUAL, on);
        }
        if let Some(on) = patch.possible_crime {
            self.facets = self.facets.with(Facets::POSSIBLE_CRIME, on);
        }
        self.person = patch.person_ref.or(self.person);
        self.incident_ref = patch.incident_ref.or(self.incident_ref);
        if let Some(indicators) = &patch.indicators {
            self.indicators = bits(indicators.iter().map(|one| *one as u8));
        }
        if let Some(questions) = &patch.key_questions {
            self.key_questions = bits(questions.iter().map(|one| *one as u8));
        }
        if let Some(handling) = &patch.handling {
            self.audience = audience(handling);
            self.permitted = is_permitted(handling);
        }
        if let Some(details) = &patch.details {
            self.set_details(details);
        }
        self.corrected = Some(at);
    }

    fn set_details(&mut self, details: &crate::event::Details) {
        if let Some(line) = details.line {
            self.facets = self.facets.with(Facets::LINE_999, line == Line::Emergency);
        }
        if let Some(place) = details.place_of_death {
            let in_hospital = place == crate::event::DeathPlace::Hospital;
            self.facets = self.facets.with(Facets::IN_HOSPITAL, in_hospital);
        }
        if let Some(outcome) = details.outcome {
            let serious = matches!(outcome, Outcome::SeriousInjury | Outcome::Death);
            self.facets = self.facets.with(Facets::SERIOUS_HARM, serious);
        }
        if let Some(harm) = details.harm {
            let serious = matches!(harm, Harm::Severe | Harm::Death);
            self.facets = self.facets.with(Facets::SERIOUS_HARM, serious);
        }
        for (facet, said) in [
            (Facets::SAME_INJURY, details.same_injury_again),
            (Facets::SAFEGUARDING_ISSUE, details.safeguarding_issue),
            (Facets::CORONER_NOTIFIED, details.coroner_notified),
            (Facets::ON_QUALITY, details.on_quality),
        ] {
            if let Some(on) = said {
                self.facets = self.facets.with(facet, on);
            }
        }
        if let Some(repaired) = details.permanent_repair {
            self.facets = self.facets.with(Facets::REPAIRED, repaired);
        }
        if let Some(sign) = details.financial_sign {
            self.facets = self.facets.with(Facets::PROVIDER_FAILING, sign.is_failing());
        }
        if let Some(fault) = details.property_fault {
            self.facets = self
                .facets
                .with(Facets::ESSENTIAL_SERVICE, fault.is_essential())
                .with(Facets::EQUIPMENT_CONDEMNED, fault == PropertyFault::EquipmentCondemned)
                .with(Facets::TEMPORARY_MEASURE, fault == PropertyFault::TemporaryMeasure);
        }
    }

    /// The key questions that it bears on, in CQC's order.
    pub fn key_questions(&self) -> impl Iterator<Item = KeyQuestion> {
        let bits = self.key_questions;
        KeyQuestion::ALL.into_iter().filter(move |one| bits & (1 << (*one as u8)) != 0)
    }

    /// Whether it names an incident or a record, by which another event can tell of the same.
    #[must_use]
    pub fn has_names(&self) -> bool {
        self.record.is_some() || self.incident_ref.is_some()
    }

    /// Whether it counts here.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.standing == Standing::Counts
    }

    /// Whether it was known more than 7 days before it was recorded (law 7).
    #[must_use]
    pub fn is_history(&self, recorded_at: Timestamp) -> bool {
        self.known_at
            .checked_add((HISTORY_AFTER_DAYS * 24).hours())
            .is_ok_and(|limit| limit < recorded_at)
    }
}

fn bits(members: impl Iterator<Item = u8>) -> u8 {
    members.fold(0, |bits, member| bits | 1 << member)
}

fn audience(handling: &crate::event::Handling) -> Option<Vec<BodyId>> {
    (handling.code == HandlingCode::C).then(|| handling.audience.clone())
}

fn is_permitted(handling: &crate::event::Handling) -> bool {
    handling.code == HandlingCode::P
}
