//! Reports as page, CSV and JSON: the same figures in all three, for each reader what that reader may see.

mod pack;
mod same;

use std::collections::BTreeMap;

use carehub_contract::AuditAction;
use serde_json::{Value, json};

use crate::hub::Hub;
use crate::published::agreed_policy;

const ALL: [&str; 11] = [
    "threshold",
    "meeting-pack",
    "sources",
    "actions",
    "contingency-plans",
    "minutes",
    "memorandum",
    "sharing",
    "board",
    "key-questions",
    "chronology",
];

/// Three referrals in February at a home whose name is a formula and markup, an escalation that was acknowledged, with an
/// action; a meeting; another home with something that the ambulance service may not see.
pub(super) fn hub() -> Hub {
    let mut hub = Hub::under(agreed_policy());
    let named = json!({"name": "=1+1,<script>alert(1)</script>\"x", "beds": 20, "area": "Norfolk"});
    hub.at("2024-02-01T09:00:00Z");
    hub.say("cqc", "register", "1-400", "home.registered", named);
    for day in ["2024-02-02", "2024-02-03", "2024-02-05"] {
        hub.at(&format!("{day}T10:00:00Z"));
        hub.concern("council-safeguarding", "1-400", "safeguarding-referral", day);
    }
    hub.at("2024-02-05T14:00:00Z");
    let list = hub.get("council-safeguarding", "/api/v1/escalations?home=1-400").ok();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let answers = |hub: &mut Hub, event: &str, mut data: Value| {
        data["escalation"] = json!(id);
        hub.say("council-safeguarding", "response", "1-400", event, data);
    };
    answers(&mut hub, "escalation.acknowledged", json!({}));
    let action = json!({
        "action": "visit-1", "owner": "council-qa", "measure": "report-seen", "due": "2024-02-20",
        "summary": "Visit and report.",
    });
    answers(&mut hub, "escalation.action-assigned", action);
    let held = json!({
        "meeting": "care-governance", "meeting_ref": "G1", "held_on": "2024-02-04", "chair_role": "council-qa",
        "attended": ["council-qa"], "minutes_distributed_on": "2024-02-06",
    });
    hub.at("2024-02-06T10:00:00Z");
    hub.say("council-qa", "concern", "1-100", "meeting.recorded", held);
    let secret = json!({"marking": "OFFICIAL-SENSITIVE"});
    hub.concern_with("police", "1-200", "complaint", "2024-02-06", secret);
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-06");
    hub.at("2024-03-04T10:00:00Z");
    hub.concern("police", "1-300", "complaint", "2024-03-03");
    hub
}

/// The query for what happened in February.
fn query(report: &str) -> &'static str {
    match report {
        "threshold" | "contingency-plans" => "month=2024-02",
        "meeting-pack" => "area=Norfolk",
        "actions" => "since=2024-02-05",
        "chronology" => "home=1-400",
        _ => "from=2024-02-01&until=2024-03-01",
    }
}

pub(super) fn rows(
    hub: &Hub,
    reader: &str,
    path: &str,
    table: &str,
) -> Vec<BTreeMap<String, Value>> {
    let report = hub.get(reader, &format!("/api/v1/reports/{path}")).ok();
    let tables = report["tables"].as_array().unwrap().clone();
    let found = tables.into_iter().find(|known| known["name"] == table).unwrap();
    serde_json::from_value(found["rows"].clone()).unwrap()
}

#[test]
fn each_report_holds_the_same_in_page_csv_and_json() {
    let hub = hub();
    for report in ALL {
        let mut compared = 0;
        for reader in ["council-safeguarding", "council-qa", "ambulance"] {
            compared += same::check(&hub, reader, report, query(report));
            if !["meeting-pack", "key-questions", "chronology"].contains(&report) {
                let published = format!("{}&published=true", query(report));
                same::check(&hub, reader, report, &published);
            }
        }
        // The rule book of the test draws no sample of plans.
        assert!(compared > 0 || report == "contingency-plans", "{report}");
    }
}

#[test]
fn the_audit_of_sharing_is_of_the_same_days_whichever_way_it_is_asked_for() {
    let hub = hub();
    // The last three whole months before March.
    let (from, until) = ("2023-12-01", "2024-03-01");
    let document = hub.get("council-qa", "/api/v1/reports/sharing").ok();
    assert_eq!((&document["from"], &document["until"]), (&json!(from), &json!(until)));
    let of_days = format!("/api/v1/reports/sharing?from={from}&until={until}");
    assert_eq!(hub.get("council-qa", &of_days).ok(), document);
    let page = hub.get("council-qa", "/reports/sharing").body;
    assert!(
        page.contains("Information-sharing audit: 1 December 2023 to 29 February 2024"),
        "{page}"
    );
    // As a file it has a column for each kind; the counts to be published have the form of every report.
    let file = hub.get("council-qa", "/api/v1/reports/sharing?format=csv").body;
    let head = file.lines().next().unwrap();
    assert!(
        head.ends_with(",only_receives,complaint,health-and-safety-breach,safeguarding-referral"),
        "{head}"
    );
    let published = hub.get("council-qa", "/api/v1/reports/sharing?published=true").ok();
    assert_eq!(published["report"], "sharing");
    let rows = rows(&hub, "council-qa", "sharing?published=true", "agencies");
    assert!(rows.iter().any(|row| row["row"] == "police" && row["concerns"].is_null()), "{rows:?}");
    for refused in ["from=2024-03-01&until=2024-02-01", "published=perhaps", "month=2024-02"] {
        let path = format!("/api/v1/reports/sharing?{refused}");
        hub.get("council-qa", &path).assert_problem(400, "bad-parameter");
    }
}

