//! The page of a home, the list, and the map.

mod account;
mod charts;
mod earlier;
mod lists;
mod map;
mod timeline;

use data_encoding::BASE64;
use serde_json::json;

use crate::hub::Hub;

use super::scene;

#[test]
fn a_home_says_its_level_and_why_what_is_open_and_where_its_triggers_stand() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-02-01");
    let more = json!({"indicators": ["management-and-leadership"]});
    hub.concern_with("police", "1-100", "safeguarding-referral", "2024-02-02", more);
    let page = hub.get("ambulance", "/homes/1-100");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let body = page.body;
    assert!(body.contains("Willow &#60;b&#62;House&#60;/b&#62;"), "{body}");
    assert!(!body.contains("<b>") && !body.contains("<breach>"), "{body}");
    for part in [
        "lang=\"en-GB\"",
        "<h1 class=\"govuk-heading-l",
        ">Moderate</strong>",
        // The exact time stands beside the words, on hover and in print.
        "Because of the escalation raised <time datetime=\"2024-03-01T10:00:00+00:00\" title=\"Friday 1 March 2024, 10:00:00 GMT\">1 March 2024 at 10:00</time>: A &#60;breach&#62; &#38; more.",
        "acknowledgement <time datetime=\"2024-03-01T23:59:59+00:00\"",
        "Health and safety breach",
        "Safeguarding concern",
        "The police",
        "2 incidents since",
        "Concerns a month over 24 months: 2 incidents. The busiest was February 2024, with 2.",
        "2 more incidents in 6 months would fire it: it fires above 2.",
        "title=\"Friday 1 March 2024, 10:00:00 GMT\"",
        "happened <time datetime=\"2024-02-01\"",
        "Oak Lodge",
        "Management and leadership",
        "The provider has said nothing that you may see.",
        "class=\"govuk-skip-link\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[test]
fn the_list_searches_filters_and_pages() {
    let hub = Hub::new();
    let user = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
    let list = |path: &str| hub.get_with(path, &user("cqc:token-of-cqc"));
    let all = list("/homes");
    assert_eq!(all.status, 200);
    assert!(all.body.contains("href=\"/homes/1-200\""), "{}", all.body);
    let misspelt = list("/homes?q=Wilow+Huose").body;
    assert!(misspelt.contains("Did you mean") && misspelt.contains("href=\"/homes/1-100\""));
    assert!(!misspelt.contains("1-200") && !list("/homes?q=zzzz").body.contains("Did you mean"));
    let found = list("/homes?q=%22%3Eoak").body;
    assert!(found.contains("value=\"&#34;&#62;oak\"") && found.contains("No home fits"), "{found}");
    for (query, homes) in [
        ("q=oak", 1),
        ("q=nr11", 3),
        ("q=NR1+1A", 3),
        ("q=p-1", 2),
        ("q=fictional", 3),
        ("q=&level=&area=&registered=&sort=", 3),
        ("level=major", 0),
        ("area=Norfolk&registered=true", 3),
    ] {
        let body = list(&format!("/homes?{query}")).body;
        assert_eq!(body.matches("href=\"/homes/1-").count(), homes, "{query}");
    }
    assert_eq!(list("/homes?level=grave").status, 400);
    assert_eq!(list("/homes?colour=red").status, 400);
    let refused = hub.get_with("/homes", &user("police:token-of-cqc"));
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").starts_with("Basic "));
    assert_eq!(hub.get("provider", "/homes/1-100").status, 403);
    assert_eq!(hub.get("cqc", "/homes/9-9").status, 404);
}

#[test]
fn a_home_about_which_nothing_was_said_says_so() {
    let hub = Hub::new();
    let body = hub.get("cqc", "/homes/1-300").body;
    for part in [
        "No open escalation sets a level.",
        "0 incidents since",
        "There is not enough to say what is expected",
        "None that is known.",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[test]
fn the_timeline_is_filtered_and_comes_in_pages() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for day in 1..=28 {
        hub.concern("police", "1-100", "complaint", &format!("2024-02-{day:02}"));
    }
    hub.concern("ambulance", "1-100", "nutrition", "2024-02-03");
    let titles = |body: &str, of: &str| body.matches(&format!("__title\">{of}</h3>")).count();
    let first = hub.get("cqc", "/homes/1-100").body;
    assert_eq!((titles(&first, "Complaint"), titles(&first, "Nutrition")), (24, 1));
    let next = super::after(&first, "rel=\"next\" href=\"", '"').replace("&amp;", "&");
    let second = hub.get("cqc", next.split('#').next().unwrap()).body;
    assert_eq!((titles(&second, "Complaint"), titles(&second, "Nutrition")), (4, 0));
    let filtered = hub.get("cqc", "/homes/1-100?kind=nutrition&agency=&from=&until=&order=newest");
    assert_eq!((titles(&filtered.body, "Complaint"), titles(&filtered.body, "Nutrition")), (0, 1));
    assert!(filtered.body.contains("<option value=\"nutrition\" selected>"));
    let none = hub.get("cqc", "/homes/1-100?from=2025-01-01").body;
    assert!(none.contains("No entry fits."), "{none}");
    assert_eq!(hub.get("cqc", "/homes/1-100?from=tomorrow").status, 400);
}

#[test]
fn a_reader_reads_on_the_page_the_text_that_the_api_gives_and_no_other() {
    let mut hub = Hub::under(crate::published::agreed_policy());
    hub.at("2024-03-04T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-01");
    for (reader, is_read) in [("police", true), ("ambulance", false)] {
        let page = hub.get(reader, "/homes/1-100").body;
        let api = hub.get(reader, "/api/v1/homes/1-100/timeline").body;
        assert_eq!(page.contains("summary by police"), is_read, "{reader}");
        assert_eq!(api.contains("summary by police"), is_read, "{reader}");
    }
}

#[test]
fn raising_is_offered_to_those_alone_who_may() {
    let scene = scene();
    for (name, offered) in [("council-qa", true), ("council-qa-reads", false)] {
        let page = scene.signed_in(name).get("/homes/1-100").body;
        for form in ["raise", "say"] {
            let link = format!("href=\"/homes/1-100/{form}\"");
            assert_eq!(page.contains(&link), offered, "{name}: {form}");
        }
    }
    let program = scene.hub.get("council-qa", "/homes/1-100").body;
    assert!(!program.contains("/raise") && !program.contains("/say"), "a program");
}

#[test]
fn a_home_says_what_became_of_a_form_that_was_sent_from_another_page() {
    let hub = Hub::new();
    let page = hub.get("cqc", "/homes/1-100?done=before").body;
    assert!(page.contains("You had sent this form already."), "{page}");
    assert!(!page.contains("Show every entry"), "it filters nothing: {page}");
    for path in ["/homes/1-100", "/homes/1-100?done=", "/homes/1-100?done=nonsense"] {
        let page = hub.get("cqc", path).body;
        assert!(!page.contains("govuk-notification-banner"), "{path}: {page}");
    }
}
