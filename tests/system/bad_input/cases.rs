//! What is wrong with each message, and the code that it must get.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(super) const AGENCY: &str = "police";

/// Where the bad input is about; the first, good, concern makes it known.
pub(super) const HOME: &str = "fictional-rosewood";

pub(super) const UNKNOWN_HOME: &str = "fictional-unknown";

/// A message that is wrong in one way.
pub(super) struct Bad {
    pub(super) what: &'static str,
    pub(super) subject: String,
    pub(super) payload: Bytes,
    /// `rejected`, `refused` or `text-withheld`.
    pub(super) verdict: &'static str,
    pub(super) code: &'static str,
    /// The code and the JSON pointer of faults that must be named.
    pub(super) faults: Vec<(&'static str, &'static str)>,
    /// The server lets nobody else put it there: the agency had the right once.
    pub(super) by_the_hubs_key: bool,
}

impl Bad {
    fn concern(what: &'static str, code: &'static str, payload: impl Into<Bytes>) -> Self {
        Self {
            what,
            subject: format!("carehub.concern.{AGENCY}.{HOME}"),
            payload: payload.into(),
            verdict: "rejected",
            code,
            faults: Vec::new(),
            by_the_hubs_key: false,
        }
    }

    fn with_fault(mut self, code: &'static str, pointer: &'static str) -> Self {
        self.faults.push((code, pointer));
        self
    }

    fn refused(mut self, channel: &str, home: &str) -> Self {
        self.verdict = "refused";
        self.subject = format!("carehub.{channel}.{AGENCY}.{home}");
        self
    }
}

/// A well-formed concern, without its id.
pub(super) fn raised(home: &str) -> Value {
    said(
        home,
        "concern.raised",
        json!({
            "kind": "soft-intelligence", "severity": "low", "occurred_at": "2026-02-28",
        }),
    )
}

fn said(home: &str, event_type: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "source": format!("urn:carehub:{AGENCY}"),
        "type": format!("uk.carehub.{event_type}.v1"),
        "subject": home,
        "time": Timestamp::now().to_string(),
        "datacontenttype": "application/json",
        "data": data,
    })
}

/// The bytes of an event with this id.
pub(super) fn event(id: &str, mut event: Value) -> Bytes {
    event["id"] = json!(id);
    event.to_string().into()
}

/// The free text of [`good`].
pub(super) const SUMMARY: &str = "Fictional: a fire door was wedged open.";

/// Nothing is wrong with it.
pub(super) fn good() -> Bytes {
    changed("good", "/data/summary", json!(SUMMARY))
}

/// One of six that raise an escalation.
pub(super) fn referral(home: &str, number: u32) -> Bytes {
    let mut referral = raised(home);
    referral["data"]["kind"] = json!("safeguarding-referral");
    event(&format!("referral-{number}"), referral)
}

/// [`raised`] with one value replaced, or taken away by null.
fn changed(id: &str, pointer: &str, value: Value) -> Bytes {
    let mut changed = raised(HOME);
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = changed.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    event(id, changed)
}

