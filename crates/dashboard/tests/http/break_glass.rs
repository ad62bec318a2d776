//! Break-glass over HTTP: who may, who sees what meanwhile, who is told, and what the audit has of it.

use carehub_contract::{AuditAction, AuditOutcome, AuditRecord};
use carehub_dashboard::{Config, problem};
use carehub_domain::BodyId;
use carehub_people::{People, Right, SessionTimes};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::at_provider;
use crate::browser::{Browser, field};
use crate::hub::Hub;
use crate::provider::Provider;
use crate::published::agreed_policy;
use crate::signing_in::{PASSWORD, rights};

const OPENINGS: &str = "/api/v1/homes/1-100/break-glass";
pub(crate) const REASON: &str = "A resident is missing since noon.";

pub(crate) struct Scene {
    pub(crate) hub: Hub,
    now: Timestamp,
    pub(crate) _dir: tempfile::TempDir,
}

/// The police said of one home what the ambulance service may not know, and what is for one reader alone.
pub(crate) fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    let opens = [Right::Read, Right::BreakGlass];
    let leads = [Right::Read, Right::DataProtection];
    for (name, agency, may) in [
        ("ann", "ambulance", &opens),
        ("bob", "ambulance", &opens),
        ("eve", "provider", &opens),
        ("lead", "police", &leads),
        ("other-lead", "cqc", &leads),
    ] {
        let agency = BodyId::new(agency).unwrap();
        people.add_account(name, agency, rights(may), PASSWORD).unwrap();
    }
    let reader = BodyId::new("police").unwrap();
    people.add_account("reader", reader, rights(&[Right::Read]), PASSWORD).unwrap();
    let mut hub =
        Hub::opened_under(&agreed_policy(), Config::default(), |it| it.with_people(people, None));
    let now = Timestamp::now();
    hub.at(&now.to_string());
    let day = carehub_domain::time::london_date(now).yesterday().unwrap().to_string();
    let secret = json!({"marking": "OFFICIAL-SENSITIVE", "summary": "withheld words"});
    hub.concern_with("police", "1-100", "complaint", &day, secret.clone());
    hub.concern_with("police", "1-200", "complaint", &day, secret);
    let alone = json!({
        "handling": {"code": "C", "conditions": "ask", "audience": ["council-qa"]},
        "summary": "words for one reader",
    });
    hub.concern_with("police", "1-100", "complaint", &day, alone);
    Scene { hub, now, _dir: dir }
}

pub(crate) fn signed_in(hub: &Hub, name: &str) -> Browser {
    let mut browser = Browser::at(&hub.address);
    assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
    browser
}

fn open(hub: &mut Hub, browser: &mut Browser, home: &str, asked: &Value) -> Answer {
    let csrf = field(&browser.get("/account").body, "csrf");
    let path = format!("/api/v1/homes/{home}/break-glass");
    hub.folding(|| browser.post_json(&path, asked, &csrf))
}

fn texts(answer: Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().filter_map(|item| Some(item["text"]["summary"].as_str()?.to_owned())).collect()
}

fn total(answer: Value) -> u64 {
    answer["concerns"]["total"].as_u64().unwrap()
}

pub(crate) fn last_of(hub: &Hub, action: AuditAction) -> AuditRecord {
    hub.audit().into_iter().rfind(|record| record.action == action).unwrap()
}

