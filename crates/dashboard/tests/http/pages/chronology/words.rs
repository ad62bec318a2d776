//! The words of each entry and the fingerprint of its message: both, for whoever may read the words, and neither for
//! anybody else.

use carehub_domain::policy::{Policy, Share};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{HOME, answered};
use crate::hub::Hub;
use crate::pages::reports::rows;
use crate::published::agreed_policy;

/// The words of an entry and its fingerprint, as a reader is given them; none where the entry is not theirs to see.
fn told(hub: &Hub, reader: &str, query: &str, reference: &str) -> Option<[Value; 2]> {
    let entries = rows(hub, reader, &format!("chronology?home={HOME}{query}"), "entries");
    let entry = entries.into_iter().find(|entry| entry["reference"] == reference)?;
    Some([entry["said"].clone(), entry["sha256"].clone()])
}

/// SHA-256 of what the log holds at a position.
fn sha256(hub: &Hub, position: u64) -> String {
    let messages = hub.log().messages();
    let stored = messages.iter().find(|stored| stored.sequence == position).unwrap();
    HEXLOWER.encode(&Sha256::digest(&stored.payload))
}

const NEITHER: Option<[Value; 2]> = Some([Value::Null, Value::Null]);

#[test]
fn an_entry_has_its_words_and_its_fingerprint_for_whoever_may_read_it() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    let (words, others) = ("Alone with a resident at night.", "Left without a drink.");
    let said = json!({"summary": words});
    let position =
        hub.concern_with("council-safeguarding", HOME, "position-of-trust", "2024-02-20", said);
    let trust = hub.last_reference("council-safeguarding");
    let trusted = sha256(&hub, position);
    let whole = Some([json!(words), json!(trusted)]);
    assert_eq!(told(&hub, "council-safeguarding", "", &trust), whole, "its own words");
    assert_eq!(told(&hub, "police", "", &trust), whole, "the agreement shares it whole");
    assert_eq!(told(&hub, "cqc", "", &trust), None, "they know that there is one");

    let said = json!({"summary": others});
    let position = hub.concern_with("ambulance", HOME, "complaint", "2024-02-21", said);
    let complaint = hub.last_reference("ambulance");
    let whole = Some([json!(others), json!(sha256(&hub, position))]);
    assert_eq!(told(&hub, "ambulance", "", &complaint), whole);
    assert_eq!(told(&hub, "police", "", &complaint), NEITHER);

    // The page has room for the beginning of the fingerprint; the file has it whole.
    let page = |reader: &str| hub.get(reader, &format!("/reports/chronology?home={HOME}")).body;
    let beginning = format!("<bdi>{}…</bdi>", &trusted[..12]);
    let police = page("police");
    assert!(police.contains(words) && police.contains(&beginning), "{police}");
    assert!(!police.contains(others) && !police.contains(&trusted), "{police}");
    let cqc = page("cqc");
    assert!(!cqc.contains(words) && !cqc.contains(&trusted[..12]), "{cqc}");
    let csv = format!("/api/v1/reports/chronology?home={HOME}&format=csv");
    let csv = hub.get("police", &csv).body;
    assert!(csv.contains(words) && csv.contains(&trusted) && !csv.contains(others), "{csv}");

    // What waits for its sender to put it right is shown to nobody.
    let number = json!({"summary": "Ring 01603 123456"});
    hub.concern_with("ambulance", HOME, "complaint", "2024-02-22", number);
    let withheld = hub.last_reference("ambulance");
    for reader in ["ambulance", "police"] {
        assert_eq!(told(&hub, reader, "", &withheld), NEITHER, "{reader}");
    }
}

/// What was said in answer is for those to whom the escalation is routed; others see that somebody answered.
#[test]
fn an_answer_has_its_words_for_those_to_whom_its_escalation_is_routed() {
    let hub = answered();
    let path = format!("chronology?home={HOME}");
    let entries = rows(&hub, "council-qa", &path, "entries");
    let decided = entries.into_iter().find(|entry| entry["said"] == "Seen to be safe.").unwrap();
    let reference = decided["reference"].as_str().unwrap();
    let own = told(&hub, "council-safeguarding", "", reference).unwrap();
    assert_eq!(own, [decided["said"].clone(), decided["sha256"].clone()]);
    assert_eq!(decided["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(told(&hub, "police", "", reference), NEITHER);
}

/// The agreement with one row more: CQC reads complaints.
fn read_by_cqc(version: &str) -> Policy {
    let mut policy = Policy { version: version.to_owned(), ..agreed_policy() };
    let mut row = policy.sharing.row.last().unwrap().clone();
    row.kinds = vec!["complaint".to_owned()];
    row.roles = vec!["cqc".to_owned()];
    row.share = Share::Full;
    policy.sharing.row.insert(0, row);
    policy
}

#[test]
fn of_a_day_in_the_past_words_are_given_that_could_be_read_then_and_can_be_read_now() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    let said = json!({"summary": "Heard by an officer."});
    hub.concern_with("police", HOME, "complaint", "2024-02-20", said);
    let entry = hub.last_reference("police");
    let reads = |hub: &Hub, reader: &str, days: [&str; 3]| {
        days.map(|day| {
            let query = if day == "now" { String::new() } else { format!("&as_known_at={day}") };
            let [said, sha256] = told(hub, reader, &query, &entry).unwrap();
            assert_eq!(said.is_null(), sha256.is_null(), "{reader} {day}: both or neither");
            said == "Heard by an officer."
        })
    };
    let first = ["now", "2024-03-05", "2024-03-01"];
    assert_eq!(reads(&hub, "cqc", first), [false; 3]);
    assert_eq!(reads(&hub, "police", first), [true; 3]);

    // What is opened now could not be read before.
    hub.at("2024-03-06T10:00:00Z");
    hub.activate(&read_by_cqc("test-2"));
    let opened = ["now", "2024-03-06", "2024-03-05"];
    assert_eq!(reads(&hub, "cqc", opened), [true, true, false]);

    // What was open once and is closed does not come back.
    hub.at("2024-03-08T10:00:00Z");
    hub.activate(&Policy { version: "test-3".to_owned(), ..agreed_policy() });
    let closed = ["now", "2024-03-06", "2024-03-05"];
    assert_eq!(reads(&hub, "cqc", closed), [false; 3]);
    assert_eq!(reads(&hub, "police", closed), [true; 3]);
}
