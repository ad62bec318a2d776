//! Saying everything: each published example in hostile words, by its own agency or another that may, about what stands
//! at the home to be spoken of. What an example answers is said before it.

use std::collections::{BTreeMap, BTreeSet};

use carehub_contract::{channels, name};
use carehub_domain::event::EventType;
use carehub_domain::message::Channel;
use carehub_domain::time::london_date;
use serde_json::{Map, Value, json};

use super::super::Scene;
use super::HOME;
use super::examples::{ENDS, Example, examples, move_dates};
use super::words::{event_id, make_hostile};

/// What nobody says here. A request to erase takes no words: it has a reason of a list, a role and the name of an event.
/// And what is taken of it is a tombstone, which is written from the erased message by a part that this hub in memory has
/// not.
pub(super) const LEFT_OUT: [EventType; 1] = [EventType::ErasureRequested];

/// What is not yet matched to a home stands here.
const UNMATCHED: &str = "unmatched";

/// Who else says what an example's own agency may not: those who must act on most escalations.
const OTHERS: [&str; 4] = ["council-qa", "council-safeguarding", "cqc", "police"];

/// What was said, as others name it.
struct Told {
    agency: String,
    id: String,
    /// Of a concern.
    kind: String,
}

/// What was said so far, and what became of it.
#[derive(Default)]
pub(super) struct Saying {
    nth: usize,
    concerns: Vec<Told>,
    unmatched: Vec<Told>,
    requests: Vec<Told>,
    /// The escalation that is answered step by step: CQC and the council must both act on it.
    pub(super) answered: Option<String>,
    /// The types of which the hub took one.
    pub(super) took: BTreeSet<EventType>,
    /// The fields that take the words.
    pub(super) takes_words: BTreeSet<(EventType, String)>,
    /// Those of them with which the hub took an event.
    pub(super) said: BTreeSet<(EventType, String)>,
    /// The type of what was said under an id.
    sent: BTreeMap<String, EventType>,
}

impl Saying {
    /// Everything is said and under way.
    pub(super) fn begun(scene: &mut Scene) -> Self {
        let today = scene.today();
        for _ in 0..6 {
            scene.hub.concern("adult-social-care", HOME, "safeguarding-referral", &today);
        }
        let mut saying = Self::default();
        for example in examples().iter().filter(|example| !ENDS.contains(&example.event_type)) {
            saying.say(scene, example);
        }
        saying
    }

    /// What can end ends.
    pub(super) fn end(&mut self, scene: &mut Scene) {
        for example in examples().iter().filter(|example| ENDS.contains(&example.event_type)) {
            self.say(scene, example);
        }
    }

    fn say(&mut self, scene: &mut Scene, example: &Example) {
        let event_type = example.event_type;
        let mut event = example.event.clone();
        let fields = make_hostile(scene.now, &mut event);
        if LEFT_OUT.contains(&event_type) {
            assert!(fields.is_empty(), "{event_type:?} takes the words in {fields:?}");
            return;
        }
        let fields: BTreeSet<_> = fields.into_iter().map(|field| (event_type, field)).collect();
        self.takes_words.extend(fields.iter().cloned());
        move_dates(&mut event["data"], london_date(scene.now));
        self.prepare(scene, event_type);
        self.suit(scene, event_type, &mut event["data"]);
        let is_taken = match room(event_type) {
            Some(room) => self.tell(scene, room, event_type, &event),
            None => fill_in(scene, event_type, &event["data"]),
        };
        if is_taken {
            self.took.insert(event_type);
            self.said.extend(fields);
        }
    }

    /// Says what has to be said before.
    fn prepare(&mut self, scene: &mut Scene, event_type: EventType) {
        let today = scene.today();
        if event_type == EventType::ConcernMatched {
            let somewhere = json!({
                "place": {"address": "By the church"}, "kind": "soft-intelligence",
                "occurred_at": today, "severity": "low",
            });
            self.put(scene, ("council-qa", UNMATCHED), EventType::ConcernRaised, somewhere);
        }
        if self.took.contains(&event_type) {
            return;
        }
        let [informed, met, closed] =
            [EventType::ProviderInformed, EventType::ProviderMet, EventType::ProcessClosed];
        if [informed, met, closed].contains(&event_type) {
            // The provider is told nothing before the police have advised.
            let advice = json!({"advice": "go-on", "advised_on": today});
            self.put(scene, ("police", HOME), EventType::PoliceAdviceRecorded, advice);
        }
        if event_type == closed {
            // No example says so, and no process is closed without.
            let heard = json!({"kind": "adults-views", "done": true});
            self.put(scene, ("advocacy", HOME), EventType::ProcessRecorded, heard);
        }
    }

