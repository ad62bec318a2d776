//! What the server says asynchronously in `-ERR`, read back into something a caller can match.

/// A refusal that the server reports beside the conversation instead of as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    /// This user may not publish to the subject.
    Publish(String),
    /// This user may not subscribe to the subject.
    Subscribe(String),
    /// A message was larger than the account allows; the server closes the connection.
    Payload,
}

/// Reads the text of an `-ERR` line; `None` for texts that concern no single operation.
pub(crate) fn parse(text: &str) -> Option<Denial> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("maximum payload") {
        return Some(Denial::Payload);
    }
    if !lower.contains("permissions violation") {
        return None;
    }
    // The subject is quoted, and a subject cannot contain a quote.
    let subject = text.split('"').nth(1)?.to_owned();
    if lower.contains("for publish") {
        Some(Denial::Publish(subject))
    } else if lower.contains("for subscription") {
        Some(Denial::Subscribe(subject))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Denial, parse};

    #[test]
    fn the_texts_of_the_server_are_understood() {
        assert_eq!(
            parse("Permissions Violation for Publish to \"carehub.concern.NHS.H-1\""),
            Some(Denial::Publish("carehub.concern.NHS.H-1".into()))
        );
        assert_eq!(
            parse("Permissions Violation for Subscription to \"a.>\" using queue \"q\""),
            Some(Denial::Subscribe("a.>".into()))
        );
        assert_eq!(parse("Maximum Payload Violation"), Some(Denial::Payload));
        assert_eq!(parse("Stale Connection"), None);
        assert_eq!(parse("Permissions Violation for Publish to nothing"), None);
    }
}
