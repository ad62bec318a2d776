use super::*;

#[track_caller]
fn check(text: &str, nhs_number: bool, email: bool, phone: bool) {
    assert_eq!(
        scan(text),
        Found {
            nhs_number,
            email,
            phone
        },
        "{text}"
    );
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
}
