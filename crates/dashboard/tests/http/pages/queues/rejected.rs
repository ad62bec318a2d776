//! Whoever audits the partnership reads how often each agency was told no, and nothing of what it said.

use carehub_dashboard::Config;
use carehub_domain::BodyId;
use carehub_people::{People, Right, SessionTimes};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::hub::Hub;
use crate::published::policy;
use crate::signing_in::{PASSWORD, rights};

#[test]
fn whoever_audits_the_partnership_reads_the_reasons_by_agency_and_everybody_else_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    for (name, agency, may) in [
        ("auditor", "cqc", vec![Right::Read, Right::Audit]),
        ("colleague", "cqc", vec![Right::Read]),
        ("elsewhere", "police", vec![Right::Read, Right::Audit]),
    ] {
        people.add_account(name, BodyId::new(agency).unwrap(), rights(&may), PASSWORD).unwrap();
    }
    let mut policy = policy();
    policy.powers.audit = vec!["cqc".to_owned()];
    let mut hub = Hub::opened_under(&policy, Config::default(), |it| it.with_people(people, None));
    let signed_in = |hub: &Hub, name| {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
        browser
    };
    let mut auditor = signed_in(&hub, "auditor");
    let none = auditor.get("/returned").body;
    assert!(none.contains("Not accepted, by agency"), "{none}");
    assert_eq!(none.matches("None.").count(), 3, "{none}");

    let bad = json!({"kind": "gossip", "occurred_at": "2024-01-02", "severity": "low"});
    for agency in ["police", "ambulance", "ambulance"] {
        hub.try_to_say(agency, "concern", "1-200", "concern.raised", bad.clone());
    }
    hub.call_the_next("event-of-the-ambulance");
    let unknown = json!({"escalation": "0123456789abcdef"});
    hub.try_to_say("ambulance", "response", "1-200", "escalation.acknowledged", unknown);

    let page = auditor.get("/returned").body;
    let (_, by_agency) = page.split_once("Not accepted, by agency").unwrap();
    let (ambulance, police) = (by_agency.find("The ambulance"), by_agency.find("The police"));
    assert!(ambulance.is_some() && ambulance < police, "the most first: {by_agency}");
    for part in [
        "<td class=\"govuk-table__cell govuk-table__cell--numeric\">3</td>",
        "<strong>2</strong> Values are missing, or are not in the form that is asked for.",
        "<strong>1</strong> No escalation of this home has that id.",
        ">escalation-unknown</span>",
    ] {
        assert!(by_agency.contains(part), "{part}: {by_agency}");
    }
    for hidden in ["/data/kind", "event-of-the-ambulance", "1-200", "Oak Lodge"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let told = auditor.get("/api/v1/rejections").ok();
    assert_eq!((&told["items"], &told["by_code"]), (&json!([]), &json!({})));
    let by_agency = json!([
        {"agency": "ambulance", "by_code": {"escalation-unknown": 1, "schema-violation": 2}},
        {"agency": "police", "by_code": {"schema-violation": 1}},
    ]);
    assert_eq!(told["by_agency"], by_agency);

    for (name, own) in [("colleague", 0), ("elsewhere", 1)] {
        let mut browser = signed_in(&hub, name);
        let page = browser.get("/returned").body;
        assert!(!page.contains("by agency") && !page.contains("The ambulance"), "{name}: {page}");
        let told = browser.get("/api/v1/rejections").ok();
        assert_eq!(told["by_agency"], Value::Null, "{name}");
        assert_eq!(told["items"].as_array().unwrap().len(), own, "{name}");
    }
    // A program of the agency audits nothing.
    assert_eq!(hub.get("cqc", "/api/v1/rejections").ok()["by_agency"], Value::Null);
}
