//! The subjects of the log and of the live messages (design §6): built here, parsed here, nowhere else.

use std::fmt;

use carehub_domain::message::Channel;
use carehub_domain::{BodyId, EscalationId, HomeId, NoticeId, PersonId, Position};

/// A NATS subject of Carehub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// `carehub.{concern,response,register,form}.<agency>.<home>`: an agency speaks.
    Agency {
        /// The room.
        channel: Channel,
        /// The agency: the server's word (law 6).
        agency: BodyId,
        /// The home token.
        home: HomeId,
    },
    /// As [`Subject::Agency`], with a home token that is none: its sender must hear of it.
    MalformedHome {
        /// The room.
        channel: Channel,
        /// The agency: the server's word (law 6).
        agency: BodyId,
        /// What stands where the home should.
        token: String,
    },
    /// `carehub.escalation.<body>.<home>.<id>.<rev>`: a revision of an escalation for one body.
    Escalation {
        /// Who receives this copy; [`BodyId::HUB`] for the record itself.
        to: BodyId,
        /// The home.
        home: HomeId,
        /// The escalation.
        id: EscalationId,
        /// The revision, from 1.
        revision: u32,
    },
    /// `carehub.notice.<agency>.<home>.<id>`: something is passed on to an agency.
    Notice {
        /// Who receives this copy.
        to: BodyId,
        /// The home.
        home: HomeId,
        /// The notice.
        id: NoticeId,
    },
    /// `carehub.rejection.<agency>.<cause>`: the contract said no to the message at `cause`.
    Rejection {
        /// Whose message it was.
        agency: BodyId,
        /// The message's position.
        cause: Position,
    },
    /// `carehub.refusal.<agency>.<cause>`: the domain said no to the message at `cause`.
    Refusal {
        /// Whose message it was.
        agency: BodyId,
        /// The message's position.
        cause: Position,
    },
    /// `carehub.control.tick.<due-unix>`: time passed.
    Tick {
        /// The due time, in seconds since 1970.
        due: i64,
    },
    /// `carehub.control.policy.<version>` or `carehub.control.policy.<version>.<when>`: a rule book.
    Policy {
        /// The version, and what tells one activation of it from another; dots separate tokens.
        version: String,
    },
    /// `carehub.control.head.<size>`: the signed head of the log up to a position.
    Head {
        /// The position of the last message that it covers.
        size: u64,
    },
    /// `carehub.notice.<agency>.general.head-<size>`: the same head, for an agency to keep.
    HeadNotice {
        /// Who keeps it.
        to: BodyId,
        /// The position of the last message that it covers.
        size: u64,
    },
    /// `carehub.tombstone.<position>`: the message at that position is erased.
    Tombstone {
        /// The erased message.
        position: Position,
    },
    /// `carehub.person.<person>.<revision>`: how a person follows.
    Person {
        /// The person.
        person: PersonId,
        /// How often they have said so, from 1.
        revision: u32,
    },
    /// `carehub.delivery.<person>.<number>.<step>`: what becomes of what is sent to a person.
    Delivery {
        /// The person.
        person: PersonId,
        /// The number of the delivery among those of the person, from 1.
        number: u32,
        /// What became of it.
        step: DeliveryStep,
    },
    /// A subject of the stream that this version reserves and does not fold: other `carehub.control.>`,
    /// `carehub.person.>` and `carehub.delivery.>`.
    Reserved(String),
    /// `carehub.receipt.<agency>`: live only.
    Receipt {
        /// Whose events became something.
        agency: BodyId,
    },
    /// `carehub.alert.<body>.<home>`: live only.
    Alert {
        /// Who is told.
        to: BodyId,
        /// The home.
        home: HomeId,
    },
}

/// A step of a delivery: the last token of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStep {
    /// `planned`: it is to be sent.
    Planned,
    /// `failed-<n>`: so many attempts have failed.
    Failed(u32),
    /// `done`: it was made, or is not tried any more.
    Done,
}

