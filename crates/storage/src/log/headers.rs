//! The headers of a stored message: its publisher's, and those that a direct get adds to them.

use async_nats::HeaderMap;

/// What the server adds to a message that it hands out one by one, in the order of [`Place::server`].
const OF_SERVER: [&str; 4] = ["Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp"];

/// The headers of a message that was got by its sequence.
pub(super) struct Place {
    /// The publisher's own, as [`of`] gives them.
    pub(super) publisher: Vec<(String, String)>,
    /// The values of [`OF_SERVER`].
    pub(super) server: [Option<String>; 4],
}

/// The headers, sorted by name; the values of one name in their order. The client library keeps them
/// in no order of names, so this is all the order that there is.
pub(super) fn of(headers: Option<&HeaderMap>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = headers
        .into_iter()
        .flat_map(HeaderMap::iter)
        .flat_map(|(name, values)| {
            let name: &str = name.as_ref();
            values.iter().map(move |value| (name.to_owned(), value.as_str().to_owned()))
        })
        .collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs
}

/// Parts the server's headers from the publisher's. The server appends its own, so of two headers of
/// one name the last is the server's: a publisher cannot claim another place in the log.
pub(super) fn place(headers: Option<&HeaderMap>) -> Place {
    let mut publisher = of(headers);
    let server = OF_SERVER.map(|name| {
        let last = publisher.iter().rposition(|(other, _)| other == name)?;
        Some(publisher.remove(last).1)
    });
    Place { publisher, server }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_cannot_claim_another_place_in_the_log() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("Nats-Sequence", "7"),
            ("X", "b"),
            ("Nats-Stream", "CAREHUB"),
            ("Nats-Sequence", "42"),
            ("X", "a"),
        ] {
            headers.append(name, value);
        }
        let place = place(Some(&headers));
        assert_eq!(place.server[2].as_deref(), Some("42"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(place.publisher, [pair("Nats-Sequence", "7"), pair("X", "b"), pair("X", "a")]);
        assert_eq!(of(None), []);
    }
}
