//! Which home an address may mean: what weighs more comes first.

use carehub_domain::HomeId;
use carehub_domain::event::Registration;
use carehub_domain::picture::{Candidate, Home, Place, Why, candidates};

fn home(id: &str, name: &str, postcode: &str, uprn: &str) -> Home {
    let mut home = Home::new(HomeId::new(id).unwrap());
    let text = format!("name = \"{name}\"\npostcode = \"{postcode}\"\nuprn = \"{uprn}\"");
    home.head.registration = Some(toml::from_str::<Registration>(&text).unwrap());
    home
}

#[track_caller]
fn check(place: Place<'_>, expected: &[(&str, &[Why])]) {
    let homes = [
        home("1", "Oak Lodge", "NR1 1AA", "1001"),
        home("2", "Oakfield House", "NR1 1AB", "1002"),
        home("3", "The Willows Care Home", "NR2 2AA", "1003"),
        home("4", "St Mary's", "NR1 1AA", "1004"),
    ];
    let found: Vec<Candidate> = candidates(place, homes.iter(), 5);
    let found: Vec<(&str, &[Why])> =
        found.iter().map(|one| (one.home.as_str(), one.why.as_slice())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_property_number_outweighs_all_else_and_a_postcode_a_name() {
    let place = Place { uprn: Some("1003"), postcode: Some("NR1 1AA"), address: Some("Oak Lodge") };
    check(
        place,
        &[
            ("3", &[Why::SameUprn]),
            ("1", &[Why::SamePostcode, Why::NameInAddress(100)]),
            ("4", &[Why::SamePostcode]),
        ],
    );
    let place =
        Place { postcode: Some("NR1 1AA"), address: Some("The Willows"), ..Place::default() };
    check(
        place,
        &[
            ("1", &[Why::SamePostcode]),
            ("4", &[Why::SamePostcode]),
            ("3", &[Why::NameInAddress(100)]),
        ],
    );
}