#[test]
fn a_person_reads_what_is_withheld_with_the_reason_in_the_audit_and_it_ends() {
    let Scene { mut hub, now, _dir } = scene();
    let (mut ann, mut bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    let timeline = "/api/v1/homes/1-100/timeline";
    assert_eq!(total(ann.get("/api/v1/homes/1-100").ok()), 0);
    let opened = open(&mut hub, &mut ann, "1-100", &json!({"reason": REASON}));
    assert_eq!(opened.status, 201, "{}", opened.body);
    let opened = opened.json();
    assert_eq!((&opened["agency"], &opened["reason"]), (&json!("ambulance"), &json!(REASON)));
    let lasts = opened["until"].as_str().unwrap().parse::<Timestamp>().unwrap() - now;
    assert_eq!(lasts.total(jiff::Unit::Hour).unwrap(), 4.0);
    let record = last_of(&hub, AuditAction::BreakGlassOpened);
    assert_eq!((record.why.as_deref(), record.outcome), (Some(REASON), AuditOutcome::Done));
    let person = record.person.clone().unwrap();
    // Ann, there, and nothing that is for one reader alone.
    assert_eq!(texts(ann.get(timeline).ok()), ["withheld words"]);
    let read = last_of(&hub, AuditAction::TimelineRead);
    assert_eq!(read.person, Some(person));
    assert!(read.why.unwrap().contains(REASON));
    assert!(ann.get("/homes/1-100").body.contains("complaint"));
    assert!(last_of(&hub, AuditAction::HomeRead).why.unwrap().contains(REASON));
    // Nobody else, and nowhere else.
    assert_eq!(texts(bob.get(timeline).ok()), [""; 0]);
    assert_eq!(last_of(&hub, AuditAction::TimelineRead).why, None);
    assert_eq!(texts(hub.get("ambulance", timeline).ok()), [""; 0]);
    assert_eq!(total(ann.get("/api/v1/homes/1-200").ok()), 0);
    assert_eq!(last_of(&hub, AuditAction::HomeRead).why, None);
    let listed = ann.get("/api/v1/homes").ok();
    assert!(listed["items"].as_array().unwrap().iter().all(|home| home["total"] == 0), "{listed}");
    // Four hours later it is over.
    hub.at(&(now + SignedDuration::from_hours(4)).to_string());
    hub.say(
        "police",
        "concern",
        "1-300",
        "concern.raised",
        json!({
            "kind": "complaint", "occurred_at": "2024-02-01", "severity": "low", "summary": "later",
        }),
    );
    assert_eq!(texts(ann.get(timeline).ok()), [""; 0]);
    assert_eq!(last_of(&hub, AuditAction::TimelineRead).why, None);
    assert_eq!(ann.get(OPENINGS).ok()["items"], json!([]));
}

#[test]
fn whoever_may_not_open_any_more_reads_nothing_of_what_they_had_opened() {
    let dir = tempfile::tempdir().unwrap();
    let provider = Provider::start(dir.path());
    let people = People::open(&dir.path().join("accounts"), SessionTimes::default()).unwrap();
    let known = carehub_people::Provider::open(&provider.configuration).unwrap();
    let mut hub = Hub::opened_under(&agreed_policy(), Config::default(), |it| {
        it.with_people(people, Some(known))
    });
    let now = Timestamp::now();
    hub.at(&now.to_string());
    let day = carehub_domain::time::london_date(now).yesterday().unwrap().to_string();
    let secret = json!({"marking": "OFFICIAL-SENSITIVE", "summary": "withheld words"});
    hub.concern_with("police", "1-100", "complaint", &day, secret);
    provider.says("agency", json!("Ambulance Trust"));
    let mut browser = Browser::at(&hub.address);
    for (role, seen) in [("opener", 1), ("reader", 0)] {
        provider.says("roles", json!([role]));
        assert_eq!(at_provider::sign_in(&mut browser).status, 303);
        if role == "opener" {
            let opened = open(&mut hub, &mut browser, "1-100", &json!({"reason": REASON}));
            assert_eq!(opened.status, 201, "{}", opened.body);
        }
        assert_eq!(total(browser.get("/api/v1/homes/1-100").ok()), seen, "{role}");
    }
}

#[test]
fn the_owners_lead_sees_at_once_who_opened_and_why_and_nobody_else_does() {
    let Scene { mut hub, _dir, .. } = scene();
    let mut ann = signed_in(&hub, "ann");
    assert_eq!(open(&mut hub, &mut ann, "1-100", &json!({"reason": REASON})).status, 201);
    let items = |hub: &Hub, name: &str| signed_in(hub, name).get(OPENINGS).ok()["items"].clone();
    let told = items(&hub, "lead");
    assert_eq!(told[0]["reason"], json!(REASON), "{told}");
    assert_eq!(told[0]["agency"], json!("ambulance"));
    assert_eq!(told[0]["person"], json!(last_of(&hub, AuditAction::BreakGlassOpened).person));
    assert!(told[0].get("told").is_none() && told.as_array().unwrap().len() == 1, "{told}");
    assert_eq!(items(&hub, "ann").as_array().unwrap().len(), 1);
    for other in ["reader", "other-lead", "bob"] {
        assert_eq!(items(&hub, other), json!([]), "{other}");
    }
    assert_eq!(hub.get("police", OPENINGS).ok()["items"], json!([]), "a program is no lead");
    let noticed = |agency: &str| {
        let timeline = hub.get(agency, "/api/v1/homes/1-100/timeline?type=notice-given").ok();
        timeline["items"].as_array().unwrap().len()
    };
    assert_eq!(["police", "cqc", "council-qa", "ambulance"].map(noticed), [1, 0, 0, 0]);
    let said = |agency: &str| {
        let path = "/api/v1/homes/1-100/timeline?type=break-glass-opened";
        hub.get(agency, path).ok()["items"].as_array().unwrap().len()
    };
    assert_eq!(["police", "cqc", "council-qa", "ambulance"].map(said), [0, 0, 0, 1]);
}

#[test]
fn who_may_not_and_what_is_no_reason_opens_nothing_and_is_in_the_audit() {
    let Scene { mut hub, now, _dir } = scene();
    let because = json!({"reason": REASON});
    for (name, home, status, code) in [
        ("reader", "1-100", 403, problem::FORBIDDEN),
        ("eve", "1-100", 403, problem::FORBIDDEN),
        ("ann", "1-999", 404, problem::NOT_FOUND),
    ] {
        let mut browser = signed_in(&hub, name);
        open(&mut hub, &mut browser, home, &because).assert_problem(status, code);
        let record = last_of(&hub, AuditAction::BreakGlassOpened);
        assert_eq!((record.outcome, record.code.as_deref()), (AuditOutcome::Refused, Some(code)));
        assert_eq!(record.home.as_ref().map(|home| home.as_str()), Some(home));
    }
    hub.post("ambulance", OPENINGS, &because.to_string()).assert_problem(403, problem::FORBIDDEN);
    let mut ann = signed_in(&hub, "ann");
    let late = (now + SignedDuration::from_hours(5)).to_string();
    for (asked, code) in [
        (json!({"reason": "  "}), problem::BREAK_GLASS_REASON),
        (json!({"reason": "x".repeat(1_001)}), problem::BREAK_GLASS_REASON),
        (json!({"reason": "Ring 07700 900123."}), problem::BREAK_GLASS_REASON),
        (json!({"reason": REASON, "until": late}), problem::BREAK_GLASS_TIME),
        (json!({"reason": REASON, "until": "2024-01-01T00:00:00Z"}), problem::BREAK_GLASS_TIME),
    ] {
        open(&mut hub, &mut ann, "1-100", &asked).assert_problem(422, code);
        assert_eq!(last_of(&hub, AuditAction::BreakGlassOpened).code.as_deref(), Some(code));
    }
    // Another page cannot make her browser do it.
    ann.post_json(OPENINGS, &because, "forged").assert_problem(403, problem::REQUEST_FORGED);
    assert_eq!(total(ann.get("/api/v1/homes/1-100").ok()), 0);
    assert_eq!(signed_in(&hub, "lead").get(OPENINGS).ok()["items"], json!([]));
}
