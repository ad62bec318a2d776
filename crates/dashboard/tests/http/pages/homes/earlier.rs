//! The earlier registrations of a home stand on its page with what the register said of each.

use serde_json::json;

use crate::hub::Hub;

#[test]
fn an_earlier_registration_has_its_name_its_provider_and_its_days() {
    let mut hub = Hub::new();
    for (id, name, provider) in [("1-050", "Old Willow", "p-2"), ("1-060", "Older Willow", "p-9")] {
        let data = json!({
            "name": name, "provider": {"id": provider, "name": format!("Care of {provider}")},
            "registered_on": "2015-04-01", "area": "Norfolk",
        });
        hub.say("cqc", "register", id, "home.registered", data);
    }
    let renamed = json!({"name": "Willow <i>Rest</i>", "provider": {"id": "p-2", "name": "Care of p-2"}, "registered_on": "2015-04-01"});
    hub.say("cqc", "register", "1-050", "home.changed", renamed);
    hub.say("cqc", "register", "1-050", "home.closed", json!({"closed_on": "2023-12-01"}));
    let page = hub.get("cqc", "/homes/1-100").body;
    assert!(!page.contains("Earlier registrations"), "{page}");
    for predecessor in ["1-050", "1-060", "1-070"] {
        let data = json!({"predecessor": predecessor});
        hub.say("cqc", "register", "1-100", "home.succeeded", data);
    }
    let page = hub.get("ambulance", "/homes/1-100").body;
    for part in [
        // What the register said last, and the way to a provider of which the reader sees a home.
        "<bdi>Willow &#60;i&#62;Rest&#60;/i&#62;</bdi> (1-050), run by <a class=\"govuk-link\" href=\"/providers/p-2\"><bdi>Care of p-2</bdi></a>, registered on <time datetime=\"2015-04-01\"",
        ", closed on <time datetime=\"2023-12-01\"",
        "<bdi>Older Willow</bdi> (1-060), run by <bdi>Care of p-9</bdi>, registered on",
        // One of which the register said nothing has its id.
        "<li>1-070</li>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // The id of an earlier registration still finds the present one.
    assert!(hub.get("ambulance", "/homes/1-050").body.contains("(1-060)"));
}
