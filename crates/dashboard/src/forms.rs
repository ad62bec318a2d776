//! What a signed-in person fills in on a page: said on `carehub.form.<agency>.<home>`, which only the hub may, with
//! the person named. It is true when it is folded, so this waits for that, within a bound.

use std::time::Duration;

use bytes::Bytes;
use carehub_contract::form::{Filler, encode_form};
use carehub_contract::personal_data;
use carehub_domain::event::EventType;
use carehub_domain::message::Verdict;
use carehub_domain::{BodyId, HomeId, PersonId, Position};
use carehub_people::Secret;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::api::verdicts;
use crate::forged::Posted;
use crate::problem::Problem;
use crate::shared::{App, Shared};

/// How long a page waits for its form to be folded; a request may take longer than that.
const FOLDED_WITHIN: Duration = Duration::from_secs(6);

/// How long it waits besides until the hub has told the bodies what came of it.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The most characters of a text, as the schemas have it.
const TEXT_KEPT: usize = 4_000;

/// The fields of a form as the browser sent them: a box that is ticked several times stands in it several times.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Posted for Fields {
    fn csrf(&self) -> &str {
        self.get("csrf")
    }
}

impl Fields {
    /// The value of a field, without the space around it; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Fills a field in.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Whether any field has this value.
    pub(crate) fn holds(&self, value: &str) -> bool {
        self.0.iter().any(|(_, given)| given.trim() == value)
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|given| given == value)
    }

    /// The id of the event that the form becomes: made with the page, so that a form that is sent twice says one
    /// thing. Where it is not as the page made it, a fresh one.
    pub(crate) fn event_id(&self) -> Result<String, Problem> {
        let given = self.get("event");
        let is_ours = given.strip_prefix("form-").is_some_and(|rest| {
            rest.len() == 43
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        if is_ours { Ok(given.to_owned()) } else { fresh_event_id() }
    }
}

/// An id that no other event has.
pub(crate) fn fresh_event_id() -> Result<String, Problem> {
    let secret = Secret::fresh().map_err(|error| {
        tracing::error!(%error, "could not make an id");
        Problem::internal()
    })?;
    Ok(format!("form-{}", secret.reveal()))
}

/// A short name that follows from the id of an event.
pub(crate) fn short_name(event: &str) -> String {
    format!("a-{}", HEXLOWER.encode(&Sha256::digest(event)[..6]))
}

/// What is wrong with a field, for the person who filled it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The field, by its name in the form.
    pub(crate) field: &'static str,
    /// What to do about it.
    pub(crate) words: &'static str,
}

/// A text that has to be there.
pub(crate) fn text(
    fields: &Fields,
    field: &'static str,
    missing: &'static str,
    faults: &mut Vec<Fault>,
) -> String {
    let text = optional_text(fields, field, faults);
    match text {
        Some(text) => text,
        None => {
            if !faults.iter().any(|fault| fault.field == field) {
                faults.push(Fault { field, words: missing });
            }
            String::new()
        }
    }
}

/// A text that may be left out. Personal data is refused here, before it is in the log.
pub(crate) fn optional_text(
    fields: &Fields,
    field: &'static str,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    let text = fields.get(field).replace("\r\n", "\n");
    if text.is_empty() {
        return None;
    }
    let found = personal_data::scan(&text);
    let wrong = if text.chars().count() > TEXT_KEPT {
        Some("Use 4,000 characters at most")
    } else if found.nhs_number {
        Some("Leave out the NHS number: nothing here may identify a resident")
    } else if found.email {
        Some("Leave out the e-mail address")
    } else if found.phone {
        Some("Leave out the phone number")
    } else {
        None
    };
    if let Some(words) = wrong {
        faults.push(Fault { field, words });
        return None;
    }
    Some(text)
}

/// What is said, of whom.
pub(crate) struct Form<'a> {
    pub(crate) agency: &'a BodyId,
    pub(crate) person: &'a PersonId,
    pub(crate) home: &'a HomeId,
    pub(crate) said: EventType,
    pub(crate) id: String,
    pub(crate) data: Value,
}

/// What became of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It counts.
    Accepted {
        /// Where it stands.
        at: Position,
    },
    /// The same form was taken before.
    Before,
    /// The hub said no.
    Refused {
        /// Why.
        code: String,
    },
    /// It is in the log and will be folded; nobody knows yet what will become of it.
    UnderWay,
}

