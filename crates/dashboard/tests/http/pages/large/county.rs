//! 15,000 homes, of which 3,000 have two to twelve concerns of eight kinds by seven agencies, and several hundred an open
//! escalation.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::{ALL_SEEING, READER, Timed, Within};
use crate::hub::Hub;

const HOMES: u32 = 15_000;

/// One home in so many has concerns.
const ONE_IN: u32 = 5;

/// A list, on the server. The first time 15,000 pictures are narrowed and counted, which takes most of it; whoever comes
/// in the morning may wait for that once, and no longer than for a slow page elsewhere.
const LIST: Within = Within { first: Duration::from_secs(2), then: Duration::from_millis(100) };

/// A page that is made of one home or one body and of all others beside it: of a first look that has news of 3,000
/// homes, too. It is looked at for longer than a list, and still opens before one looks away.
const PAGE: Within = Within { first: Duration::from_secs(2), then: Duration::from_millis(300) };

/// A report goes through everything that was said, and is asked for before a meeting. Whoever waits for more than a
/// second asks again, which makes it worse.
const REPORT: Within = Within { first: Duration::from_secs(3), then: Duration::from_secs(1) };

const AREAS: [&str; 6] =
    ["Norfolk", "Northshire", "Southshire", "Eastshire", "Westshire", "Midshire"];

/// What is said, and by whom.
const KINDS: [(&str, &str); 8] = [
    ("complaint", "contracts"),
    ("soft-intelligence", "police"),
    ("safeguarding-referral", "adult-social-care"),
    ("medication-error", "gp-practice"),
    ("neglect-sign", "ambulance"),
    ("understaffing", "contracts"),
    ("position-of-trust", "council-safeguarding"),
    ("property-risk", "fire"),
];

const INDICATORS: [&str; 6] = [
    "management-and-leadership",
    "staff-skills-knowledge-and-practice",
    "residents-behaviours-and-wellbeing",
    "resisting-external-people-and-isolating",
    "service-planning-and-delivery",
    "basic-care-and-environment",
];

const QUESTIONS: [&str; 5] = ["safe", "effective", "caring", "responsive", "well-led"];

#[test]
fn fifteen_thousand_homes_are_listed_searched_and_reported_on_in_time() {
    let mut timed = county();
    something_is_kept_from_the_reader(&timed.hub);
    lists(&mut timed);
    the_whole_list(&mut timed);
    pages(&mut timed);
    reports(&mut timed);
}

fn county() -> Timed {
    let mut timed = Timed::new();
    for nth in 0..HOMES {
        let provider = nth % 901;
        let data = json!({
            "name": format!("Home {nth}"), "beds": 20 + nth % 40,
            "area": AREAS[nth as usize % AREAS.len()],
            "provider": {"id": format!("pr-{provider}"), "name": format!("Provider {provider}")},
            "postcode": format!("NR{} {}AA", nth % 30 + 1, nth % 9 + 1),
            "coordinates": {
                "latitude": 50.0 + f64::from(nth % 97) / 20.0,
                "longitude": -5.0 + f64::from(nth % 89) / 15.0,
            },
        });
        timed.hub.say("cqc", "register", &format!("2-{nth}"), "home.registered.v2", data);
    }
    for nth in 0..HOMES / ONE_IN {
        say_of(&mut timed, nth);
    }
    timed
}

/// Two to twelve concerns of a home within a year, the first of them a whistle-blower's. Every sixth of these homes
/// shows early indicators of several categories, which raise an escalation.
fn say_of(timed: &mut Timed, nth: u32) {
    let home = format!("2-{}", nth * ONE_IN);
    for each in 0..2 + nth % 11 {
        let (kind, agency) = KINDS[(nth + each) as usize % KINDS.len()];
        let days = i64::from((nth * 13 + each * 29) % 360);
        let on = timed.today.saturating_sub(days.days()).to_string();
        let severity = if (nth + each).is_multiple_of(4) { "medium" } else { "low" };
        let mut more = json!({"severity": severity});
        if each == 0 {
            more["reported_by"] = json!("whistle-blower");
        }
        if nth.is_multiple_of(6) {
            more["indicators"] = json!([INDICATORS[each as usize % INDICATORS.len()]]);
        }
        if each.is_multiple_of(3) {
            more["key_questions"] = json!([QUESTIONS[nth as usize % QUESTIONS.len()]]);
        }
        if (nth + each).is_multiple_of(50) {
            more["possible_crime"] = json!(true);
        }
        if kind == "property-risk" {
            more["details"] = json!({"property_fault": "other"});
        }
        timed.hub.concern_with(agency, &home, kind, &on, more);
    }
}

