//! What a weekly run costs. Figures to look at (`--nocapture`), with a floor low enough for a loaded machine
//! and a build without optimisation.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a rate needs a clock and is printed; the domain itself has neither"
)]

use std::time::{Duration, Instant};

use carehub_domain::statistics::cusum::Chart;
use carehub_domain::statistics::funnel::{Peers, against, judge as against_peers};
use carehub_domain::statistics::predictive::judge;
use carehub_domain::statistics::scan::{Grid, MonteCarlo, Windows};
use carehub_domain::statistics::{Alpha, poisson};

use crate::chance::Chance;

const HOMES: u32 = 15_000;

fn timed<T>(what: &str, each: impl FnMut(u32) -> T) -> Duration {
    let begun = Instant::now();
    let answers = (0..HOMES).map(each).map(std::hint::black_box).count();
    let took = begun.elapsed();
    let each = took.as_secs_f64() * 1e6 / answers as f64;
    println!("{what}: {each:.2} µs a home, {:.2} s for {answers}", took.as_secs_f64());
    took
}

#[test]
fn a_country_is_judged_in_seconds() {
    let mut chance = Chance::seeded(9);
    let weeks: Vec<[u32; 52]> = (0..HOMES)
        .map(|home| [(); 52].map(|()| chance.poisson(0.05 + f64::from(home % 8) * 0.05)))
        .collect();
    let history = |home: u32| &weeks[home as usize];
    let peers = Peers { events: 50_000, exposure: 15_000 * 30 * 52 };
    let chart = Chart::new(0.1, 0.2, 300).unwrap();
    let windows = Windows { longest: 13, lasting: true };
    let took = [
        timed("chance of six or more", |home| poisson::at_least(6, f64::from(home) / 1e4)),
        timed("predictive", |home| {
            judge(&history(home)[..51], history(home)[51], Alpha::ONE_IN_A_THOUSAND)
        }),
        timed("funnel", |home| against_peers(peers, history(home)[..13].iter().sum(), 30 * 13)),
        timed("cusum", |home| chart.follow(history(home))),
        timed("scan of 26 weeks", |home| {
            let monte_carlo = MonteCarlo { replicates: 999, enough: 10, seed: chance.seed() };
            Grid::row(&history(home)[26..]).unwrap().scan(windows, &monte_carlo)
        }),
    ];
    assert!(took.iter().sum::<Duration>() < Duration::from_secs(120), "{took:?}");
}

#[test]
fn a_hundred_thousand_events_cost_little_more_than_ten() {
    let begun = Instant::now();
    for _ in 0..100 {
        std::hint::black_box(judge(&[100_000; 26], 101_500, Alpha::ONE_IN_A_THOUSAND));
        std::hint::black_box(against(101_500, 100_000.0));
    }
    println!("100,000 events: {:?} for both", begun.elapsed() / 100);
    assert!(begun.elapsed() < Duration::from_secs(10));
}