impl DeliveryStep {
    fn parse(token: &str) -> Result<Self, BadSubject> {
        match (token, token.strip_prefix(FAILED)) {
            ("planned", _) => Ok(Self::Planned),
            ("done", _) => Ok(Self::Done),
            (_, Some(nth)) => Ok(Self::Failed(number(nth)?)),
            (_, None) => Err(BadSubject),
        }
    }
}

impl fmt::Display for DeliveryStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned => f.write_str("planned"),
            Self::Failed(nth) => write!(f, "{FAILED}{nth}"),
            Self::Done => f.write_str("done"),
        }
    }
}

const FAILED: &str = "failed-";

/// What the last token of a head for an agency begins with. No notice's id does: those are hexadecimal.
const HEAD_ID: &str = "head-";

/// Why a subject was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a subject of Carehub, or one with a malformed token")]
pub struct BadSubject;

impl Subject {
    /// The subject on which `agency` speaks about `home` in `channel`.
    #[must_use]
    pub fn agency(channel: Channel, agency: BodyId, home: HomeId) -> Self {
        Self::Agency { channel, agency, home }
    }

    /// Parses a subject.
    ///
    /// # Errors
    /// [`BadSubject`] when it is none of design §6, or a token other than an agency's home token is
    /// malformed. Nothing but the server and the hub writes those tokens.
    pub fn parse(text: &str) -> Result<Self, BadSubject> {
        let mut tokens = text.split('.');
        if tokens.next() != Some("carehub") {
            return Err(BadSubject);
        }
        let room = tokens.next().ok_or(BadSubject)?;
        let rest: Vec<&str> = tokens.collect();
        if rest.is_empty() || rest.iter().any(|token| token.is_empty()) {
            return Err(BadSubject);
        }
        if let Some(channel) = channel(room) {
            return agency_subject(channel, &rest);
        }
        match (room, rest.as_slice()) {
            ("escalation", [to, home, id, revision]) => Ok(Self::Escalation {
                to: body(to)?,
                home: HomeId::new(home).map_err(|_| BadSubject)?,
                id: EscalationId::new(id).map_err(|_| BadSubject)?,
                revision: number(revision)?,
            }),
            ("rejection", [agency, cause]) => {
                Ok(Self::Rejection { agency: body(agency)?, cause: Position(number(cause)?) })
            }
            ("refusal", [agency, cause]) => {
                Ok(Self::Refusal { agency: body(agency)?, cause: Position(number(cause)?) })
            }
            ("control", ["tick", due]) => Ok(Self::Tick { due: number(due)? }),
            ("control", ["policy", version @ ..]) if !version.is_empty() => {
                let version = version.join(".");
                if is_version(&version) { Ok(Self::Policy { version }) } else { Err(BadSubject) }
            }
            ("control", ["head", size]) => Ok(Self::Head { size: number(size)? }),
            // Half a subject of a kind that is folded is none: it is not kept for later.
            ("control", ["tick" | "policy" | "head", ..]) => Err(BadSubject),
            ("notice", [to, HomeId::GENERAL, id]) if id.starts_with(HEAD_ID) => {
                let size = id.strip_prefix(HEAD_ID).ok_or(BadSubject)?;
                Ok(Self::HeadNotice { to: body(to)?, size: number(size)? })
            }
            ("notice", [to, home, id]) => Ok(Self::Notice {
                to: body(to)?,
                home: HomeId::new(home).map_err(|_| BadSubject)?,
                id: NoticeId::new(id).map_err(|_| BadSubject)?,
            }),
            ("receipt", [agency]) => Ok(Self::Receipt { agency: body(agency)? }),
            ("alert", [to, home]) => {
                Ok(Self::Alert { to: body(to)?, home: HomeId::new(home).map_err(|_| BadSubject)? })
            }
            ("tombstone", [position]) => {
                Ok(Self::Tombstone { position: Position(number(position)?) })
            }
            ("person", [person, revision]) => Ok(Self::Person {
                person: PersonId::new(person).map_err(|_| BadSubject)?,
                revision: number(revision)?,
            }),
            ("delivery", [person, nth, step]) => Ok(Self::Delivery {
                person: PersonId::new(person).map_err(|_| BadSubject)?,
                number: number(nth)?,
                step: DeliveryStep::parse(step)?,
            }),
            ("control" | "person" | "delivery", _) => Ok(Self::Reserved(text.to_owned())),
            _ => Err(BadSubject),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agency { channel, agency, home } => {
                write!(f, "carehub.{}.{agency}.{home}", channel_token(*channel))
            }
            Self::MalformedHome { channel, agency, token } => {
                write!(f, "carehub.{}.{agency}.{token}", channel_token(*channel))
            }
            Self::Escalation { to, home, id, revision } => {
                write!(f, "carehub.escalation.{to}.{home}.{id}.{revision}")
            }
            Self::Notice { to, home, id } => write!(f, "carehub.notice.{to}.{home}.{id}"),
            Self::Rejection { agency, cause } => write!(f, "carehub.rejection.{agency}.{cause}"),
            Self::Refusal { agency, cause } => write!(f, "carehub.refusal.{agency}.{cause}"),
            Self::Tick { due } => write!(f, "carehub.control.tick.{due}"),
            Self::Policy { version } => write!(f, "carehub.control.policy.{version}"),
            Self::Head { size } => write!(f, "carehub.control.head.{size}"),
            Self::HeadNotice { to, size } => {
                write!(f, "carehub.notice.{to}.{}.{HEAD_ID}{size}", HomeId::GENERAL)
            }
            Self::Tombstone { position } => write!(f, "carehub.tombstone.{position}"),
            Self::Person { person, revision } => write!(f, "carehub.person.{person}.{revision}"),
            Self::Delivery { person, number, step } => {
                write!(f, "carehub.delivery.{person}.{number}.{step}")
            }
            Self::Reserved(text) => f.write_str(text),
            Self::Receipt { agency } => write!(f, "carehub.receipt.{agency}"),
            Self::Alert { to, home } => write!(f, "carehub.alert.{to}.{home}"),
        }
    }
}

