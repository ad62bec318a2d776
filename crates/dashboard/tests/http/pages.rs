//! The pages.

use data_encoding::BASE64;

use crate::hub::Hub;

#[test]
fn a_home_has_a_page_with_everything_escaped() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-02-01");
    let page = hub.get("ambulance", "/homes/1-100");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let body = page.body;
    assert!(body.contains("Willow &#60;b&#62;House&#60;/b&#62;"), "{body}");
    assert!(body.contains("A &#60;breach&#62; &#38; more"), "{body}");
    assert!(!body.contains("<b>") && !body.contains("<breach>"), "{body}");
    for part in [
        "lang=\"en-GB\"",
        "<h1>",
        "Level: moderate",
        "acknowledgement by 1 March 2024, 23:59",
        "health and safety breach",
        "The police",
        "The ambulance",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    for foreign in ["http://", "https://", "<script", "src=", "style=\""] {
        assert!(!body.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_list_searches_and_pages_and_a_browser_can_sign_in() {
    let hub = Hub::new();
    let user = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
    let list = hub.get_with("/", &user("cqc:token-of-cqc"));
    assert_eq!(list.status, 200);
    assert!(list.body.contains("href=\"/homes/1-200\""), "{}", list.body);
    let found = hub.get_with("/?q=%22%3Eoak", &user("cqc:token-of-cqc")).body;
    assert!(found.contains("value=\"&#34;&#62;oak\""), "{found}");
    let refused = hub.get_with("/", &user("police:token-of-cqc"));
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").starts_with("Basic "));
    assert!(refused.body.contains("unauthenticated"));
    assert_eq!(hub.get_with("/api/v1/homes", &user("cqc:token-of-cqc")).status, 401);
    assert_eq!(hub.get("provider", "/homes/1-100").status, 403);
    assert_eq!(hub.get("cqc", "/homes/9-9").status, 404);
}

#[test]
fn the_style_is_the_one_that_the_policy_names() {
    use sha2::{Digest as _, Sha256};
    let hub = Hub::new();
    let page = hub.get("cqc", "/");
    let style = page.body.split("<style>").nth(1).unwrap();
    let style = style.split("</style>").next().unwrap();
    let hash = BASE64.encode(&Sha256::digest(style.as_bytes()));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
}
