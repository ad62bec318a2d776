//! What agencies call things of their own: persons, incidents, records. Only the digest of such a name is
//! taken from a message, and it is made where the message is decoded: that goes on beside the fold, which
//! compares digests and never sees a name.

use serde::{Deserialize, Deserializer};

use crate::Digest;

impl Digest {
    /// Of a `person_ref`: an opaque pseudonym, spaces around it aside.
    #[must_use]
    pub fn of_person(reference: &str) -> Self {
        Self::of(&[b"person", reference.trim().as_bytes()])
    }

    /// Of an `incident_ref`, spaces around it aside.
    #[must_use]
    pub fn of_incident(reference: &str) -> Self {
        Self::of(&[b"incident", reference.trim().as_bytes()])
    }

    /// Of a `source_record`: the system, such as `cad`, and the number that it gave. Agencies write the same
    /// number in different ways (`MS1` and ` ms1`): both are one record.
    #[must_use]
    pub fn of_record(system: &str, id: &str) -> Self {
        let (system, id) = (normalised(system), normalised(id));
        Self::of(&[b"record", system.as_bytes(), id.as_bytes()])
    }
}

fn normalised(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.to_uppercase() }
}

#[derive(Deserialize)]
struct SourceRecord {
    system: String,
    id: String,
}

pub(super) fn person<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Digest>, D::Error> {
    let reference = Option::<String>::deserialize(value)?;
    Ok(reference.map(|reference| Digest::of_person(&reference)))
}

pub(super) fn incident<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Digest>, D::Error> {
    let reference = Option::<String>::deserialize(value)?;
    Ok(reference.map(|reference| Digest::of_incident(&reference)))
}

pub(super) fn record<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Digest>, D::Error> {
    let record = Option::<SourceRecord>::deserialize(value)?;
    Ok(record.map(|record| Digest::of_record(&record.system, &record.id)))
}
