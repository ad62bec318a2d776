//! When each trigger first held and how long it took until somebody acted; and how each escalation was answered.

use std::collections::BTreeMap;

use carehub_domain::policy::Policy;
use serde_json::{Value, json};

use super::{HOME, answered};
use crate::hub::Hub;
use crate::pages::reports::rows;
use crate::published::agreed_policy;

fn table(hub: &Hub, reader: &str, name: &str) -> Vec<BTreeMap<String, Value>> {
    rows(hub, reader, &format!("chronology?home={HOME}"), name)
}

#[track_caller]
fn check(row: &BTreeMap<String, Value>, expected: &[(&str, Value)]) {
    for (column, expected) in expected {
        assert_eq!(row[*column], *expected, "{column}");
    }
}

/// The third of three referrals was on 28 February, and all of them were told on 1 March.
#[test]
fn a_trigger_has_the_day_on_which_it_first_held_and_the_days_until_it_was_raised_and_decided() {
    let hub = answered();
    for reader in ["council-safeguarding", "police"] {
        let triggers = table(&hub, reader, "triggers");
        assert_eq!(triggers.len(), 1, "{reader}: {triggers:?}");
        check(
            &triggers[0],
            &[
                ("trigger", json!("referrals")),
                ("first_held_on", json!("2024-02-28")),
                ("raised_at", json!("2024-03-01T10:00:00+00:00")),
                ("days_to_raise", json!(2)),
                ("acknowledged_at", json!("2024-03-01T14:00:00+00:00")),
                ("decided_at", json!("2024-03-04T10:00:00+00:00")),
                ("days_to_decide", json!(5)),
            ],
        );
    }
    let page = hub.get("police", &format!("/reports/chronology?home={HOME}")).body;
    assert!(page.contains("When each trigger first held, and how long until somebody acted"));
    let elsewhere = rows(&hub, "police", "chronology?home=1-300", "triggers");
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

/// A rule that came later held in January, for whoever sees enough of it, and raised nothing in March.
#[test]
fn a_trigger_that_held_and_raised_nothing_has_its_day() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-10T10:00:00Z");
    hub.concern("police", HOME, "complaint", "2024-01-05");
    let marked = json!({"marking": "OFFICIAL-SENSITIVE"});
    hub.concern_with("police", HOME, "complaint", "2024-01-10", marked);
    assert!(table(&hub, "cqc", "triggers").is_empty());
    let mut policy = Policy { version: "test-2".to_owned(), ..agreed_policy() };
    let complaints = json!({
        "id": "complaints", "title": "Two complaints in a month", "source": "An example",
        "kind": "count", "match": {"kinds": ["complaint"]}, "more_than": 1, "window": "1 month",
        "level": "minor", "responsible": ["council-safeguarding"],
        "answer": [{"step": "acknowledge", "within": "2 working days"}],
    });
    policy.trigger.push(serde_json::from_value(complaints).unwrap());
    hub.activate(&policy);
    let triggers = table(&hub, "cqc", "triggers");
    assert_eq!(triggers.len(), 1, "{triggers:?}");
    check(
        &triggers[0],
        &[
            ("trigger", json!("complaints")),
            ("first_held_on", json!("2024-01-10")),
            ("raised_at", Value::Null),
            ("days_to_raise", Value::Null),
            ("acknowledged_at", Value::Null),
            ("decided_at", Value::Null),
            ("days_to_decide", Value::Null),
        ],
    );
    assert!(table(&hub, "cqc", "escalations").is_empty());
    // Of one complaint it never held.
    assert!(table(&hub, "ambulance", "triggers").is_empty());
}

/// The hours to each answer, and when it was closed; what was decided is for those to whom it is routed.
#[test]
fn an_escalation_stands_with_its_level_who_must_act_and_the_hours_to_each_of_its_answers() {
    let hub = answered();
    for (reader, decision) in [
        ("council-safeguarding", json!("monitoring-visit")),
        ("council-qa", json!("monitoring-visit")),
        ("police", Value::Null),
    ] {
        let raised = table(&hub, reader, "escalations");
        assert_eq!(raised.len(), 1, "{reader}: {raised:?}");
        check(
            &raised[0],
            &[
                ("level", json!("moderate")),
                ("responsible", json!("council-safeguarding")),
                ("decision", decision.clone()),
                ("first_held_on", json!("2024-02-28")),
                ("hours_to_acknowledge", json!(4)),
                ("hours_to_discuss", json!(24)),
                ("hours_to_decide", json!(72)),
                ("closed_at", json!("2024-03-05T11:00:00+00:00")),
            ],
        );
        let page = hub.get(reader, &format!("/reports/chronology?home={HOME}")).body;
        assert_eq!(page.contains("<bdi>Monitoring visit</bdi>"), decision != Value::Null);
    }
}
