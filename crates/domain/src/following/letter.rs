//! What stands in an e-mail: that something is new, how much, and where to read it. No home, no agency, no word of
//! what was said: whoever reads the mailbox learns that its owner follows something, and nothing else.

use jiff::Timestamp;

use super::{Delivery, Reason};
use crate::{Digest, PersonId};

/// A message to one person, without their address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same in every attempt, so that a second copy can be told from a second message.
    pub message_id: String,
    /// When it was planned.
    pub date: Timestamp,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Where a click ends all e-mail to this person (RFC 8058).
    pub unsubscribe: String,
}

impl Letter {
    /// The letter of a delivery that tells of `count` entries.
    ///
    /// `site` is the hub's address as browsers know it; `token` ends the e-mail of this person.
    #[must_use]
    pub fn of(person: &PersonId, delivery: &Delivery, count: u32, site: &str, token: &str) -> Self {
        let site = site.trim_end_matches('/');
        let host = site.split_once("://").map_or(site, |(_, host)| host);
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let number = delivery.number.to_string();
        let digest = Digest::of(&[b"delivery", person.as_str().as_bytes(), number.as_bytes()]);
        let unsubscribe = format!("{site}/unsubscribe/{token}");
        let entries = match count {
            1 => "There is 1 new entry".to_owned(),
            count => format!("There are {count} new entries"),
        };
        let since = match delivery.plan.reason {
            Reason::AtOnce | Reason::Urgent => "",
            Reason::Daily => " since your last daily digest",
            Reason::Weekly => " since your last weekly digest",
        };
        let body = format!(
            "{entries}{since} about what you follow.\n\n\
             Sign in to read them:\n{site}/following\n\n\
             This message names no home and no person on purpose.\n\n\
             You get it because you follow something in Carehub. To get no more:\n{unsubscribe}\n"
        );
        Self {
            message_id: format!("<{:032x}@{host}>", u128::from(digest)),
            date: delivery.plan.at,
            subject: "Carehub: something you follow has changed".to_owned(),
            body,
            unsubscribe,
        }
    }
}
