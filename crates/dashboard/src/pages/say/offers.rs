//! What a person can say of a home by a form, in the order of the page. What belongs to an escalation is said on the page
//! of that, what belongs to the register by its owner's own system.

use carehub_contract::name;
use carehub_domain::BodyId;
use carehub_domain::event::EventType;
use carehub_domain::policy::Policy;

/// One thing that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) said: EventType,
    /// Under which heading.
    pub(crate) group: &'static str,
    /// What saying it is called.
    pub(crate) title: &'static str,
}

const CONCERNS: &str = "Concerns";
const MEETINGS: &str = "Meetings";
const PROCESS: &str = "Provider concerns process";
const PLACEMENTS: &str = "Placements";
const POLICE: &str = "Police and safety";
const RECORD: &str = "The home’s record";
const INFORMATION: &str = "Requests for information";

const fn offer(said: EventType, group: &'static str, title: &'static str) -> Offer {
    Offer { said, group, title }
}

/// Everything that can be said by a form.
pub(crate) const OFFERS: [Offer; 32] = [
    offer(EventType::ConcernRaised, CONCERNS, "Tell of a concern"),
    offer(EventType::ConcernTriaged, CONCERNS, "Triage a concern"),
    offer(EventType::ConcernReceived, CONCERNS, "Say that a concern passed on has come"),
    offer(EventType::ConcernWithdrawn, CONCERNS, "Withdraw a concern of ours"),
    offer(EventType::EnquiryChecked, CONCERNS, "Check the outcome of an enquiry"),
    offer(EventType::DeathSamePerson, CONCERNS, "Answer “the same person?”"),
    offer(EventType::DisclosureCleared, CONCERNS, "Clear a concern for the provider to hear"),
    offer(EventType::PoliceAdviceRecorded, POLICE, "Record police advice"),
    offer(
        EventType::SafetyActionTaken,
        POLICE,
        "Record a welfare check, preserved evidence or urgent action",
    ),
    offer(EventType::MeetingPlanned, MEETINGS, "Plan a meeting"),
    offer(EventType::MeetingRecorded, MEETINGS, "Record a meeting"),
    offer(EventType::SummitRecorded, MEETINGS, "Record a risk summit"),
    offer(EventType::ProcessStarted, PROCESS, "Start the process"),
    offer(EventType::ProcessMoved, PROCESS, "Move it to another step"),
    offer(EventType::ProcessRecorded, PROCESS, "Record what was done in it"),
    offer(EventType::ProviderInformed, PROCESS, "Record that the provider was told"),
    offer(EventType::ProviderMet, PROCESS, "Record that the provider was met"),
    offer(EventType::ClosurePlanAgreed, PROCESS, "Record the plan for a potential closure"),
    offer(EventType::ProcessClosed, PROCESS, "Close the process"),
    offer(EventType::PlacementsSuspended, PLACEMENTS, "Suspend our placements"),
    offer(EventType::PlacementsCautioned, PLACEMENTS, "Place with caution"),
    offer(EventType::PlacementsLifted, PLACEMENTS, "Lift our suspension or caution"),
    offer(EventType::PlacementsCounted, PLACEMENTS, "Record who has placed how many people"),
    offer(EventType::AssessmentRecorded, RECORD, "Record an assessment"),
    offer(EventType::PlanEvidenced, RECORD, "Record that a contingency plan was shown"),
    offer(EventType::PlanSampled, RECORD, "Record that a contingency plan was looked through"),
    offer(EventType::PracticeAligned, RECORD, "Record which general practice serves the home"),
    offer(EventType::SupportCounted, RECORD, "Record how much support there is"),
    offer(EventType::GuidanceIssued, RECORD, "Record guidance that was issued"),
    offer(EventType::InformationRequested, INFORMATION, "Ask a body for information"),
    offer(EventType::InformationSupplied, INFORMATION, "Answer a request for information"),
    offer(EventType::InformationRefused, INFORMATION, "Refuse a request for information"),
];

impl Offer {
    /// As it stands in the address of its form, such as `concern.raised`.
    pub(crate) fn word(self) -> &'static str {
        let name = name(self.said).trim_start_matches("uk.carehub.");
        name.rsplit_once(".v").map_or(name, |(word, _)| word)
    }

    /// The schema of it, such as `concern.raised.v1`.
    pub(super) fn schema(self) -> &'static str {
        name(self.said).trim_start_matches("uk.carehub.")
    }

    /// Whether the policy lets a body say it, as far as that hangs on its roles alone; the hub decides when it is said.
    pub(super) fn is_for(self, policy: &Policy, body: &BodyId) -> bool {
        let (powers, placed_by) = (&policy.powers, &policy.process.placements.decided_by);
        let only = [
            (EventType::ConcernTriaged, &powers.triage),
            (EventType::PoliceAdviceRecorded, &powers.police_advice),
            (EventType::DeathSamePerson, &powers.same_person),
            (EventType::ProcessStarted, &policy.process.started_by),
            (EventType::PlacementsSuspended, placed_by),
            (EventType::PlacementsCautioned, placed_by),
            (EventType::PlacementsLifted, placed_by),
        ];
        let mut only = only.into_iter().filter(|(said, _)| *said == self.said);
        only.all(|(_, roles)| policy.holds(body, roles))
    }
}

/// What is offered under a word.
pub(super) fn offered(word: &str) -> Option<Offer> {
    OFFERS.into_iter().find(|offer| offer.word() == word)
}
