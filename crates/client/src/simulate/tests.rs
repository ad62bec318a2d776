//! The county is the same for a seed, fits the contract, and lags as the real records do.

use std::collections::{BTreeMap, BTreeSet};

use carehub_contract::Contract;
use carehub_domain::BodyId;
use serde_json::Value;

use super::*;

fn two_years(seed: u64, homes: u32) -> Simulation {
    let until: Timestamp = "2024-03-01T12:00:00Z".parse().unwrap();
    let from = "2022-03-01T12:00:00Z".parse().unwrap();
    Simulation::new(Settings { seed, homes, from, until })
}

#[test]
fn the_same_seed_says_the_same_and_another_does_not() {
    let all = |seed| two_years(seed, 8).history().map(|spoken| spoken.event).collect::<Vec<_>>();
    assert_eq!(all(3), all(3));
    assert_ne!(all(3), all(4));
    let mut a = two_years(3, 8).live(Timestamp::UNIX_EPOCH);
    let mut b = two_years(3, 8).live(Timestamp::UNIX_EPOCH);
    for _ in 0..100 {
        assert_eq!(a.next_at(Timestamp::UNIX_EPOCH), b.next_at(Timestamp::UNIX_EPOCH));
    }
}

#[test]
fn a_larger_county_begins_with_the_homes_of_a_smaller_one() {
    assert_eq!(two_years(1, 5).register_events(), two_years(1, 50).register_events()[..5]);
    assert_eq!(Simulation::embedded().register_events(), two_years(1, 50).register_events()[..12]);
}

#[test]
fn delays_are_those_of_the_real_records() {
    let mut chance = county::chance(1, 1);
    let mut days = |lag: Lag, count: usize| {
        let mut days: Vec<i64> = (0..count).map(|_| lag.draw(&mut chance) / 86_400).collect();
        days.sort_unstable();
        days
    };
    let slow = days(Lag::Slow, 40_000);
    let (median, under_18) = (slow[20_000], slow.partition_point(|days| *days < 18));
    let under_279 = slow.partition_point(|days| *days < 279);
    assert!((61..=65).contains(&median), "median {median}");
    assert!((1_800..=2_200).contains(&under_18), "{under_18} of 40,000 under 18 days");
    assert!((37_800..=38_200).contains(&under_279), "{under_279} of 40,000 under 279 days");
    assert!(slow.last().is_some_and(|days| *days <= 3_717));
    let hours = days(Lag::Hours, 10_000);
    assert!(hours[9_500] == 0, "ambulance and police know within hours");
}

#[test]
fn a_few_homes_do_badly() {
    let county = two_years(1, 400);
    let mut rates: Vec<f64> = county.homes().iter().map(|home| home.frailty).collect();
    let mean = rates.iter().sum::<f64>() / 400.0;
    assert!((0.85..1.15).contains(&mean), "mean {mean}");
    rates.sort_by(f64::total_cmp);
    assert!(
        rates[360] > 2.0 * rates[200],
        "the worst tenth is spoken about far more than the middle"
    );
}

/// The stream is read by the laws of intake alone, without a hub: what remains must be the truth.
#[test]
fn the_truth_is_what_reading_the_stream_gives() {
    let county = two_years(7, 60);
    let contract = Contract::compile().unwrap();
    let homes: BTreeMap<&str, &str> =
        county.homes().iter().map(|home| (home.uprn.as_str(), home.id.as_str())).collect();
    let now = county.settings().until;
    let mut seen = BTreeSet::new();
    // By event id: the home where it stands, its kind and agency.
    let mut counted: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    let mut records = BTreeSet::new();
    let mut read = Truth::default();
    let mut last = county.settings().from;
    for Spoken { at, event, follows } in county.history() {
        assert!(at >= last && at <= now, "in order and in time");
        last = at;
        if let Some(earlier) = &follows {
            assert!(seen.contains(earlier), "{} follows something unsaid", event.id);
        }
        let value: Value = serde_json::from_slice(&event.payload).unwrap();
        let token = event.subject.rsplit('.').next().unwrap();
        let agency = BodyId::new(&event.agency).unwrap();
        let verdict = contract.check_outgoing(&agency, token, &event.payload, at);
        let data = &value["data"];
        let home = data["place"]["uprn"]
            .as_str()
            .map_or(token, |uprn| homes[uprn.trim_start_matches('0')]);
        if verdict.is_err() {
            read.of(home).invalid += 1;
            continue;
        }
        if !seen.insert(event.id.clone()) {
            let stands = counted.get(&event.id).map_or(home, |(stands, ..)| stands).to_owned();
            read.of(&stands).duplicates += 1;
            continue;
        }
        match value["type"].as_str().unwrap() {
            "uk.carehub.concern.raised.v1" => {
                let record = data["source_record"].to_string();
                if records.insert(record) {
                    let kind = data["kind"].as_str().unwrap().to_owned();
                    counted.insert(event.id, (home.to_owned(), kind, event.agency));
                } else {
                    read.of(home).corroborating += 1;
                }
            }
            "uk.carehub.concern.corrected.v1" => read.of(home).corrected += 1,
            "uk.carehub.concern.withdrawn.v1" => {
                counted.remove(follows.as_deref().unwrap()).unwrap();
                read.of(home).withdrawn += 1;
            }
            "uk.carehub.concern.matched.v1" => {
                counted.get_mut(follows.as_deref().unwrap()).unwrap().0 = home.to_owned()
            }
            other => panic!("{other} is not expected"),
        }
    }
    for (home, kind, agency) in counted.values() {
        read.of(home).count(kind, agency);
    }
    // A second sending before a match stands under `unmatched` in the reading above.
    let duplicates = |truth: &Truth| truth.homes.values().map(|home| home.duplicates).sum::<u64>();
    let truth = county.truth();
    assert_eq!(duplicates(&read), duplicates(&truth));
    let without = |mut truth: Truth| {
        truth.homes.values_mut().for_each(|home| home.duplicates = 0);
        truth.homes.retain(|_, home| *home != HomeTruth::default());
        truth
    };
    let total = |f: fn(&HomeTruth) -> u64| truth.homes.values().map(f).sum::<u64>();
    for some in [
        total(|h| h.corroborating),
        total(|h| h.withdrawn),
        total(|h| h.corrected),
        total(|h| h.invalid),
    ] {
        assert!(some > 0, "every kind of trouble occurs in sixty homes and two years");
    }
    assert_eq!(without(read), without(truth));
}

#[test]
fn the_register_and_what_is_live_hold_to_the_contract() {
    let county = two_years(1, 40);
    let contract = Contract::compile().unwrap();
    let now: Timestamp = "2024-03-01T12:00:00Z".parse().unwrap();
    let mut live = county.live(now);
    let said: Vec<Outgoing> = (0..2_000).filter_map(|_| live.next_at(now)).collect();
    assert_eq!(said.len(), 2_000);
    for event in said.into_iter().chain(county.register_events()) {
        let agency = BodyId::new(&event.agency).unwrap();
        let home = event.subject.rsplit('.').next().unwrap();
        contract.check_outgoing(&agency, home, &event.payload, now).unwrap();
        assert!(Simulation::agencies().contains(&event.agency.as_str()));
    }
}