    /// Says something in hostile words, too; it is taken.
    fn put(
        &mut self,
        scene: &mut Scene,
        (agency, home): (&str, &str),
        event_type: EventType,
        data: Value,
    ) {
        let mut event = json!({
            "specversion": "1.0", "id": "x", "source": format!("urn:carehub:{agency}"),
            "type": name(event_type), "time": scene.now.to_string(), "subject": home,
            "datacontenttype": "application/json", "data": data,
        });
        make_hostile(scene.now, &mut event);
        let event = self.addressed(event_type, &event, (agency, home), "");
        let room = room(event_type).unwrap();
        let is_taken = self.publish(scene, room, event_type, (agency, home), &event);
        assert!(is_taken, "{agency} {event_type:?}");
    }

    /// Names what the examples cannot: the picture that was shown, and bodies of the pack.
    fn suit(&self, scene: &Scene, event_type: EventType, data: &mut Value) {
        if event_type == EventType::ConcernTriaged {
            let home = scene.hub.get("council-safeguarding", &format!("/api/v1/homes/{HOME}"));
            data["picture_revision"] = home.ok()["revision"].clone();
        }
        if event_type == EventType::BodySucceeded {
            data["predecessors"] = json!(["acute-trust", "mental-health-trust"]);
            data["successors"] = json!(["health-commissioner"]);
        }
    }

    /// Says an event on an agency's own account, about whichever escalation will do.
    fn tell(
        &mut self,
        scene: &mut Scene,
        room: &str,
        event_type: EventType,
        event: &Value,
    ) -> bool {
        let own = event["source"].as_str().unwrap().trim_start_matches("urn:carehub:").to_owned();
        let home = if event["subject"] == UNMATCHED { UNMATCHED } else { HOME };
        let others = OTHERS.into_iter().filter(|other| *other != own);
        let about = self.about(scene, event_type, event);
        for agency in std::iter::once(own.as_str()).chain(others) {
            for escalation in &about {
                let event = self.addressed(event_type, event, (agency, home), escalation);
                if self.publish(scene, room, event_type, (agency, home), &event) {
                    return true;
                }
            }
        }
        false
    }

    /// The escalations that an event may be about, the one that is answered step by step first; one of no name where it
    /// is about none.
    fn about(&mut self, scene: &Scene, event_type: EventType, event: &Value) -> Vec<String> {
        if event["data"].get("escalation").is_none() {
            return vec![String::new()];
        }
        let state = if event_type == EventType::Reopened { "closed" } else { "open" };
        let path = format!("/api/v1/escalations?home={HOME}&state={state}&limit=100");
        let found = scene.hub.get("council-qa", &path).ok();
        let found = found["items"].as_array().unwrap();
        let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
        if self.answered.is_none() {
            let is_asked = |one: &&Value| {
                let bodies = one["bodies"].as_array().unwrap();
                one["trigger"] == "professional-judgement" && bodies.contains(&json!("cqc"))
            };
            self.answered = found.iter().find(is_asked).map(id);
        }
        let mut about: Vec<String> = found.iter().map(id).collect();
        about.sort_by_key(|id| self.answered.as_ref() != Some(id));
        about
    }

    /// Names the event, its sender and its home anew, and what it speaks of.
    fn addressed(
        &mut self,
        event_type: EventType,
        event: &Value,
        (agency, home): (&str, &str),
        escalation: &str,
    ) -> Value {
        self.nth += 1;
        let mut event = event.clone();
        event["id"] = json!(event_id(self.nth));
        event["source"] = json!(format!("urn:carehub:{agency}"));
        event["subject"] = json!(home);
        for unread in ["dataschema", "tracestate"] {
            event[unread] = json!(event_id(0));
        }
        let data = &mut event["data"];
        for (name, value) in [("home", home), ("escalation", escalation)] {
            if data.get(name).is_some() {
                data[name] = json!(value);
            }
        }
        self.refer("", data, (agency, event_type));
        event
    }

