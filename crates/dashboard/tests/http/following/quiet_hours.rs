//! Quiet hours that cannot be meant are a fault of the form, and nothing is saved.

use serde_json::json;

use super::{Scene, read, said, scene, send};
use crate::break_glass::signed_in;
use crate::browser::Browser;

/// What is answered when these hours are chosen beside something else.
fn save(browser: &mut Browser, from: &str, until: &str) -> crate::answer::Answer {
    let form = [
        ("do", "save"),
        ("cadence", "weekly"),
        ("hour", "9"),
        ("day", "friday"),
        ("quiet_from", from),
        ("quiet_until", until),
        ("urgent", "yes"),
    ];
    send(browser, &form)
}

#[test]
fn half_of_them_is_a_fault_and_changes_nothing() {
    let Scene { hub, _dir, .. } = scene();
    let mut browser = signed_in(&hub, "ann");
    for (from, until, field) in
        [("22", "", "quiet_until"), ("", "6", "quiet_from"), ("9", "9", "quiet_until")]
    {
        let answer = save(&mut browser, from, until);
        let page = &answer.body;
        assert_eq!(answer.status, 422, "{page}");
        assert!(page.contains("There is a problem") && page.contains("<title>Error: "), "{page}");
        for part in [
            format!("href=\"#{field}\""),
            format!("id=\"{field}-error\""),
            format!("aria-describedby=\"{field}-error\""),
        ] {
            assert_eq!(page.matches(&part).count(), 1, "{part}: {page}");
        }
        assert!(!page.contains("It is saved."), "{page}");
        // What was filled in stands in the form: what is not there was not chosen.
        for (name, chosen) in
            [("quiet_from", from), ("quiet_until", until), ("hour", "9"), ("day", "friday")]
        {
            let select = page.split_once(&format!("id=\"{name}\"")).unwrap().1;
            let select = select.split_once("</select>").unwrap().0;
            let selected = format!("value=\"{chosen}\" selected");
            assert_eq!(select.contains(" selected"), !chosen.is_empty(), "{name}: {select}");
            assert_eq!(select.contains(&selected), !chosen.is_empty(), "{name}: {select}");
        }
        // The box is not ticked, and e-mail comes until that is saved.
        assert!(!page.contains("name=\"email\" value=\"yes\" checked"), "{page}");
        assert!(page.contains("Stop all e-mail"), "{page}");
    }
    assert!(said(&hub).is_empty());
    assert_eq!(save(&mut browser, "24", "6").status, 400);
    assert_eq!(save(&mut browser, "22", "6").status, 303);
    assert_eq!(read(&mut browser)["quiet"], json!({"from": 22, "until": 6}));
    // None of both ends them.
    assert_eq!(save(&mut browser, "", "").status, 303);
    assert_eq!(read(&mut browser)["quiet"], json!(null));
}
