//! What is new in what a person follows: where an e-mail leads, by page and by API.

use carehub_contract::AuditAction;
use carehub_contract::following::{encode_outcome, encode_plan};
use carehub_domain::following::{Outcome, Plan, Reason};
use carehub_domain::{HomeId, Position};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Scene, follow, read, scene, send};
use crate::break_glass::{last_of, signed_in};
use crate::browser::Browser;

/// The part of the page that says what is new.
fn part(browser: &mut Browser) -> String {
    let page = browser.get("/following").body;
    let (_, from) = page.split_once("id=\"new\"").unwrap();
    from.split_once("id=\"follows\"").unwrap().0.to_owned()
}

/// The homes of which something is new, each with how much and how much of it was told.
fn homes(browser: &mut Browser) -> Vec<(String, u64, u64)> {
    let news = read(browser)["news"].clone();
    let home = |one: &Value| {
        let count = |name: &str| one[name].as_u64().unwrap();
        (one["home"].as_str().unwrap().to_owned(), count("entries"), count("in_last_message"))
    };
    news["homes"].as_array().unwrap().iter().map(home).collect()
}

fn only_for(audience: &str) -> Value {
    json!({"handling": {"code": "C", "conditions": "ask", "audience": [audience]}})
}

#[test]
fn what_is_new_is_listed_by_home_with_a_link_and_nothing_that_may_not_be_opened() {
    let Scene { mut hub, ann, _dir, .. } = scene();
    let (mut browser, mut bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    assert!(part(&mut browser).contains("you follow nothing yet"));
    assert_eq!(read(&mut browser)["news"]["since"], Value::Null);
    hub.concern("ambulance", "1-100", "complaint", "2024-02-01");
    for (what, which) in [("area", "Norfolk"), ("level", "minor")] {
        assert_eq!(send(&mut browser, &follow(what, which)).status, 303);
    }
    let empty = part(&mut browser);
    assert!(empty.contains("Nothing since <time datetime=") && !empty.contains("1-100"), "{empty}");
    let told = hub.concern("ambulance", "1-200", "complaint", "2024-02-02");
    hub.concern_with(
        "police",
        "1-300",
        "complaint",
        "2024-02-02",
        only_for("council-safeguarding"),
    );
    assert_eq!(homes(&mut browser), [("1-200".to_owned(), 1, 0)]);
    // A message tells of it, and the page of what came after the message, too.
    let at = Timestamp::now();
    let plan = Plan { at, reason: Reason::AtOnce, through: Position(told), count: 1 };
    for encoded in [encode_plan(&ann, 1, &plan), encode_outcome(&ann, 1, Outcome::Made(at))]
        .map(Result::unwrap)
    {
        hub.publish(&encoded.subject, encoded.payload);
    }
    let later = at + SignedDuration::from_secs(1);
    hub.at(&later.to_string());
    hub.concern("ambulance", "1-200", "complaint", "2024-02-03");
    hub.concern_with("police", "1-100", "complaint", "2024-02-03", only_for("ambulance"));
    let listed = homes(&mut browser);
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.contains(&("1-100".to_owned(), 1, 0)), "{listed:?}");
    assert!(listed.contains(&("1-200".to_owned(), 2, 1)), "{listed:?}");
    let page = part(&mut browser);
    for expected in [
        "href=\"/homes/1-100\"",
        "href=\"/homes/1-200\"",
        "Oak Lodge",
        "2 entries, 1 of them in your last message",
        "<time datetime=",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("1-300") && !page.contains("9-secret"), "{page}");
    let sent = browser.get("/following").body;
    assert!(sent.contains("Sent <time datetime="), "{sent}");
    // Which homes were shown is in the audit.
    let shown = last_of(&hub, AuditAction::OtherRead).homes;
    for home in ["1-100", "1-200"] {
        assert!(shown.contains(&HomeId::new(home).unwrap()), "{shown:?}");
    }
    // Another of the same agency follows nothing.
    assert!(homes(&mut bob).is_empty());
}

/// The list is bounded, and says so.
#[test]
fn of_many_homes_those_with_the_newest_entries_are_listed() {
    let Scene { mut hub, _dir, .. } = scene();
    let mut browser = signed_in(&hub, "ann");
    assert_eq!(send(&mut browser, &follow("area", "Norfolk")).status, 303);
    let start = Timestamp::now();
    for nth in 0..52 {
        let home = format!("2-{nth}");
        hub.at(&(start + SignedDuration::from_secs(nth)).to_string());
        let data = json!({
            "name": format!("Fictional home {nth}"), "postcode": "NR1 1AA", "area": "Norfolk",
        });
        hub.say("cqc", "register", &home, "home.registered", data);
        hub.concern("ambulance", &home, "complaint", "2024-02-02");
    }
    let news = read(&mut browser)["news"].clone();
    assert_eq!((news["homes"].as_array().unwrap().len(), &news["more_homes"]), (50, &json!(2)));
    assert_eq!(
        (&news["homes"][0]["home"], &news["homes"][49]["home"]),
        (&json!("2-51"), &json!("2-2"))
    );
    assert!(part(&mut browser).contains("2 more homes have something new"));
}
