//! The charts of a home: each limit stands where it is true, with its meaning, its time and its figures.

use serde_json::json;

use crate::hub::Hub;

/// A policy with a trigger that counts by the month, besides the one that counts over six.
fn by_the_month() -> Hub {
    let mut policy = crate::published::policy();
    let calls = json!({
        "id": "calls", "title": "Three or more 999 calls in a month", "source": "N 7.3.4",
        "kind": "count", "match": {"kinds": ["ambulance-999-call"]}, "more_than": 2,
        "window": "1 month", "level": "minor", "responsible": ["cqc"],
        "answer": [{"step": "acknowledge", "within": "2 working days"}],
    });
    policy.trigger.push(serde_json::from_value(calls).unwrap());
    let mut hub = Hub::under(policy);
    hub.at("2024-03-20T10:00:00Z");
    hub
}

#[test]
fn the_limit_of_a_month_is_drawn_across_the_months_with_the_part_that_it_counts() {
    let mut hub = by_the_month();
    for day in ["2024-03-02", "2024-03-03"] {
        let call = json!({"details": {"line": "999"}});
        hub.concern_with("ambulance", "1-100", "ambulance-999-call", day, call);
    }
    hub.concern("police", "1-100", "complaint", "2024-03-04");
    let page = hub.get("cqc", "/homes/1-100").body;
    for part in [
        "The line is the limit of “Three or more 999 calls in a month”: more than 2 in a month; it counts 2 of this month.",
        ">more than 2 in a month</text>",
        "<rect class=\"part\"",
        "It counts the dark part of a bar alone.",
        "Of them against the limit, more than 2 in a month</th>",
        "March 2024</th><td class=\"govuk-table__cell govuk-table__cell--numeric\">3</td><td class=\"govuk-table__cell govuk-table__cell--numeric\">2</td>",
        "February 2024</th><td class=\"govuk-table__cell govuk-table__cell--numeric\">0</td><td class=\"govuk-table__cell govuk-table__cell--numeric\">0</td>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_limit_of_six_months_stands_on_its_own_chart_and_not_on_the_months() {
    let mut hub = by_the_month();
    for day in ["2024-02-02", "2024-03-03"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let page = hub.get("cqc", "/homes/1-100").body;
    let months = page.split_once("Concerns a month</h3>").unwrap().1;
    let (months, courses) = months.split_once("Against the triggers’ limits").unwrap();
    assert!(!months.contains("class=\"limit\""), "{months}");
    assert!(months.contains("so no limit stands on these bars"), "{months}");
    for part in [
        "More than two referrals: 2 now, it fires at more than 2.",
        ">fires at more than 2</text>",
        // A time axis: the first day, the last, and where each year begins.
        ">30 Apr 2022</text>",
        ">20 Mar 2024</text>",
        "text-anchor=\"middle\">2023</text>",
        "text-anchor=\"middle\">2024</text>",
        "The same as a table<span class=\"govuk-visually-hidden\">: More than two referrals</span>",
        "29 February 2024</th><td class=\"govuk-table__cell govuk-table__cell--numeric\">1</td>",
        "20 March 2024</th><td class=\"govuk-table__cell govuk-table__cell--numeric\">2</td>",
    ] {
        assert!(courses.contains(part), "{part}: {courses}");
    }
}

#[test]
fn a_limit_that_is_reached_is_not_said_to_be_passed() {
    let mut policy = crate::published::policy();
    let breadth = json!({
        "id": "kinds", "title": "Kinds", "source": "K 4", "kind": "breadth", "match": {},
        "different": "kinds", "at_least": 3, "window": "3 months", "level": "minor",
        "responsible": ["cqc"], "answer": [{"step": "acknowledge", "within": "2 working days"}],
    });
    policy.trigger.push(serde_json::from_value(breadth).unwrap());
    let mut hub = Hub::under(policy);
    hub.at("2024-03-20T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-03-04");
    let page = hub.get("cqc", "/homes/1-100").body;
    assert!(page.contains("Kinds: 1 now, it fires at 3 or more."), "{page}");
}