/// Whether `text` can name a policy's version: 1 to 4 tokens of letters, digits and hyphens.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let token = |t: &str| {
        (1..=32).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 64 && text.split('.').count() <= 4 && text.split('.').all(token)
}

/// The token of an agency's room.
#[must_use]
pub fn channel_token(channel: Channel) -> &'static str {
    match channel {
        Channel::Concern => "concern",
        Channel::Response => "response",
        Channel::Register => "register",
        Channel::Form => "form",
    }
}

fn channel(token: &str) -> Option<Channel> {
    match token {
        "concern" => Some(Channel::Concern),
        "response" => Some(Channel::Response),
        "register" => Some(Channel::Register),
        "form" => Some(Channel::Form),
        _ => None,
    }
}

fn agency_subject(channel: Channel, rest: &[&str]) -> Result<Subject, BadSubject> {
    let [agency, token] = rest else {
        return Err(BadSubject);
    };
    let agency = body(agency)?;
    Ok(match HomeId::new(token) {
        Ok(home) => Subject::Agency { channel, agency, home },
        Err(_) => Subject::MalformedHome { channel, agency, token: (*token).to_owned() },
    })
}

fn body(token: &str) -> Result<BodyId, BadSubject> {
    BodyId::new(token).map_err(|_| BadSubject)
}

/// A number as the hub writes it: no sign for what has none, no leading zeros, so that one thing has one subject.
fn number<N: std::str::FromStr + fmt::Display>(token: &str) -> Result<N, BadSubject> {
    let n: N = token.parse().map_err(|_| BadSubject)?;
    if n.to_string() == token { Ok(n) } else { Err(BadSubject) }
}