/// What the contract does not allow.
pub(super) fn rejected() -> Vec<Bad> {
    let mut large = event("large", raised(HOME)).to_vec();
    large.resize(65 * 1024, b' ');
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    let known_first = {
        let mut known_first = raised(HOME);
        known_first["data"]["known_at"] = json!("2026-02-27T12:00:00Z");
        event("known-first", known_first)
    };
    let mut all = vec![
        Bad::concern("not JSON", "not-json", "{\"specversion\": \"1.0\", \"id\": \"cut")
            .with_fault("not-json", ""),
        Bad::concern("65 KiB", "too-large", large).with_fault("too-large", ""),
        Bad::concern(
            "a mandatory value is missing",
            "schema-violation",
            changed("no-kind", "/data/kind", Value::Null),
        )
        .with_fault("value-missing", "/data/kind"),
        Bad::concern(
            "an unknown property",
            "schema-violation",
            changed("colour", "/data/colour", json!("blue")),
        )
        .with_fault("value-unknown", "/data/colour"),
        Bad::concern(
            "the source of another agency",
            "source-mismatch",
            changed("source", "/source", json!("urn:carehub:ambulance")),
        )
        .with_fault("source-mismatch", "/source"),
        Bad::concern("known before it happened", "date-impossible", known_first)
            .with_fault("date-impossible", "/data/occurred_at"),
        Bad::concern(
            "known tomorrow",
            "date-impossible",
            changed("tomorrow", "/time", json!(tomorrow.to_string())),
        )
        .with_fault("date-impossible", "/time"),
        Bad::concern(
            "an unknown type",
            "type-unknown",
            changed("type", "/type", json!("uk.carehub.concern.reported.v1")),
        )
        .with_fault("type-unknown", "/type"),
        Bad::concern(
            "an unknown version",
            "version-unknown",
            changed("version", "/type", json!("uk.carehub.concern.raised.v2")),
        )
        .with_fault("version-unknown", "/type"),
        Bad::concern(
            "an id that was used",
            "id-reused",
            changed("good", "/data/severity", json!("high")),
        )
        .with_fault("id-reused", "/id"),
    ];
    // As they stand in the Oregon records.
    for (what, severity) in [("severity 12", 12), ("severity 20", 20), ("severity 21", 21)] {
        let payload = changed(&what.replace(' ', "-"), "/data/severity", json!(severity));
        let bad = Bad::concern(what, "schema-violation", payload);
        all.push(bad.with_fault("value-not-allowed", "/data/severity"));
    }
    all
}

/// What the hub's rules do not allow. `escalation`, at `home`, is not addressed to the agency.
pub(super) fn refused(home: &str, escalation: &str) -> Vec<Bad> {
    let correction = json!({
        "corrects": { "id": "never-said" }, "reason": "Typed twice.", "set": { "severity": "low" },
    });
    let correction = event("correction", said(HOME, "concern.corrected", correction));
    let response = said(home, "escalation.acknowledged", json!({ "escalation": escalation }));
    let closed = said(HOME, "home.closed", json!({ "closed_on": "2026-02-28" }));
    let mut register =
        Bad::concern("the register of another", "not-the-register-owner", event("closed", closed))
            .refused("register", HOME);
    register.by_the_hubs_key = true;
    vec![
        Bad::concern("a correction of nothing", "event-unknown", correction)
            .refused("concern", HOME),
        Bad::concern("a response to another's", "not-addressed", event("response", response))
            .refused("response", home),
        register,
    ]
}

/// What counts while its text is shown to nobody, the part that nobody may see, and how many
/// incidents the home then has.
pub(super) fn withheld() -> Vec<(Bad, &'static str, u32)> {
    let texts = [
        ("an NHS number", "nhs-number-in-text", "9990000018", 2),
        ("an e-mail address", "email-in-text", "somebody@example.org", 3),
        ("a phone number", "phone-in-text", "01632 960123", 4),
    ];
    texts
        .into_iter()
        .map(|(what, fault, secret, total)| {
            let text = json!(format!("Fictional: {secret} was on the note."));
            let payload = changed(fault, "/data/summary", text);
            let mut bad = Bad::concern(what, "personal-data-in-text", payload);
            bad.verdict = "text-withheld";
            (bad.with_fault(fault, "/data/summary"), secret, total)
        })
        .collect()
}

/// What the server itself does not take: where, and what.
pub(super) fn denied() -> Vec<(&'static str, String, Bytes)> {
    let mut large = event("larger", raised(HOME)).to_vec();
    large.resize(128 * 1024 + 1, b' ');
    let own = format!("carehub.concern.{AGENCY}.{HOME}");
    let others = format!("carehub.concern.ambulance.{HOME}");
    let register = format!("carehub.register.{AGENCY}.{HOME}");
    vec![
        ("another agency's subject", others, event("forged", raised(HOME))),
        ("the register", register, event("register", raised(HOME))),
        ("over 128 KiB", own, large.into()),
    ]
}
