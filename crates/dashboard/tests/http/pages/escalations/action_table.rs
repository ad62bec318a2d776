//! The table of actions says what is to be done, for whoever may read it, where, and what is due first.

use super::{raised, say};

#[test]
fn actions_say_what_is_to_be_done_by_due_day_on_the_page_and_at_the_home() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let today = scene.today();
    let later =
        (today.parse::<jiff::civil::Date>().unwrap() + jiff::Span::new().days(9)).to_string();
    for (summary, due) in [("Read the care plans.", &later), ("Visit unannounced.", &today)] {
        let action = [
            ("answer", "action"),
            ("owner", "council-qa"),
            ("summary", summary),
            ("measure", "Visit made"),
            ("due", due.as_str()),
        ];
        say(&mut scene, &mut officer, &page, &action, "The action is assigned");
    }
    let table = |body: &str| {
        let (_, table) = body.split_once("aria-label=\"Actions, a table\"").unwrap();
        table.split("</table>").next().unwrap().to_owned()
    };
    let own = table(&officer.get(&page).body);
    let (first, second) = (own.find("Visit unannounced."), own.find("Read the care plans."));
    assert!(first.is_some() && first < second, "{own}");
    assert!(!own.contains("href=\"/escalations/"), "a page does not lead to itself: {own}");
    // Its owner is told of it, and reads it at the home, with the way to the escalation.
    let owner = table(&scene.signed_in("council-qa").get("/homes/1-100").body);
    let link = format!(
        "<strong>Action 2</strong> of <a class=\"govuk-link\" href=\"{page}\">More than two referrals</a>"
    );
    assert!(owner.contains(&link) && owner.contains("Visit unannounced."), "{owner}");
    assert!(!owner.contains("overdue"), "{owner}");
    // Whoever is not told of the escalation knows of no action.
    for path in [page.as_str(), "/homes/1-100"] {
        let other = scene.signed_in("ambulance").get(path).body;
        assert!(!other.contains("Visit unannounced."), "{path}: {other}");
    }
}

#[test]
fn an_action_whose_day_is_over_says_so() {
    let mut hub = crate::hub::Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    let open = hub.get("cqc", "/api/v1/escalations").ok();
    let id = open["items"][0]["id"].as_str().unwrap().to_owned();
    let action = serde_json::json!({
        "escalation": id, "action": "a-1", "owner": "cqc", "summary": "Visit unannounced.",
        "measure": "visit-made", "due": "2024-03-04",
    });
    hub.say("cqc", "response", "1-100", "escalation.action-assigned", action);
    let says = "<span class=\"ch-due--late\">overdue</span>";
    assert!(!hub.get("cqc", "/homes/1-100").body.contains(says));
    hub.at("2024-03-05T10:00:00Z");
    hub.concern("police", "1-200", "complaint", "2024-03-05");
    let home = hub.get("cqc", "/homes/1-100").body;
    assert!(home.contains(says) && home.contains(">Amber</strong>"), "{home}");
}
