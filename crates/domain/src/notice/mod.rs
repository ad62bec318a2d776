//! Notices: what the hub passes on to agencies ("feedback to agencies") about a home. A notice asks
//! for nothing and has no life of its own: it is decided once, sent to each recipient as a copy, and
//! becomes true when it is read back (design laws 2 and 5). One file for each thing that is passed on.
//!
//! A notice holds structured fields only, never free text (law 9), and nothing of which its recipient
//! may not know: whoever makes one says for each recipient what is in it.

mod amended;
mod enquiry;
mod held;
mod meeting;
mod onward;
mod opened;
mod outcome;
mod placements;
mod process;

pub use amended::{AmendedNotice, received};
pub use enquiry::EnquiryNotice;
pub use held::Held;
pub use meeting::MeetingNotice;
pub use onward::OnwardNotice;
pub use opened::OpenedNotice;
pub use outcome::{Outcome, OutcomeNotice, outcome};
pub use placements::{Authority, PlacementsNotice, placements};
pub use process::{ProcessNotice, process_started};

use serde::{Deserialize, Serialize};

use crate::picture::Reference;
use crate::{BodyId, Digest, EscalationId, HomeId, NoticeId};

/// One thing that is passed on, as one recipient gets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id, the same for every recipient: made by [`id`].
    pub id: NoticeId,
    /// The home.
    pub home: HomeId,
    /// What it is about.
    pub about: About,
    /// What is passed on.
    pub content: Content,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What names the event that it passes on.
    pub event: Reference,
    /// Who said that.
    pub by: BodyId,
    /// The escalation that it belongs to, where there is one.
    pub escalation: Option<EscalationId>,
}

/// What is passed on, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Content {
    /// A commissioner has suspended its new placements.
    PlacementsSuspended(PlacementsNotice),
    /// A commissioner places with caution.
    PlacementsCautioned(PlacementsNotice),
    /// A commissioner has lifted what it had decided.
    PlacementsLifted(PlacementsNotice),
    /// What was decided about a matter to which the recipient had contributed.
    OutcomeDecided(OutcomeNotice),
    /// A matter to which the recipient had contributed is closed.
    OutcomeClosed(OutcomeNotice),
    /// What came of a meeting is passed on.
    MeetingOutput(MeetingNotice),
    /// A concern of which the recipient was told was corrected.
    ConcernCorrected(AmendedNotice),
    /// A concern of which the recipient was told was withdrawn.
    ConcernWithdrawn(AmendedNotice),
    /// The text of a concern of which the recipient was told was erased.
    ConcernErased(AmendedNotice),
    /// Somebody opened by break-glass what the agreement withholds and the recipient said.
    BreakGlassOpened(OpenedNotice),
    /// A concern was triaged, and goes on to the recipient.
    ConcernPassedOn(OnwardNotice),
    /// The provider-concerns process has started.
    ProcessStarted(ProcessNotice),
    /// An enquiry under section 42 has an outcome, while a process that the recipient leads is open.
    EnquiryOutcome(EnquiryNotice),
}

/// The kind of a notice, as a timeline keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is described with its content")]
pub enum NoticeKind {
    PlacementsSuspended,
    PlacementsCautioned,
    PlacementsLifted,
    OutcomeDecided,
    OutcomeClosed,
    MeetingOutput,
    ConcernCorrected,
    ConcernWithdrawn,
    ConcernErased,
    BreakGlassOpened,
    ConcernPassedOn,
    ProcessStarted,
    EnquiryOutcome,
}

impl NoticeKind {
    /// The word for it in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PlacementsSuspended => "placements-suspended",
            Self::PlacementsCautioned => "placements-cautioned",
            Self::PlacementsLifted => "placements-lifted",
            Self::OutcomeDecided => "outcome-decided",
            Self::OutcomeClosed => "outcome-closed",
            Self::MeetingOutput => "meeting-output",
            Self::ConcernCorrected => "concern-corrected",
            Self::ConcernWithdrawn => "concern-withdrawn",
            Self::ConcernErased => "concern-erased",
            Self::BreakGlassOpened => "break-glass-opened",
            Self::ConcernPassedOn => "concern-passed-on",
            Self::ProcessStarted => "process-started",
            Self::EnquiryOutcome => "enquiry-outcome",
        }
    }
}

impl Content {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::PlacementsSuspended(_) => NoticeKind::PlacementsSuspended,
            Self::PlacementsCautioned(_) => NoticeKind::PlacementsCautioned,
            Self::PlacementsLifted(_) => NoticeKind::PlacementsLifted,
            Self::OutcomeDecided(_) => NoticeKind::OutcomeDecided,
            Self::OutcomeClosed(_) => NoticeKind::OutcomeClosed,
            Self::MeetingOutput(_) => NoticeKind::MeetingOutput,
            Self::ConcernCorrected(_) => NoticeKind::ConcernCorrected,
            Self::ConcernWithdrawn(_) => NoticeKind::ConcernWithdrawn,
            Self::ConcernErased(_) => NoticeKind::ConcernErased,
            Self::BreakGlassOpened(_) => NoticeKind::BreakGlassOpened,
            Self::ConcernPassedOn(_) => NoticeKind::ConcernPassedOn,
            Self::ProcessStarted(_) => NoticeKind::ProcessStarted,
            Self::EnquiryOutcome(_) => NoticeKind::EnquiryOutcome,
        }
    }
}

impl Notice {
    /// A notice about one event at a home, with the id that this has on every machine.
    #[must_use]
    pub fn new(home: &HomeId, about: About, content: Content) -> Self {
        Self { id: id(content.kind(), home, about.event), home: home.clone(), about, content }
    }
}

/// The id of a notice: the same kind of word about the same event at the same home is one notice, so
/// that each of its subjects is used once for ever (law 5).
#[must_use]
pub fn id(kind: NoticeKind, home: &HomeId, event: Reference) -> NoticeId {
    let event = event.number().to_be_bytes();
    let parts = [b"notice", kind.word().as_bytes(), home.as_str().as_bytes(), &event];
    NoticeId::from_digest(Digest::of(&parts))
}
