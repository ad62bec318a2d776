//! What is personal data in free text, and what only looks like it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(text: &str, nhs_number: bool, email: bool, phone: bool) {
    assert_eq!(scan(text), Found { nhs_number, email, phone }, "{text}");
}

#[track_caller]
fn clean(text: &str) {
    check(text, false, false, false);
}

#[test]
fn an_nhs_number_is_found_however_it_is_written() {
    check("Resident 9990000018 fell again.", true, false, false);
    check("NHS number 999 000 0018.", true, false, false);
    check("NHS9990000018", true, false, false);
    check("(999-000-0018)", true, false, false);
    check("room 2 999 000 0018", true, false, false);
    check("999\u{a0}000\u{a0}0018", true, false, false);
    check("999\u{2013}000\u{2013}0018", true, false, false);
    check("first 1234567890, then 9990000018", true, false, false);
}

#[test]
fn ten_digits_without_the_right_check_digit_are_none() {
    clean("Reference 9990000019.");
    clean("Reference 1234567890.");
    // Ten equal digits always have the right check digit, and are never a number.
    clean("0000000000");
    clean("5555555555");
}

#[test]
fn digits_that_belong_to_something_else_are_none() {
    clean("UPRN 9990000018");
    clean("UPRN: 9990000018");
    clean("location 1-9990000018");
    clean("A9990000018");
    clean("9990000018X");
    clean("999000001812");
    clean("£9,990,000,018,000");
    clean("999 000 0018 1".replace(' ', ".").as_str());
}

#[test]
fn an_email_address_is_found() {
    check("Write to first.last+care@example.org.", false, true, false);
    check("<someone@example.co.uk>", false, true, false);
    check("o'brien@nhs.example", false, true, false);
    clean("meet @ noon");
    clean("rated 3@home");
    clean("user@localhost");
    clean("5 tablets @ 2.5 mg");
    clean("@example.org");
}

#[test]
fn a_phone_number_is_found_however_it_is_written() {
    for text in [
        "01632 960123",
        "01632960123",
        "(01632) 960 123",
        "0117 496 0123",
        "020 7946 0123",
        "02079460123",
        "07700 900123",
        "07700900123",
        "07700 900 123",
        "+44 7700 900123",
        "+447700900123",
        "+44 (0)20 7946 0123",
        "0044 7700 900123",
        "00447700900123",
        "0808 157 0123",
        "03069 990123",
        "01632-960123",
        "01632.960123",
        "ring 01632 960123 now",
        "+353 20 912 3456",
    ] {
        check(text, false, false, true);
    }
}

#[test]
fn the_numbers_of_daily_work_pass() {
    for text in [
        "CAD 1234 of 01/02/2026",
        "CAD-20261005-000123",
        "on 01-02-2026 10 residents",
        "05/10/2026 09:30",
        "2026-10-05T09:30:00Z",
        "between 2024-01-01 and 2026-12-31",
        "£12,500.00",
        "£1,234,567,890",
        "1-123456789",
        "1-12345678901",
        "UPRN 100012345678",
        "uprn 000010012345678",
        "10 of 12 staff, 3 of 40 beds",
        "crime 36/12345/26",
        "BP 120/80, 98.6, 72 bpm, 14 resps",
        "0800 to 2000",
        "shifts 0700-1500 1500-2300",
        "rooms 1 2 3 4 5 6 7 8 9 10 11 12",
        "regulation 17(2)(a)",
        "INC0123456",
        "batch LOT 2024001234567",
        "pressure 1.5-2.0 bar, 55-60 C",
        "1234 5678",
        "EX1 1AA",
        "01 02 03 04 05 06",
    ] {
        clean(text);
    }
}

#[test]
fn faults_say_where_and_never_what() {
    let data = json!({
        "summary": "9990000018 and someone@example.org",
        "handling": { "code": "C", "conditions": "01632 960123" },
        "source_record": { "system": "cad", "id": "9990000018" },
        "person_ref": "9990000018",
    });
    let faults = scan_event(&data);
    let found: Vec<(&str, &str)> =
        faults.iter().map(|fault| (fault.code.as_str(), fault.pointer.as_str())).collect();
    assert_eq!(
        found,
        [
            ("phone-in-text", "/data/handling/conditions"),
            ("nhs-number-in-text", "/data/person_ref"),
            ("nhs-number-in-text", "/data/summary"),
            ("email-in-text", "/data/summary"),
        ]
    );
    assert!(!format!("{faults:?}").contains("999"));
}

#[test]
fn a_correction_is_looked_at_inside() {
    let faults = scan_event(&json!({ "reason": "x", "set": { "summary": "01632 960123" } }));
    assert_eq!(faults[0].pointer, "/data/set/summary");
}

