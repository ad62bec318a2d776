//! Seeded mutations of valid messages.

use async_nats::HeaderMap;
use bytes::Bytes;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

pub(super) const AGENCY: &str = "police";
pub(super) const SUBJECT: &str = "carehub.concern.police.F00001";

/// How many valid ones there are, and the first's number.
const VALID: usize = 10;
const BASE: usize = 1_000_000;

/// A message, and what is wrong with it.
pub(super) struct Mutation {
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) headers: Option<HeaderMap>,
    pub(super) payload: Bytes,
}

/// A valid concern, as JSON.
fn event(number: usize) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("fuzz-{number}"),
        "source": format!("urn:carehub:{AGENCY}"),
        "type": "uk.carehub.concern.raised.v1",
        "subject": "F00001",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "kind": "soft-intelligence", "severity": "low", "occurred_at": "2026-02-28",
            "summary": format!("Fictional: observation {number} of a wedged fire door."),
        },
    })
}

/// A valid concern.
pub(super) fn valid(number: usize) -> Bytes {
    event(number).to_string().into()
}

/// The valid ones that are sent first, so that their ids are taken.
pub(super) fn base() -> Vec<Mutation> {
    let one = |number| Mutation {
        kind: "valid",
        subject: SUBJECT.to_owned(),
        headers: None,
        payload: valid(BASE + number),
    };
    (0..VALID).map(one).collect()
}

/// `count` messages, the same for the same seed.
pub(super) fn mutations(seed: u64, count: usize) -> Vec<Mutation> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|number| mutation(&mut random, number)).collect()
}

fn mutation(random: &mut ChaCha8Rng, number: usize) -> Mutation {
    let mut subject = SUBJECT.to_owned();
    let mut headers = None;
    let (kind, payload) = match number % 20 {
        0 | 1 => ("bytes flipped", flipped(random, number)),
        2 => ("truncated", truncated(random, number)),
        3 | 4 => ("re-shaped", reshaped(random, number)),
        5 => ("another's source", with(number, "source", json!("urn:carehub:ambulance"))),
        6 => ("a replay with other bytes", replay(random)),
        7 => ("nested deeply", nested(random, number)),
        8 => ("a huge number", huge_number(random, number)),
        9 => ("not UTF-8", not_utf8(random, number)),
        10 => ("a key twice", twice(number)),
        11 => ("too large for the contract", large(random, number, 65 << 10, 127 << 10)),
        12 => ("random bytes", noise(random)),
        13 => ("a wrong type", with(number, "type", json!("uk.carehub.control.tick.v1"))),
        14 => ("a wrong subject", with(number, "subject", json!("F00002"))),
        15 => ("a value of another type", retyped(random, number)),
        16 => ("an unknown member", with(number, "actor", json!("somebody@else"))),
        17 => ("an array of events", json!([event(number), event(number)]).to_string().into()),
        18 => {
            headers = Some(header(random));
            ("a header", valid(number))
        }
        // Few: the server closes the connection of each.
        19 if number % 400 == 19 => {
            ("too large for the server", large(random, number, 129 << 10, 200 << 10))
        }
        _ => {
            subject = forged_subject(random);
            ("another's subject", valid(number))
        }
    };
    Mutation { kind, subject, headers, payload }
}

fn with(number: usize, member: &str, value: Value) -> Bytes {
    let mut event = event(number);
    event[member] = value;
    event.to_string().into()
}

fn flipped(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let mut bytes = valid(number).to_vec();
    for _ in 0..random.random_range(1..6) {
        let place = random.random_range(0..bytes.len());
        bytes[place] ^= 1 << random.random_range(0..8);
    }
    bytes.into()
}

fn truncated(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let bytes = valid(number);
    bytes.slice(0..random.random_range(0..bytes.len()))
}

/// A member taken away, moved into another, or emptied.
fn reshaped(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let mut event = event(number);
    let members = ["specversion", "id", "source", "type", "time", "data"];
    let member = members[random.random_range(0..members.len())];
    match random.random_range(0..3) {
        0 => {
            event.as_object_mut().expect("an object").remove(member);
        }
        1 => event[member] = json!({ "value": event[member].clone() }),
        _ => event[member] = Value::Null,
    }
    event.to_string().into()
}

