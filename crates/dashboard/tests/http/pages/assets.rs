//! What a page is drawn with.

use crate::hub::Hub;

use super::after;

#[test]
fn a_page_draws_with_files_of_this_host_alone_and_nothing_stands_in_it_that_runs() {
    let hub = Hub::new();
    for path in ["/", "/homes", "/homes/1-100", "/escalations", "/homes/9-9", "/sign-in"] {
        let page = hub.get("cqc", path);
        let policy = page.header("content-security-policy");
        assert_eq!(
            policy,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        );
        for foreign in ["http://", "https://", "<style", " style=\"", " onclick", "javascript:"] {
            assert!(!page.body.contains(foreign), "{path}: {foreign}");
        }
        let scripts: Vec<&str> = page.body.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1, "{path}");
        assert!(scripts[0].starts_with(" type=\"module\" src=\"/assets/"), "{path}");
        assert!(scripts[0].split_once('>').unwrap().1.starts_with("</script>"), "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
}

#[test]
fn a_browser_keeps_the_files_of_this_version_and_no_other() {
    let hub = Hub::new();
    let page = hub.get("cqc", "/").body;
    let mut files = 0;
    for part in page.split("\"/assets/").skip(1) {
        let path = format!("/assets/{}", part.split('"').next().unwrap());
        // Also for those who have not signed in: the page to sign in is drawn with them.
        let file = hub.get_open(&path);
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert!(!file.body.is_empty());
        files += 1;
    }
    assert_eq!(files, 5);
    let version = after(&page, "/assets/", '/');
    let module = hub.get_open(&format!("/assets/{version}/govuk-frontend.js"));
    assert_eq!(module.header("content-type"), "text/javascript; charset=utf-8");
    let earlier = hub.get_open("/assets/0000000000000000/carehub.css");
    assert_eq!((earlier.status, earlier.header("cache-control")), (200, "no-store"));
    hub.get_open(&format!("/assets/{version}/none.css")).assert_problem(404, "not-found");
}
