//! Messages as the fold takes them and as the hub says them. Effects are data: the shell publishes
//! an [`Output`] and decides nothing.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::erasure::{Residue, Tombstone};
use crate::escalation::Escalation;
use crate::event::Event;
use crate::notice::Notice;
use crate::picture::Reference;
use crate::policy::Activation;
use crate::sharing::Told;
use crate::{BodyId, Digest, HomeId, Position};

/// One message of the log, decoded.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its position.
    pub position: Position,
    /// The log's own timestamp.
    pub recorded_at: Timestamp,
    /// What it is.
    pub body: MessageBody,
}

/// What a message is.
#[derive(Debug, Clone)]
pub enum MessageBody {
    /// An agency said something (`concern`, `response`, `register`, `form`).
    Agency(Box<Said>),
    /// The hub's own decision, read back.
    Hub(Box<Output>),
    /// Time passed.
    Tick(Tick),
    /// A rule book was activated.
    Policy(Box<Activation>),
    /// A subject that this version reserves and does not fold.
    Reserved,
    /// One of the hub's own that this build cannot read: tolerated and counted, never fatal.
    Unreadable,
}

/// The room of the log that an agency spoke in: the first token after `carehub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the subject's token")]
pub enum Channel {
    Concern,
    Response,
    Register,
    Form,
}

/// What an agency said, with what the server vouches for.
#[derive(Debug, Clone)]
pub struct Said {
    /// Where it was said.
    pub channel: Channel,
    /// The agency: the server's word (law 6).
    pub agency: BodyId,
    /// The home token of the subject.
    pub home: HomeId,
    /// The CloudEvents `id`, where it could be read.
    pub id: Option<String>,
    /// The CloudEvents `time`, where it could be read.
    pub time: Option<Timestamp>,
    /// Digest of (agency, source, id): the durable identity (law 8).
    pub identity: Option<Digest>,
    /// Digest of the whole payload: the same bytes are a duplicate, others are not.
    pub content: Digest,
    /// What names it to readers, [`Said::reference_of`]: digested where the message is decoded, beside the fold.
    pub reference: Reference,
    /// The event, or why the contract says no. With `Ok`, free text may still be withheld.
    pub event: Result<Event, Rejection>,
    /// The faults of free text that is withheld while the structured fields fold.
    pub withheld: Vec<Fault>,
}

impl Said {
    /// What names an event to readers. Whatever is filed has an identity; its bytes would name it otherwise.
    #[must_use]
    pub fn reference_of(identity: Option<Digest>, content: Digest) -> Reference {
        Reference::of_event(identity.unwrap_or(content))
    }
}

/// Why an event was rejected, or its free text returned for correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Whether the event was refused whole, or only its text withheld.
    pub outcome: RejectionOutcome,
    /// The stable code; its page is `docs/errors/<code>.md`.
    pub code: String,
    /// Every fault that was found.
    pub faults: Vec<Fault>,
}

/// What a rejection means for the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionOutcome {
    /// Nothing of it counts.
    Rejected,
    /// Its structured fields count; its free text is shown to nobody until it is corrected.
    TextWithheld,
}

/// One fault in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The stable code of this fault.
    pub code: String,
    /// JSON pointer into the message, such as `/data/severity`.
    pub pointer: String,
    /// What is wrong, without any value from the message.
    pub message: String,
}

/// Why the domain says no to a well-formed event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code; its page is `docs/errors/<code>.md`.
    pub code: String,
    /// What would have to be different, without any personal data.
    pub message: String,
}

/// Where a decision was taken, and the how-manieth of how many it is (law 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// The message at which the hub decided.
    pub position: Position,
    /// From 1.
    pub n: u32,
    /// How many decisions that message had.
    pub of: u32,
}

/// One thing that the hub says: a message for the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Where it was decided.
    pub cause: Cause,
    /// The fold's time at the cause: part of the message, so that it is the same in every replay.
    pub at: Timestamp,
    /// What is said.
    pub body: OutputBody,
}

/// What the hub says.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputBody {
    /// The record of a revision of an escalation, to [`BodyId::HUB`]; or, in logs of before bodies were told
    /// what each may know, a copy of it for a body.
    Escalation {
        /// Who receives this copy.
        to: BodyId,
        /// The record.
        escalation: Arc<Escalation>,
    },
    /// Something is passed on to one body.
    Notice {
        /// Who receives this copy.
        to: BodyId,
        /// What.
        notice: Box<Notice>,
    },
    /// A revision of an escalation as one body is told of it.
    Told {
        /// Who is told.
        to: BodyId,
        /// What.
        told: Arc<Told>,
    },
    /// The contract said no.
    Rejection {
        /// The agency whose message it was.
        agency: BodyId,
        /// The home token of its subject.
        home: HomeId,
        /// The CloudEvents `id` of the message, where it could be read.
        event_id: Option<String>,
        /// Why.
        rejection: Rejection,
    },
    /// The domain said no.
    Refusal {
        /// The agency whose event it was.
        agency: BodyId,
        /// The home token of its subject.
        home: HomeId,
        /// The CloudEvents `id` of the event.
        event_id: String,
        /// Why.
        refusal: Refusal,
    },
    /// The text of a message goes; what is left of it stands here (law 9).
    Tombstone {
        /// Which message, and why.
        tombstone: Tombstone,
        /// What is left of it.
        residue: Residue,
    },
}

/// `carehub.control.tick.<due-unix>`: time passed, and how far the hub's decisions are in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Every decision of every cause up to here is in the log.
    pub decided_through: Position,
}

/// What became of an agency's event: kept in the durable index (law 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It counts.
    Accepted,
    /// It says again, from another record or agency, what an earlier event said: not counted.
    Corroborating {
        /// The first event of that incident at this home.
        first: Position,
    },
    /// The same id with the same bytes.
    Duplicate {
        /// The one that counts.
        of: Position,
    },
    /// Its structured fields count, its free text is withheld.
    TextWithheld,
    /// The contract said no.
    Rejected {
        /// The code.
        code: String,
    },
    /// The domain said no.
    Refused {
        /// The code.
        code: String,
    },
}
