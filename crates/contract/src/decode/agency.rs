//! What an agency said: every check of the contract, in the order of [`crate::codes::REJECTIONS`].

use carehub_domain::event::{Event, EventType};
use carehub_domain::fold::identity;
use carehub_domain::message::{Channel, Fault, Rejection, RejectionOutcome};
use carehub_domain::{BodyId, Digest, HomeId};
use jiff::Timestamp;
use serde_json::Value;

use super::{Mode, dates, typed};
use crate::codes::{
    self, FAULTS_LISTED, NOT_CLOUDEVENT, NOT_JSON, SCHEMA_VIOLATION, SOURCE_MISMATCH,
    SUBJECT_MISMATCH, TOO_LARGE, TYPE_NOT_FOR_SUBJECT, TYPE_UNKNOWN, VALUE_MALFORMED,
    VERSION_UNKNOWN, fault, rejected,
};
use crate::contract::Contract;
use crate::envelope::{AGENCY_LIMIT, is_source_of, source_of};
use crate::event_type::{Named, channels, parse_name};
use crate::subject::channel_token;
use crate::{json, personal_data, validate};

/// What the server vouches for about a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speech<'a> {
    /// The room; not known yet to a client that only checks.
    pub(crate) channel: Option<Channel>,
    pub(crate) agency: &'a BodyId,
    pub(crate) home: &'a HomeId,
    pub(crate) recorded_at: Timestamp,
}

/// What came of the checks.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) id: Option<String>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) identity: Option<Digest>,
    pub(crate) event: Result<Event, Rejection>,
    pub(crate) withheld: Vec<Fault>,
}

impl Checked {
    fn unread(rejection: Rejection) -> Self {
        Self { id: None, time: None, identity: None, event: Err(rejection), withheld: Vec::new() }
    }
}

impl Contract {
    pub(crate) fn check(&self, speech: &Speech<'_>, payload: &[u8], mode: Mode) -> Checked {
        if payload.len() > AGENCY_LIMIT {
            let message = format!("a message has at most {AGENCY_LIMIT} bytes");
            return Checked::unread(rejected(TOO_LARGE, "", message));
        }
        if mode == Mode::Trust
            && let Some(checked) = typed::read(speech, payload)
        {
            return checked;
        }
        let value = match json::parse(payload) {
            Ok(value) => value,
            Err(at) => {
                let message = format!(
                    "not JSON, or a name stands twice, at line {}, column {}",
                    at.line, at.column
                );
                return Checked::unread(rejected(NOT_JSON, "", message));
            }
        };
        self.check_value(speech, &value, mode)
    }

    fn check_value(&self, speech: &Speech<'_>, value: &Value, mode: Mode) -> Checked {
        let mut findings = Findings::default();
        if mode == Mode::Validate {
            findings.extend(NOT_CLOUDEVENT, validate::faults(&self.envelope, value, ""));
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let id = text("id").filter(|id| is_id(id));
        let source = text("source");
        let time: Option<Timestamp> = text("time").and_then(|time| time.parse().ok());
        let data = value.get("data").unwrap_or(&Value::Null);

        if let Some(source) = source
            && !is_source_of(source, speech.agency)
        {
            let message =
                format!("must be {}: the agency whose key published it", source_of(speech.agency));
            findings.add(SOURCE_MISMATCH, "/source", message);
        }
        for (named, pointer) in
            [(value.get("subject"), "/subject"), (data.get("home"), "/data/home")]
        {
            if named.and_then(Value::as_str).is_some_and(|named| named != speech.home.as_str()) {
                let message = "must be the home token of the subject that it is published on";
                findings.add(SUBJECT_MISMATCH, pointer, message);
            }
        }
        let event_type = text("type").and_then(|name| findings.event_type(name, speech));
        if mode == Mode::Validate
            && let Some(event_type) = event_type
        {
            // What is no object the envelope has found already.
            if let Some(schema) = text("type").and_then(|name| self.data.get(name))
                && data.is_object()
            {
                findings.extend(SCHEMA_VIOLATION, schema.faults(data));
            }
            dates::check(event_type, data, time, speech.recorded_at, &mut findings);
        }
        let personal =
            if mode == Mode::Validate { personal_data::scan_event(data) } else { Vec::new() };
        let event = match (event_type, findings.code) {
            (Some(event_type), None) => typed::from_value(event_type, data).ok_or_else(unfit),
            (None, None) => Err(rejected(NOT_CLOUDEVENT, "/type", "`type` is mandatory")),
            (_, Some(_)) => Err(findings.rejection(&personal)),
        };
        Checked {
            identity: id.zip(source).map(|(id, source)| identity(speech.agency, source, id)),
            id: id.map(str::to_owned),
            time,
            withheld: if event.is_ok() { personal } else { Vec::new() },
            event,
        }
    }
}

/// Tests hold schemas and types together; this is for the case that they missed one.
fn unfit() -> Rejection {
    let fault =
        fault(VALUE_MALFORMED, "/data", "a value here is in a form that this hub cannot read");
    Rejection {
        outcome: RejectionOutcome::Rejected,
        code: SCHEMA_VIOLATION.to_owned(),
        faults: vec![fault],
    }
}

/// As the envelope's schema has it: an id that is longer or has other characters is not repeated.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

/// What is wrong so far. The first code stays: checks come in the order of the codes.
#[derive(Debug, Default)]
pub(super) struct Findings {
    code: Option<&'static str>,
    faults: Vec<Fault>,
}

impl Findings {
    pub(super) fn add(&mut self, code: &'static str, pointer: &str, message: impl Into<String>) {
        self.extend(code, vec![fault(code, pointer, message)]);
    }

    fn extend(&mut self, code: &'static str, faults: Vec<Fault>) {
        if !faults.is_empty() {
            self.code.get_or_insert(code);
            self.faults.extend(faults);
        }
    }

    fn event_type(&mut self, name: &str, speech: &Speech<'_>) -> Option<EventType> {
        match parse_name(name) {
            Named::Unknown => {
                self.add(TYPE_UNKNOWN, "/type", "no event of an agency has this type");
                None
            }
            Named::OtherVersion => {
                self.add(VERSION_UNKNOWN, "/type", "this hub knows the event only in version v1");
                None
            }
            Named::Known(event_type) => {
                let rooms = channels(event_type);
                if speech.channel.is_some_and(|channel| !rooms.contains(&channel)) {
                    let room = channel_token(rooms[0]);
                    let message = format!("belongs on carehub.{room}.{}.<home>", speech.agency);
                    self.add(TYPE_NOT_FOR_SUBJECT, "/type", message);
                }
                Some(event_type)
            }
        }
    }

    fn rejection(self, personal: &[Fault]) -> Rejection {
        let mut faults = self.faults;
        faults.extend_from_slice(personal);
        faults.truncate(FAULTS_LISTED);
        let code = self.code.unwrap_or(codes::SCHEMA_VIOLATION).to_owned();
        Rejection { outcome: RejectionOutcome::Rejected, code, faults }
    }
}
