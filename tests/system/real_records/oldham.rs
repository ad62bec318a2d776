//! The register of Oldham: 87 registrations of about 60 places.

use std::collections::BTreeSet;

use carehub_client::{Draft, Outgoing};
use serde_json::{Value, json};

use super::{all_pages, assert_nothing_vanished, first_cells, import, records};
use crate::process::Hub;

const READER: &str = "council-qa";

/// An invented concern, under a number of its sender's own system.
fn concern(id: &str, home: &str, record: &str) -> Outgoing {
    let data = json!({
        "kind": "soft-intelligence", "severity": "low", "occurred_at": "2026-02-28",
        "source_record": { "system": "invented", "id": record },
    });
    let draft = Draft {
        agency: "police".to_owned(),
        id: id.to_owned(),
        event_type: "concern.raised".to_owned(),
        home: home.to_owned(),
        time: jiff::Timestamp::now().to_string(),
        data: data.as_object().cloned().expect("an object"),
    };
    draft.encode().expect("encode a concern")
}

fn id(home: &Value) -> String {
    home["id"].as_str().expect("an id").to_owned()
}

fn predecessors(hub: &Hub, home: &str) -> Vec<String> {
    let document = hub.get_json(READER, &format!("/api/v1/homes/{home}"));
    serde_json::from_value(document["predecessors"].clone()).expect("ids")
}

#[tokio::test]
async fn oldhams_register_imports_and_a_re_registered_home_is_one_place() {
    let Some(files) = records("oldham") else { return };
    let file = |name: &str| files.join(name).to_str().expect("a path in UTF-8").to_owned();
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start_with(dir.path(), &["--no-register", "--sync", "default"]);

    let locations = file("care_homes.csv");
    let import_all = || {
        let relationships = file("relationships.csv");
        let arguments = ["register", "import", "--relationships", &relationships, &locations];
        let reports = import(&hub, "cqc", &arguments);
        assert_eq!(reports.len(), 2, "an accounting each");
        reports.iter().for_each(assert_nothing_vanished);
        reports
    };
    let reports = import_all();
    let (register, links) = (&reports[0], &reports[1]);
    assert_eq!((register.rows_read, register.rows_that_speak), (87, 87));
    assert_eq!(register.accepted, register.events, "{register:?}");
    // Each pair stands in the file from both sides.
    assert_eq!((links.rows_read, links.accepted, links.repeated_in_the_file), (254, 27, 27));
    assert!(links.rejected.is_empty() && links.refused.is_empty(), "{links:?}");
    hub.settled().await;

    // Every registration is a place or an earlier one of a place, and none is both.
    let places: Vec<String> = all_pages(&hub, READER, "/api/v1/homes").iter().map(id).collect();
    let mut registrations = BTreeSet::new();
    let mut re_registered = None;
    for place in &places {
        let earlier = predecessors(&hub, place);
        for registration in earlier.iter().chain([place]) {
            assert!(registrations.insert(registration.clone()), "one is in two places");
        }
        if let Some(first) = earlier.into_iter().next() {
            re_registered.get_or_insert((first, place.clone()));
        }
    }
    let in_the_file: BTreeSet<String> =
        first_cells(&files.join("care_homes.csv")).into_iter().collect();
    assert_eq!(registrations, in_the_file);
    assert_eq!(places.len(), 87 - 27);

    // Each place that is open stands on the map, where the directory says.
    let homes = all_pages(&hub, READER, "/api/v1/homes");
    let open = homes.iter().filter(|home| home["closed_on"].is_null()).count();
    let (status, map) = hub.get(READER, "/map");
    assert_eq!(status, 200);
    assert_eq!(map.matches("transform=\"translate(").count(), open + 1, "and the scale");
    assert!(open > 0 && !map.contains("the register gives no place"));

    let (before, now) = re_registered.expect("a home that was registered again");
    let police = hub.link("police").await;
    let total = async |said: Outgoing| {
        police.publish(&said.subject, said.payload).await.expect("publish");
        hub.settled().await;
        let by_id = |home: &str| hub.get_json(READER, &format!("/api/v1/homes/{home}"));
        assert_eq!(by_id(&before), by_id(&now), "either id gives the one picture");
        assert_eq!(by_id(&before)["id"], now.as_str());
        by_id(&now)["concerns"]["total"].clone()
    };
    assert_eq!(total(concern("a", &before, "R-1")).await, 1);
    assert_eq!(total(concern("b", &now, "r-1")).await, 1, "the same record, by its other id");
    assert_eq!(total(concern("c", &before, "R-2")).await, 2, "another, by the earlier id");
    let listed = all_pages(&hub, READER, "/api/v1/homes");
    assert_eq!(listed.iter().map(id).collect::<Vec<_>>(), places, "the place is listed once");
    let counted: Vec<u64> = listed.iter().filter_map(|home| home["total"].as_u64()).collect();
    assert_eq!(counted.iter().sum::<u64>(), 2);

    let again = import_all();
    assert_eq!((again[0].accepted, again[0].duplicate), (0, register.events));
    assert_eq!((again[1].accepted, again[1].duplicate), (0, links.accepted));
    hub.settled().await;
    assert!(all_pages(&hub, READER, "/api/v1/homes") == listed, "a second import changed a home");
    println!("{} registrations are {} places", registrations.len(), places.len());
}
