//! Every text that an agency can send, in every event that it can say, in hostile words: nothing runs in any page or
//! report, and no cell of a CSV file is a formula. Which texts there are is asked of the contract itself: wherever it
//! takes these words in the place of an example's, they are sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use carehub_contract::{Contract, Mode, Subject, channels, names, personal_data};
use carehub_domain::Position;
use carehub_domain::event::EventType;
use carehub_domain::message::{Channel, MessageBody};
use carehub_domain::policy::Policy;
use carehub_domain::time::london_date;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::escaping::{HOSTILE, check};
use super::{Scene, scene_under};

const HOME: &str = "1-666";

/// The day on which the examples were said.
const EXAMPLES: Date = Date::constant(2026, 10, 5);

/// The pack of Norfolk, whose agencies may say nearly everything.
fn norfolk() -> Policy {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy/norfolk");
    let mut whole = toml::Table::new();
    for file in fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let part: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
        for (name, value) in part {
            match (whole.get_mut(&name), value) {
                (Some(toml::Value::Array(all)), toml::Value::Array(more)) => all.extend(more),
                (Some(toml::Value::Table(all)), toml::Value::Table(more)) => all.extend(more),
                (_, value) => drop(whole.insert(name, value)),
            }
        }
    }
    // As a hub does that begins with it.
    Policy { version: "norfolk-1".to_owned(), ..whole.try_into().unwrap() }
}

/// What begins like a formula, and goes on as markup.
fn formula(longest: usize) -> String {
    let text = format!("=HYPERLINK(1){HOSTILE}");
    text.chars().cycle().take(longest).collect()
}

/// A valid example of what an agency says.
struct Example {
    event_type: EventType,
    event: Value,
}

fn examples() -> Vec<Example> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples");
    let mut examples = Vec::new();
    for event_type in EventType::ALL {
        for name in names(event_type) {
            let valid = dir.join(name.trim_start_matches("uk.carehub.")).join("valid");
            let mut files: Vec<_> =
                fs::read_dir(valid).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            examples.extend(files.into_iter().map(|file| Example {
                event_type,
                event: serde_json::from_slice(&fs::read(file).unwrap()).unwrap(),
            }));
        }
    }
    examples.sort_by_key(|example| order(example.event_type));
    examples
}

/// The places of all texts in a tree.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                texts(item, &format!("{at}/{nth}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                texts(field, &format!("{at}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Names the event, its sender and its home anew, and what it speaks of: an escalation, and events that were taken.
fn addressed(
    event: &Value,
    (agency, home): (&str, &str),
    escalation: &str,
    taken: &BTreeMap<String, String>,
    nth: usize,
) -> Value {
    let mut event = event.clone();
    event["id"] = json!(format!("hostile-{nth}"));
    event["source"] = json!(format!("urn:carehub:{agency}"));
    event["subject"] = json!(home);
    for (name, value) in [("home", home), ("escalation", escalation)] {
        if event["data"].get(name).is_some() {
            event["data"][name] = json!(value);
        }
    }
    refer(&mut event["data"], agency, taken);
    event
}