#[test]
fn the_threshold_report_says_who_met_what_and_how_long_the_answer_took() {
    let hub = hub();
    let rows = rows(&hub, "council-safeguarding", "threshold?month=2024-02", "met");
    let met = rows.iter().find(|row| row["trigger"] == "referrals").unwrap();
    for (column, expected) in [
        ("home", json!("1-400")),
        ("most", json!(3)),
        ("limit", json!(2)),
        ("held_on", json!("2024-02-05")),
        ("raised_at", json!("2024-02-05T10:00:00+00:00")),
        ("hours_to_acknowledge", json!(4)),
        ("hours_to_decide", Value::Null),
        ("stage", json!("acknowledged")),
        ("level", json!("moderate")),
        ("responsible", json!("council-safeguarding")),
    ] {
        assert_eq!(met[column], expected, "{column}");
    }
    // Nobody met it in January. The last whole month is the one that is shown without being asked.
    let none = hub.get("council-safeguarding", "/reports/threshold?month=2024-01").body;
    assert!(none.contains("No home that you may see met a trigger in this month."), "{none}");
    let now = hub.get("council-safeguarding", "/reports/threshold").body;
    assert!(now.contains("Monthly threshold report: February 2024"), "{now}");
}

#[test]
fn the_local_authority_is_chosen_from_a_list_and_a_misspelt_one_is_an_error() {
    let hub = hub();
    for report in ["meeting-pack", "actions"] {
        let page = hub.get("cqc", &format!("/reports/{report}?area=Norfolk")).body;
        let (_, select) = page.split_once("<select class=\"govuk-select\" id=\"area\"").unwrap();
        let (select, _) = select.split_once("</select>").unwrap();
        let offered = "<option value=\"\">Everywhere</option><option value=\"Norfolk\" selected>Norfolk</option>";
        assert!(select.ends_with(offered), "{select}");
        for area in ["Norflok", "norfolk", "%3Cscript%3Ealert"] {
            let path = format!("/api/v1/reports/{report}?area={area}");
            let answer = hub.get("cqc", &path);
            assert!(
                !answer.body.contains("Norf") && !answer.body.contains("norf"),
                "{}",
                answer.body
            );
            answer.assert_problem(400, "bad-parameter");
            let page = hub.get("cqc", &format!("/reports/{report}?area={area}"));
            assert_eq!(page.status, 400, "{}", page.body);
            assert!(page.body.contains("choose one from the list"), "{}", page.body);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("Norflok"));
        }
    }
}

#[test]
fn no_cell_is_a_formula_and_none_is_markup() {
    let hub = hub();
    let file = hub.get("council-safeguarding", "/reports/threshold?month=2024-02&format=csv").body;
    assert!(file.contains("\"'=1+1,<script>alert(1)</script>\"\"x\""), "{file}");
    let page = hub.get("council-safeguarding", "/reports/threshold?month=2024-02").body;
    assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;alert"), "{page}");
}

#[test]
fn what_a_reader_may_not_see_is_in_no_report() {
    let hub = hub();
    let complaints = |reader: &str| {
        let rows = rows(&hub, reader, "sources?from=2024-02-01&until=2024-03-01", "themes");
        let found = rows.iter().find(|row| row["kind"] == "complaint");
        found.map(|row| row["incidents"].clone())
    };
    assert_eq!(complaints("cqc"), Some(json!(1)));
    assert_eq!(complaints("ambulance"), None);
    for report in ALL {
        let path = format!("/api/v1/reports/{report}?{}", query(report));
        hub.get("provider", &path).assert_problem(403, "forbidden");
        let page = hub.get("ambulance", &format!("/reports/{report}?{}", query(report)));
        assert_eq!(page.status, 200, "{}", page.body);
    }
    // An action is seen by those to whom its escalation is routed.
    let actions = |reader: &str| rows(&hub, reader, "actions?since=2024-02-05", "actions").len();
    assert_eq!((actions("council-qa"), actions("ambulance")), (1, 0));
}

