//! `carehub report` on a real hub: what it prints is what the API gives, for the agency of the token.

use std::path::Path;
use std::process::{Command, ExitStatus};

use jiff::ToSpan;
use serde_json::{Value, json};

use crate::process::{Hub, carehub, publish, today};
use crate::speaking::{Kind, Record, Said};

const HOME: &str = "home-1";
const READER: &str = "council-safeguarding";

/// One home in ten is drawn for the sample of plans: of so many, one is in every quarter.
const REGISTERED: u32 = 120;

/// What `carehub report` prints with an agency's token.
fn ask(hub: &Hub, dir: &Path, agency: &str, arguments: &[&str]) -> (ExitStatus, String) {
    let token = dir.join(format!("credentials/{agency}.token"));
    let mut command = Command::new(carehub());
    command.arg("report").args(arguments).args(["--http", hub.http()]).arg("--token").arg(token);
    let output = command.output().expect("run carehub");
    let said = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_printed_for_the_agency_of_the_token() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let (link, record) = (hub.link("ambulance").await, Record::default());
    for id in ["a", "b", "c"] {
        record.publish(&link, Said::concern("ambulance", HOME, id, Kind::Referral, 2)).await;
    }
    hub.settled().await;
    let ask = |arguments: &[&str]| ask(&hub, dir.path(), READER, arguments);
    let pack = ["meeting-pack", "--since", "2020-01-01"];
    let (status, csv) = ask(&pack);
    assert!(status.success(), "{csv}");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("home,home_name,level_before,level_now,new_concerns,"), "{csv}");
    assert!(lines.len() == 2 && lines[1].starts_with("home-1,"), "{csv}");
    let (_, text) = ask(&[&pack[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["tables"][0]["rows"][0]["new_concerns"], 3, "{json}");
    let (_, concerns) = ask(&[&pack[..], &["--table", "concerns"]].concat());
    assert_eq!(concerns.lines().count(), 4, "{concerns}");
    // What a report does not take is refused with its code.
    for refused in [&["threshold", "--month", "2024-13"][..], &["actions", "--area", "Nowhere"]] {
        let (status, said) = ask(refused);
        assert!(!status.success() && said.contains("bad-parameter"), "{said}");
    }
    let (status, audit) = hub.run(&["audit", "--json", "--action", "report-read"]);
    assert!(status.success() && audit.contains("meeting-pack since=2020-01-01"), "{audit}");
}

/// Three referrals and a possible crime at one home, with an escalation, an action and a meeting; and a county of homes.
async fn told(hub: &Hub) {
    let (link, record) = (hub.link("ambulance").await, Record::default());
    for id in ["a", "b", "c"] {
        record.publish(&link, Said::concern("ambulance", HOME, id, Kind::Referral, 2)).await;
    }
    record.publish(&link, Said::crime("ambulance", HOME, "crime")).await;
    hub.settled().await;
    let path = format!("/api/v1/escalations?home={HOME}&trigger=possible-crime");
    let escalation = hub.get_json("police", &path)["items"][0]["id"].clone();
    assert!(escalation.is_string(), "a possible crime raises one");
    let acknowledged = json!({ "escalation": escalation });
    hub.says("police", HOME, "seen", "escalation.acknowledged", acknowledged).await;
    let assigned = json!({
        "escalation": escalation, "action": "visit-1", "owner": "council-qa",
        "measure": "report-seen", "due": today().saturating_add(7.days()).to_string(),
        "summary": "Visit and report.",
    });
    hub.says("police", HOME, "visit", "escalation.action-assigned", assigned).await;
    let held = json!({
        "meeting": "quarterly", "meeting_ref": "Q-1", "held_on": today().to_string(),
        "chair_role": "council-qa", "attended": ["council-qa", "cqc"],
    });
    hub.says("council-qa", HOME, "met", "meeting.recorded", held).await;
    let register = hub.link("cqc").await;
    for nth in 0..REGISTERED {
        let (id, data) = (format!("K-{nth:03}"), json!({ "name": format!("Home {nth}") }));
        let registered = publish(&register, "cqc", &id, &id, "home.registered", data).await;
        registered.expect("publish");
    }
    hub.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_report_is_printed_with_its_head_and_its_rows() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    told(&hub).await;
    let ask = |arguments: &[&str]| {
        let (status, csv) = ask(&hub, dir.path(), READER, arguments);
        assert!(status.success(), "{arguments:?}: {csv}");
        csv
    };
    let (from, until) = (today().saturating_sub(60.days()), today().saturating_add(1.day()));
    let (from, until) = (from.to_string(), until.to_string());
    let days = ["--from", from.as_str(), "--until", until.as_str()];
    let month = today().strftime("%Y-%m").to_string();
    // A home has its first turn in the quarter after the hub came to know it.
    let next_quarter = today().saturating_add(3.months()).strftime("%Y-%m").to_string();
    let concerns = ask(&["meeting-pack", "--since", "2020-01-01", "--table", "concerns"]);
    let happened = concerns.lines().nth(1).and_then(|line| line.split(',').nth(5)).expect("a day");
    let of_month = format!("{},4,1,", &happened[..7]);
    let answered =
        "escalation,level,stage,responsible,raised_at,acknowledged_at,hours_to_acknowledge,";
    let met = format!("home,home_name,trigger,most,limit,held_on,{answered}");
    let plans = "home,home_name,fire_shown_on,flood_shown_on,power_shown_on,disease_shown_on,\
        boiler_shown_on,missing,not_known,looked_on,gaps";
    let actions = "home,home_name,escalation,trigger,number,action,measure,owner,due,rating_before,\
        rating_now,";
    let meetings = "home,home_name,meeting,chair,planned_for,held_on,held,minutes_on,";
    let shared = "agency,concerns,learned_after_days_median,";
    let unregistered = "home-1,home-1 (not in the register),";
    for (arguments, head, row) in [
        (
            vec!["threshold", "--month", month.as_str()],
            met.as_str(),
            vec![unregistered, ",possible-crime,"],
        ),
        (
            [&["sources"][..], &days].concat(),
            "kind,incidents,before,homes,low,medium,high,critical",
            vec!["safeguarding-referral,3,0,1,0,3,0,0"],
        ),
        (
            vec!["actions"],
            actions,
            vec![unregistered, ",possible-crime,1,visit-1,report-seen,council-qa,", ",green,"],
        ),
        (
            [&["minutes"][..], &days].concat(),
            meetings,
            vec![unregistered, ",quarterly,council-qa,"],
        ),
        (
            [&["memorandum"][..], &days].concat(),
            "part,measure,source,count,in_time,late,overdue,not_yet_due,",
            vec!["1,concerns,7.3.1,4,"],
        ),
        (
            vec!["contingency-plans", "--month", next_quarter.as_str()],
            plans,
            vec!["K-", ",,,,,,\"fire, flood, power, disease, boiler\",,,"],
        ),
        (
            [&["board"][..], &days].concat(),
            "month,incidents,homes,raised,closed,at_raised_level",
            vec![of_month.as_str()],
        ),
        (
            [&["sharing", "--table", "agencies"][..], &days].concat(),
            shared,
            vec!["ambulance,4,", ",true,false,3,1"],
        ),
    ] {
        let csv = ask(&arguments);
        let mut lines = csv.lines();
        let first = lines.next().unwrap_or_default();
        assert!(first.starts_with(head), "{arguments:?}: {csv}");
        let columns = first.split(',').count();
        let is_it =
            |line: &&str| line.starts_with(row[0]) && row.iter().all(|part| line.contains(part));
        let line = lines.find(is_it).unwrap_or_else(|| panic!("{arguments:?}: {row:?}: {csv}"));
        assert_eq!(cells(line), columns, "{line}");
        // The counts that may be published have rows, too.
        let published = ask(&[&arguments[..], &["--published"]].concat());
        assert!(published.starts_with("row,row_name,"), "{arguments:?}: {published}");
        assert!(published.lines().count() > 1, "{arguments:?}: {published}");
    }
    let sharing = ask(&[&["sharing", "--json"][..], &days].concat());
    let document: Value = serde_json::from_str(&sharing).expect("JSON");
    let items = document["items"].as_array().expect("a list");
    assert!(
        items.iter().any(|item| item["agency"] == "ambulance" && item["concerns"] == 4),
        "{sharing}"
    );
}

/// How many cells a line of CSV has.
fn cells(line: &str) -> usize {
    let (mut count, mut quoted) = (1, false);
    for letter in line.chars() {
        quoted ^= letter == '"';
        count += usize::from(letter == ',' && !quoted);
    }
    count
}
