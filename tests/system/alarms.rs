//! What the alarms in `deploy/prometheus` look at exists.

use std::collections::BTreeSet;

use crate::process::Hub;
use crate::speaking::{Kind, Record, Said};

/// The names of metrics of the hub in an alarm's file: its descriptions name none that is not there
/// either.
fn named(text: &str) -> BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    text.split(word).filter(|word| word.starts_with("carehub_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_that_an_alarm_names_exists() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    // Figures by route or code are there once something was counted.
    let said = Said::concern("ambulance", "home-1", "a", Kind::Referral, 2);
    Record::default().publish(&hub.link("ambulance").await, said).await;
    hub.settled().await;
    hub.get_json("council-qa", "/api/v1/homes/home-1");
    let scraped = hub.metrics();
    let families: BTreeSet<&str> = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus");
    let mut all = BTreeSet::new();
    for file in std::fs::read_dir(rules).expect("the alarms") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            all.append(&mut named(&std::fs::read_to_string(path).expect("read an alarm")));
        }
    }
    assert!(all.len() > 5, "the alarms name only {all:?}");
    let parts = ["_bucket", "_sum", "_count"];
    let missing = |name: &&String| {
        let family = parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        !families.contains(name.as_str()) && !families.contains(family)
    };
    let missing: Vec<_> = all.iter().filter(missing).collect();
    assert!(missing.is_empty(), "no such metrics: {missing:?}");
}