#[test]
fn published_counts_name_no_home_and_tell_no_small_number() {
    let mut hub = hub();
    for nth in 0..6 {
        let day = format!("2024-02-1{nth}");
        hub.concern("ambulance", "1-300", "complaint", &day);
        hub.concern("ambulance", "1-100", "medication-error", &day);
        hub.concern("council-qa", "1-100", "medication-error", &day);
    }
    let of = "from=2024-02-01&until=2024-03-01&published=true";
    let rows = rows(&hub, "cqc", &format!("sources?{of}"), "kinds_by_agency");
    let row = |kind: &str| rows.iter().find(|row| row["row"] == kind).unwrap().clone();
    // Three referrals, and six, six and one others: what is under five is gone, and what would tell of it.
    let referrals = row("safeguarding-referral");
    assert_eq!(referrals["council-safeguarding"], Value::Null);
    assert_eq!(row("total")["total"], json!(25), "23 are about 25");
    let shown = rows.iter().flat_map(|row| row.values()).filter_map(Value::as_i64);
    assert!(shown.clone().count() > 0 && shown.clone().all(|count| count >= 5 && count % 5 == 0));
    for (report, query) in [("threshold", "month=2024-02"), ("actions", "since=2024-02-05")] {
        let page = hub.get("cqc", &format!("/reports/{report}?{query}&published=true")).body;
        assert!(!page.contains("/homes/1-") && !page.contains("alert(1)"), "{page}");
        assert!(page.contains("a count under five is suppressed (*)"), "{page}");
    }
}

#[test]
fn each_reading_is_kept_with_what_was_asked_and_the_homes_that_it_names() {
    let hub = hub();
    hub.get("council-safeguarding", "/reports/threshold?month=2024-02");
    let record = hub.audit().pop().unwrap();
    assert_eq!(record.action, AuditAction::ReportRead);
    assert_eq!(record.what.as_deref(), Some("threshold month=2024-02"));
    assert!(record.homes.iter().any(|home| home.as_str() == "1-400"), "{:?}", record.homes);
    hub.get("council-safeguarding", "/api/v1/reports/threshold?month=2024-02&published=true");
    let record = hub.audit().pop().unwrap();
    assert_eq!((record.action, record.homes), (AuditAction::ReportRead, Vec::new()));
}

#[test]
fn what_a_report_does_not_take_is_refused() {
    let hub = hub();
    for path in [
        "threshold?area=Norfolk",
        "threshold?month=2024-13",
        "sources?from=2024-03-01&until=2024-03-01",
        "sources?month=2024-02",
        "meeting-pack?meeting=tea",
        "meeting-pack?published=true",
        "threshold?published=perhaps",
        "threshold?format=xml",
        "threshold?format=csv&table=none",
        "actions?since=yesterday",
        "chronology",
        "chronology?home=1-400&by=chance",
        "chronology?home=1-400&published=true",
        "meeting-pack?area=Nowhere",
        "actions?area=Nowhere",
        "board?home=1-400",
    ] {
        hub.get("cqc", &format!("/api/v1/reports/{path}")).assert_problem(400, "bad-parameter");
    }
    for home in ["9-none", "general", "unmatched", "no%20home"] {
        let path = format!("/api/v1/reports/chronology?home={home}");
        hub.get("cqc", &path).assert_problem(404, "not-found");
    }
    hub.get("cqc", "/api/v1/reports/none").assert_problem(404, "not-found");
    // A field that is not filled in is not asked for.
    let form = "/reports/meeting-pack?meeting=care-governance&area=&since=";
    assert_eq!(hub.get("cqc", form).status, 200);
    let list = hub.get("cqc", "/reports").body;
    for report in ALL {
        // A chronology begins at its home.
        let is_listed = report != "chronology";
        assert_eq!(list.contains(&format!("href=\"/reports/{report}\"")), is_listed, "{list}");
    }
}

#[test]
fn the_board_view_says_how_the_partnership_does() {
    let hub = hub();
    let february = "board?from=2024-02-01&until=2024-03-01";
    let of = |reader: &str, table: &str| rows(&hub, reader, february, table);
    let months = of("council-safeguarding", "months");
    assert_eq!(
        (&months[0]["month"], &months[0]["incidents"]),
        (&json!("2024-02"), &json!(5)),
        "{months:?}"
    );
    let bodies = of("council-safeguarding", "bodies");
    let council = bodies.iter().find(|row| row["body"] == "council-safeguarding").unwrap();
    assert_eq!(council["acknowledged_median_hours"], json!(4), "{council:?}");
    let triggers = of("council-safeguarding", "triggers");
    let referrals = triggers.iter().find(|row| row["trigger"] == "referrals").unwrap();
    assert_eq!((&referrals["raised"], &referrals["fires"]), (&json!(1), &json!("at-some")));
    let agencies = of("council-safeguarding", "agencies");
    let police = agencies.iter().find(|row| row["agency"] == "police").unwrap();
    assert_eq!((&police["last_on"], &police["silent_days"]), (&json!("2024-02-06"), &json!(23)));
    // What the ambulance service may not see is not in what it is told.
    assert_eq!(of("ambulance", "months")[0]["incidents"], json!(4));
    let page = hub.get("council-safeguarding", "/reports/board").body;
    assert!(page.contains("Board view: 1 March 2023 to 29 February 2024"), "{page}");
}
