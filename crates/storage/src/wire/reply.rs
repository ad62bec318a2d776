//! Answers of JetStream, parsed: publish acknowledgements, refusals, and the reply subject that
//! carries a delivered message's place in the log.

use serde::Deserialize;

/// A refusal by JetStream, in its own words.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// Like an HTTP status: 503 may pass, others will not.
    #[serde(default)]
    pub(crate) code: u64,
    /// The stable number of the refusal.
    #[serde(default, rename = "err_code")]
    pub(crate) number: u64,
    /// For people.
    #[serde(default)]
    pub(crate) description: String,
}

impl ApiError {
    /// The stream does not exist.
    pub(crate) const STREAM_NOT_FOUND: u64 = 10_059;
    /// The consumer does not exist.
    pub(crate) const CONSUMER_NOT_FOUND: u64 = 10_014;
    /// There is no message at the sequence, or none for the subject.
    pub(crate) const MESSAGE_NOT_FOUND: u64 = 10_037;
    /// The subject's last sequence is not the expected one; the second number is what a cluster
    /// says while a first message to the subject is still on its way.
    const WRONG_LAST_SEQUENCE: [u64; 2] = [10_071, 10_164];

    /// Whether the expected last sequence was another one.
    pub(crate) fn is_conflict(&self) -> bool {
        Self::WRONG_LAST_SEQUENCE.contains(&self.number)
    }
}

/// What JetStream answers to a publish.
#[derive(Debug, Deserialize)]
pub(crate) struct PubAck {
    #[serde(default, rename = "seq")]
    pub(crate) sequence: u64,
    #[serde(default)]
    pub(crate) error: Option<ApiError>,
}

/// A delivered message's place, from the reply subject `$JS.ACK....`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// How often this message was delivered, from 1.
    pub(crate) attempts: u64,
    /// Its sequence in the stream.
    pub(crate) sequence: u64,
    /// Its number among this consumer's deliveries, from 1 and without gaps.
    pub(crate) delivery: u64,
    /// When the log recorded it, in unix nanoseconds.
    pub(crate) time: i128,
}

/// Reads a reply subject: `$JS.ACK.<stream>.<consumer>.<attempts>.<sequence>.<delivery>.<time>.<pending>`,
/// or the longer form with a domain and an account hash after `ACK`.
pub(crate) fn delivered(reply: &str) -> Option<Delivered> {
    let tokens: Vec<&str> = reply.split('.').collect();
    if tokens.first() != Some(&"$JS") || tokens.get(1) != Some(&"ACK") {
        return None;
    }
    let numbers = match tokens.len() {
        9 => tokens.get(4..8)?,
        11.. => tokens.get(6..10)?,
        _ => return None,
    };
    let [attempts, sequence, delivery, time] = numbers else {
        return None;
    };
    Some(Delivered {
        attempts: attempts.parse().ok()?,
        sequence: sequence.parse().ok()?,
        delivery: delivery.parse().ok()?,
        time: time.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Delivered, delivered};

    #[test]
    fn both_forms_of_a_reply_subject_are_read() {
        let expected =
            Delivered { attempts: 2, sequence: 42, delivery: 7, time: 1_700_000_000_000_000_001 };
        assert_eq!(
            delivered("$JS.ACK.CAREHUB.police.2.42.7.1700000000000000001.9"),
            Some(expected)
        );
        assert_eq!(
            delivered("$JS.ACK.hub.HASH.CAREHUB.police.2.42.7.1700000000000000001.9"),
            Some(expected)
        );
        assert_eq!(
            delivered("$JS.ACK.hub.HASH.CAREHUB.police.2.42.7.1700000000000000001.9.rnd"),
            Some(expected)
        );
    }

    #[test]
    fn other_subjects_are_not() {
        for subject in
            ["", "_INBOX.x", "$JS.ACK.CAREHUB.police.2.42", "$JS.ACK.CAREHUB.police.a.b.c.d.e"]
        {
            assert_eq!(delivered(subject), None, "{subject}");
        }
    }
}