/// Says it, and waits for what becomes of it.
///
/// # Errors
/// The log does not take it: nothing was said, or nobody knows.
pub(crate) async fn send(app: &App, form: Form<'_>) -> Result<Taken, Problem> {
    let Form { agency, person, home, said, id, data } = form;
    let filler = Filler { agency, person, home };
    let encoded =
        encode_form(filler, said, id, Timestamp::now(), data).map_err(|_| Problem::internal())?;
    sent(app, agency, &encoded.subject, encoded.payload).await
}

/// Appends a form of a person of `agency`, and waits for what becomes of it.
///
/// # Errors
/// The log does not take it: nothing was said, or nobody knows.
pub(crate) async fn sent(
    app: &App,
    agency: &BodyId,
    subject: &str,
    payload: Vec<u8>,
) -> Result<Taken, Problem> {
    let position = publish(app, subject, payload).await?;
    match folded(app, agency, position).await? {
        None => Ok(Taken::UnderWay),
        Some(Verdict::Accepted | Verdict::Corroborating { .. } | Verdict::TextWithheld) => {
            Ok(Taken::Accepted { at: position })
        }
        Some(Verdict::Duplicate { .. }) => Ok(Taken::Before),
        Some(Verdict::Rejected { code }) if code == "id-reused" => Ok(Taken::Before),
        Some(Verdict::Refused { code } | Verdict::Rejected { code }) => Ok(Taken::Refused { code }),
    }
}

/// Appends a form to the log.
async fn publish(app: &Shared, subject: &str, payload: Vec<u8>) -> Result<Position, Problem> {
    let said = app.log.publish(subject, Bytes::from(payload)).await;
    said.map(Position).map_err(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "a form was not taken in");
        Problem::internal()
    })
}

/// What became of what an agency said at `position`, once that is folded; none where it takes too long.
async fn folded(
    app: &App,
    agency: &BodyId,
    position: Position,
) -> Result<Option<Verdict>, Problem> {
    let is_folded = || app.pictures.progress().position >= position;
    if !wait_for(FOLDED_WITHIN, is_folded).await {
        return Ok(None);
    }
    let verdict = verdicts::own(app, agency, vec![position]).await?.pop();
    Ok(verdict.map(|at| at.verdict))
}

/// Waits, for a short while, until the hub has read back what it decided: then the next page shows it.
pub(crate) async fn told(is_told: impl Fn() -> bool) {
    // Whether or not: the page is right either way, only sooner.
    let _ = wait_for(TOLD_WITHIN, is_told).await;
}

async fn wait_for(within: Duration, is_so: impl Fn() -> bool) -> bool {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(within, waiting).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn personal_data_never_reaches_the_log() {
        for (text, words) in [
            ("Ring 01603 123456 now", "Leave out the phone number"),
            ("Write to a.b@example.org", "Leave out the e-mail address"),
            ("943 476 5919", "Leave out the NHS number: nothing here may identify a resident"),
        ] {
            let mut faults = Vec::new();
            assert_eq!(optional_text(&fields(&[("note", text)]), "note", &mut faults), None);
            assert_eq!(faults, [Fault { field: "note", words }]);
        }
        let long = "x".repeat(TEXT_KEPT + 1);
        let mut faults = Vec::new();
        text(&fields(&[("note", &long)]), "note", "Say why", &mut faults);
        assert_eq!(faults.len(), 1);
        faults.clear();
        assert_eq!(text(&fields(&[("note", "  ")]), "note", "Say why", &mut faults), "");
        assert_eq!(faults, [Fault { field: "note", words: "Say why" }]);
        // What is measured in characters is measured in characters.
        faults.clear();
        let full = "é".repeat(TEXT_KEPT);
        assert_eq!(optional_text(&fields(&[("note", &full)]), "note", &mut faults), Some(full));
    }

    #[test]
    fn only_an_id_that_a_page_made_is_taken() {
        let made = fresh_event_id().unwrap();
        assert_eq!(fields(&[("event", &made)]).event_id().unwrap(), made);
        for other in ["", "form-", "x", "form-../../../../../../../../../../../../../../../e"] {
            assert_ne!(fields(&[("event", other)]).event_id().unwrap(), other);
        }
    }
}