    /// What names an event names one that was said.
    fn refer(&self, field: &str, value: &mut Value, (own, event_type): (&str, EventType)) {
        match value {
            Value::Object(fields) => {
                if !is_event(field, fields) {
                    for (name, value) in fields {
                        self.refer(name, value, (own, event_type));
                    }
                    return;
                }
                let named = fields.get("agency").and_then(Value::as_str).unwrap_or(own);
                let Some(told) = self.meant(field, named, event_type) else { return };
                fields.insert("id".to_owned(), json!(told.id));
                if told.agency == own {
                    fields.remove("agency");
                } else {
                    fields.insert("agency".to_owned(), json!(told.agency));
                }
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.refer(field, item, (own, event_type)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// What a field speaks of: of the agency and the kind that it asks for, where there is such. The first of them, so that
    /// what is put right, matched or withdrawn, which is the last, is spoken of nowhere else.
    fn meant(&self, field: &str, agency: &str, event_type: EventType) -> Option<&Told> {
        let all = match field {
            "matches" => &self.unmatched,
            "request" => &self.requests,
            _ => &self.concerns,
        };
        let kind = match field {
            "death" => "death",
            "checks" => "enquiry-outcome",
            "concern" if event_type == EventType::DeathSamePerson => "safeguarding-referral",
            _ => "",
        };
        let mut all: Vec<&Told> = all.iter().collect();
        if ["matches", "corrects", "withdraws"].contains(&field) {
            all.reverse();
        }
        all.sort_by_key(|told| (told.agency != agency, !kind.is_empty() && told.kind != kind));
        all.first().copied()
    }

    fn publish(
        &mut self,
        scene: &mut Scene,
        room: &str,
        event_type: EventType,
        (agency, home): (&str, &str),
        event: &Value,
    ) -> bool {
        let id = event["id"].as_str().unwrap().to_owned();
        self.sent.insert(id.clone(), event_type);
        let subject = format!("carehub.{room}.{agency}.{home}");
        let position = scene.hub.publish(&subject, event.to_string().into_bytes());
        if !scene.hub.took(position) {
            return false;
        }
        let kind = event["data"]["kind"].as_str().unwrap_or_default().to_owned();
        let told = Told { agency: agency.to_owned(), id, kind };
        if event_type == EventType::ConcernRaised && home == HOME {
            self.concerns.push(told);
        } else if event_type == EventType::ConcernRaised {
            self.unmatched.push(told);
        } else if event_type == EventType::InformationRequested {
            self.requests.push(told);
        } else if event_type == EventType::ConcernMatched {
            self.unmatched.pop();
        }
        true
    }

    /// Why the hub did not take what was said of these types: the codes.
    pub(super) fn refusals(
        &self,
        scene: &Scene,
        types: &[EventType],
    ) -> BTreeMap<EventType, BTreeSet<String>> {
        let mut codes: BTreeMap<EventType, BTreeSet<String>> = BTreeMap::new();
        for stored in scene.hub.log().messages() {
            let rooms = ["carehub.refusal.", "carehub.rejection."];
            if !rooms.iter().any(|room| stored.subject.starts_with(room)) {
                continue;
            }
            let message: Value = serde_json::from_slice(&stored.payload).unwrap();
            let data = &message["data"];
            let said = data["event_id"].as_str().and_then(|id| self.sent.get(id));
            if let Some(event_type) = said.filter(|said| types.contains(said)) {
                codes.entry(*event_type).or_default().insert(data["code"].to_string());
            }
        }
        codes
    }
}

/// The token of the room in which an agency says it; none of what the hub says for a person alone.
fn room(event_type: EventType) -> Option<&'static str> {
    match channels(event_type)[0] {
        Channel::Concern => Some("concern"),
        Channel::Response => Some("response"),
        Channel::Register => Some("register"),
        Channel::Form => None,
    }
}

/// Says what only a person says, by the form that it has; whether it was taken.
fn fill_in(scene: &mut Scene, event_type: EventType, data: &Value) -> bool {
    assert_eq!(event_type, EventType::BreakGlassOpened, "which form says this?");
    let page = format!("/homes/{HOME}/break-glass");
    let lasts = if data.get("until").is_some() { "120" } else { "240" };
    let form = [("reason", data["reason"].as_str().unwrap()), ("lasts", lasts)];
    let mut officer = scene.signed_in("council-qa");
    let opened = scene.send(&mut officer, &page, &form);
    assert_eq!(opened.status, 303, "{}", opened.body);
    opened.header("location") == format!("{page}?done=opened")
}

/// Whether an object names an event: a provider and a brand have an id of their own.
fn is_event(field: &str, fields: &Map<String, Value>) -> bool {
    let names_one = fields.keys().all(|name| name == "id" || name == "agency");
    fields.contains_key("id") && names_one && !["provider", "brand"].contains(&field)
}