/// Of twelve concerns one is a whistle-blower's, and one about somebody in a position of trust.
fn something_is_kept_from_the_reader(hub: &Hub) {
    let of = |reader: &str| hub.get(reader, "/api/v1/homes/2-50").ok()["concerns"].clone();
    let (all, ours) = (of(ALL_SEEING), of(READER));
    assert_eq!((&all["total"], &ours["total"]), (&json!(12), &json!(10)));
    assert_eq!(ours["existence_only"], json!({"position-of-trust": 1}));
    let open = hub.get(READER, "/api/v1/escalations?state=open&limit=500").ok();
    let open = open["items"].as_array().unwrap().len();
    assert!(open >= 300, "{open} are open");
}

fn lists(timed: &mut Timed) {
    // Each begins anew: they walk over all homes, and a misspelt name over all names besides.
    for path in ["/homes", "/homes?q=hmoe+149", "/map", "/escalations?whose=all"] {
        timed.forget();
        let page = timed.measure(path, LIST, 8);
        if path == "/homes" {
            assert_eq!(page.matches("href=\"/homes/").count(), 50, "a page at a time");
            assert!(page.contains("rel=\"next\""));
        }
    }
    for path in [
        "/homes?sort=total&registered=true",
        "/homes?level=raised&area=Norfolk",
        "/homes?level=none&sort=total",
        "/homes?q=home+149",
        "/escalations",
        "/unmatched",
        "/placements",
    ] {
        timed.measure(path, LIST, 8);
    }
}

/// Every page of the list that programs read, the longest that there are.
fn the_whole_list(timed: &mut Timed) {
    timed.forget();
    let (ids, first) = walk(timed);
    let distinct: BTreeSet<&String> = ids.iter().collect();
    // With the three of every hub.
    let all = HOMES as usize + 3;
    assert_eq!((ids.len(), distinct.len()), (all, all));
    let walks: Vec<Vec<Duration>> = (0..4).map(|_| walk(timed).1).collect();
    let second_best = |page: usize| {
        let mut times: Vec<Duration> = walks.iter().map(|walk| walk[page]).collect();
        times.sort_unstable();
        times[1]
    };
    let slowest = (0..first.len()).map(second_best).max().unwrap();
    let more = format!("the slowest of {} pages", first.len());
    LIST.hold("/api/v1/homes", *first.iter().max().unwrap(), slowest, &more);
}

/// The ids of all homes, a page after the other, and how long each page took.
fn walk(timed: &Timed) -> (Vec<String>, Vec<Duration>) {
    let (mut ids, mut times, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let (took, page) = timed.ask(&format!("/api/v1/homes?limit=500{after}"));
        times.push(took);
        let page: Value = serde_json::from_str(&page).unwrap();
        let homes = page["items"].as_array().unwrap();
        ids.extend(homes.iter().map(|home| home["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (ids, times),
        }
    }
}

fn pages(timed: &mut Timed) {
    timed.forget();
    let work = timed.measure("/", PAGE, 8);
    assert!(work.contains("more homes with something new"), "{work}");
    let home = timed.measure("/homes/2-50", PAGE, 8);
    assert!(home.contains("if it were like the other"), "it stands among its peers: {home}");
    timed.measure("/providers/pr-50", PAGE, 8);
}

fn reports(timed: &mut Timed) {
    let next = timed.today.first_of_month().saturating_add(1.month());
    let from = next.saturating_sub(12.months());
    let days = format!("from={from}&until={next}");
    let month = format!("month={}", timed.today.strftime("%Y-%m"));
    timed.forget();
    for (report, names) in [
        ("meeting-pack?area=Norfolk".to_owned(), true),
        (format!("threshold?{month}"), true),
        (format!("board?{days}"), false),
        ("actions".to_owned(), false),
        (format!("sources?{days}"), false),
        (format!("minutes?{days}"), false),
        (format!("memorandum?{days}"), false),
        (format!("contingency-plans?{month}"), false),
        (format!("sharing?{days}"), false),
        (format!("key-questions?{days}"), true),
    ] {
        let path = format!("/reports/{report}");
        let page = timed.measure(&path, REPORT, 3);
        assert!(!names || page.contains("href=\"/homes/2-"), "{path} names homes");
    }
}
