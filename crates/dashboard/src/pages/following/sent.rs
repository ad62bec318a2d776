//! What was sent to the person, and what could not be.

use carehub_domain::following::{Delivery, EndedWhy, FailedCode, Follower, Outcome, Reason};
use jiff::Timestamp;

use super::super::when::When;
use super::super::words;

/// How many deliveries are shown.
const SHOWN: usize = 20;

/// One delivery.
pub(super) struct DeliveryLine {
    pub(super) planned: When,
    pub(super) why: &'static str,
    pub(super) count: String,
    /// When it was sent.
    pub(super) sent: Option<When>,
    /// What became of it where it was not sent, in a sentence.
    pub(super) not_sent: &'static str,
    /// What failed, where it was not sent after all.
    pub(super) failed: Option<FailedLine>,
}

/// The attempts that failed.
pub(super) struct FailedLine {
    /// How many, such as `2 tries`.
    pub(super) tries: String,
    pub(super) last: When,
    pub(super) why: &'static str,
}

/// The newest deliveries, the newest first.
pub(super) fn deliveries(follower: &Follower) -> Vec<DeliveryLine> {
    let line = |delivery: &Delivery| DeliveryLine {
        planned: When::of(delivery.plan.at),
        why: match delivery.plan.reason {
            Reason::AtOnce => "Something new",
            Reason::Urgent => "An urgent escalation, in your quiet hours",
            Reason::Daily => "Daily digest",
            Reason::Weekly => "Weekly digest",
        },
        count: words::plural(delivery.plan.count, "entry", "entries"),
        sent: sent_at(delivery).map(When::of),
        not_sent: not_sent(delivery),
        failed: failed(delivery),
    };
    follower.deliveries().take(SHOWN).map(line).collect()
}

fn sent_at(delivery: &Delivery) -> Option<Timestamp> {
    match delivery.outcome {
        Some(Outcome::Made(at)) => Some(at),
        Some(Outcome::Ended(..)) | None => None,
    }
}

fn not_sent(delivery: &Delivery) -> &'static str {
    match delivery.outcome {
        Some(Outcome::Made(_)) => "",
        None if delivery.failed.is_some() => "Not sent yet.",
        None => "Being sent.",
        Some(Outcome::Ended(_, why)) => match why {
            EndedWhy::NothingLeft => "Not sent: nothing of it was left to tell you.",
            EndedWhy::Unsubscribed => "Not sent: you wanted no more e-mail.",
            EndedWhy::NoReader => "Not sent: your account could not read then.",
            EndedWhy::Outdated => "Not sent: it could not be sent for five days.",
        },
    }
}

fn failed(delivery: &Delivery) -> Option<FailedLine> {
    let failed = delivery.failed.filter(|_| sent_at(delivery).is_none())?;
    let why = match failed.code {
        FailedCode::MailUnreachable => "the mail server did not answer",
        FailedCode::MailTls => "the connection to the mail server could not be secured",
        FailedCode::MailRefused => "the mail server refused it",
        FailedCode::MailNoAddress => "you have no address here",
    };
    let tries = words::plural(delivery.failures, "try", "tries");
    Some(FailedLine { tries, last: When::of(failed.at), why })
}
