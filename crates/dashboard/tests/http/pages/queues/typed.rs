//! Another home than those that are proposed is typed: by name, postcode or id. What was typed is kept until it is taken.

use serde_json::json;

use super::super::{Scene, after, scene};
use crate::answer::Answer;
use crate::browser::Browser;

/// An address that says nothing of any home; what names it.
fn somewhere(scene: &mut Scene) -> String {
    let today = scene.today();
    let place = json!({"place": {"address": "By the church"}});
    scene.hub.concern_with("ambulance", "unmatched", "soft-intelligence", &today, place);
    scene.hub.last_reference("ambulance")
}

/// Says that it is another home: these words.
fn say(scene: &mut Scene, browser: &mut Browser, concern: &str, words: &str) -> Answer {
    let form =
        [("concern", concern), ("home", "other"), ("other", words), ("reason", "They told us.")];
    scene.send(browser, "/unmatched", &form)
}

/// Nothing was taken; the summary leads to what is there, and what was typed is there.
#[track_caller]
fn kept(answer: &Answer, words: &str, typed: &str) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains(words), "{words}: {}", answer.body);
    let target = after(&answer.body, "error-summary__list\"><li><a href=\"#", '"');
    assert!(answer.body.contains(&format!("id=\"{target}\"")), "{target}: {}", answer.body);
    for value in [typed, "They told us."] {
        assert!(answer.body.contains(&format!("value=\"{value}\"")), "{value}: {}", answer.body);
    }
}

#[test]
fn another_home_is_found_by_a_part_of_its_name_or_by_its_id() {
    for words in ["elm", "Elm Court", "1-300"] {
        let mut scene = scene();
        let concern = somewhere(&mut scene);
        let mut officer = scene.signed_in("council-qa");
        let matched = say(&mut scene, &mut officer, &concern, words);
        assert_eq!(matched.header("location"), "/unmatched?done=matched", "{}", matched.body);
        let home = scene.hub.get("ambulance", "/api/v1/homes/1-300").ok();
        assert_eq!(home["concerns"]["total"], 1, "{words}");
    }
}

#[test]
fn several_homes_that_fit_are_offered_to_choose_from_and_what_was_typed_is_kept() {
    let mut scene = scene();
    let concern = somewhere(&mut scene);
    let mut officer = scene.signed_in("council-qa");
    assert!(!officer.get("/unmatched").body.contains("value=\"1-300\""), "none is proposed");
    for words in ["nr11aa", "Fictional Care"] {
        let several = say(&mut scene, &mut officer, &concern, words);
        kept(&several, "Several homes fit what you typed: choose one of them", words);
        for home in ["1-100", "1-200", "1-300"] {
            let radio = format!("value=\"{home}\" aria-describedby=\"why-{concern}-");
            assert!(several.body.contains(&radio), "{radio}: {}", several.body);
        }
        assert!(several.body.contains("<bdi>Elm Court</bdi>, <bdi>NR1 1AA, Norfolk</bdi>"));
    }
    let form = [("concern", concern.as_str()), ("home", "1-300"), ("other", "nr11aa")];
    let matched = scene.send(&mut officer, "/unmatched", &form);
    assert_eq!(matched.header("location"), "/unmatched?done=matched", "{}", matched.body);
    assert_eq!(scene.hub.get("ambulance", "/api/v1/homes/1-300").ok()["concerns"]["total"], 1);
}

#[test]
fn what_names_no_home_that_the_reader_may_see_is_a_fault_of_the_form() {
    let mut scene = scene();
    let today = scene.today();
    let hidden = json!({
        "handling": {"code": "C", "conditions": "ask", "audience": ["council-safeguarding"]},
    });
    scene.hub.concern_with("police", "9-secret", "complaint", &today, hidden);
    let concern = somewhere(&mut scene);
    let mut officer = scene.signed_in("council-qa");
    for words in ["9-9", "9-secret", "Nowhere Hall", "unmatched"] {
        let unknown = say(&mut scene, &mut officer, &concern, words);
        kept(&unknown, "No home that you may see has that name, postcode or id", words);
        assert!(unknown.body.contains("<title>Error: "), "{}", unknown.body);
    }
    let forced = [("concern", concern.as_str()), ("home", "9-secret")];
    let forced = scene.send(&mut officer, "/unmatched", &forced);
    assert_eq!(forced.status, 422);
    assert!(forced.body.contains("Choose one of these homes"), "{}", forced.body);
}

#[test]
fn a_fault_is_tied_to_its_field_and_nothing_else_is_described_by_an_error() {
    let mut scene = scene();
    let concern = somewhere(&mut scene);
    let mut officer = scene.signed_in("council-qa");
    let fresh = officer.get("/unmatched").body;
    assert!(!fresh.contains("-error\""), "{fresh}");
    let form = [("concern", concern.as_str()), ("reason", "Ring 01603 123456")];
    let answer = scene.send(&mut officer, "/unmatched", &form);
    for field in ["home", "reason"] {
        let id = format!("{field}-{concern}-error");
        assert!(answer.body.contains(&format!("<p id=\"{id}\"")), "{id}: {}", answer.body);
        assert!(answer.body.contains(&format!("aria-describedby=\"{id}\"")), "{id}");
    }
}

#[test]
fn what_is_not_taken_on_a_later_page_comes_back_on_that_page() {
    let mut scene = scene();
    let first = somewhere(&mut scene);
    for _ in 0..10 {
        somewhere(&mut scene);
    }
    let today = scene.today();
    scene.hub.concern("ambulance", "9-new", "complaint", &today);
    let last = scene.hub.last_reference("ambulance");
    let mut officer = scene.signed_in("council-qa");
    let card = |reference: &str| format!("id=\"match-{reference}\"");
    let page = officer.get("/unmatched").body;
    assert!(page.contains(&card(&first)) && !page.contains(&card(&last)), "{page}");
    let fault = say(&mut scene, &mut officer, &last, "Nowhere Hall");
    kept(&fault, "No home that you may see", "Nowhere Hall");
    assert!(fault.body.contains(&card(&last)) && !fault.body.contains(&card(&first)));
    // It stands there already: the hub says no, in the form.
    let refused = say(&mut scene, &mut officer, &last, "9-new");
    kept(&refused, "The home is not in the register. (home-unknown)", "9-new");
    let id = format!("match-{last}-refused");
    for part in [format!("<p id=\"{id}\""), format!("aria-describedby=\"{id}\"")] {
        assert!(refused.body.contains(&part), "{part}: {}", refused.body);
    }
}
