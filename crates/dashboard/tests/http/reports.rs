//! The information-sharing report, over what its reader may see.

use carehub_contract::AuditAction;
use serde_json::{Value, json};

use crate::hub::Hub;
use crate::published::agreed_policy;

fn line(hub: &Hub, reader: &str, query: &str, agency: &str) -> Value {
    let report = hub.get(reader, &format!("/api/v1/reports/sharing{query}")).ok();
    let items = report["items"].as_array().unwrap();
    items.iter().find(|item| item["agency"] == agency).unwrap().clone()
}

fn shared() -> Hub {
    let mut hub = Hub::under(agreed_policy());
    // Known a day after it happened, and shared five hours after that.
    hub.at("2024-03-02T15:00:00Z");
    let known = |at: &str| json!({"known_at": at});
    hub.concern_with("police", "1-100", "complaint", "2024-03-01", known("2024-03-02T10:00:00Z"));
    // Known on the day, and shared at once.
    hub.at("2024-03-10T10:00:00Z");
    hub.concern_with("police", "1-200", "death", "2024-03-10", known("2024-03-10T10:00:00Z"));
    let mut secret = known("2024-03-10T10:00:00Z");
    secret["marking"] = json!("OFFICIAL-SENSITIVE");
    hub.concern_with("police", "1-100", "complaint", "2024-03-10", secret);
    // A breach raises an escalation to the regulator.
    hub.concern("council-qa", "1-100", "health-and-safety-breach", "2024-03-10");
    hub
}

const MARCH: &str = "?from=2024-03-01&until=2024-04-01";

#[test]
fn it_says_who_shares_what_how_late_and_who_only_receives() {
    let hub = shared();
    let police = line(&hub, "cqc", MARCH, "police");
    assert_eq!((&police["concerns"], &police["only_receives"]), (&json!(3), &json!(false)));
    assert_eq!(police["by_kind"], json!({"complaint": 2, "death": 1}));
    assert_eq!(police["learned_after_days"], json!({"median": 0, "most": 0, "latest": 1}));
    assert_eq!(police["shared_after_hours"], json!({"median": 0, "most": 0, "latest": 5}));
    let regulator = line(&hub, "cqc", MARCH, "cqc");
    assert_eq!((&regulator["concerns"], &regulator["told"]), (&json!(0), &json!(1)));
    assert_eq!(regulator["only_receives"], true);
    // Who speaks and never reads receives nothing either.
    let provider = line(&hub, "cqc", MARCH, "provider");
    assert_eq!((&provider["reads"], &provider["only_receives"]), (&json!(false), &json!(false)));
    let of_days = line(&hub, "cqc", "?from=2024-03-02&until=2024-03-10", "police");
    assert_eq!(of_days["by_kind"], json!({"complaint": 1}));
    let record = hub.audit().pop().unwrap();
    assert_eq!((record.action, record.what.as_deref()), (AuditAction::ReportRead, Some("sharing")));
}

#[test]
fn it_counts_for_each_reader_what_that_reader_may_see() {
    let hub = shared();
    let police = line(&hub, "ambulance", MARCH, "police");
    assert_eq!(police["by_kind"], json!({"complaint": 1, "death": 1}));
    hub.get("provider", "/api/v1/reports/sharing").assert_problem(403, "forbidden");
}
