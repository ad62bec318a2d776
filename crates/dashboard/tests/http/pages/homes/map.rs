//! The map tells a level by shape and in words, also of homes of which nobody knows where they lie.

use crate::hub::Hub;

#[test]
fn a_home_without_a_place_has_the_mark_of_its_level_as_the_key_draws_it() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-01");
    let page = hub.get("cqc", "/map").body;
    let (key, listed) = page.split_once("<h2").unwrap();
    let mark = |class: &str| {
        let (_, rest) = key.split_once(&format!("<path class=\"{class}\" d=\"")).unwrap();
        let path = rest.split('"').next().unwrap();
        format!("<path class=\"{class}\" d=\"{path}\"/>")
    };
    let drawn = |class: &str| listed.matches(&mark(class)).count();
    assert_eq!((drawn("none"), drawn("minor"), drawn("moderate"), drawn("major")), (2, 0, 1, 0));
    assert!(!page.contains("<rect"), "no shape is the same for every level: {page}");
    assert!(listed.contains("3 homes: 1 moderate, 2 no level</p>"), "{listed}");
    assert!(listed.contains("aria-label=\"Oak Lodge: Moderate\""), "{listed}");
}
