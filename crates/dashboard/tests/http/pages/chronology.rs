//! The chronology of a home, over HTTP: its orders, its escalations, and only what its reader may see.

use serde_json::{Value, json};

use super::reports::{hub, rows};

/// A late word stands where it happened, and last where the order is that in which the hub knew.
#[test]
fn a_chronology_is_in_the_order_that_is_asked_for() {
    let mut hub = hub();
    hub.concern("council-safeguarding", "1-400", "complaint", "2024-02-01");
    let kinds = |by: &str| {
        let rows =
            rows(&hub, "council-safeguarding", &format!("chronology?home=1-400{by}"), "entries");
        let said = rows.iter().filter(|row| row["agency"] == "council-safeguarding");
        said.map(|row| row["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let happened = kinds("");
    assert_eq!(happened.first().map(String::as_str), Some("complaint"), "{happened:?}");
    assert_eq!(kinds("&by=recorded").last().map(String::as_str), Some("complaint"));
    assert_eq!(kinds("&by=happened"), happened);
    let raised = rows(&hub, "council-safeguarding", "chronology?home=1-400", "escalations");
    let referrals = &raised[0];
    for (column, expected) in [
        ("first_held_on", json!("2024-02-05")),
        ("hours_to_acknowledge", json!(4)),
        ("hours_to_decide", Value::Null),
        ("closed_at", Value::Null),
    ] {
        assert_eq!(referrals[column], expected, "{column}");
    }
    let page = hub.get("council-safeguarding", "/reports/chronology?home=1-400&by=known").body;
    assert!(page.contains("value=\"known\" selected") && page.contains("by when its sender knew"));
    let record = hub.audit().pop().unwrap();
    assert_eq!(record.home.as_ref().map(|home| home.as_str()), Some("1-400"));
    // What its reader may not open is in nobody's chronology.
    let of = |reader: &str| rows(&hub, reader, "chronology?home=1-200", "entries").len();
    assert_eq!(of("cqc"), of("ambulance") + 1);
    let home = hub.get("cqc", "/homes/1-400").body;
    assert!(home.contains("href=\"/reports/chronology?home=1-400\""));
}
