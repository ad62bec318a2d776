//! Makes of a message of the log what the fold takes. Nothing here can fail: what an agency may not
//! say becomes a rejection, what the hub said and this build cannot read becomes `Unreadable`.

mod agency;
mod dates;
pub(crate) mod hub;
pub(crate) mod typed;

use carehub_domain::message::{Message, MessageBody, Rejection, Said};
use carehub_domain::{Digest, HomeId, Position};
use jiff::Timestamp;

pub(crate) use agency::{Speech, is_id};

use crate::codes::{self, HOME_TOKEN_MALFORMED};
use crate::contract::Contract;
use crate::subject::Subject;

/// How much of the contract is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything: a message is judged for the first time.
    Validate,
    /// Only what is needed to read it: its verdict is in the log already (law 2), so neither schemas,
    /// nor dates, nor free text are looked at. An event that was rejected may well come out as `Ok`:
    /// the log's own rejection decides, not this.
    Trust,
}

impl Contract {
    /// Decodes the message at `position` of the log.
    ///
    /// `recorded_at` is the log's own timestamp of it.
    #[must_use]
    pub fn decode(
        &self,
        subject: &Subject,
        payload: &[u8],
        recorded_at: Timestamp,
        position: Position,
        mode: Mode,
    ) -> Message {
        let body = match subject {
            Subject::Agency { channel, agency, home } => {
                let speech = Speech { channel: Some(*channel), agency, home, recorded_at };
                let checked = self.check(&speech, payload, mode);
                let content = content(payload);
                MessageBody::Agency(Box::new(Said {
                    channel: *channel,
                    agency: agency.clone(),
                    home: home.clone(),
                    id: checked.id,
                    time: checked.time,
                    identity: checked.identity,
                    content,
                    reference: Said::reference_of(checked.identity, content),
                    event: checked.event,
                    withheld: checked.withheld,
                }))
            }
            Subject::MalformedHome { channel, agency, token: _ } => {
                let content = content(payload);
                MessageBody::Agency(Box::new(Said {
                    channel: *channel,
                    agency: agency.clone(),
                    home: HomeId::unmatched(),
                    id: None,
                    time: None,
                    identity: None,
                    content,
                    reference: Said::reference_of(None, content),
                    event: Err(malformed_home()),
                    withheld: Vec::new(),
                }))
            }
            Subject::Escalation { .. }
            | Subject::Notice { .. }
            | Subject::Rejection { .. }
            | Subject::Refusal { .. }
            | Subject::Tombstone { .. } => hub::output(subject, payload)
                .map_or(MessageBody::Unreadable, |output| MessageBody::Hub(Box::new(output))),
            Subject::Tick { .. } => {
                hub::tick(payload).map_or(MessageBody::Unreadable, MessageBody::Tick)
            }
            Subject::Policy { version } => hub::policy(version, payload)
                .map_or(MessageBody::Unreadable, |said| MessageBody::Policy(Box::new(said))),
            // The live subjects never stand in the log; whoever asks learns nothing.
            // A head is the aggregator's to read: no picture follows from it. Nor does one from what people
            // follow and what is sent to them (`following.rs`).
            Subject::Head { .. }
            | Subject::HeadNotice { .. }
            | Subject::Person { .. }
            | Subject::Delivery { .. }
            | Subject::Reserved(_)
            | Subject::Receipt { .. }
            | Subject::Alert { .. } => MessageBody::Reserved,
        };
        Message { position, recorded_at, body }
    }
}

fn content(payload: &[u8]) -> Digest {
    Digest::of(&[payload])
}

pub(crate) fn malformed_home() -> Rejection {
    let message = "a home token is 1 to 32 letters, digits and hyphens";
    codes::rejected(HOME_TOKEN_MALFORMED, "/subject", message)
}
