//! The chart: its reference value, its course, and its false alarms.

use carehub_domain::statistics::cusum::{BadChart, Chart};

use crate::chance::{Chance, error};

#[test]
fn the_reference_value_is_that_of_the_formula() {
    // (0.2 - 0.1) / ln 2 = 0.1443, in hundredths.
    assert_eq!(Chart::new(0.1, 0.2, 300).unwrap().reference(), 0.14);
    // (6 - 4) / ln 1.5 = 4.9326.
    assert_eq!(Chart::new(4.0, 6.0, 300).unwrap().reference(), 4.93);
}

#[test]
fn a_chart_needs_a_rise_that_it_can_see() {
    for (steady, raised) in [
        (0.2, 0.2),
        (0.2, 0.1),
        (0.0, 0.1),
        (-1.0, 1.0),
        (0.1, f64::INFINITY),
        (f64::NAN, 1.0),
        (1.0, f64::NAN),
    ] {
        assert_eq!(Chart::new(steady, raised, 1), Err(BadChart::NoRise));
    }
    assert_eq!(Chart::new(0.01, 0.02, 1), Err(BadChart::TooRare));
    assert_eq!(Chart::new(1e9, 2e9, 1), Err(BadChart::TooMany));
}

#[test]
fn the_sum_rises_falls_and_signals_above_the_limit() {
    let chart = Chart::new(0.1, 0.2, 180).unwrap();
    // 0.86, 0.72, 0.58, 1.44, 1.30, 2.16: above 1.80.
    let reading = chart.follow(&[0, 0, 1, 0, 0, 1, 0, 1]);
    assert_eq!((reading.sum, reading.signals, reading.since), (216, true, Some(2)));
    assert_eq!((reading.observed, reading.tolerated), (3, 0.84));
    // One period later it stands at 2.02, and later still at the limit: no longer above.
    let reading = chart.follow(&[0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0]);
    assert_eq!((reading.sum, reading.signals), (174, false));
    // At the limit is not above it.
    let chart = Chart::new(0.1, 0.2, 216).unwrap();
    assert!(!chart.follow(&[0, 0, 1, 0, 0, 1, 0, 1]).signals);
    let silent = chart.follow(&[1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!((silent.sum, silent.since, silent.observed), (0, None, 0));
    assert_eq!(chart.follow(&[]).since, None);
}

#[test]
fn the_chance_of_a_signal_is_what_is_drawn() {
    let (weeks, runs) = (104, 20_000);
    let mut chance = Chance::seeded(4);
    for steady in [0.05, 0.1, 0.2, 0.4] {
        let chart = Chart::with_false_alarms(steady, 2.0 * steady, weeks, 0.05).unwrap();
        for (rate, most) in [(steady, 0.05), (2.0 * steady, 1.0)] {
            let signalled = (0..runs)
                .filter(|_| {
                    let mut sum = 0;
                    (0..weeks).any(|_| {
                        sum = chart.step(sum, chance.poisson(rate));
                        chart.signals(sum)
                    })
                })
                .count();
            let share = signalled as f64 / f64::from(runs);
            let exact = chart.chance_of_signal(rate, weeks);
            println!(
                "steady {steady}, k {}, h {}: at {rate} a week {share:.4} signal in two years, exactly {exact:.4}",
                chart.reference(),
                chart.limit()
            );
            assert!((share - exact).abs() <= error(exact, runs));
            assert!(exact <= most);
        }
        // The next lower limit would signal too often.
        let lower = libm::round(chart.limit() * 100.0) as u32 - 1;
        let lower = Chart::new(steady, 2.0 * steady, lower).unwrap();
        assert!(lower.chance_of_signal(steady, weeks) > 0.05);
    }
}

#[test]
fn no_limit_is_high_enough_for_a_rise_that_is_there() {
    let found = Chart::with_false_alarms(900.0, 901.0, 10_000, 1e-9);
    assert_eq!(found, Err(BadChart::NoLimit));
}