/// The reference numbers lie beside the project, not in it: only numbers of the test range may.
#[test]
fn the_reference_numbers_are_told_apart() {
    let directory = std::env::var("CAREHUB_DATA").map(std::path::PathBuf::from);
    let path = directory.map(|data| data.join("../reference/statistics.json"));
    let Ok(text) = path
        .and_then(|path| std::fs::read_to_string(path).map_err(|_| std::env::VarError::NotPresent))
    else {
        println!(
            "NOT RUN: set CAREHUB_DATA to the data directory, beside which reference/statistics.json lies"
        );
        return;
    };
    let numbers: Value = serde_json::from_str(&text).unwrap();
    let list = |name: &str| -> Vec<String> {
        let list = numbers["nhs_number"][name].as_array().unwrap();
        list.iter().map(|number| number.as_str().unwrap().to_owned()).collect()
    };
    assert!(list("valid").len() + list("invalid").len() >= 4);
    assert!(list("valid").iter().all(|number| scan(number).nhs_number));
    let others = list("invalid").into_iter().chain(list("passes_arithmetic_but_refuse"));
    others.for_each(|number| assert!(!scan(&number).nhs_number));
}

/// Check digits worked out the slow way, over the whole test range's shape.
fn with_check_digit(nine: &str) -> Option<String> {
    (0..10).map(|check| format!("{nine}{check}")).find(|ten| {
        let weighted: u32 = ten
            .bytes()
            .zip((1..=10).rev())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        weighted.is_multiple_of(11)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn every_number_of_the_test_range_is_found_in_any_prose(
        nine in "999[0-9]{6}", before in "([a-z]{1,9}[ ,.]){0,4} ?", after in "[ ,.;)][a-z ]{0,20}", shape in 0..3,
    ) {
        let Some(ten) = with_check_digit(&nine) else { return Ok(()) };
        prop_assume!(ten.bytes().any(|digit| digit != b'9') && !before.ends_with(|c: char| c.is_alphanumeric()));
        prop_assume!(!before.trim_end_matches([' ', '.']).ends_with("uprn"));
        let number = match shape {
            0 => ten.clone(),
            1 => format!("{} {} {}", &ten[..3], &ten[3..6], &ten[6..]),
            _ => format!("{}-{}-{}", &ten[..3], &ten[3..6], &ten[6..]),
        };
        prop_assert!(scan(&format!("{before}{number}{after}")).nhs_number, "{before}{number}{after}");
    }

    #[test]
    fn the_records_of_daily_work_are_left_alone(
        day in 1..29_u32, month in 1..13_u32, year in 2005..2030_u32, hour in 0..24_u32, minute in 0..60_u32,
        cad in 1..99_999_u32, uprn in 100_000_000_000_u64..999_999_999_999, pounds in 1..9_999_999_u32,
        location in 100_000_000_u64..99_999_999_999, beds in 1..120_u32,
    ) {
        for text in [
            format!("On {day:02}/{month:02}/{year} at {hour:02}:{minute:02}, CAD {cad}, {beds} beds."),
            format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} CAD-{cad:06}"),
            format!("{day:02}-{month:02}-{year} {beds} residents, {hour:02}{minute:02} hours"),
            format!("{day:02}.{month:02}.{year} {hour:02}.{minute:02}"),
            format!("UPRN {uprn}, CQC 1-{location}, £{pounds}.50 for {beds} beds"),
            format!("CAD {cad} of {day:02}{month:02}{year}, {beds} of {beds} checked"),
        ] {
            prop_assert!(!scan(&text).any(), "{}", text);
        }
    }

    /// Whoever scans whatever is sent must neither panic nor cut a character in two.
    #[test]
    fn any_text_can_be_scanned(text in "\\PC{0,200}", digits in "[0-9 @+().,é-]{0,60}") {
        prop_assert_eq!(scan(&text), scan(&text));
        prop_assert_eq!(scan(&digits), scan(&digits));
    }
}

/// A quadratic scan would take 2,500 times as long for 50 times the text. The best of several runs is
/// taken, and the limit stands far from both, because other tests run beside it.
#[test]
fn a_long_text_of_the_worst_kind_is_scanned_in_linear_time() {
    let best = |n: usize| {
        let text = "a@1 020 7946-+(".repeat(n);
        let run = || {
            let started = std::time::Instant::now();
            assert!(!scan(&text).nhs_number);
            started.elapsed().as_secs_f64()
        };
        (0..5).map(|_| run()).fold(f64::INFINITY, f64::min)
    };
    let (short, long) = (best(2_000), best(100_000));
    assert!(long < short * 500.0, "50 times the text took {short} and then {long} seconds");
}