/// What was still to come on the day of the examples is still to come.
fn move_dates(value: &mut Value, today: Date) {
    match value {
        Value::String(text) => {
            let day: Option<Date> = text.parse().ok().filter(|_| text.len() == 10);
            if let Some(later) = day.filter(|day| *day > EXAMPLES) {
                *text = (today + (later - EXAMPLES)).to_string();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| move_dates(field, today)),
        Value::Array(items) => items.iter_mut().for_each(|item| move_dates(item, today)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Ends, after which less can be said, come last.
fn order(event_type: EventType) -> u32 {
    let ends = [
        EventType::ConcernWithdrawn,
        EventType::Closed,
        EventType::Reopened,
        EventType::PlacementsLifted,
        EventType::ProcessClosed,
        EventType::HomeClosed,
    ];
    u32::from(ends.contains(&event_type))
}

/// What refers to an event names one of the agency's own, or one of the agency that it names.
fn refer(value: &mut Value, own: &str, taken: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("id") && !fields.contains_key("name") {
                let agency = fields.get("agency").and_then(Value::as_str).unwrap_or(own);
                if let Some(id) = taken.get(agency).or_else(|| taken.get(own)) {
                    fields["id"] = json!(id);
                }
            }
            for (name, field) in fields {
                if !["provider", "brand"].contains(&name.as_str()) {
                    refer(field, own, taken);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, own, taken)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The token of the room in which an agency says it; none of what the hub says for a person, nor of what takes a text
/// away, which this hub in memory cannot.
fn room(event_type: EventType) -> Option<&'static str> {
    if event_type == EventType::ErasureRequested {
        return None;
    }
    match channels(event_type)[0] {
        Channel::Concern => Some("concern"),
        Channel::Response => Some("response"),
        Channel::Register => Some("register"),
        Channel::Form => None,
    }
}

/// Puts the words wherever the contract takes them, as long as it takes them; the names of those places.
fn make_hostile(contract: &Contract, scene: &Scene, event: &mut Value) -> BTreeSet<String> {
    let name = |field: &str| event[field].as_str().unwrap().to_owned();
    let agency = name("source").trim_start_matches("urn:carehub:").to_owned();
    let subject = format!("carehub.form.{agency}.{}", name("subject"));
    let subject = Subject::parse(&subject).unwrap();
    let takes = |event: &Value| {
        let mut event = event.clone();
        event["actor"] = json!("p-1");
        let payload = event.to_string().into_bytes();
        let message = contract.decode(&subject, &payload, scene.now, Position(1), Mode::Validate);
        matches!(message.body, MessageBody::Agency(said) if said.event.is_ok() && said.withheld.is_empty())
    };
    assert!(takes(event), "an example is taken: {event}");
    let mut places = Vec::new();
    texts(&event["data"], "/data", &mut places);
    let mut taken = BTreeSet::new();
    for place in places {
        let before = event.pointer(&place).unwrap().clone();
        let fits = [4_000, 2_000, 1_000, 500, 200, 64].into_iter().any(|longest| {
            *event.pointer_mut(&place).unwrap() = Value::String(formula(longest));
            takes(event)
        });
        if fits {
            let name = place.rsplit('/').find(|part| part.parse::<usize>().is_err());
            taken.insert(name.unwrap().to_owned());
        } else {
            *event.pointer_mut(&place).unwrap() = before;
        }
    }
    taken
}

/// Says each example in hostile words, by whoever may and about whatever is open: which types the hub took, and in which
/// fields the words stood.
fn say_everything(scene: &mut Scene, bodies: &[String]) -> (BTreeSet<EventType>, BTreeSet<String>) {
    let contract = Contract::compile().unwrap();
    let (mut took, mut fields, mut nth) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for Example { event_type, mut event } in examples() {
        let Some(room) = room(event_type) else { continue };
        let named = make_hostile(&contract, scene, &mut event);
        move_dates(&mut event["data"], london_date(scene.now));
        let home = if event["subject"] == "unmatched" { "unmatched" } else { HOME };
        let open = scene.hub.get("council-safeguarding", "/api/v1/escalations?state=open&limit=8");
        let open = open.ok();
        let mut about: Vec<&str> = open["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|escalation| escalation["id"].as_str().unwrap())
            .collect();
        if event["data"].get("escalation").is_none() || about.is_empty() {
            about = vec!["0123456789abcdef"];
        }
        let tries = bodies.iter().flat_map(|agency| about.iter().map(move |id| (agency, *id)));
        for (agency, id) in tries {
            nth += 1;
            let event = addressed(&event, (agency, home), id, &taken, nth);
            let subject = format!("carehub.{room}.{agency}.{home}");
            let position = scene.hub.publish(&subject, event.to_string().into_bytes());
            if scene.hub.took(position) {
                took.insert(event_type);
                fields.extend(named);
                if event_type == EventType::ConcernRaised && home == HOME {
                    taken.insert(agency.clone(), format!("hostile-{nth}"));
                }
                break;
            }
        }
    }
    (took, fields)
}

/// Every cell of a CSV file, with quotes as RFC 4180 has them.
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = csv.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(next),
        }
    }
    cells
}

#[test]
fn no_text_of_any_event_runs_in_any_page_or_spreadsheet() {
    let policy = norfolk();
    let bodies: Vec<String> = policy.body.iter().map(|body| body.id.to_string()).collect();
    let mut scene = scene_under(&policy);
    let today = scene.today();
    for _ in 0..6 {
        scene.hub.concern("adult-social-care", HOME, "safeguarding-referral", &today);
    }
    let (took, fields) = say_everything(&mut scene, &bodies);
    let not_taken: Vec<EventType> =
        EventType::ALL.into_iter().filter(|known| !took.contains(known)).collect();
    println!("texts: {fields:?}\nnot taken: {not_taken:?}");
    for name in personal_data::FREE_TEXT.into_iter().chain(["name", "area"]) {
        assert!(fields.contains(name), "`{name}` was never said: {fields:?}");
    }
    // The others answer what is not asked here; their texts have the same names and stand where these stand.
    assert!(took.len() >= 37, "{} types were taken", took.len());

    let open = scene.hub.get("council-safeguarding", "/api/v1/escalations?limit=100").ok();
    let escalations = open["items"].as_array().unwrap();
    assert!(!escalations.is_empty());
    let mut paths: Vec<String> = escalations
        .iter()
        .map(|escalation| format!("/escalations/{}", escalation["id"].as_str().unwrap()))
        .collect();
    for path in [
        "/",
        "/homes",
        "/homes?q=HYPERLINK",
        "/homes?q=hyprelink",
        "/homes/1-666",
        "/homes/1-666/raise",
        "/homes/1-666/audit",
        "/map",
        "/placements",
        "/unmatched",
        "/notices",
        "/returned",
        "/following",
        "/escalations?whose=all",
        "/reports",
        "/providers/fictional-provider-1",
        "/brands/BD000",
    ] {
        paths.push(path.to_owned());
    }
    let reports = [
        "meeting-pack?meeting=care-governance",
        "threshold?month=",
        "board?from=",
        "actions?since=",
        "sources?from=",
        "minutes?from=",
        "memorandum?from=",
        "contingency-plans?month=",
        "sharing?from=",
        "chronology?home=1-666",
    ];
    let tomorrow = (scene.now + jiff::SignedDuration::from_hours(24)).to_string();
    let (month, day) = (&today[..7], &tomorrow[..10]);
    let asked = reports.map(|report| {
        let report = report.replace("month=", &format!("month={month}"));
        report.replace("from=", &format!("from=2026-01-01&until={day}"))
    });
    paths.extend(asked.iter().map(|report| format!("/reports/{report}")));
    let mut shown = 0;
    for name in ["council-safeguarding", "council-qa", "police", "cqc", "ambulance"] {
        let mut browser = scene.signed_in(name);
        for path in &paths {
            let page = browser.get(path);
            // Not everybody may see everything, nor has a report of the future.
            if page.status == 200 {
                check(&page.body, &format!("{name} {path}"));
                shown += usize::from(page.body.contains("=HYPERLINK(1)&#60;/textarea&#62;"));
            }
            assert_ne!(page.status, 500, "{name} {path}");
        }
        for report in &asked {
            let csv = scene.hub.get(name, &format!("/api/v1/reports/{report}&format=csv"));
            if csv.status == 200 {
                for cell in cells(&csv.body) {
                    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                    assert!(!formula, "{name} {report}: {cell}");
                    shown += usize::from(cell.starts_with("'=HYPERLINK"));
                }
            }
        }
    }
    assert!(shown >= 100, "the words stand in {shown} pages and cells");
}
