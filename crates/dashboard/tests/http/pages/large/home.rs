//! A home of more than 10,000 entries, of six kinds and by five agencies, with others that the reader does not see.

use std::time::Duration;

use jiff::ToSpan as _;
use serde_json::json;

use super::{ALL_SEEING, READER, Timed, Within};

const HOME: &str = "1-100";

const CONCERNS: u32 = 11_000;

/// The page of a home, wherever in its timeline: it is what people open all day. The first time everything that was ever
/// said of the home is narrowed.
const PAGE: Within = Within { first: Duration::from_secs(1), then: Duration::from_millis(300) };

/// One table of everything, with the words of 4,000 entries out of the log and the fingerprint of each. It is printed for
/// a review, and waited for.
const CHRONOLOGY: Within = Within { first: Duration::from_secs(4), then: Duration::from_secs(2) };

const KINDS: [&str; 6] = [
    "complaint",
    "soft-intelligence",
    "neglect-sign",
    "medication-error",
    "understaffing",
    "behaviour-change",
];

const AGENCIES: [&str; 5] =
    ["police", "ambulance", "gp-practice", "contracts", "adult-social-care"];

/// As long as what people write.
const WORDS: &str = "Staff on the late shift said that two residents had waited a long time for help to wash and to go to bed and that nobody had written it down.";

#[test]
fn a_home_of_ten_thousand_entries_is_read_in_time() {
    let mut timed = large();
    let of = |reader: &str| {
        timed.hub.get(reader, &format!("/api/v1/homes/{HOME}")).ok()["concerns"].clone()
    };
    let (all, ours) = (of(ALL_SEEING), of(READER));
    assert_eq!((&all["total"], &ours["total"]), (&json!(CONCERNS), &json!(10_230)));
    assert_eq!(ours["existence_only"], json!({"position-of-trust": 550}));

    timed.forget();
    let page = timed.measure(&format!("/homes/{HOME}"), PAGE, 8);
    assert_eq!(page.matches("class=\"moj-timeline__item\"").count(), 25);
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let last = timed.measure(&format!("/homes/{HOME}?order=newest{}", last_page(&timed)), PAGE, 8);
    assert!(last.contains("moj-timeline__item") && !last.contains("Further entries"), "{last}");
    timed.measure(&format!("/api/v1/homes/{HOME}/timeline?limit=500"), PAGE, 8);

    timed.forget();
    let chronology = format!("/reports/chronology?home={HOME}");
    let page = timed.measure(&chronology, CHRONOLOGY, 4);
    assert!(page.matches("<tr class=\"govuk-table__row\">").count() > 10_000);
    assert!(page.contains("There is more to read than fits"));
    let csv = timed.measure(&format!("{chronology}&format=csv"), CHRONOLOGY, 4);
    assert!(csv.lines().count() > 10_000);
    assert_eq!(csv.matches(WORDS).count(), 4_000);
}

/// One in twenty is about somebody in a position of trust, and one in fifty a whistle-blower's. One in ten is of low
/// severity and adds to what an open escalation rests on; the rest is above that threshold.
fn large() -> Timed {
    let mut timed = Timed::new();
    for nth in 0..CONCERNS {
        let kind = match nth % 20 {
            19 => "position-of-trust",
            _ => KINDS[nth as usize % KINDS.len()],
        };
        let severity = if nth.is_multiple_of(10) { "low" } else { "high" };
        let mut more = json!({"severity": severity, "summary": WORDS});
        if nth % 50 == 7 {
            more["reported_by"] = json!("whistle-blower");
        }
        let days = i64::from(nth * 7 % 730);
        let on = timed.today.saturating_sub(days.days()).to_string();
        timed.hub.concern_with(AGENCIES[nth as usize % AGENCIES.len()], HOME, kind, &on, more);
    }
    timed
}

/// What asks for the last page of the timeline: by long steps to near the end, then by those of the page.
fn last_page(timed: &Timed) -> String {
    let mut after = String::new();
    for limit in [500, 25] {
        loop {
            let path = format!("/api/v1/homes/{HOME}/timeline?limit={limit}{after}");
            match timed.hub.get(READER, &path).ok()["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
    }
    after
}