/// An id that was used by a valid message, with other content.
fn replay(random: &mut ChaCha8Rng) -> Bytes {
    let mut event = event(BASE + random.random_range(0..VALID));
    event["data"]["severity"] = json!(["high", "medium", "critical"][random.random_range(0..3)]);
    event["data"]["summary"] = json!(format!("Fictional: {}", random.random::<u64>()));
    event.to_string().into()
}

fn nested(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let depth = random.random_range(64..20_000);
    let (open, close) = if random.random() { ("[", "]") } else { ("{\"a\":", "}") };
    let inner = if open == "[" { "" } else { "1" };
    let deep = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
    let event = valid(number);
    let event = event.strip_suffix(b"}").unwrap_or(&event);
    [event, b",\"deep\":", deep.as_bytes(), b"}"].concat().into()
}

fn huge_number(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let huge = ["1e400", "-1e308", "99999999999999999999999999", "1E+999999", "0.1e-400"];
    let huge = huge[random.random_range(0..huge.len())];
    String::from_utf8_lossy(&valid(number)).replace("\"low\"", huge).into()
}

fn not_utf8(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let mut bytes = valid(number).to_vec();
    let bad: [&[u8]; 4] = [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"];
    let place = random.random_range(1..bytes.len() - 1);
    let bad = bad[random.random_range(0..bad.len())];
    bytes.splice(place..place, bad.iter().copied());
    bytes.into()
}

/// What one reader takes from the first and another from the last.
fn twice(number: usize) -> Bytes {
    let text = String::from_utf8_lossy(&valid(number)).into_owned();
    let members = [
        "{\"source\":\"urn:carehub:ambulance\",",
        "{\"id\":\"other\",",
        "{\"data\":{\"kind\":\"death\"},",
    ];
    text.replacen('{', members[number % 3], 1).into()
}

fn large(random: &mut ChaCha8Rng, number: usize, least: usize, most: usize) -> Bytes {
    let mut event = event(number);
    event["data"]["summary"] = json!("x".repeat(random.random_range(least..most)));
    event.to_string().into()
}

fn noise(random: &mut ChaCha8Rng) -> Bytes {
    (0..random.random_range(0..2_000)).map(|_| random.random::<u8>()).collect::<Vec<_>>().into()
}

fn retyped(random: &mut ChaCha8Rng, number: usize) -> Bytes {
    let mut event = event(number);
    let values = [json!(0), json!(true), json!([]), json!({}), json!(""), json!(-1.5), Value::Null];
    let value = values[random.random_range(0..values.len())].clone();
    let members = ["kind", "severity", "occurred_at"];
    event["data"][members[random.random_range(0..members.len())]] = value;
    event.to_string().into()
}

/// Headers by which something could be erased, expired, scheduled or counted.
fn header(random: &mut ChaCha8Rng) -> HeaderMap {
    let headers = [
        ("Nats-Rollup", "all"),
        ("Nats-Rollup", "sub"),
        ("Nats-TTL", "1s"),
        ("Nats-Incr", "+1"),
        ("Nats-Schedule", "@every 1s"),
        ("Nats-Expected-Stream", "OTHER"),
        ("Nats-Expected-Last-Sequence", "0"),
    ];
    let (name, value) = headers[random.random_range(0..headers.len())];
    let mut map = HeaderMap::new();
    map.insert(name, value);
    if name == "Nats-Schedule" {
        map.insert("Nats-Schedule-Target", "carehub.concern.ambulance.F00001");
    }
    map
}

fn forged_subject(random: &mut ChaCha8Rng) -> String {
    let subjects = [
        "carehub.concern.ambulance.F00001",
        "carehub.response.council-qa.F00001",
        "carehub.register.police.F00001",
        "carehub.form.police.F00001",
        "carehub.escalation.police.F00001.e1.0",
        "carehub.rejection.ambulance.7",
        "carehub.control.tick.1700000000",
        "carehub.control.policy.forged",
        "carehub.tombstone.1",
        "carehub.person.p1",
        "carehub.audit.police.general.read",
    ];
    subjects[random.random_range(0..subjects.len())].to_owned()
}
